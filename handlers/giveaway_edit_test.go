package handlers_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

// changedMembers returns the sorted names of the members of a command's data.
func changedMembers(t *testing.T, c contract.Command) []string {
	t.Helper()
	var members map[string]json.RawMessage
	must(t, json.Unmarshal(c.Data, &members))
	return slices.Sorted(maps.Keys(members))
}

// unusualGiveaway has values that the form's fields cannot show.
func unusualGiveaway() store.Giveaway {
	return store.Giveaway{
		Prize: "A  lamp ", Description: new("\nOld.\r\n "), WinnerCount: 2, EmbedColor: "red", ButtonStyle: "LINK",
		EndsAt:          time.Now().Add(48 * time.Hour).Truncate(time.Minute).Add(47 * time.Second),
		PrizeTiers:      []contract.PrizeTier{{Place: 3, Prize: "Gold", Count: 1}, {Place: 7, Prize: "Silver", Count: 1}},
		BonusEntryRoles: []contract.BonusRole{{RoleID: "500000000000000003", RoleName: "Friends", Entries: 99}},
		MaxRerolls:      50, WinnerClaimTimeout: 10_000,
	}
}

func TestEditOfPrizeChangesPrizeOnly(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	for name, g := range map[string]store.Giveaway{
		"seconds":     {Prize: "Lamp", EndsAt: time.Now().Add(48 * time.Hour).Truncate(time.Minute).Add(47 * time.Second)},
		"last minute": {Prize: "Lamp", EndsAt: time.Now().Truncate(time.Minute).Add(time.Minute - time.Millisecond)},
		"over":        {Prize: "Lamp", EndsAt: time.Now().Add(-time.Minute)},
		"unusual":     unusualGiveaway(),
	} {
		g = s.createGiveaway(g)
		form := b.get(giveawayPath(g)+"/edit").wantStatus(http.StatusOK).formValues("#giveaway-form", url.Values{"prize": {"Other"}})
		b.post(giveawayPath(g)+"/edit", form).wantRedirect(giveawayPath(g) + "?note=command.requested")
		commands := s.commands()
		c := commands[slices.IndexFunc(commands, func(c contract.Command) bool { return c.Target == g.ID })]
		if got := changedMembers(t, c); !slices.Equal(got, []string{"prize"}) {
			t.Errorf("%s: changed members = %v, want the prize only", name, got)
		}
	}
}

func TestEditWithoutChangesSendsNothing(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	g := s.createGiveaway(unusualGiveaway())
	form := b.get(giveawayPath(g)+"/edit").wantStatus(http.StatusOK).formValues("#giveaway-form", nil)
	b.post(giveawayPath(g)+"/edit", form).wantRedirect(giveawayPath(g) + "?note=form.unchanged")
	if n := len(s.commands()); n != 0 {
		t.Errorf("commands = %d, want 0", n)
	}
}

func TestEditKeepsChangesOfOthers(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	g := s.createGiveaway(store.Giveaway{Prize: "Lamp", WinnerCount: 3, EndsAt: time.Now().Add(48 * time.Hour)})
	form := b.get(giveawayPath(g)+"/edit").wantStatus(http.StatusOK).formValues("#giveaway-form", url.Values{"prize": {"Other"}})
	g.WinnerCount = 5
	must(t, s.Store.EditGiveaway(t.Context(), g))
	b.post(giveawayPath(g)+"/edit", form).wantStatus(http.StatusSeeOther)
	if got := changedMembers(t, s.commands()[0]); !slices.Equal(got, []string{"prize"}) {
		t.Errorf("changed members = %v, want the prize only", got)
	}
	form.Set("shown", "{")
	b.post(giveawayPath(g)+"/edit", form).wantStatus(http.StatusBadRequest)
}

// berlinClockChanges returns local times in Berlin within the next year: one that occurs twice and one that is skipped.
func berlinClockChanges(t *testing.T) (twice, skipped time.Time) {
	t.Helper()
	berlin := store.Zone("Europe/Berlin")
	_, at := time.Now().In(berlin).ZoneBounds()
	for range 2 {
		_, before := at.Add(-time.Second).In(berlin).Zone()
		_, after := at.In(berlin).Zone()
		wall := at.Add(time.Duration(before) * time.Second).UTC() // the local time at which the clocks change
		if after < before {
			twice = wall.Add(-30 * time.Minute)
		} else {
			skipped = wall.Add(30 * time.Minute)
		}
		_, at = at.In(berlin).ZoneBounds()
	}
	return twice, skipped
}

func TestLocalTimesThatOccurTwiceOrNeverAreResolvedVisibly(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	list := "/guilds/" + lantern + "/giveaways"
	twice, skipped := berlinClockChanges(t)
	form := validGiveawayForm()
	form.Set("zone", "Europe/Berlin")
	form.Set("endMode", "date")
	form.Set("endsAt", skipped.Format("2006-01-02T15:04"))
	page := b.post(list, form).wantStatus(http.StatusUnprocessableEntity).wantText("#problem-endsAt", "Clocks skip this time")
	page.wantText("#endsAt-next", skipped.Add(time.Hour).Format("15:04"))

	form.Set("endsAt", twice.Format("2006-01-02T15:04"))
	page = b.post(list, form).wantStatus(http.StatusUnprocessableEntity).wantText("#problem-endsAt", "occurs twice")
	if n := page.find("#endsAt-twice [name=endsAtOffset]").Length(); n != 2 {
		t.Fatalf("choices = %d, want 2", n)
	}
	form.Set("endsAtOffset", "+01:00")
	b.post(list, form).wantRedirect(list + "?note=command.requested")
	ends := decodeGiveawayForm(t, s.commands()[0]).EndsAt
	if want := twice.Add(-time.Hour); !ends.Equal(want) { // the second one
		t.Errorf("end = %v, want %v", ends, want)
	}

	g := s.createGiveaway(store.Giveaway{Prize: "Lamp", EndsAt: ends})
	b.post("/preferences", url.Values{"zone": {"Europe/Berlin"}}).wantStatus(http.StatusSeeOther)
	edit := b.get(giveawayPath(g) + "/edit").wantStatus(http.StatusOK)
	if got := attr(edit.find("#endsAt-twice [checked]"), "value"); got != "+01:00" {
		t.Errorf("selected offset = %q, want +01:00", got)
	}
	b.post(giveawayPath(g)+"/edit", edit.formValues("#giveaway-form", url.Values{"endsAtOffset": {"+02:00"}})).
		wantStatus(http.StatusSeeOther)
	c := s.commands()[slices.IndexFunc(s.commands(), func(c contract.Command) bool { return c.Target == g.ID })]
	if got, want := decodeGiveawayForm(t, c).EndsAt, twice.Add(-2*time.Hour); !got.Equal(want) {
		t.Errorf("end after the choice of the first = %v, want %v", got, want)
	}
}

func TestGiveawayFormReportsAllProblemsAtOnce(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	form := validGiveawayForm()
	for field, value := range map[string]string{
		"prize": "", "winnerCount": "0", "zone": "Mars/Olympus", "endMode": "duration", "endsIn": "soon", "startsAt": "yesterday",
		"imageUrl": "ftp://x", "maxRerolls": "99",
	} {
		form.Set(field, value)
	}
	form["tierPrize"] = nil
	page := s.signIn(robin).post("/guilds/"+lantern+"/giveaways", form).wantStatus(http.StatusUnprocessableEntity)
	fields := []string{"prize", "winnerCount", "endsIn", "startsAt", "zone", "imageUrl", "maxRerolls"}
	for i, field := range fields {
		if page.find("#problem-"+field).Length() != 1 {
			t.Errorf("no error at %s", field)
		}
		link := page.find("#problems a").Eq(i)
		if target := attr(link, "href"); target != "#"+field || page.find(target).Length() != 1 {
			t.Errorf("link %d of the summary = %q, want #%s, an element of the page", i, target, field)
		}
	}
	if n := page.find(".field-error").Length(); n != len(fields) {
		t.Errorf("errors = %q, want %d", page.texts(".field-error"), len(fields))
	}
	for _, field := range []string{"imageUrl", "maxRerolls"} {
		if _, isOpen := page.find("#" + field).Closest("details").Attr("open"); !isOpen {
			t.Errorf("the section of %s is folded, want it open because of the error", field)
		}
	}
}

func TestEndIsEnteredAsDurationOrDate(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	list := "/guilds/" + lantern + "/giveaways"
	form := b.get(list+"/new").wantStatus(http.StatusOK).formValues("#giveaway-form", url.Values{
		"prize": {"Lamp"}, "channelId": {"400000000000000001"}, "zone": {"UTC"},
	})
	if form.Get("endMode") != "duration" || form.Get("endsIn") == "" {
		t.Errorf("end = %q after %q, want a prefilled duration", form.Get("endMode"), form.Get("endsIn"))
	}
	day := time.Now().AddDate(0, 0, 7).UTC().Format(time.DateOnly)
	form.Set("endMode", "date")
	form.Set("endsAt", day+"T20:00") // the prefilled duration is still submitted
	b.post(list, form).wantRedirect(list + "?note=command.requested")
	if got := decodeGiveawayForm(t, s.commands()[0]).EndsAt.Format(time.RFC3339); got != day+"T20:00:00Z" {
		t.Errorf("end = %s, want %sT20:00:00Z", got, day)
	}
}

func TestZoneFieldsUnderstandCities(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	list := "/guilds/" + lantern + "/giveaways"
	day := time.Now().AddDate(0, 0, 7).UTC()
	form := validGiveawayForm()
	form.Set("zone", "berlin")
	form.Set("endMode", "date")
	form.Set("endsAt", day.Format(time.DateOnly)+"T20:00")
	b.post(list, form).wantRedirect(list + "?note=command.requested")
	want := time.Date(day.Year(), day.Month(), day.Day(), 20, 0, 0, 0, store.Zone("Europe/Berlin"))
	if got := decodeGiveawayForm(t, s.commands()[0]).EndsAt; !got.Equal(want) {
		t.Errorf("end = %v, want %v", got, want)
	}

	form.Set("zone", "indiana")
	page := b.post(list, form).wantStatus(http.StatusUnprocessableEntity).wantText("#problem-zone", "Several time zones")
	if n := page.find("#zone-matches [name=zoneMatch][value='America/Indiana/Knox']").Length(); n != 1 {
		t.Errorf("choices of Knox = %d, want 1", n)
	}
	form.Set("zoneMatch", "America/Indiana/Knox")
	b.post(list, form).wantRedirect(list + "?note=command.requested")
	form.Set("zoneMatch", "Europe/Berlin") // does not match what was typed
	b.post(list, form).wantStatus(http.StatusUnprocessableEntity)

	b.post("/preferences", url.Values{"zone": {"Sài Gòn"}, "page": {"preferences"}}).wantStatus(http.StatusSeeOther)
	if got := attr(b.get("/preferences").find("#zone"), "value"); got != "Asia/Ho_Chi_Minh" {
		t.Errorf("zone = %q, want Asia/Ho_Chi_Minh", got)
	}
	if got := b.get("/preferences").find("#zones option").Length(); got != len(store.ZoneNames()) {
		t.Errorf("zones to choose from = %d, want %d", got, len(store.ZoneNames()))
	}
}

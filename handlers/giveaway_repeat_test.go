package handlers_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/draw"
)

func TestSetAndStopRepeat(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.recordResults()
	g := s.createGiveaway(store.Giveaway{Prize: "Lamp <b>"})
	path := giveawayPath(g) + "/repeat"
	b := s.signIn(robin)

	t.Run("access denied without level act", func(t *testing.T) {
		staff := s.signInStaff(access.LevelAct, access.LevelAct)
		staff.get(path).wantStatus(http.StatusForbidden)
		staff.post(path, url.Values{"days": {"7"}}).wantStatus(http.StatusForbidden)
		if a := staff.get(giveawayPath(g)); a.find("a[href$='/repeat']").Length() > 0 {
			t.Error("a viewer without the right is offered to repeat")
		}
	})
	for _, days := range []string{"", "0", "366", "-1", "7.5", "x"} {
		a := b.post(path, url.Values{"days": {days}, "zone": {"Asia/Tokyo"}}).wantStatus(http.StatusUnprocessableEntity)
		a.wantText("#problem-days", "a number in the allowed range")
		if got := attr(a.find("#days"), "value"); got != days {
			t.Errorf("%q: value after an invalid form = %q, want it unchanged", days, got)
		}
		if got := attr(a.find("#zone"), "value"); got != "Asia/Tokyo" {
			t.Errorf("zone after an invalid form = %q, want Asia/Tokyo", got)
		}
	}
	a := b.get(path).wantStatus(http.StatusOK).wantText("#confirm-title", "Repeat “Lamp <b>”?")
	if got := attr(a.find("#days"), "value"); got != "7" || a.find("#confirm-stop").Length() > 0 {
		t.Errorf("initial days = %q, want 7 and no stop button", got)
	}
	b.post(path, url.Values{"days": {"14"}, "zone": {"Europe/Berlin"}}).wantRedirect(giveawayPath(g) + "?note=command.requested")
	requested := s.commands()
	if c := requested[0]; c.Verb != contract.VerbGiveawayRepeat || string(c.Data) != `{"days":14,"zone":"Europe/Berlin"}` {
		t.Fatalf("commands = %+v, want GIVEAWAY_REPEAT every 14 days in Europe/Berlin", requested)
	}
	if b.get(giveawayPath(g)).find("#repeats-"+g.ID).Length() > 0 {
		t.Error("the page shows the repetition before the bot's result")
	}

	rule := store.RepeatRule{Days: 14, Zone: "Europe/Berlin", From: time.Date(2026, 1, 1, 18, 5, 0, 0, store.Zone("Europe/Berlin"))}
	must(t, s.Store.SetRepeat(t.Context(), lantern, g.ID, rule, rule.Next(time.Now())))
	s.answerCommand(requested[0], contract.CommandDone, "")
	b.get(giveawayPath(g)).wantText("#repeats-"+g.ID, "every 14 days").
		wantText("#repeat-rule", "every 14 days at 18:05, Europe/Berlin time").
		wantText("#bot-requests", "every 14 days, Europe/Berlin time").
		wantText("#live .facts", "Next repeat")
	b.get(giveawaysPath).wantText("#g-"+g.ID+" .badge", "every 14 days")
	a = b.get(path).wantStatus(http.StatusOK)
	if got := attr(a.find("#days"), "value"); got != "14" {
		t.Errorf("initial days = %q, want 14", got)
	}
	b.post(path, url.Values{"days": {"nonsense"}, attr(a.find("#confirm-stop"), "name"): {"1"}}).wantStatus(http.StatusSeeOther)
	if c := s.commands()[0]; string(c.Data) != `{"days":0}` {
		t.Errorf("command data = %s, want days 0", c.Data)
	}
	b.get("/guilds/"+lantern+"/audit").wantText("#rows", "every 14 days").wantText("#rows", "stopped")

	ended := s.createGiveaway(store.Giveaway{Status: store.GiveawayCancelled})
	b.post(giveawayPath(ended)+"/repeat", url.Values{"days": {"7"}}).wantRedirect(giveawayPath(ended) + "?note=command.stateChanged")
}

// TestAuditLogShowsScheduledCommands checks that the audit log lists repeats that were created on schedule, without a
// requester.
func TestAuditLogShowsScheduledCommands(t *testing.T) {
	s := openSite(t)
	g := s.createGiveaway(store.Giveaway{Prize: "Lamp"})
	due := time.Now().UTC().Truncate(time.Millisecond)
	must(t, s.Store.SetRepeat(t.Context(), lantern, g.ID, store.RepeatRule{Days: 7, Zone: "UTC", From: due}, due))
	r := store.ScheduledRepeat{GiveawayID: g.ID, Due: due}
	w := store.Work{Command: contract.Command{ID: "repeat-x", GuildID: lantern, Actor: g.Host,
		Verb: contract.VerbGiveawayCreate, Target: "x", Data: []byte(`{"prize":"Lamp","repeat":{"of":"` + g.ID + `"}}`)}}
	next := store.Giveaway{ID: "x", GuildID: lantern, Host: g.Host, RepeatDays: 7}.WithForm(g.Form())
	must(t, s.Store.RepeatGiveaway(t.Context(), r, next, draw.NewSeed(), w))
	b := s.signIn(robin)
	a := b.get("/guilds/"+lantern+"/audit").wantStatus(http.StatusOK).wantText("#rows tr", "Automatic").
		wantText("#rows tr", "repeated automatically")
	if a.find("#rows a[id^=by-]").Length() > 0 {
		t.Error("the log links to the request of a command without one")
	}
	b.get(giveawaysPath+"/x").wantStatus(http.StatusOK).wantText("#bot-requests", "Automatic")
}

// TestRepeatUsesViewerZone checks that a new repeat uses the viewer's time zone or one that they enter, and that an
// existing repeat keeps its own zone.
func TestRepeatUsesViewerZone(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.recordResults()
	g := s.createGiveaway(store.Giveaway{Prize: "Lamp"})
	path := giveawayPath(g) + "/repeat"
	b := s.signIn(robin)
	if a := b.get(path); attr(a.find("#zone"), "value") != s.Site.Zone.String() || a.find("#zone[data-zone]").Length() != 1 {
		t.Errorf("default zone = %q, want that of the site", attr(a.find("#zone"), "value"))
	}
	for _, zone := range []string{"", "Local", "Europe/Nowhere", "../../../etc/passwd"} {
		a := b.post(path, url.Values{"days": {"7"}, "zone": {zone}}).wantStatus(http.StatusUnprocessableEntity)
		a.wantText("#problem-zone", "No time zone has this name")
	}
	if n := len(s.commands()); n != 0 {
		t.Fatalf("commands = %d, want 0", n)
	}
	b.post("/preferences", url.Values{"zone": {"America/New_York"}}).wantStatus(http.StatusSeeOther)
	if a := b.get(path); attr(a.find("#zone"), "value") != "America/New_York" || a.find("#zone[data-zone]").Length() != 0 {
		t.Errorf("initial zone = %q, want the viewer's: America/New_York", attr(a.find("#zone"), "value"))
	}
	rule := store.RepeatRule{Days: 1, Zone: "Australia/Lord_Howe",
		From: time.Date(2026, 1, 1, 9, 30, 0, 0, store.Zone("Australia/Lord_Howe"))}
	must(t, s.Store.SetRepeat(t.Context(), lantern, g.ID, rule, rule.Next(time.Now())))
	if a := b.get(path); attr(a.find("#zone"), "value") != "Australia/Lord_Howe" {
		t.Errorf("initial zone = %q, want that of the rule: Australia/Lord_Howe", attr(a.find("#zone"), "value"))
	}
	b.get(giveawayPath(g)).wantText("#repeat-rule", "every 1 day at 09:30, Australia/Lord_Howe time")
	_, rows := parseCSV(t, b.get(giveawaysPath+"/export?format=csv"))
	if rows[0]["repeatZone"] != "Australia/Lord_Howe" {
		t.Errorf("exported repeatZone = %q, want Australia/Lord_Howe", rows[0]["repeatZone"])
	}
	b.post("/preferences", url.Values{"zone": {"America/New_York"}, "lang": {"vi"}}).wantStatus(http.StatusSeeOther)
	b.get(giveawaysPath).wantText("#repeats-"+g.ID, "mỗi 1 ngày")
	b.get(giveawayPath(g)).wantText("#repeat-rule", "mỗi 1 ngày lúc 09:30, giờ Australia/Lord_Howe")
}

func TestRepeatInUTCShowsZone(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.recordResults()
	g := s.createGiveaway(store.Giveaway{Prize: "Lamp"})
	b := s.signIn(robin)
	b.post(giveawayPath(g)+"/repeat", url.Values{"days": {"7"}, "zone": {"UTC"}}).wantStatus(http.StatusSeeOther)
	rule := store.RepeatRule{Days: 7, Zone: "UTC", From: time.Date(2026, 1, 1, 9, 33, 0, 0, time.UTC)}
	must(t, s.Store.SetRepeat(t.Context(), lantern, g.ID, rule, rule.Next(time.Now())))
	s.answerCommand(s.commands()[0], contract.CommandDone, "")
	for language, want := range map[string][2]string{
		"en": {"every 7 days at 09:33 UTC", "every 7 days, UTC"}, "vi": {"mỗi 7 ngày lúc 09:33 UTC", "mỗi 7 ngày, giờ UTC"},
	} {
		b.post("/preferences", url.Values{"lang": {language}}).wantStatus(http.StatusSeeOther)
		b.get(giveawayPath(g)).wantText("#repeat-rule", want[0]).wantText("#bot-requests", want[1]).wantNoText("UTC time")
	}
}

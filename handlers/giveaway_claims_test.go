package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/draw"
)

// createEndedGiveaway creates an ended giveaway with a claim window. The first winner has claimed the prize, the second
// may still claim, the claim of the third has expired, and the fourth expired and was replaced.
func (s *site) createEndedGiveaway() store.Giveaway {
	s.t.Helper()
	drawn := time.Now().Add(-30 * time.Hour).UTC().Truncate(time.Millisecond)
	g := s.createGiveaway(store.Giveaway{Prize: "Lamp", WinnerCount: 4, WinnerClaimTimeout: 24, AutoReroll: true,
		MaxRerolls: 3, EndsAt: drawn})
	must(s.t, s.Store.EndGiveaway(s.t.Context(), lantern, g.ID, drawn))
	past, later := drawn.Add(24*time.Hour), drawn.Add(48*time.Hour)
	var winners []store.Winner
	for i, until := range []time.Time{past, later, past, past} {
		winners = append(winners, store.Winner{ID: fmt.Sprintf("won%d", i+1),
			User: contract.User{ID: fmt.Sprintf("30000000000000000%d", i)}, CreatedAt: drawn, ClaimDeadline: &until})
	}
	must(s.t, s.Store.AddWinners(s.t.Context(), lantern, g.ID, winners))
	must(s.t, s.Store.ClaimPrize(s.t.Context(), lantern, g.ID, winners[0].User.ID, drawn.Add(time.Hour)))
	must(s.t, s.Store.CommitDraw(s.t.Context(), lantern, g.ID, 1, draw.NewSeed()))
	clock := store.Work{Command: contract.Command{ID: "clock-1", GuildID: lantern, Verb: contract.VerbGiveawayReroll, Target: g.ID}}
	must(s.t, s.Store.FinalizeDraw(s.t.Context(), lantern, g.ID, store.DrawOutcome{
		Round: 1, Places: 1, ReplacedWinnerIDs: []string{"won4"}, ExpiredClaimIDs: []string{"won3", "won4"},
		At: past.Add(time.Second), NextSeed: draw.NewSeed(), ScheduledWork: &clock,
		Winners: []store.Winner{{ID: "won5", User: contract.User{ID: "300000000000000004"}, Place: 4, ClaimDeadline: &later}},
	}))
	return g
}

func TestGiveawayPageShowsClaims(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	g := s.createEndedGiveaway()
	b := s.signIn(robin)
	s.createGiveaway(store.Giveaway{Prize: "Without winners"})
	link := attr(b.get("/").find("#attention-prizes-"+lantern), "href")
	if rows := b.get(link).wantStatus(http.StatusOK).texts("#rows .cell-main"); !slices.Equal(rows, []string{"Lamp"}) {
		t.Errorf("giveaways with unclaimed prizes at %s = %q, want the one with an expired claim", link, rows)
	}
	b.get(giveawaysPath+"?prizes=x").wantText("main [role=alert]", "Unknown prize filter")
	page := b.get(giveawayPath(g)).wantStatus(http.StatusOK)
	for id, want := range map[string][]string{
		"won1": {"claimed", "Claimed"}, "won2": {"drawn", "Claim deadline:"}, "won3": {"expired", "Not claimed in time"},
		"won4": {"replaced", "Replaced (not claimed in time)"}, "won5": {"drawn", "Claim deadline:"},
	} {
		if state := attr(page.find("#winner-"+id), "data-state"); state != want[0] {
			t.Errorf("%s: state = %s, want %s", id, state, want[0])
		}
		page.wantText("#winner-"+id, want[1])
	}
	if got := attr(page.find("#until-won2"), "datetime"); got == "" || page.find("#until-won1, #until-won3, #until-won4").Length() > 0 {
		t.Errorf("claim time = %q, %d in all, want only that of won2", got, page.find("[id^=until-]").Length())
	}
	page.wantText(".facts", "1 day after the draw, then unclaimed prizes are redrawn").
		wantText("#bot-requests", "Automatic").wantText("#bot-requests", "not claimed in time")
	b.get("/guilds/"+lantern+"/audit").wantText("#rows tr", "Automatic").wantText("#rows tr", "not claimed in time")

	confirm := b.get(giveawayPath(g) + "/reroll").wantStatus(http.StatusOK)
	if !confirm.find("#whom-won3").Is("[checked]") || confirm.find("#whom-won5").Is("[checked]") ||
		confirm.find("#whom-won1, #whom-won2").Is("[checked]") || confirm.find("#whom-won4").Length() > 0 {
		t.Error("selected winners differ from the expired one (won3)")
	}
	b.get(giveawayPath(s.createGiveaway(store.Giveaway{}))).wantText(".facts", "Rerolls").wantNoText("Claim deadline")
}

func TestRerollRequiresSelectionOrAllUnclaimed(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	ended := func(claimed ...string) store.Giveaway {
		g := s.createGiveaway(store.Giveaway{Prize: "Lamp", MaxRerolls: 3})
		must(t, s.Store.EndGiveaway(t.Context(), lantern, g.ID, time.Now()))
		must(t, s.Store.AddWinners(t.Context(), lantern, g.ID,
			[]store.Winner{{User: contract.User{ID: "300000000000000001"}}, {User: contract.User{ID: "300000000000000002"}}}))
		for _, user := range claimed {
			must(t, s.Store.ClaimPrize(t.Context(), lantern, g.ID, user, time.Now()))
		}
		return g
	}
	submit := func(g store.Giveaway, choice string, selected ...string) *testResponse {
		t.Helper()
		form := b.get(giveawayPath(g)+"/reroll").wantStatus(http.StatusOK).
			formValues("#confirm", url.Values{"winner": selected, "reroll": {choice}})
		return b.post(giveawayPath(g)+"/reroll", form)
	}
	wantReroll := func(g store.Giveaway, want, choice string, selected ...string) {
		t.Helper()
		submit(g, choice, selected...).wantStatus(http.StatusSeeOther)
		for _, c := range s.commands() {
			if c.Target == g.ID && c.Verb == contract.VerbGiveawayReroll && c.Actor.ID == robin && string(c.Data) == want {
				return
			}
		}
		t.Errorf("no command with %s", want)
	}

	unclaimed := ended()
	b.get(giveawayPath(unclaimed)+"/reroll").wantStatus(http.StatusOK).
		wantText("label:has(#reroll-unclaimed)", "All unclaimed (2 winners)")
	wantReroll(unclaimed, `{}`, "unclaimed", "300000000000000001") // the choice counts, not the selection below it

	one := ended("300000000000000001")
	b.get(giveawayPath(one)+"/reroll").wantText("label:has([value='300000000000000001'])", "Claimed")
	wantReroll(one, `{"userIds":["300000000000000002"]}`, "unclaimed")

	both := ended("300000000000000001", "300000000000000002")
	for name, g := range map[string]store.Giveaway{"claimed": both, "unclaimed": ended()} {
		before := len(s.commands())
		page := submit(g, "selected").wantStatus(http.StatusUnprocessableEntity).
			wantText("#problem-winner", "Select at least one winner")
		if page.find("[name=winner]").Length() != 2 || page.find("[name=winner][checked]").Length() > 0 || len(s.commands()) != before {
			t.Errorf("%s: the bot got a command, or the form differs from an unselected choice of 2", name)
		}
	}
	if b.get(giveawayPath(both)+"/reroll").find("#reroll-unclaimed").Length() > 0 {
		t.Error("the form offers all unclaimed winners though all have claimed")
	}
	wantReroll(both, `{"userIds":["300000000000000001"],"claimedIds":["300000000000000001"]}`, "selected", "300000000000000001")

	won := s.createEndedGiveaway()
	wantReroll(won, `{"userIds":["300000000000000001","300000000000000002","300000000000000004"]}`, "unclaimed")
	b.setCookie("lang", "vi")
	b.get(giveawayPath(won)+"/reroll").wantText("label:has(#reroll-unclaimed)", "chưa nhận thưởng")
}

func TestWinnersAndEntrantsHaveActionsInTheirMenus(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	won := s.createEndedGiveaway()
	page := b.get(giveawayPath(won)).wantStatus(http.StatusOK)
	link := attr(page.find(".winners .row-menu a[id^='reroll-winner-']").First(), "href")
	dialog := b.get(link).wantStatus(http.StatusOK)
	if n := dialog.find("[name=winner][checked]").Length(); n != 1 {
		t.Errorf("selected winners = %d, want the one of the menu", n)
	}
	if dialog.find("#reroll-selected[checked]").Length() != 1 {
		t.Error("“Only the selected winners” is not chosen")
	}

	single := s.createGiveaway(store.Giveaway{Prize: "Hat", WinnerCount: 1, MaxRerolls: 1})
	must(t, s.Store.EndGiveaway(t.Context(), lantern, single.ID, time.Now()))
	must(t, s.Store.AddWinners(t.Context(), lantern, single.ID, []store.Winner{
		{ID: "single", User: contract.User{ID: "300000000000000001"}, CreatedAt: time.Now()},
	}))
	b.get(giveawayPath(single)+"/reroll").wantStatus(http.StatusOK).
		wantCount("[name=winner][checked]", 1).wantCount("[name=reroll]", 0)

	g := s.createGiveaway(store.Giveaway{Prize: "Lamp"})
	s.addEntries(g, 1)
	link = attr(b.get(giveawayPath(g)).find("#rows .row-menu a[id^='menu-remove-']"), "href")
	b.get(link).wantStatus(http.StatusOK).wantText("#confirm-title", "Lamp")
}

func TestGiveawayThatEndedEarlyDoesNotSayWhenItWouldHaveEnded(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	g := s.createGiveaway(store.Giveaway{Prize: "Lamp", EndsAt: time.Now().Add(72 * time.Hour)})
	b.get(giveawayPath(g)+"/end").wantText("#confirm-no-entries", "there will be no winners")
	if b.get(giveawayPath(g)).find("#ends").Length() != 1 {
		t.Error("the page of a running giveaway does not show its end")
	}
	must(t, s.Store.EndGiveaway(t.Context(), lantern, g.ID, time.Now()))
	page := b.get(giveawayPath(g))
	if page.find("#ends").Length() > 0 || page.find("#ended").Length() != 1 {
		t.Error("the page of an ended giveaway shows when it would have ended, or not when it ended")
	}
}

// TestRerollRefusesWinnerClaimedMeanwhile checks that a reroll is refused if a selected winner has claimed the prize
// since the page was rendered.
func TestRerollRefusesWinnerClaimedMeanwhile(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	g := s.createEndedGiveaway()
	b := s.signIn(robin)
	const claimer = "300000000000000001"
	confirm := b.get(giveawayPath(g) + "/reroll").wantStatus(http.StatusOK)
	if confirm.find("label:has([value='"+claimer+"']) .badge").Length() > 0 {
		t.Fatal("the claimer has a badge already")
	}
	// by a bot whose clock is slow
	must(t, s.Store.ClaimPrize(t.Context(), lantern, g.ID, claimer, time.Now().Add(-time.Hour)))
	before := len(s.commands())
	again := b.post(giveawayPath(g)+"/reroll", confirm.formValues("#confirm", url.Values{"winner": {claimer}})).
		wantStatus(http.StatusUnprocessableEntity)
	again.wantText("#problem-winner", "has just claimed the prize").wantText("label:has([value='"+claimer+"'])", "Claimed")
	if !again.find("#whom-won2").Is("[checked]") || len(s.commands()) != before {
		t.Error("the selection is lost, or the bot got a command")
	}
	b.post(giveawayPath(g)+"/reroll", again.formValues("#confirm", url.Values{"winner": {claimer}})).wantStatus(http.StatusSeeOther)
	if c := s.commands()[0]; string(c.Data) != `{"userIds":["`+claimer+`"],"claimedIds":["`+claimer+`"]}` {
		t.Errorf("command data = %s, want the claimed winner", c.Data)
	}
}

func TestClaimsInAPIAndExport(t *testing.T) {
	s := openSite(t)
	g := s.createEndedGiveaway()
	b := s.signIn(robin)
	var got struct {
		Data struct {
			Giveaways []struct {
				Winners []struct {
					ID                   string
					Claimed              bool
					ClaimUntil, LapsedAt *time.Time
				}
			}
		}
	}
	must(t, json.Unmarshal(b.get(apiGiveaways+"?search=lamp").wantStatus(http.StatusOK).body, &got))
	for _, w := range got.Data.Giveaways[0].Winners {
		expired := w.ID == "won3" || w.ID == "won4"
		if w.ClaimUntil == nil || (w.LapsedAt != nil) != expired || w.Claimed != (w.ID == "won1") {
			t.Errorf("winner in the API = %+v, want its claim state", w)
		}
	}
	var rows []map[string]any
	must(t, json.Unmarshal(b.get(giveawaysPath+"/export?format=json").wantStatus(http.StatusOK).body, &rows))
	if rows[0]["id"] != g.ID || rows[0]["claimed"] != "300000000000000000" {
		t.Errorf("export = %v, want the giveaway with its claimer", rows[0])
	}
}

func TestGiveawayFormValidatesClaimWindow(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	form := func(within, auto string) url.Values {
		f := validGiveawayForm()
		f.Set("winnerClaimTimeout", within)
		if auto != "" {
			f.Set("autoReroll", auto)
		}
		return f
	}
	for _, invalid := range [][3]string{
		{"24", "", "whole hours"}, {"90m", "", "whole hours"}, {"31d", "", "30 days"}, {"0h", "", "whole hours"},
		{"-1h", "", "whole hours"}, {"", "on", "Enter a claim deadline"},
	} {
		page := b.post(giveawaysPath, form(invalid[0], invalid[1])).wantStatus(http.StatusUnprocessableEntity).
			wantText("#problem-winnerClaimTimeout", invalid[2])
		if got := attr(page.find("#winnerClaimTimeout"), "value"); got != invalid[0] ||
			page.find("#autoReroll").Is("[checked]") != (invalid[1] == "on") {
			t.Errorf("%q: value after an invalid form = %q, want it unchanged", invalid[0], got)
		}
		if !page.find("details:has(#winnerClaimTimeout)").Is("[open]") {
			t.Error("the section with the invalid field is closed")
		}
	}
	for within, hours := range map[string]int{"": 0, "1h": 1, "2d 1h": 49, "30d": 720} {
		b.post(giveawaysPath, form(within, "")).wantStatus(http.StatusSeeOther)
		if f := decodeGiveawayForm(t, s.commands()[0]); f.WinnerClaimTimeout != hours || f.AutoReroll {
			t.Errorf("%q: claim window = %d h, reroll %v, want %d h without reroll",
				within, f.WinnerClaimTimeout, f.AutoReroll, hours)
		}
	}
	b.post(giveawaysPath, form("3d", "on")).wantStatus(http.StatusSeeOther)
	if f := decodeGiveawayForm(t, s.commands()[0]); f.WinnerClaimTimeout != 72 || !f.AutoReroll {
		t.Errorf("form = %+v in the command, want 72 h with reroll", f)
	}
}

// TestClaimWindowIsPrefilled checks that the claim window is prefilled when a giveaway is edited, duplicated, or
// created from a template or the default settings.
func TestClaimWindowIsPrefilled(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	g := s.createGiveaway(store.Giveaway{Prize: "Lamp", WinnerClaimTimeout: 26, AutoReroll: true, MaxRerolls: 4})
	kept, err := s.Store.SaveTemplate(t.Context(), contract.User{ID: robin},
		store.GiveawayTemplate{GuildID: lantern, Name: "Weekly", Form: g.Form(), Duration: time.Hour})
	must(t, err)
	settings := settingsPath + "/giveaways"
	set := b.get(settings).wantStatus(http.StatusOK).formValues("#settings-form", url.Values{"autoReroll": {"on"}})
	b.post(settings, set).wantStatus(http.StatusUnprocessableEntity).wantText("#problem-winnerClaimTimeout", "Enter a claim deadline")
	set.Set("winnerClaimTimeout", "26")
	set.Set("maxRerolls", "4")
	b.post(settings, set).wantStatus(http.StatusSeeOther)
	for label, path := range map[string]string{
		"edit": giveawayPath(g) + "/edit", "duplicate": giveawaysPath + "/new?copy=" + g.ID,
		"template": giveawaysPath + "/new?template=" + kept.ID, "settings": giveawaysPath + "/new",
	} {
		page := b.get(path).wantStatus(http.StatusOK)
		if got := attr(page.find("#winnerClaimTimeout"), "value"); got != "1d 2h" ||
			!page.find("#autoReroll").Is("[checked]") || attr(page.find("#maxRerolls"), "value") != "4" {
			t.Errorf("%s: claim window = %q, want 1d 2h", label, got)
		}
	}
	form := validGiveawayForm()
	form.Set("tierPrize", "")
	form.Set("winnerClaimTimeout", "")
	b.post(giveawayPath(g)+"/edit", form).wantStatus(http.StatusSeeOther)
	if f := decodeGiveawayForm(t, s.commands()[0]); f.WinnerClaimTimeout != 0 || f.AutoReroll ||
		strings.Contains(string(s.commands()[0].Data), `"winnerClaimTimeout":26`) {
		t.Errorf("removed claim window = %d h, want 0", f.WinnerClaimTimeout)
	}
}

func TestRerollPreselectsWinnersWhoLeft(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	g := s.createGiveaway(store.Giveaway{Prize: "Lamp", MaxRerolls: 3})
	s.addEntries(g, 2)
	must(t, s.Store.EndGiveaway(t.Context(), lantern, g.ID, time.Now()))
	entries, err := s.Store.Entries(t.Context(), lantern, g.ID, store.EntryQuery{})
	must(t, err)
	remaining, departed := entries.Items[0], entries.Items[1]
	must(t, s.Store.AddWinners(t.Context(), lantern, g.ID,
		[]store.Winner{{ID: "stays", User: remaining.Member}, {ID: "gone", User: departed.Member}}))
	b := s.signIn(robin)
	b.get(giveawayPath(g)).wantStatus(http.StatusOK).wantNoText("Left the server")
	at := time.Now()
	if changed, err := s.Store.SetMemberLeft(t.Context(), lantern, departed.Member.ID, &at); !changed || err != nil {
		t.Fatalf("SetMemberLeft() = %v, %v, want true", changed, err)
	}
	page := b.get(giveawayPath(g)).wantText("#winner-gone", "Left the server").wantText("#e-"+departed.ID, "Left the server")
	if page.find("[data-state=left]").Length() != 2 {
		t.Errorf("winners marked as left = %d, want 2", page.find("[data-state=left]").Length())
	}
	b.get(giveawayPath(g)+"/entries").wantText("#e-"+departed.ID, "Left the server")
	confirm := b.get(giveawayPath(g) + "/reroll").wantStatus(http.StatusOK)
	if !confirm.find("#whom-gone").Is("[checked]") || confirm.find("#whom-stays").Is("[checked]") {
		t.Error("selected winners differ from the one that left")
	}
	must(t, s.Store.ClaimPrize(t.Context(), lantern, g.ID, departed.Member.ID, time.Now()))
	if b.get(giveawayPath(g) + "/reroll").find("#whom-gone").Is("[checked]") {
		t.Error("a winner that claimed the prize before leaving is selected")
	}
}

package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

const bulkPath = giveawaysPath + "/bulk"

func TestBulkCommandConfirmsOnceAndReportsEachRow(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.recordResults()
	one, two := s.createGiveaway(store.Giveaway{Prize: "One"}), s.createGiveaway(store.Giveaway{Prize: "Two"})
	ended := s.createGiveaway(store.Giveaway{Prize: "Over"})
	must(t, s.Store.EndGiveaway(t.Context(), lantern, ended.ID, time.Now()))
	foreign := storetest.Giveaway(t, s.Store, harbour, store.Giveaway{Prize: "Somebody else's"})
	b := s.signIn(robin)

	bar := b.get(giveawaysPath).find("form#selection")
	if got := bar.Find("button[formaction='" + bulkPath + "']").Length(); attr(bar, "method") != "get" || got != 5 {
		t.Errorf("bulk bar has %d verbs, want 5 in a GET form", got)
	}
	only := "&only=" + one.ID + "&only=" + two.ID + "&only=" + ended.ID + "&only=" + foreign.ID + "&only=" + one.ID + "&only=.."
	confirm := b.get(bulkPath + "?verb=pause" + only).wantStatus(http.StatusOK).wantNoText("Somebody else's")
	confirm.wantText("h1", "Pause 2 giveaways?").wantText("#bulk-left", "Over")
	var ids []string
	for i := range confirm.find("#bulk [name=only]").Length() {
		ids = append(ids, attr(confirm.find("#bulk [name=only]").Eq(i), "value"))
	}
	slices.Sort(ids)
	want := []string{one.ID, two.ID}
	slices.Sort(want)
	if !slices.Equal(ids, want) || len(s.commands()) > 0 {
		t.Errorf("form ids = %q with %d commands, want %q and no command", ids, len(s.commands()), want)
	}
	form := url.Values{"verb": {"pause"}, "only": {one.ID, two.ID, ended.ID, foreign.ID}}
	submitted := b.post(bulkPath, form).wantStatus(http.StatusSeeOther)
	location := submitted.Header.Get("Location")
	if !strings.HasPrefix(location, giveawaysPath+"/results?id=") || len(s.commands()) != 3 {
		t.Fatalf("redirect to %q with %d commands, want the results and 3 commands", location, len(s.commands()))
	}
	b.get(location).wantStatus(http.StatusOK).wantText("#live-summary", "3 waiting for the bot")
	for i, c := range s.commands() {
		s.answerCommand(c, []contract.CommandStatus{contract.CommandDone, contract.CommandRefused, contract.CommandAccepted}[i], "")
	}
	page := b.get(location).wantStatus(http.StatusOK).wantText("#live-summary", "1 done · 1 failed · 1 waiting for the bot")
	if got := page.find("#answers li").Length(); got != 3 {
		t.Errorf("results = %d rows, want 3", got)
	}
	t.Run("commands in progress are shown, not repeated", func(t *testing.T) {
		again := b.post(bulkPath, form).wantStatus(http.StatusSeeOther)
		if n := len(s.commands()); n != 5 {
			t.Errorf("commands = %d, want 5", n)
		}
		b.get(again.Header.Get("Location")).wantText("#live-summary", "3 waiting")
	})
}

func TestBulkCommandRefusesUnavailableVerbs(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat(contract.VerbGiveawayPause, contract.VerbTicketClaim)
	g := s.createGiveaway(store.Giveaway{Prize: "One"})
	b := s.signIn(robin)
	for _, verb := range []string{"", "edit", "explode", "reroll"} {
		b.get(bulkPath + "?verb=" + verb + "&only=" + g.ID).wantStatus(http.StatusBadRequest)
		b.post(bulkPath, url.Values{"verb": {verb}, "only": {g.ID}}).wantStatus(http.StatusBadRequest)
	}
	b.post(bulkPath, url.Values{"verb": {"pause"}}).wantStatus(http.StatusNotFound)
	b.post(bulkPath, url.Values{"verb": {"end"}, "only": {g.ID}}).wantRedirect(giveawaysPath + "?note=command.unsupported")
	if b.get(bulkPath+"?verb=end&only="+g.ID).wantStatus(http.StatusOK).find("#bulk-submit").Length() != 0 {
		t.Error("the form offers a verb that the bot does not support")
	}
	if n := b.get(giveawaysPath).find("#selection [name=verb]").Length(); n != 1 {
		t.Errorf("bulk bar has %d verbs, want 1", n)
	}
	b.get(giveawaysPath + "/results").wantStatus(http.StatusNotFound)
	b.get(giveawaysPath+"/results?id=c0000000000000000000000").wantStatus(http.StatusOK).wantText("#row-none", "weren’t found")
	if n := len(s.commands()); n != 0 {
		t.Errorf("commands = %d, want 0", n)
	}
	t.Run("commands of another guild or module are hidden", func(t *testing.T) {
		ticket := s.createTicket("Help", time.Now())
		b.post(ticketPath(ticket)+"/claim", nil).wantStatus(http.StatusSeeOther)
		b.get(giveawaysPath+"/results?id="+s.commands()[0].ID).wantText("#row-none", "weren’t found")
		b.post(giveawayPath(g)+"/pause", nil).wantStatus(http.StatusSeeOther)
		s.signIn(sam).get("/guilds/"+harbour+"/giveaways/results?id="+s.commands()[0].ID).wantText("#row-none", "weren’t found")
	})
	t.Run("store unavailable", func(t *testing.T) {
		s.closeStore()
		b.get(bulkPath + "?verb=pause&only=" + g.ID).wantStatus(http.StatusServiceUnavailable)
	})
}

func TestDuplicateCopiesGiveaway(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	created := time.Now().Add(-100 * time.Hour)
	g := s.createGiveaway(store.Giveaway{
		Prize: "Lamp <b>", WinnerCount: 3, RequiredLevel: 5, CreatedAt: created,
		EndsAt: created.Add(26*time.Hour + 5*time.Minute), ChannelID: "400000000000000001",
	})
	b := s.signIn(robin)
	link := b.get(giveawayPath(g)).find("#duplicate")
	form := b.get(attr(link, "href")).wantStatus(http.StatusOK).find("#giveaway-form")
	for field, want := range map[string]string{
		"prize": "Lamp <b>", "winnerCount": "3", "requiredLevel": "5", "endsIn": "1d 2h 5m", "endsAt": "",
		"startsAt": "", "channelId": "400000000000000001",
	} {
		if got := attr(form.Find("[name="+field+"]"), "value"); got != want {
			t.Errorf("%s = %q, want %q", field, got, want)
		}
	}
	if attr(form, "action") != giveawaysPath {
		t.Errorf("form action = %q, want %q", attr(form, "action"), giveawaysPath)
	}
	s.signIn(sam).get("/guilds/" + harbour + "/giveaways/new?copy=" + g.ID).wantStatus(http.StatusNotFound)
}

func TestBulkCloseSendsReasonForEachTicket(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat(contract.Verbs...)
	one, two := s.createTicket("One", midnightUTC("2026-02-01")), s.createTicket("Two", midnightUTC("2026-02-02"))
	closed := s.createTicket("Over", midnightUTC("2026-02-03"))
	s.closeTicket(closed, midnightUTC("2026-02-04"))
	b, path := s.signIn(robin), ticketsPath+"/bulk"
	if got := b.get(ticketsPath).find("form#selection button[formaction='" + path + "']").Length(); got != 3 {
		t.Errorf("bulk bar has %d verbs, want 3", got)
	}
	only := "&only=" + one.ID + "&only=" + two.ID + "&only=" + closed.ID
	confirm := b.get(path + "?verb=close" + only).wantStatus(http.StatusOK)
	confirm.wantText("h1", "Close 2 tickets?").wantText("#bulk-rows", "#1 One").wantText("#bulk-left", "#3 Over").
		wantText("#preset", "Solved.")
	form := url.Values{"verb": {"close"}, "only": {one.ID, two.ID}, "preset": {"Solved."}, "reason": {strings.Repeat("x", 600)}}
	b.post(path, form).wantStatus(http.StatusUnprocessableEntity).wantText("#problem-reason", "").
		wantText("#preset option[selected]", "Solved.")
	if len(s.commands()) != 0 {
		t.Errorf("commands = %d, want 0", len(s.commands()))
	}
	form.Set("reason", "Have fun")
	submitted := b.post(path, form).wantStatus(http.StatusSeeOther)
	b.get(submitted.Header.Get("Location")).wantStatus(http.StatusOK).wantText("#live-summary", "2 waiting").wantText("#answers", "#1")
	for _, c := range s.commands() {
		if string(c.Data) != `{"reason":"Solved. Have fun"}` || c.Verb != contract.VerbTicketClose {
			t.Errorf("command = %s %s, want TICKET_CLOSE with the reason", c.Verb, c.Data)
		}
	}
	b.get(path + "?verb=unclaim" + only).wantStatus(http.StatusBadRequest)
}

func TestCloseReasonsComeFromSettings(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat(contract.Verbs...)
	ticket := s.createTicket("One", midnightUTC("2026-02-01"))
	b, formPath := s.signIn(robin), settingsPath+"/tickets"
	save := func(reasons string) *testResponse {
		return b.post(formPath, b.get(formPath).wantStatus(http.StatusOK).formValues("#settings-form",
			url.Values{"closeReasons": {reasons}}))
	}
	questions := []string{ticketsPath + "/" + ticket.ID + "/close", ticketsPath + "/bulk?verb=close&only=" + ticket.ID}
	offered := func(want ...string) {
		t.Helper()
		for _, question := range questions {
			if got := b.get(question).wantStatus(http.StatusOK).texts("#preset option"); !slices.Equal(got[1:], want) {
				t.Errorf("%s: presets = %q, want %q after the first", question, got, want)
			}
		}
	}
	usual := b.get(questions[0]).texts("#preset option")[1:]
	if len(usual) != 5 {
		t.Errorf("default presets = %q, want 5", usual)
	}
	save("Refunded.\r\n\r\n  <b>Wrong</b> shop \r\n").wantStatus(http.StatusSeeOther)
	offered("Refunded.", "<b>Wrong</b> shop")
	long := b.post(questions[0], url.Values{"preset": {"Refunded."}, "reason": {strings.Repeat("x", 600)}}).
		wantStatus(http.StatusUnprocessableEntity)
	if got := long.text("#preset option[selected]"); got != "Refunded." {
		t.Errorf("selected preset after an invalid form = %q, want %q", got, "Refunded.")
	}
	many := strings.Repeat("A reason\n", 2) + strings.Repeat("x", 101)
	save(many).wantStatus(http.StatusUnprocessableEntity)
	offered("Refunded.", "<b>Wrong</b> shop")
	save("").wantStatus(http.StatusSeeOther)
	offered(usual...)
}

package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

const bulkPath = giveawaysPath + "/bulk"

func TestTickedRowsAreAskedAboutOnceAndAnsweredRowByRow(t *testing.T) {
	s := open(t)
	s.beats()
	s.collect()
	one, two := s.giveaway(store.Giveaway{Prize: "One"}), s.giveaway(store.Giveaway{Prize: "Two"})
	over := s.giveaway(store.Giveaway{Prize: "Over"})
	must(t, s.Store.EndGiveaway(t.Context(), lantern, over.ID, time.Now()))
	foreign := storetest.Giveaway(t, s.Store, harbour, store.Giveaway{Prize: "Somebody else's"})
	b := s.signIn(robin)

	bar := b.get(giveawaysPath).find("form#selection")
	if got := bar.Find("button[formaction='" + bulkPath + "']").Length(); attr(bar, "method") != "get" || got != 5 {
		t.Errorf("the bar offers %d verbs", got)
	}
	only := "&only=" + one.ID + "&only=" + two.ID + "&only=" + over.ID + "&only=" + foreign.ID + "&only=" + one.ID + "&only=.."
	ask := b.get(bulkPath + "?verb=pause" + only).wants(http.StatusOK).hides("Somebody else's")
	ask.says("h1", "Pause: 2 giveaways?").says("#bulk-left", "Over")
	var ids []string
	for i := range ask.find("#bulk [name=only]").Length() {
		ids = append(ids, attr(ask.find("#bulk [name=only]").Eq(i), "value"))
	}
	slices.Sort(ids)
	want := []string{one.ID, two.ID}
	slices.Sort(want)
	if !slices.Equal(ids, want) || len(s.commands()) > 0 {
		t.Errorf("the form is about %q, and %d were asked", ids, len(s.commands()))
	}
	form := url.Values{"verb": {"pause"}, "only": {one.ID, two.ID, over.ID, foreign.ID}}
	asked := b.post(bulkPath, form).wants(http.StatusSeeOther)
	to := asked.Header.Get("Location")
	if !strings.HasPrefix(to, giveawaysPath+"/asked?id=") || len(s.commands()) != 3 {
		t.Fatalf("it leads to %q with %d commands", to, len(s.commands()))
	}
	b.get(to).wants(http.StatusOK).says("#live-summary", "3 asked: 0 done, 0 not, 3 waiting")
	for i, c := range s.commands() {
		s.answered(c, []store.CommandStatus{store.CommandDone, store.CommandRefused, store.CommandAccepted}[i], "")
	}
	page := b.get(to).wants(http.StatusOK).says("#live-summary", "3 asked: 1 done, 1 not, 1 waiting")
	if got := page.find("#answers li").Length(); got != 3 {
		t.Errorf("%d rows are answered", got)
	}
	t.Run("what is under way already is shown, and not asked again", func(t *testing.T) {
		again := b.post(bulkPath, form).wants(http.StatusSeeOther)
		if n := len(s.commands()); n != 5 {
			t.Errorf("%d commands were asked", n)
		}
		b.get(again.Header.Get("Location")).says("#live-summary", "3 asked")
	})
}

func TestABulkActionThatCannotBe(t *testing.T) {
	s := open(t)
	s.beats(store.VerbGiveawayPause, store.VerbTicketClaim)
	g := s.giveaway(store.Giveaway{Prize: "One"})
	b := s.signIn(robin)
	for _, verb := range []string{"", "edit", "explode", "reroll"} {
		b.get(bulkPath + "?verb=" + verb + "&only=" + g.ID).wants(http.StatusBadRequest)
		b.post(bulkPath, url.Values{"verb": {verb}, "only": {g.ID}}).wants(http.StatusBadRequest)
	}
	b.post(bulkPath, url.Values{"verb": {"pause"}}).wants(http.StatusNotFound)
	b.post(bulkPath, url.Values{"verb": {"end"}, "only": {g.ID}}).leadsTo(giveawaysPath + "?note=command.cannot")
	if b.get(bulkPath+"?verb=end&only="+g.ID).wants(http.StatusOK).find("#bulk-submit").Length() != 0 {
		t.Error("what the bot cannot do is offered")
	}
	if n := b.get(giveawaysPath).find("#selection [name=verb]").Length(); n != 1 {
		t.Errorf("the bar offers %d verbs", n)
	}
	b.get(giveawaysPath + "/asked").wants(http.StatusNotFound)
	b.get(giveawaysPath+"/asked?id=c0000000000000000000000").wants(http.StatusOK).says("#row-none", "not known")
	if n := len(s.commands()); n != 0 {
		t.Errorf("%d commands were asked", n)
	}
	t.Run("what was asked in another guild or module is not shown", func(t *testing.T) {
		ticket := s.ticket("Help", time.Now())
		b.post(ticketPath(ticket)+"/claim", nil).wants(http.StatusSeeOther)
		b.get(giveawaysPath+"/asked?id="+s.commands()[0].ID).says("#live-summary", "0 asked")
		b.post(giveawayPath(g)+"/pause", nil).wants(http.StatusSeeOther)
		s.signIn(sam).get("/guilds/"+harbour+"/giveaways/asked?id="+s.commands()[0].ID).says("#live-summary", "0 asked")
	})
	t.Run("the store is away", func(t *testing.T) {
		s.loseStore()
		b.get(bulkPath + "?verb=pause&only=" + g.ID).wants(http.StatusServiceUnavailable)
	})
}

func TestADuplicateBeginsAsTheOneItIsMadeFrom(t *testing.T) {
	s := open(t)
	s.beats()
	created := time.Now().Add(-100 * time.Hour)
	g := s.giveaway(store.Giveaway{
		Prize: "Lamp <b>", WinnerCount: 3, RequiredLevel: 5, CreatedAt: created, EndsAt: created.Add(26*time.Hour + 5*time.Minute), ChannelID: "400000000000000001",
	})
	b := s.signIn(robin)
	link := b.get(giveawayPath(g)).find("#duplicate")
	form := b.get(attr(link, "href")).wants(http.StatusOK).find("#giveaway-form")
	for field, want := range map[string]string{
		"prize": "Lamp <b>", "winnerCount": "3", "requiredLevel": "5", "endsIn": "1d 2h 5m", "endsAt": "", "startsAt": "", "channelId": "400000000000000001",
	} {
		if got := attr(form.Find("[name="+field+"]"), "value"); got != want {
			t.Errorf("%s is %q, not %q", field, got, want)
		}
	}
	if attr(form, "action") != giveawaysPath {
		t.Error("it is no new giveaway")
	}
	s.signIn(sam).get("/guilds/" + harbour + "/giveaways/new?copy=" + g.ID).wants(http.StatusNotFound)
}

func TestManyTicketsAreClosedForOneReason(t *testing.T) {
	s := open(t)
	s.beats(store.Verbs...)
	one, two := s.ticket("One", day("2026-02-01")), s.ticket("Two", day("2026-02-02"))
	over := s.ticket("Over", day("2026-02-03"))
	s.close(over, day("2026-02-04"))
	b, path := s.signIn(robin), ticketsPath+"/bulk"
	if got := b.get(ticketsPath).find("form#selection button[formaction='" + path + "']").Length(); got != 3 {
		t.Errorf("the bar offers %d verbs", got)
	}
	only := "&only=" + one.ID + "&only=" + two.ID + "&only=" + over.ID
	ask := b.get(path + "?verb=close" + only).wants(http.StatusOK)
	ask.says("h1", "Close: 2 tickets?").says("#bulk-rows", "#1 One").says("#bulk-left", "#3 Over").says("#preset", "Solved.")
	form := url.Values{"verb": {"close"}, "only": {one.ID, two.ID}, "preset": {"Solved."}, "reason": {strings.Repeat("x", 600)}}
	b.post(path, form).wants(http.StatusUnprocessableEntity).says("#problem-reason", "").says("#preset option[selected]", "Solved.")
	if len(s.commands()) != 0 {
		t.Error("it was asked all the same")
	}
	form.Set("reason", "Have fun")
	asked := b.post(path, form).wants(http.StatusSeeOther)
	b.get(asked.Header.Get("Location")).wants(http.StatusOK).says("#live-summary", "2 asked").says("#answers", "#1")
	for _, c := range s.commands() {
		if string(c.Data) != `{"reason":"Solved. Have fun"}` || c.Verb != store.VerbTicketClose {
			t.Errorf("asked: %s %s", c.Verb, c.Data)
		}
	}
	b.get(path + "?verb=unclaim" + only).wants(http.StatusBadRequest)
}

func TestTheReasonsForClosingAreTheGuildsOwn(t *testing.T) {
	s := open(t)
	s.beats(store.Verbs...)
	ticket := s.ticket("One", day("2026-02-01"))
	b, sheet := s.signIn(robin), settingsPath+"/tickets"
	save := func(reasons string) *answer {
		return b.post(sheet, b.get(sheet).wants(http.StatusOK).sent("#settings-form", url.Values{"closeReasons": {reasons}}))
	}
	questions := []string{ticketsPath + "/" + ticket.ID + "/close", ticketsPath + "/bulk?verb=close&only=" + ticket.ID}
	offered := func(want ...string) {
		t.Helper()
		for _, question := range questions {
			if got := b.get(question).wants(http.StatusOK).texts("#preset option"); !slices.Equal(got[1:], want) {
				t.Errorf("%s offers %q", question, got)
			}
		}
	}
	usual := b.get(questions[0]).texts("#preset option")[1:]
	if len(usual) != 5 {
		t.Errorf("by itself it offers %q", usual)
	}
	save("Refunded.\r\n\r\n  <b>Wrong</b> shop \r\n").wants(http.StatusSeeOther)
	offered("Refunded.", "<b>Wrong</b> shop")
	long := b.post(questions[0], url.Values{"preset": {"Refunded."}, "reason": {strings.Repeat("x", 600)}}).wants(http.StatusUnprocessableEntity)
	if got := long.text("#preset option[selected]"); got != "Refunded." {
		t.Errorf("after a mistake %q is chosen", got)
	}
	many := strings.Repeat("A reason\n", 2) + strings.Repeat("x", 101)
	save(many).wants(http.StatusUnprocessableEntity)
	offered("Refunded.", "<b>Wrong</b> shop")
	save("").wants(http.StatusSeeOther)
	offered(usual...)
}

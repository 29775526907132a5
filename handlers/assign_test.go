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

func TestATicketIsAssignedToAnotherHelper(t *testing.T) {
	s := open(t)
	s.beats(store.Verbs...)
	s.collect()
	ticket := s.ticket("Help", day("2026-02-01"))
	storetest.Member(t, s.Store, lantern, kim, "Kim <b>")
	storetest.Member(t, s.Store, lantern, sam, "Sam")
	b, path := s.signIn(robin), ticketPath(ticket)+"/assign"

	b.get(ticketPath(ticket)).says("#ticket .actions", "Assign…")
	ask := b.get(path).wants(http.StatusOK).says("h1", "Assign ticket #1?").says("#confirm", "act on tickets")
	if got := ask.texts("#whom option"); len(got) != 1 {
		t.Errorf("while no role is let in it offers %q", got)
	}
	s.let(store.LevelNone, store.LevelAct)
	s.holds(time.Now(), kim)
	ask = b.get(path, asPartial...).wants(http.StatusOK).hides("<html")
	if got := ask.texts("#whom option"); !slices.Equal(got, []string{"(choose somebody)", "Kim <b>"}) {
		t.Errorf("it offers %q", got)
	}
	for _, wrong := range []string{"", sam, robin, "x"} {
		b.post(path, url.Values{"whom": {wrong}}).wants(http.StatusUnprocessableEntity).says("#problem-whom", "")
	}
	asks := func() []store.Command {
		return slices.DeleteFunc(s.commands(), func(c store.Command) bool { return c.Verb != store.VerbTicketAssign })
	}
	if n := len(asks()); n != 0 {
		t.Errorf("%d commands were asked", n)
	}
	b.post(path, url.Values{"whom": {kim}}).leadsTo(ticketPath(ticket) + "?note=command.asked")
	asked := asks()
	if len(asked) != 1 || string(asked[0].Data) != `{"userId":"`+kim+`","username":"Kim \u003cb\u003e"}` {
		t.Fatalf("asked: %+v", asked)
	}
	b.get(ticketPath(ticket)).says("#ticket .timeline", "Assign to Kim <b> · Asked to assign")
	b.get("/guilds/"+lantern+"/audit").says("#rows", "Assign ticket").says("#rows", "Assign to Kim <b>")
	s.answered(asked[0], store.CommandRefused, store.CodeStaff)
	b.get(ticketsPath).says("#status-"+ticket.ID, "may not act on tickets")

	t.Run("by whoever acts on tickets", func(t *testing.T) {
		s.helper(store.LevelNone, store.LevelAct).get(path).wants(http.StatusOK)
		see := s.helper(store.LevelNone, store.LevelSee)
		see.get(path).wants(http.StatusForbidden)
		see.post(path, url.Values{"whom": {kim}}).wants(http.StatusForbidden)
		if got := b.get(path).texts("#whom option"); len(got) != 1 {
			t.Errorf("who may only look is offered: %q", got)
		}
	})
	t.Run("by the bot's word of the last minute", func(t *testing.T) {
		s.let(store.LevelNone, store.LevelAct)
		s.holds(time.Now().Add(-2*time.Minute), kim)
		b.post(path, url.Values{"whom": {kim}}).wants(http.StatusUnprocessableEntity)
	})
	t.Run("not to who has it, and not once it is closed", func(t *testing.T) {
		s.holds(time.Now(), kim)
		must(t, s.Store.AssignTicket(t.Context(), lantern, ticket.ID, kim, time.Now()))
		b.post(path, url.Values{"whom": {kim}}).wants(http.StatusUnprocessableEntity)
		s.close(ticket, time.Now())
		b.post(path, url.Values{"whom": {kim}}).leadsTo(ticketPath(ticket) + "?note=command.moved")
	})
	t.Run("the store is away", func(t *testing.T) {
		s.loseStore()
		b.get(path).wants(http.StatusServiceUnavailable)
		b.post(path, url.Values{"whom": {kim}}).wants(http.StatusServiceUnavailable)
	})
}

func TestATicketsTimelineSaysWhoGaveItToWhom(t *testing.T) {
	s := open(t)
	s.beats(store.Verbs...)
	s.collect()
	ticket := s.ticket("Help", day("2026-02-01"))
	storetest.Member(t, s.Store, lantern, kim, "Kim <b>")
	storetest.Member(t, s.Store, lantern, sam, "Sam")
	s.let(store.LevelNone, store.LevelAct)
	b := s.signIn(robin)
	gives := func(to string) store.Command {
		t.Helper()
		s.holds(time.Now(), kim, sam)
		b.post(ticketPath(ticket)+"/assign", url.Values{"whom": {to}}).wants(http.StatusSeeOther)
		i := slices.IndexFunc(s.commands(), func(c store.Command) bool { return c.UnderWay() && store.AssignmentOf(c).UserID == to })
		if i < 0 {
			t.Fatalf("nobody is asked to give it to %s", to)
		}
		return s.commands()[i]
	}
	tells := func(want ...string) {
		t.Helper()
		got := b.get(ticketPath(ticket)).wants(http.StatusOK).texts(".timeline li")
		if len(got) != len(want) {
			t.Fatalf("the timeline is %q", got)
		}
		for i, prefix := range want {
			if !strings.HasPrefix(got[i], prefix) {
				t.Errorf("it says %q, not %q", got[i], prefix)
			}
		}
	}
	asked := gives(kim)
	tells("Opened by Ada", "Robin <b> asked on the dashboard: Assign to Kim <b> · Asked to assign")
	must(t, s.Store.AssignTicket(t.Context(), lantern, ticket.ID, kim, time.Now()))
	s.answered(asked, store.CommandDone, "")
	tells("Opened by Ada", "Given to Kim <b> by Robin <b>") // and not claimed by Kim, who has done nothing

	asked = gives(sam) // nobody but the command knows of it: the ticket stays claimed
	must(t, s.Store.AssignTicket(t.Context(), lantern, ticket.ID, sam, time.Now()))
	s.answered(asked, store.CommandDone, store.CodeDown)
	tells("Opened by Ada", "Given to Kim <b> by Robin <b>", "Given to Sam by Robin <b> · Done, but: Discord does not answer the bot.")

	s.answered(gives(kim), store.CommandRefused, store.CodeStaff)
	b.keep("lang", "vi")
	if got := b.get(ticketPath(ticket)).texts(".timeline [data-kind=given]"); len(got) != 2 || !strings.HasPrefix(got[0], "Robin <b> đã giao cho Kim <b>") {
		t.Errorf("in Vietnamese it says %q", got)
	}
	must(t, s.Store.UnclaimTicket(t.Context(), lantern, ticket.ID, sam, time.Now()))
	must(t, s.Store.ClaimTicket(t.Context(), lantern, ticket.ID, kim, time.Now().Add(time.Hour)))
	if got := b.get(ticketPath(ticket)).texts(".timeline [data-kind=claimed]"); len(got) != 1 || !strings.HasPrefix(got[0], "Kim <b> đã nhận") {
		t.Errorf("who claims it on their own: %q", got)
	}
}

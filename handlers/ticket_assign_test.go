package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestAssignTicket(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat(contract.Verbs...)
	s.recordResults()
	ticket := s.createTicket("Help", midnightUTC("2026-02-01"))
	storetest.Member(t, s.Store, lantern, kim, "Kim <b>")
	storetest.Member(t, s.Store, lantern, sam, "Sam")
	b, path := s.signIn(robin), ticketPath(ticket)+"/assign"

	b.get(ticketPath(ticket)).wantText("#ticket .actions", "Assign")
	confirm := b.get(path).wantStatus(http.StatusOK).
		wantText("h1", "Assign ticket #1").wantText("#confirm-subject", "Help").wantText("#confirm", "access to tickets")
	if got := confirm.texts("#whom option"); len(got) != 1 {
		t.Errorf("options without granted roles = %q, want none", got)
	}
	s.grantHelperRole(access.LevelNone, access.LevelAct)
	s.confirmHelperRole(time.Now(), kim)
	confirm = b.get(path, asPartial...).wantStatus(http.StatusOK).wantNoText("<html")
	if got := confirm.texts("#whom option"); !slices.Equal(got, []string{"Choose a staff member", "Kim <b>"}) {
		t.Errorf("options = %q, want Kim", got)
	}
	for _, invalid := range []string{"", sam, robin, "x"} {
		b.post(path, url.Values{"whom": {invalid}}).wantStatus(http.StatusUnprocessableEntity).wantText("#problem-whom", "")
	}
	assignments := func() []contract.Command {
		return slices.DeleteFunc(s.commands(), func(c contract.Command) bool { return c.Verb != contract.VerbTicketAssign })
	}
	if n := len(assignments()); n != 0 {
		t.Errorf("commands = %d, want 0", n)
	}
	b.post(path, url.Values{"whom": {kim}}).wantRedirect(ticketPath(ticket) + "?note=command.requested")
	requested := assignments()
	if len(requested) != 1 || string(requested[0].Data) != `{"userId":"`+kim+`","username":"Kim \u003cb\u003e"}` {
		t.Fatalf("commands = %+v, want one for Kim", requested)
	}
	b.get(ticketPath(ticket)).wantText("#ticket .timeline", "Assign to Kim <b> · Assigning")
	b.get("/guilds/"+lantern+"/audit").wantText("#rows", "Assign ticket").wantText("#rows", "Assign to Kim <b>")
	s.answerCommand(requested[0], contract.CommandRefused, contract.RefusalAssigneeNotStaff)
	b.get(ticketsPath).wantText("#status-"+ticket.ID, "isn’t allowed to work on tickets")

	t.Run("by all with level act", func(t *testing.T) {
		s.signInStaff(access.LevelNone, access.LevelAct).get(path).wantStatus(http.StatusOK)
		viewOnly := s.signInStaff(access.LevelNone, access.LevelSee)
		viewOnly.get(path).wantStatus(http.StatusForbidden)
		viewOnly.post(path, url.Values{"whom": {kim}}).wantStatus(http.StatusForbidden)
		if got := b.get(path).texts("#whom option"); len(got) != 1 {
			t.Errorf("options with level see = %q, want none", got)
		}
	})
	t.Run("only users with a confirmed role", func(t *testing.T) {
		s.grantHelperRole(access.LevelNone, access.LevelAct)
		s.confirmHelperRole(time.Now().Add(-2*time.Minute), kim)
		b.post(path, url.Values{"whom": {kim}}).wantStatus(http.StatusUnprocessableEntity)
	})
	t.Run("not to the current assignee, not when closed", func(t *testing.T) {
		s.confirmHelperRole(time.Now(), kim)
		must(t, s.Store.AssignTicket(t.Context(), lantern, ticket.ID, kim, time.Now()))
		b.post(path, url.Values{"whom": {kim}}).wantStatus(http.StatusUnprocessableEntity)
		s.closeTicket(ticket, time.Now())
		b.post(path, url.Values{"whom": {kim}}).wantRedirect(ticketPath(ticket) + "?note=command.stateChanged")
	})
	t.Run("store unavailable", func(t *testing.T) {
		s.closeStore()
		b.get(path).wantStatus(http.StatusServiceUnavailable)
		b.post(path, url.Values{"whom": {kim}}).wantStatus(http.StatusServiceUnavailable)
	})
}

func TestTimelineShowsAssignments(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat(contract.Verbs...)
	s.recordResults()
	ticket := s.createTicket("Help", midnightUTC("2026-02-01"))
	storetest.Member(t, s.Store, lantern, kim, "Kim <b>")
	storetest.Member(t, s.Store, lantern, sam, "Sam")
	s.grantHelperRole(access.LevelNone, access.LevelAct)
	b := s.signIn(robin)
	assign := func(to string) contract.Command {
		t.Helper()
		s.confirmHelperRole(time.Now(), kim, sam)
		b.post(ticketPath(ticket)+"/assign", url.Values{"whom": {to}}).wantStatus(http.StatusSeeOther)
		i := slices.IndexFunc(s.commands(), func(c contract.Command) bool {
			return c.IsInProgress() &&
				store.DecodeAssignment(c).UserID == to
		})
		if i < 0 {
			t.Fatalf("no command assigns the ticket to %s", to)
		}
		return s.commands()[i]
	}
	wantTimeline := func(want ...string) {
		t.Helper()
		got := b.get(ticketPath(ticket)).wantStatus(http.StatusOK).texts(".timeline li")
		if len(got) != len(want) {
			t.Fatalf("timeline = %q, want %q", got, want)
		}
		for i, prefix := range want {
			if !strings.HasPrefix(got[i], prefix) {
				t.Errorf("timeline entry = %q, want %q", got[i], prefix)
			}
		}
	}
	requested := assign(kim)
	wantTimeline("Opened by Ada", "Robin <b> on the dashboard: Assign to Kim <b> · Assigning")
	must(t, s.Store.AssignTicket(t.Context(), lantern, ticket.ID, kim, time.Now()))
	s.answerCommand(requested, contract.CommandDone, "")
	wantTimeline("Opened by Ada", "Assigned to Kim <b> by Robin <b>") // and not claimed by Kim, who has done nothing

	requested = assign(sam) // only the command mentions the assignment: the ticket stays claimed
	must(t, s.Store.AssignTicket(t.Context(), lantern, ticket.ID, sam, time.Now()))
	s.answerCommand(requested, contract.CommandDone, contract.RefusalDiscordDown)
	wantTimeline("Opened by Ada", "Assigned to Kim <b> by Robin <b>",
		"Assigned to Sam by Robin <b> · Done, with a problem: The bot couldn’t reach Discord.")

	s.answerCommand(assign(kim), contract.CommandRefused, contract.RefusalAssigneeNotStaff)
	b.setCookie("lang", "vi")
	if got := b.get(ticketPath(ticket)).texts(".timeline [data-kind=assigned]"); len(got) != 2 ||
		!strings.HasPrefix(got[0], "Robin <b> đã giao cho Kim <b>") {
		t.Errorf("Vietnamese timeline = %q, want the assignment to Kim", got)
	}
	must(t, s.Store.UnclaimTicket(t.Context(), lantern, ticket.ID, sam, time.Now()))
	must(t, s.Store.ClaimTicket(t.Context(), lantern, ticket.ID, kim, time.Now().Add(time.Hour)))
	if got := b.get(ticketPath(ticket)).texts(".timeline [data-kind=claimed]"); len(got) != 1 ||
		!strings.HasPrefix(got[0], "Kim <b> đã nhận") {
		t.Errorf("timeline = %q, want Kim's own claim", got)
	}
}

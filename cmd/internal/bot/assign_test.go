package bot_test

import (
	"strings"
	"testing"
	"time"

	"guildboard/store"
)

func TestATicketIsGivenToWhoMayActOnTicketsAndToNobodyElse(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		events := w.events(t)
		w.alive(t)
		e, c := w.runs(t), w.dashboard(t)
		ticket := w.ticket(t, e)
		refused := func(to store.Assignment, code, message string) {
			t.Helper()
			answer := w.answered(t, w.ask(t, c, store.VerbTicketAssign, ticket.ID, to).ID)
			same(t, "status", answer.Status, store.CommandRefused)
			same(t, "code", answer.Code, code)
			same(t, "message", answer.Message, message)
		}
		refused(store.Assignment{UserID: helper, Username: "Bea"}, store.CodeStaff, "Bea may not act on tickets.")
		staffed(t, w)
		refused(store.Assignment{UserID: "12"}, store.CodeStaff, "12 may not act on tickets.")
		refused(store.Assignment{}, store.CodeUnknown, "It is not said who is to have the ticket.")
		same(t, "status", w.read(t, ticket.ID).Status, store.TicketOpen)

		w.does(t, c, store.VerbTicketAssign, ticket.ID, store.Assignment{UserID: helper, Username: "Bea"})
		same(t, "whose it is", w.read(t, ticket.ID).ClaimedBy.ID, helper)
		same(t, "waiting", w.read(t, ticket.ID).WaitingSince, nil)
		said := w.discord.Messages(ticket.ChannelID)
		same(t, "said last", said[len(said)-1].Content, "<@10> has given this ticket to <@31>.")
		same(t, "notified", strings.Join(said[len(said)-1].Mention, " "), helper)
		eventually(t, "pages are told", func() bool { return len(events(store.TicketClaimEvent)) == 1 })
		if told := string(events(store.TicketClaimEvent)[0].Data); !strings.Contains(told, `"claimedBy":"31"`) {
			t.Errorf("told is %s", told)
		}
		refused(store.Assignment{UserID: helper, Username: "Bea"}, store.CodeState, "31 has claimed it already.")

		check(t, w.UnclaimTicket(t.Context(), w.guild, ticket.ID, "10", time.Now()))
		check(t, w.ClaimTicket(t.Context(), w.guild, ticket.ID, "10", time.Now()))
		w.does(t, c, store.VerbTicketAssign, ticket.ID, store.Assignment{UserID: helper})
		same(t, "taken over from who had claimed it", w.read(t, ticket.ID).ClaimedBy.ID, helper)
		w.does(t, c, store.VerbTicketClose, ticket.ID, nil)
		answer := w.answered(t, w.ask(t, c, store.VerbTicketAssign, ticket.ID, store.Assignment{UserID: helper}).ID)
		same(t, "one that is closed", answer.Code, store.CodeState)
	})
}

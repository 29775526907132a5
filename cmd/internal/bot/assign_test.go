package bot_test

import (
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

func TestAssignTicketRequiresTicketRights(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		events := env.recordEvents(t)
		env.sendHeartbeat(t)
		e, c := env.startEngine(t), env.startDashboard(t)
		ticket := env.openTicketWith(t, e)
		wantRefused := func(assignment contract.AssignPayload, code, message string) {
			t.Helper()
			answer := env.awaitAnswer(t, env.enqueueCommand(t, c, contract.VerbTicketAssign, ticket.ID, assignment).ID)
			wantEqual(t, "status", answer.Status, contract.CommandRefused)
			wantEqual(t, "code", answer.Code, code)
			wantEqual(t, "message", answer.Message, message)
		}
		wantRefused(contract.AssignPayload{UserID: staffMemberID, Username: "Bea"}, contract.RefusalAssigneeNotStaff,
			"Bea can’t work on tickets.")
		addStaffMember(t, env)
		wantRefused(contract.AssignPayload{UserID: "12"}, contract.RefusalAssigneeNotStaff, "12 can’t work on tickets.")
		wantRefused(contract.AssignPayload{}, contract.RefusalUnknownCommand, "The request has no assignee.")
		wantEqual(t, "status", env.loadTicket(t, ticket.ID).Status, store.TicketOpen)

		env.mustComplete(t, c, contract.VerbTicketAssign, ticket.ID, contract.AssignPayload{UserID: staffMemberID, Username: "Bea"})
		wantEqual(t, "author", env.loadTicket(t, ticket.ID).ClaimedBy.ID, staffMemberID)
		wantEqual(t, "waiting", env.loadTicket(t, ticket.ID).WaitingSince, nil)
		messages := env.discord.Messages(ticket.ChannelID)
		wantEqual(t, "last message", messages[len(messages)-1].Content, "<@10> has given this ticket to <@31>.")
		wantEqual(t, "pinged users", strings.Join(messages[len(messages)-1].MentionUserIDs, " "), staffMemberID)
		eventually(t, "the event is published", func() bool { return len(events(contract.TicketClaimEvent)) == 1 })
		if data := string(events(contract.TicketClaimEvent)[0].Data); !strings.Contains(data, `"claimedBy":"31"`) {
			t.Errorf("event data = %s, want the assignee", data)
		}
		wantRefused(contract.AssignPayload{UserID: staffMemberID, Username: "Bea"}, contract.RefusalWrongState,
			"31 has already claimed it.")

		check(t, env.UnclaimTicket(t.Context(), env.guild, ticket.ID, "10", time.Now()))
		check(t, env.ClaimTicket(t.Context(), env.guild, ticket.ID, "10", time.Now()))
		env.mustComplete(t, c, contract.VerbTicketAssign, ticket.ID, contract.AssignPayload{UserID: staffMemberID})
		wantEqual(t, "claimer after the assignment", env.loadTicket(t, ticket.ID).ClaimedBy.ID, staffMemberID)
		env.mustComplete(t, c, contract.VerbTicketClose, ticket.ID, nil)
		answer := env.awaitAnswer(t, env.enqueueCommand(t, c, contract.VerbTicketAssign, ticket.ID,
			contract.AssignPayload{UserID: staffMemberID}).ID)
		wantEqual(t, "closed ticket", answer.Code, contract.RefusalWrongState)
	})
}

package gallery

import (
	"guildboard/store"
	"guildboard/store/contract"
	ticketview "guildboard/views/ticket"
)

// statesOfReplies returns the gallery states of the reply form, unsent replies and canned replies.
func statesOfReplies(v stateFixtures) []State {
	form := ticketview.ReplyView{Action: "/guilds/1/tickets/t1/reply", IdempotencyKey: "k1"}
	canned := []store.CannedReply{{ID: "r1", Name: v.text, Text: v.text}, {ID: "r2", Name: v.text, Text: v.text}}
	choice := form
	choice.CannedReplies, choice.SelectedID, choice.Text = canned, "r2", v.text
	invalid := choice
	invalid.Problems = map[string]string{"text": v.cleanText}
	refused := form
	refused.Text, refused.Problem = v.text, v.cleanText
	unsent := ticketview.View{TicketTimeline: store.TicketTimeline{Ticket: v.tickets[0]}, UnsentReplies: unsentReplyCommands(v)}
	return []State{
		{"ticket.ReplyForm", "empty", ticketview.ReplyForm(v.page, form)},
		{"ticket.ReplyForm", "canned", ticketview.ReplyForm(v.page, choice)},
		{"ticket.ReplyForm", "problems", ticketview.ReplyForm(v.page, invalid)},
		{"ticket.ReplyForm", "refused", ticketview.ReplyForm(v.page, refused)},
		{"ticket.UnsentReplies", "many", ticketview.UnsentReplies(v.page, unsent)},
		{"ticket.UnsentReplies", "watcher", ticketview.UnsentReplies(v.readOnlyPage, unsent)},
		{"ticket.CannedReplyRows", "empty", ticketview.CannedReplyRows(v.page, nil)},
		{"ticket.CannedReplyRows", "many", ticketview.CannedReplyRows(v.page, canned)},
	}
}

// unsentReplyCommands returns replies that are in progress, refused and expired.
func unsentReplyCommands(v stateFixtures) (items []contract.Command) {
	for i, status := range []contract.CommandStatus{contract.CommandRequested, contract.CommandRefused, contract.CommandExpired} {
		c := v.command(20+i, contract.VerbTicketReply, status)
		c.Data, _ = contract.EncodePayload(contract.ReplyPayload{Text: v.text}) // texts always encode
		items = append(items, c)
	}
	return items
}

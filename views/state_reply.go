package views

import "guildboard/store"

// statesOfReplies has the reply form, unsent replies and canned replies.
func statesOfReplies(v stateFixtures) []State {
	form := ReplyView{Action: "/guilds/1/tickets/t1/reply", IdempotencyKey: "k1"}
	canned := []store.CannedReply{{ID: "r1", Name: v.text, Text: v.text}, {ID: "r2", Name: v.text, Text: v.text}}
	choice := form
	choice.CannedReplies, choice.SelectedID, choice.Text = canned, "r2", v.text
	invalid := choice
	invalid.Problems = map[string]string{"text": v.cleanText}
	refused := form
	refused.Text, refused.Problem = v.text, v.cleanText
	unsent := TicketView{TicketTimeline: store.TicketTimeline{Ticket: v.tickets[0]}, UnsentReplies: unsentReplyCommands(v)}
	return []State{
		{"replyCard", "empty", replyCard(v.page, form)},
		{"ReplyForm", "canned", ReplyForm(v.page, choice)},
		{"ReplyForm", "problems", ReplyForm(v.page, invalid)},
		{"ReplyForm", "refused", ReplyForm(v.page, refused)},
		{"unsentReplies", "many", unsentReplies(v.page, unsent)},
		{"unsentReplies", "watcher", unsentReplies(v.readOnlyPage, unsent)},
		{"CannedReplyRows", "empty", CannedReplyRows(v.page, nil)},
		{"CannedReplyRows", "many", CannedReplyRows(v.page, canned)},
	}
}

// unsentReplyCommands returns replies that are in progress, refused and expired.
func unsentReplyCommands(v stateFixtures) (items []store.Command) {
	for i, status := range []store.CommandStatus{store.CommandRequested, store.CommandRefused, store.CommandExpired} {
		c := v.command(20+i, store.VerbTicketReply, status)
		c.Data = store.EncodeReply(v.text)
		items = append(items, c)
	}
	return items
}

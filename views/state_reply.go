package views

import "guildboard/store"

// statesOfReplies are the form in which a ticket is answered, what it has not sent, and what can be chosen in it.
func statesOfReplies(v values) []State {
	form := ReplyView{Action: "/guilds/1/tickets/t1/reply", Once: "k1"}
	canned := []store.CannedReply{{ID: "r1", Name: v.text, Text: v.text}, {ID: "r2", Name: v.text, Text: v.text}}
	choice := form
	choice.Canned, choice.Chosen, choice.Text = canned, "r2", v.text
	wrong := choice
	wrong.Problems = map[string]string{"text": v.said}
	refused := form
	refused.Text, refused.Problem = v.text, v.said
	unsent := TicketView{TicketStory: store.TicketStory{Ticket: v.tickets[0]}, Unsent: unsentStates(v)}
	return []State{
		{"replyCard", "empty", replyCard(v.p, form)},
		{"ReplyForm", "canned", ReplyForm(v.p, choice)},
		{"ReplyForm", "problems", ReplyForm(v.p, wrong)},
		{"ReplyForm", "refused", ReplyForm(v.p, refused)},
		{"unsentReplies", "many", unsentReplies(v.p, unsent)},
		{"unsentReplies", "watcher", unsentReplies(v.watcher, unsent)},
		{"CannedRows", "empty", CannedRows(v.p, nil)},
		{"CannedRows", "many", CannedRows(v.p, canned)},
	}
}

// unsentStates are answers under way, refused and unanswered.
func unsentStates(v values) (some []store.Command) {
	for i, status := range []store.CommandStatus{store.CommandAsked, store.CommandRefused, store.CommandExpired} {
		c := v.command(20+i, store.VerbTicketReply, status)
		c.Data = store.ReplyData(v.text)
		some = append(some, c)
	}
	return some
}

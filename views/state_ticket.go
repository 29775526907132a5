package views

import (
	"slices"
	"strconv"
	"time"

	"guildboard/store"
)

// statesOfTickets are the lists of tickets and one ticket.
func statesOfTickets(v values) []State {
	choices := store.TicketChoices{Categories: []store.TicketCategory{{ID: "c1", Name: v.text, Emoji: &v.text}}, Claimers: []store.Person{v.who}, Labels: v.labels(), Answer: time.Hour}
	plain := Filter{Path: "/guilds/1/tickets", Page: 1}
	searched := plain
	searched.Text = v.text
	tiles := store.TicketTiles{Open: 20, Claimed: 3, Closed: 900, ClosedToday: 4, LongestWaiting: v.tickets[0].WaitingSince, Late: 3}
	list := func(f Filter, some ...store.Ticket) TicketList {
		return TicketList{Filter: f, Tiles: tiles, List: store.List[store.Ticket]{Items: some, Total: len(some), Page: 1, Pages: 1}, Asked: Asked{Bot: v.asked.Bot}}
	}
	many := list(v.filter, v.tickets...)
	many.Opener, many.Claimer, many.List.Total, many.List.Pages, many.List.Newest = v.who, v.who, 1001, 2, 500
	many.Asked.Commands = map[string]store.Command{}
	for i, t := range v.tickets {
		many.Asked.Commands[t.ID] = v.command(i, store.VerbTicketClose, store.CommandStatuses[i+2])
	}
	none := list(plain)
	none.Tiles = store.TicketTiles{}
	silent := none
	silent.Asked.Bot = v.silent
	bare := store.Ticket{ID: "t9", GuildID: stateGuild, Number: 9, ChannelID: "400000000000000001", Status: store.TicketOpen, Priority: store.PriorityNormal, Opener: v.nobody, CreatedAt: v.at, WaitingSince: &v.at}
	said := bare
	said.Said = &store.TicketMessage{ID: "900", TicketID: "t9", Author: v.who, Content: v.text, Names: map[string]string{"3": v.text}}
	free := Asked{Bot: v.asked.Bot}
	one := func(t store.Ticket) TicketView {
		return TicketView{Asked: free, TicketStory: store.TicketStory{Ticket: t}}
	}
	full := TicketView{Asked: many.Asked, At: store.MessageCursor{Before: v.text}, Commands: v.commands, TicketStory: store.TicketStory{
		Ticket: v.tickets[2], Earlier: true, Later: true, MoreNotes: true, Looks: []store.TicketLook{{By: v.who, At: v.at}},
		Events: []store.TicketEvent{{ID: "1", Turn: store.TurnClaimed, By: v.who, At: v.at}, {ID: "2", Turn: store.TurnClosed, Reason: v.text, At: v.at}},
		Messages: []store.TicketMessage{{
			ID: "900", Author: v.who, Content: v.text, Names: map[string]string{"3": v.text}, ReplyTo: "901", CreatedAt: v.at, EditedAt: &v.at, DeletedAt: &v.at,
			Embeds: []store.MessageEmbed{{Title: v.text, Description: v.text, URL: v.text, Color: v.text, Author: v.text, Footer: v.text, Fields: []store.MessageField{{Name: v.text, Value: v.text}}}},
			Files:  []store.MessageFile{{Name: v.text, URL: v.text, Size: 12}, {Name: v.text, URL: "https://cdn.discordapp.com/x?ex=" + v.text}},
			Edits:  1,
		}, {ID: "901", IsBot: true, Content: v.text, ReplyTo: "900", CreatedAt: v.at}, {ID: "902", IsBot: true, Content: v.text, CreatedAt: v.at}},
	}}
	full.Unsent = unsentStates(v)
	given := v.command(14, store.VerbTicketAssign, store.CommandDone)
	given.Data = []byte(`{"userId":"3"}`)
	full.Commands = append(slices.Clone(v.commands), given)
	mark := func(dialog bool, problem string, some ...store.Ticket) MarkView {
		return MarkView{Tickets: some, Action: "/guilds/1/tickets/priority", Back: "/guilds/1/tickets?q=x", Dialog: dialog, Problem: problem}
	}
	barred := mark(false, "", v.tickets...)
	barred.Refused = v.said
	var crowd []store.Person
	for i := range looksShown + 2 {
		crowd = append(crowd, store.Person{ID: strconv.Itoa(100 + i), Username: v.text})
	}
	edits := TicketEditsView{Ticket: "t9", Message: full.Messages[0]}
	edits.Message.Before = []store.MessageRevision{{Content: v.text, Until: v.at}, {Until: v.at}}
	written := []store.TicketNote{{ID: "n1", By: v.who, Text: v.text, At: v.at}, {ID: "n2", By: v.nobody, Text: v.text, At: v.at}}
	full.Looking, full.Notes = crowd[:2], written
	return []State{
		{"Tickets", "one", Tickets(v.p, plain, choices, v.live(TicketRows(v.p, list(plain, bare))))},
		{"ticketFilters", "empty", ticketFilters(v.p, plain, store.TicketChoices{})},
		{"ticketFilters", "problems", ticketFilters(v.p, v.filter, choices)},
		{"TicketFiltersAfter", "narrowed", TicketFiltersAfter(v.p, searched, choices)},
		{"TicketRows", "empty", TicketRows(v.p, none)},
		{"TicketRows", "none-found", TicketRows(v.p, list(searched))},
		{"TicketRows", "many", TicketRows(v.p, many)},
		{"TicketRows", "found-in-a-message", TicketRows(v.p, list(searched, said))},
		{"TicketRows", "watcher", TicketRows(v.watcher, many)},
		{"TicketRows", "bot-silent", TicketRows(v.p, silent)},
		{"Ticket", "bare", Ticket(v.p, "t9", v.live(TicketFacts(v.p, one(bare))), nil, ReplyView{})},
		{"Ticket", "looked-at", Ticket(v.p, "t9", v.live(TicketFacts(v.p, one(bare))), crowd, ReplyView{Action: "/guilds/1/tickets/t9/reply"})},
		{"teamNotes", "none", teamNotes(v.p, "t9", nil, false)},
		{"teamNotes", "many", teamNotes(v.p, "t9", written, true)},
		{"teamNotes", "watcher", teamNotes(v.watcher, "t9", written, false)},
		{"TicketNotes", "empty", TicketNotes(v.p, "t9", v.live(TicketNoteRows(v.p, TicketNotesView{Ticket: "t9", Filter: plain})))},
		{"TicketNoteRows", "many", TicketNoteRows(v.p, TicketNotesView{
			Ticket: "t9", Filter: plain, List: store.List[store.TicketNote]{Items: written, Total: 30, Page: 1, Pages: 2},
		})},
		{"TicketEdits", "one", TicketEdits(v.p, edits)},
		{"TicketEditsDialog", "one", TicketEditsDialog(v.p, edits)},
		{"TicketEditsDialog", "too-many", TicketEditsDialog(v.p, TicketEditsView{
			Ticket: "t9", Message: store.TicketMessage{ID: "903", Edits: 999, CreatedAt: v.at},
		})},
		{"noteForm", "empty", noteForm(v.p, "t9", "", nil)},
		{"NotePage", "problems", NotePage(v.p, "t9", v.text, map[string]string{"text": v.said})},
		{"looking", "many", looking(v.p, crowd)},
		{"TicketFacts", "open", TicketFacts(v.p, one(v.tickets[0]))},
		{"TicketFacts", "claimed", TicketFacts(v.p, one(v.tickets[1]))},
		{"TicketFacts", "closed", TicketFacts(v.p, one(v.tickets[2]))},
		{"TicketFacts", "full", TicketFacts(v.p, full)},
		{"TicketFacts", "watcher", TicketFacts(v.watcher, full)},
		{"Priority", "one", Priority(v.p, mark(false, "", bare))},
		{"PriorityForm", "dialog", PriorityForm(v.p, mark(true, "", v.tickets[0]))},
		{"PriorityForm", "many", PriorityForm(v.p, mark(false, "", v.tickets...))},
		{"labelField", "chosen", labelField(v.p, v.filter, v.labels())},
		{"Labels", "one", Labels(v.p, LabelsView{MarkView: mark(false, "", v.tickets[1]), All: v.labels()})},
		{"LabelsForm", "dialog", LabelsForm(v.p, LabelsView{MarkView: mark(true, "", v.tickets[2]), All: v.labels()})},
		{"LabelsForm", "many", LabelsForm(v.p, LabelsView{MarkView: mark(false, "", v.tickets...), All: v.labels()})},
		{"LabelsForm", "none", LabelsForm(v.watcher, LabelsView{MarkView: mark(true, "", bare), All: nil})},
		{"LabelsForm", "problems", LabelsForm(v.p, LabelsView{MarkView: mark(true, v.said, v.tickets...), All: v.labels(), On: []string{"b1"}, Off: []string{"b2"}})},
		{"LabelRows", "empty", LabelRows(v.p, nil)},
		{"LabelRows", "many", LabelRows(v.p, v.labels())},
		{"PriorityForm", "refused", PriorityForm(v.watcher, barred)},
		{"PriorityForm", "problems", PriorityForm(v.p, mark(false, v.said, v.tickets...))},
	}
}

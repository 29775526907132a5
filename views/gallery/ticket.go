package gallery

import (
	"slices"
	"strconv"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	ticketview "guildboard/views/ticket"
	"guildboard/views/ui"
)

// statesOfTickets returns the gallery states of the ticket lists and the page of a ticket.
func statesOfTickets(v stateFixtures) []State {
	options := store.TicketFilterOptions{Categories: []store.TicketCategory{{ID: "c1", Name: v.text, Emoji: &v.text}},
		Claimers: []contract.User{v.user}, Labels: v.labels(), ResponseTarget: time.Hour}
	plain := ticketview.Filter{Filter: ui.Filter{Path: "/guilds/1/tickets", Page: 1}}
	closed := plain
	closed.Status = "closed"
	closedTicket := v.tickets[0]
	closedTicket.Status, closedTicket.ClosedBy, closedTicket.ClosedAt, closedTicket.CloseReason =
		store.TicketClosed, v.user, &v.now, &v.text
	searched := plain
	searched.SearchTerm = v.text
	stats := store.TicketStats{Open: 20, Claimed: 3, Closed: 900, ClosedToday: 4,
		LongestWaitingSince: v.tickets[0].WaitingSince, Overdue: 3}
	list := func(f ticketview.Filter, items ...store.Ticket) ticketview.ListView {
		return ticketview.ListView{Filter: f, Stats: stats, List: store.List[store.Ticket]{Items: items,
			Total: len(items), Page: 1, Pages: 1}, Requests: ui.BotRequests{Bot: v.requests.Bot}}
	}
	many := list(v.ticketFilter, v.tickets...)
	many.Claimer, many.List.Total, many.List.Pages, many.List.SearchLimit = v.user, 1001, 2, 500
	many.Requests.Commands = map[string]contract.Command{}
	for i, t := range v.tickets {
		many.Requests.Commands[t.ID] = v.command(i, contract.VerbTicketClose, contract.CommandStatuses[i+2])
	}
	none := list(plain)
	none.Stats = store.TicketStats{}
	silent := none
	silent.Requests.Bot = v.silentBot
	bare := store.Ticket{ID: "t9", GuildID: stateGuild, Number: 9, ChannelID: "400000000000000001",
		Status: store.TicketOpen, Priority: store.PriorityNormal, Opener: v.unknownUser, CreatedAt: v.now,
		WaitingSince: &v.now}
	withMatch := bare
	withMatch.MatchedMessage = &store.TicketMessage{ID: "900", TicketID: "t9", Author: v.user, Content: v.text,
		MentionNames: map[string]string{"3": v.text}}
	withAnswer := bare
	withAnswer.FormResponses = []store.FormResponse{{Question: v.text, Answer: "It says " + v.text}}
	free := ui.BotRequests{Bot: v.requests.Bot}
	one := func(t store.Ticket) ticketview.View {
		return ticketview.View{Requests: free, TicketTimeline: store.TicketTimeline{Ticket: t}}
	}
	full := ticketview.View{Requests: many.Requests, TranscriptCursor: store.MessageCursor{Before: v.text},
		Commands: v.commands, TicketTimeline: store.TicketTimeline{
			Ticket: v.tickets[2], HasEarlier: true, HasLater: true, HasMoreNotes: true,
			Views: []store.TicketView{{Viewer: v.user, At: v.now}},
			Events: []store.TicketEvent{{ID: "1", Change: store.StatusChangeClaimed, Actor: v.user, At: v.now},
				{ID: "2", Change: store.StatusChangeClosed, Reason: v.text, At: v.now}},
			Messages: []store.TicketMessage{{
				ID: "900", Author: v.user, Content: v.text, MentionNames: map[string]string{"3": v.text}, ReplyTo: "901",
				CreatedAt: v.now, EditedAt: &v.now, DeletedAt: &v.now,
				Embeds: []store.MessageEmbed{{Title: v.text, Description: v.text, URL: v.text, Color: v.text,
					Author: v.text, Footer: v.text, Fields: []store.MessageEmbedField{{Name: v.text, Value: v.text}}}},
				Attachments: []store.MessageAttachment{{Name: v.text, URL: v.text, Size: 12},
					{Name: v.text, URL: "https://cdn.discordapp.com/x?ex=" + v.text}},
				EditCount: 1,
			}, {ID: "901", IsBot: true, Content: v.text, ReplyTo: "900", CreatedAt: v.now},
				{ID: "902", IsBot: true, Content: v.text, CreatedAt: v.now}},
		}}
	full.UnsentReplies = unsentReplyCommands(v)
	assigned := v.command(14, contract.VerbTicketAssign, contract.CommandDone)
	assigned.Data = []byte(`{"userId":"3"}`)
	full.Commands = append(slices.Clone(v.commands), assigned)
	triage := func(dialog bool, problem string, items ...store.Ticket) ticketview.TriageView {
		return ticketview.TriageView{Tickets: items, Action: "/guilds/1/tickets/priority",
			Back: "/guilds/1/tickets?q=x", InDialog: dialog, Problem: problem}
	}
	denied := triage(false, "", v.tickets...)
	denied.RefusedReason = v.cleanText
	var viewers []contract.User
	for i := range ui.MaxViewersShown + 2 {
		viewers = append(viewers, contract.User{ID: strconv.Itoa(100 + i), Username: v.text})
	}
	edits := ticketview.EditsView{Ticket: "t9", Message: full.Messages[0]}
	edits.Message.Revisions = []store.MessageRevision{{Content: v.text, EditedAt: v.now}, {EditedAt: v.now}}
	written := []store.TicketNote{{ID: "n1", Author: v.user, Text: v.text, CreatedAt: v.now},
		{ID: "n2", Author: v.unknownUser, Text: v.text, CreatedAt: v.now}}
	full.CurrentViewers, full.Notes, full.HasMoreNotes = viewers[:2], written, true
	full.Others = []store.TicketLink{{ID: "t10", Number: 10, Subject: &v.text, Status: store.TicketClosed}}
	return []State{
		{"ticket.Totals", "one", ticketview.Totals(v.page, stats)},
		{"ticket.OverdueBadge", "one", ticketview.OverdueBadge(v.page, v.tickets[0])},
		{"ticket.PriorityBadge", "one", ticketview.PriorityBadge(v.page, v.tickets[0])},
		{"ticket.List", "one", ticketview.List(v.page, ticketview.Toolbar(v.page, plain, options, v.user),
			v.liveRegion(ticketview.Rows(v.page, list(plain, bare))))},
		{"ui.ListToolbar", "tickets", ui.ListToolbar(v.page, ticketview.Toolbar(v.page, searched, options, v.user))},
		{"ui.ListToolbar", "tickets-problems", ui.ListToolbar(v.page, ticketview.Toolbar(v.page, v.ticketFilter, options, v.user))},
		{"ticket.Rows", "empty", ticketview.Rows(v.page, none)},
		{"ticket.Rows", "none-found", ticketview.Rows(v.page, list(searched))},
		{"ticket.Rows", "many", ticketview.Rows(v.page, many)},
		{"ticket.Rows", "found-in-a-message", ticketview.Rows(v.page, list(searched, withMatch))},
		{"ticket.Rows", "found-in-an-answer", ticketview.Rows(v.page, list(searched, withAnswer))},
		{"ticket.Rows", "closed", ticketview.Rows(v.page, list(closed, closedTicket))},
		{"ticket.Rows", "watcher", ticketview.Rows(v.readOnlyPage, many)},
		{"ticket.Rows", "bot-silent", ticketview.Rows(v.page, silent)},
		{"ticket.Ticket", "bare", ticketview.Ticket(v.page, ticketview.PageView{Ticket: "t9"},
			v.liveRegion(ticketview.Details(v.page, one(bare))))},
		{"ticket.Ticket", "looked-at", ticketview.Ticket(v.page, ticketview.PageView{Ticket: "t9", OtherViewers: viewers,
			LastVisit: v.now, Reply: ticketview.ReplyView{Action: "/guilds/1/tickets/t9/reply"}},
			v.liveRegion(ticketview.Details(v.page, one(bare))))},
		{"ticket.Notes", "empty", ticketview.Notes(v.page, "t9",
			v.liveRegion(ticketview.NoteRows(v.page, ticketview.NotesView{Ticket: "t9", URL: plain.URL()})))},
		{"ticket.NoteRows", "many", ticketview.NoteRows(v.page, ticketview.NotesView{
			Ticket: "t9", URL: plain.URL(), List: store.List[store.TicketNote]{Items: written, Total: 30, Page: 1, Pages: 2},
		})},
		{"ticket.Edits", "one", ticketview.Edits(v.page, edits)},
		{"ticket.EditsDialog", "one", ticketview.EditsDialog(v.page, edits)},
		{"ticket.EditsDialog", "too-many", ticketview.EditsDialog(v.page, ticketview.EditsView{
			Ticket: "t9", Message: store.TicketMessage{ID: "903", EditCount: 999, CreatedAt: v.now},
		})},
		{"ticket.NoteForm", "empty", ticketview.NoteForm(v.page, "t9", "", nil)},
		{"ticket.NoteFormPage", "problems", ticketview.NoteFormPage(v.page, "t9", v.text, map[string]string{"text": v.cleanText})},
		{"ticket.CurrentViewers", "many", ticketview.CurrentViewers(v.page, viewers)},
		{"ticket.Details", "open", ticketview.Details(v.page, one(v.tickets[0]))},
		{"ticket.Details", "claimed", ticketview.Details(v.page, one(v.tickets[1]))},
		{"ticket.Details", "closed", ticketview.Details(v.page, one(v.tickets[2]))},
		{"ticket.Details", "full", ticketview.Details(v.page, full)},
		{"ticket.Details", "watcher", ticketview.Details(v.readOnlyPage, full)},
		{"ticket.Priority", "one", ticketview.Priority(v.page, triage(false, "", bare))},
		{"ticket.PriorityForm", "dialog", ticketview.PriorityForm(v.page, triage(true, "", v.tickets[0]))},
		{"ticket.PriorityForm", "many", ticketview.PriorityForm(v.page, triage(false, "", v.tickets...))},
		{"ticket.LabelField", "chosen", ticketview.LabelField(v.page, v.ticketFilter, v.labels())},
		{"ticket.Labels", "one", ticketview.Labels(v.page, ticketview.LabelsView{TriageView: triage(false, "", v.tickets[1]),
			Available: v.labels()})},
		{"ticket.LabelsForm", "dialog", ticketview.LabelsForm(v.page, ticketview.LabelsView{TriageView: triage(true, "",
			v.tickets[2]), Available: v.labels()})},
		{"ticket.LabelsForm", "many", ticketview.LabelsForm(v.page, ticketview.LabelsView{TriageView: triage(false, "",
			v.tickets...), Available: v.labels()})},
		{"ticket.LabelsForm", "none", ticketview.LabelsForm(v.readOnlyPage, ticketview.LabelsView{TriageView: triage(true, "",
			bare), Available: nil})},
		{"ticket.LabelsForm", "problems", ticketview.LabelsForm(v.page, ticketview.LabelsView{TriageView: triage(true,
			v.cleanText, v.tickets...), Available: v.labels(), ToAdd: []string{"b1"}, ToRemove: []string{"b2"}})},
		{"ticket.LabelRows", "empty", ticketview.LabelRows(v.page, nil)},
		{"ticket.LabelRows", "many", ticketview.LabelRows(v.page, v.labels())},
		{"ticket.PriorityForm", "refused", ticketview.PriorityForm(v.readOnlyPage, denied)},
		{"ticket.PriorityForm", "problems", ticketview.PriorityForm(v.page, triage(false, v.cleanText, v.tickets...))},
	}
}

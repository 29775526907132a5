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
	searched := plain
	searched.SearchTerm = v.text
	stats := store.TicketStats{Open: 20, Claimed: 3, Closed: 900, ClosedToday: 4,
		LongestWaitingSince: v.tickets[0].WaitingSince, Overdue: 3}
	list := func(f ticketview.Filter, items ...store.Ticket) ticketview.TicketList {
		return ticketview.TicketList{Filter: f, Stats: stats, List: store.List[store.Ticket]{Items: items,
			Total: len(items), Page: 1, Pages: 1}, Requests: ui.BotRequests{Bot: v.requests.Bot}}
	}
	many := list(v.ticketFilter, v.tickets...)
	many.Opener, many.Claimer, many.List.Total, many.List.Pages, many.List.SearchLimit = v.user, v.user, 1001, 2, 500
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
	free := ui.BotRequests{Bot: v.requests.Bot}
	one := func(t store.Ticket) ticketview.TicketView {
		return ticketview.TicketView{Requests: free, TicketTimeline: store.TicketTimeline{Ticket: t}}
	}
	full := ticketview.TicketView{Requests: many.Requests, TranscriptCursor: store.MessageCursor{Before: v.text},
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
	edits := ticketview.TicketEditsView{Ticket: "t9", Message: full.Messages[0]}
	edits.Message.Revisions = []store.MessageRevision{{Content: v.text, EditedAt: v.now}, {EditedAt: v.now}}
	written := []store.TicketNote{{ID: "n1", Author: v.user, Text: v.text, CreatedAt: v.now},
		{ID: "n2", Author: v.unknownUser, Text: v.text, CreatedAt: v.now}}
	full.CurrentViewers, full.Notes = viewers[:2], written
	return []State{
		{"Tiles", "one", ticketview.Tiles(v.page, stats)},
		{"OverdueBadge", "one", ticketview.OverdueBadge(v.page, v.tickets[0])},
		{"PriorityBadge", "one", ticketview.PriorityBadge(v.page, v.tickets[0])},
		{"Tickets", "one", ticketview.Tickets(v.page, plain, options, v.liveRegion(ticketview.TicketRows(v.page, list(plain, bare))))},
		{"FilterForm", "empty", ticketview.FilterForm(v.page, plain, store.TicketFilterOptions{})},
		{"FilterForm", "problems", ticketview.FilterForm(v.page, v.ticketFilter, options)},
		{"TicketFiltersUpdate", "narrowed", ticketview.TicketFiltersUpdate(v.page, searched, options)},
		{"TicketRows", "empty", ticketview.TicketRows(v.page, none)},
		{"TicketRows", "none-found", ticketview.TicketRows(v.page, list(searched))},
		{"TicketRows", "many", ticketview.TicketRows(v.page, many)},
		{"TicketRows", "found-in-a-message", ticketview.TicketRows(v.page, list(searched, withMatch))},
		{"TicketRows", "watcher", ticketview.TicketRows(v.readOnlyPage, many)},
		{"TicketRows", "bot-silent", ticketview.TicketRows(v.page, silent)},
		{"Ticket", "bare", ticketview.Ticket(v.page, "t9", v.liveRegion(ticketview.TicketDetails(v.page, one(bare))),
			nil, ticketview.ReplyView{})},
		{"Ticket", "looked-at", ticketview.Ticket(v.page, "t9", v.liveRegion(ticketview.TicketDetails(v.page,
			one(bare))), viewers, ticketview.ReplyView{Action: "/guilds/1/tickets/t9/reply"})},
		{"TeamNotes", "none", ticketview.TeamNotes(v.page, "t9", nil, false)},
		{"TeamNotes", "many", ticketview.TeamNotes(v.page, "t9", written, true)},
		{"TeamNotes", "watcher", ticketview.TeamNotes(v.readOnlyPage, "t9", written, false)},
		{"TicketNotes", "empty", ticketview.TicketNotes(v.page, "t9",
			v.liveRegion(ticketview.TicketNoteRows(v.page, ticketview.TicketNotesView{Ticket: "t9", URL: plain.URL()})))},
		{"TicketNoteRows", "many", ticketview.TicketNoteRows(v.page, ticketview.TicketNotesView{
			Ticket: "t9", URL: plain.URL(), List: store.List[store.TicketNote]{Items: written, Total: 30, Page: 1, Pages: 2},
		})},
		{"TicketEdits", "one", ticketview.TicketEdits(v.page, edits)},
		{"TicketEditsDialog", "one", ticketview.TicketEditsDialog(v.page, edits)},
		{"TicketEditsDialog", "too-many", ticketview.TicketEditsDialog(v.page, ticketview.TicketEditsView{
			Ticket: "t9", Message: store.TicketMessage{ID: "903", EditCount: 999, CreatedAt: v.now},
		})},
		{"NoteForm", "empty", ticketview.NoteForm(v.page, "t9", "", nil)},
		{"NoteFormPage", "problems", ticketview.NoteFormPage(v.page, "t9", v.text, map[string]string{"text": v.cleanText})},
		{"CurrentViewers", "many", ticketview.CurrentViewers(v.page, viewers)},
		{"TicketDetails", "open", ticketview.TicketDetails(v.page, one(v.tickets[0]))},
		{"TicketDetails", "claimed", ticketview.TicketDetails(v.page, one(v.tickets[1]))},
		{"TicketDetails", "closed", ticketview.TicketDetails(v.page, one(v.tickets[2]))},
		{"TicketDetails", "full", ticketview.TicketDetails(v.page, full)},
		{"TicketDetails", "watcher", ticketview.TicketDetails(v.readOnlyPage, full)},
		{"Priority", "one", ticketview.Priority(v.page, triage(false, "", bare))},
		{"PriorityForm", "dialog", ticketview.PriorityForm(v.page, triage(true, "", v.tickets[0]))},
		{"PriorityForm", "many", ticketview.PriorityForm(v.page, triage(false, "", v.tickets...))},
		{"LabelField", "chosen", ticketview.LabelField(v.page, v.ticketFilter, v.labels())},
		{"Labels", "one", ticketview.Labels(v.page, ticketview.LabelsView{TriageView: triage(false, "", v.tickets[1]),
			Available: v.labels()})},
		{"LabelsForm", "dialog", ticketview.LabelsForm(v.page, ticketview.LabelsView{TriageView: triage(true, "",
			v.tickets[2]), Available: v.labels()})},
		{"LabelsForm", "many", ticketview.LabelsForm(v.page, ticketview.LabelsView{TriageView: triage(false, "",
			v.tickets...), Available: v.labels()})},
		{"LabelsForm", "none", ticketview.LabelsForm(v.readOnlyPage, ticketview.LabelsView{TriageView: triage(true, "",
			bare), Available: nil})},
		{"LabelsForm", "problems", ticketview.LabelsForm(v.page, ticketview.LabelsView{TriageView: triage(true,
			v.cleanText, v.tickets...), Available: v.labels(), ToAdd: []string{"b1"}, ToRemove: []string{"b2"}})},
		{"LabelRows", "empty", ticketview.LabelRows(v.page, nil)},
		{"LabelRows", "many", ticketview.LabelRows(v.page, v.labels())},
		{"PriorityForm", "refused", ticketview.PriorityForm(v.readOnlyPage, denied)},
		{"PriorityForm", "problems", ticketview.PriorityForm(v.page, triage(false, v.cleanText, v.tickets...))},
	}
}

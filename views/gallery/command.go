package gallery

import (
	"guildboard/store"
	"guildboard/store/contract"
	auditview "guildboard/views/audit"
	"guildboard/views/ui"
)

// statesOfCommands returns the gallery states of bot requests, their results and the audit log.
func statesOfCommands(v stateFixtures) []State {
	audit := auditview.Filter{Filter: ui.Filter{Path: "/guilds/1/giveaways", Status: v.text, From: v.text, To: v.text, Page: 2,
		Problems: v.giveawayFilter.Problems}, Verb: v.text, Actor: "3"}
	plain := auditview.Filter{Filter: ui.Filter{Path: "/guilds/1/audit", Page: 1}}
	staffChange := v.command(9, contract.VerbStaffChange, contract.CommandDone)
	log := func(f auditview.Filter, items ...contract.Command) auditview.LogView {
		return auditview.LogView{Filter: f, List: store.List[contract.Command]{Items: items, Total: len(items), Page: 1, Pages: 1}}
	}
	confirm := func(verb contract.Verb) ui.ConfirmView {
		return ui.ConfirmView{Verb: verb, ID: "t1", Name: v.text, State: "open", Action: "/guilds/1/tickets/t1/close",
			Back: "/guilds/1", Bot: v.requests.Bot}
	}
	invalid := confirm(contract.VerbTicketClose)
	invalid.Reason, invalid.InDialog, invalid.Bot, invalid.Problems = v.text, true, v.silentBot, map[string]string{"reason": v.cleanText}
	reroll := confirm(contract.VerbGiveawayReroll)
	reroll.Winners, reroll.SelectedWinners = []store.Winner{{ID: "w1", User: v.user}, {ID: "w2", User: v.unknownUser}},
		[]string{v.unknownUser.ID}
	reroll.Unclaimed, reroll.RerollUnclaimed = 2, true
	claimed := reroll
	claimed.Unclaimed = 0
	claimed.Winners = []store.Winner{{ID: "w1", User: v.user, Claimed: true},
		{ID: "w2", User: v.unknownUser, ClaimExpiredAt: &v.now, HasLeft: true}}
	claimed.Problems = map[string]string{"winner": v.cleanText}
	remove := confirm(contract.VerbEntrantDisqualify)
	remove.Entrants, remove.Problems = v.entries, map[string]string{"reason": v.cleanText}
	readmit := confirm(contract.VerbEntrantReinstate)
	readmit.Entrants = v.entries
	repeat := confirm(contract.VerbGiveawayRepeat)
	repeat.Days, repeat.Zone, repeat.IsRepeating, repeat.Problems = v.text, v.text, true,
		map[string]string{"days": v.cleanText, "zone": v.cleanText}
	set, stopped, repeated := v.command(10, contract.VerbGiveawayRepeat, contract.CommandDone),
		v.command(11, contract.VerbGiveawayRepeat, contract.CommandDone),
		v.command(12, contract.VerbGiveawayCreate, contract.CommandDone)
	set.Data, stopped.Data = []byte(`{"days":7,"zone":"Europe/Berlin"}`), []byte(`{"days":0}`)
	repeated.Data, repeated.Actor = []byte(`{"repeat":{"of":"c1"}}`), contract.User{}
	bulk := ui.BulkView{
		Verb: contract.VerbGiveawayEnd, Rows: []ui.BulkRow{{ID: "c1", Name: v.text, State: "active"}},
		Skipped: []ui.BulkRow{{ID: "c2", Name: v.text, State: "ended"}}, Action: "/guilds/1/giveaways/bulk",
		Back: "/guilds/1/giveaways", Bot: v.requests.Bot,
	}
	forbidden := bulk
	forbidden.ReasonForm.RefusedReason = v.cleanText
	unavailable := bulk
	unavailable.Rows, unavailable.Bot = nil, v.silentBot
	answers := ui.BulkResultsView{Commands: v.commands, Bot: v.requests.Bot}
	assign := confirm(contract.VerbTicketAssign)
	assign.Assignees, assign.InDialog, assign.Problems = []contract.User{v.user, v.unknownUser}, true,
		map[string]string{"whom": v.cleanText}
	assigned := v.command(13, contract.VerbTicketAssign, contract.CommandDone)
	assigned.Data = []byte(`{"userId":"3"}`)
	states := []State{
		{"ui.Confirm", "close", ui.Confirm(v.page, confirm(contract.VerbTicketClose))},
		{"ui.ConfirmForm", "problems", ui.ConfirmForm(v.page, invalid)},
		{"ui.ConfirmForm", "assign", ui.ConfirmForm(v.page, assign)},
		{"ui.ConfirmForm", "assign-nobody", ui.ConfirmForm(v.page, confirm(contract.VerbTicketAssign))},
		{"ui.ConfirmForm", "reroll", ui.ConfirmForm(v.page, reroll)},
		{"ui.DialogLink", "one", ui.DialogLink("dialog-link", "/guilds/1/giveaways/1/end", v.text)},
		{"ui.ConfirmForm", "reroll-claimed", ui.ConfirmForm(v.page, claimed)},
		{"ui.ConfirmForm", "delete", ui.ConfirmForm(v.page, confirm(contract.VerbGiveawayDelete))},
		{"ui.ConfirmForm", "repeat", ui.ConfirmForm(v.page, repeat)},
		{"ui.ConfirmForm", "remove", ui.ConfirmForm(v.page, remove)},
		{"ui.ConfirmForm", "readmit", ui.ConfirmForm(v.page, readmit)},
		{"ui.Bulk", "some", ui.Bulk(v.page, bulk)},
		{"ui.Bulk", "refused", ui.Bulk(v.page, forbidden)},
		{"ui.Bulk", "none", ui.Bulk(v.page, unavailable)},
		{"ui.BulkResults", "none", ui.BulkResults(v.page, "/guilds/1/giveaways",
			v.liveRegion(ui.BulkResultRows(v.page, ui.BulkResultsView{})))},
		{"ui.BulkResultRows", "many", ui.BulkResultRows(v.page, answers)},
		{"ui.BulkResultRows", "overtaken", ui.BulkResultRows(v.page, ui.BulkResultsView{Skipped: []ui.BulkRow{{ID: "r1",
			Name: v.text, State: "featured"}, {ID: "r2"}}, Bot: v.requests.Bot})},
		{"ui.RequestedGiveaways", "many", ui.RequestedGiveaways(v.page, ui.BotRequests{RequestedGiveaways: v.commands})},
		{"ui.RequestedGiveaways", "watcher", ui.RequestedGiveaways(v.readOnlyPage, ui.BotRequests{RequestedGiveaways: v.commands})},
		{"ui.CommandList", "many", ui.CommandList(v.page, append(v.commands, set, stopped, repeated))},
		{"ui.ActionBar", "giveaway", ui.ActionBar(v.page, "c1", "/guilds/1/giveaways/c1", store.AvailableGiveawayVerbs(v.giveaways[0]))},
		{"ui.ActionBar", "ticket", ui.ActionBar(v.page, "t1", "/guilds/1/tickets/t1", store.AvailableTicketVerbs(v.tickets[0]))},
		{"ui.ActionBar", "watcher", ui.ActionBar(v.readOnlyPage, "t2", "/guilds/1/tickets/t2", store.AvailableTicketVerbs(v.tickets[0]))},
		{"ui.BotNotice", "silent", ui.BotNotice(v.page, ui.BotRequests{Bot: v.silentBot})},
		{"ui.BotNotice", "waiting", ui.BotNotice(v.page, ui.BotRequests{Bot: v.silentBot, Commands: v.requests.Commands})},
		{"audit.Log", "one", auditview.Log(v.page, auditview.Toolbar(v.page, plain, v.user),
			v.liveRegion(auditview.Rows(v.page, log(plain, v.commands[2]))))},
		{"ui.ListToolbar", "audit-log", ui.ListToolbar(v.page, auditview.Toolbar(v.page, audit, v.user))},
		{"ui.FilterUpdate", "audit-log", ui.FilterUpdate(v.page, auditview.Toolbar(v.page, audit, v.user))},
		{"audit.Rows", "empty", auditview.Rows(v.page, log(plain))},
		{"audit.Rows", "many", auditview.Rows(v.page, log(audit,
			append(v.commands, staffChange, set, stopped, repeated, assigned)...))},
	}
	for _, c := range v.commands {
		states = append(states, State{"ui.CommandState", string(c.Status), ui.CommandState(v.page, v.requests, c.Target)})
	}
	partly := v.command(8, contract.VerbGiveawayEnd, contract.CommandDone)
	partly.Code = contract.RefusalDiscordDown
	return append(states, State{"ui.CommandState", "partly",
		ui.CommandState(v.page, ui.BotRequests{Commands: map[string]contract.Command{"c8": partly}}, "c8")})
}

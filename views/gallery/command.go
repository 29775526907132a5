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
	log := func(f auditview.Filter, items ...contract.Command) auditview.AuditList {
		return auditview.AuditList{Filter: f, List: store.List[contract.Command]{Items: items, Total: len(items), Page: 1, Pages: 1}}
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
	claimed := reroll
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
		{"Confirm", "close", ui.Confirm(v.page, confirm(contract.VerbTicketClose))},
		{"ConfirmForm", "problems", ui.ConfirmForm(v.page, invalid)},
		{"ConfirmForm", "assign", ui.ConfirmForm(v.page, assign)},
		{"ConfirmForm", "assign-nobody", ui.ConfirmForm(v.page, confirm(contract.VerbTicketAssign))},
		{"ConfirmForm", "reroll", ui.ConfirmForm(v.page, reroll)},
		{"ConfirmForm", "reroll-claimed", ui.ConfirmForm(v.page, claimed)},
		{"ConfirmForm", "delete", ui.ConfirmForm(v.page, confirm(contract.VerbGiveawayDelete))},
		{"ConfirmForm", "repeat", ui.ConfirmForm(v.page, repeat)},
		{"ConfirmForm", "remove", ui.ConfirmForm(v.page, remove)},
		{"ConfirmForm", "readmit", ui.ConfirmForm(v.page, readmit)},
		{"Bulk", "some", ui.Bulk(v.page, bulk)},
		{"Bulk", "refused", ui.Bulk(v.page, forbidden)},
		{"Bulk", "none", ui.Bulk(v.page, unavailable)},
		{"BulkResults", "none", ui.BulkResults(v.page, "/guilds/1/giveaways",
			v.liveRegion(ui.BulkResultRows(v.page, ui.BulkResultsView{})))},
		{"BulkResultRows", "many", ui.BulkResultRows(v.page, answers)},
		{"BulkResultRows", "overtaken", ui.BulkResultRows(v.page, ui.BulkResultsView{Skipped: []ui.BulkRow{{ID: "r1",
			Name: v.text, State: "featured"}, {ID: "r2"}}, Bot: v.requests.Bot})},
		{"RequestedGiveaways", "many", ui.RequestedGiveaways(v.page, ui.BotRequests{RequestedGiveaways: v.commands})},
		{"RequestedGiveaways", "watcher", ui.RequestedGiveaways(v.readOnlyPage, ui.BotRequests{RequestedGiveaways: v.commands})},
		{"CommandList", "many", ui.CommandList(v.page, append(v.commands, set, stopped, repeated))},
		{"ActionBar", "giveaway", ui.ActionBar(v.page, "c1", "/guilds/1/giveaways/c1", store.AvailableGiveawayVerbs(v.giveaways[0]))},
		{"ActionBar", "ticket", ui.ActionBar(v.page, "t1", "/guilds/1/tickets/t1", store.AvailableTicketVerbs(v.tickets[0]))},
		{"ActionBar", "watcher", ui.ActionBar(v.readOnlyPage, "t2", "/guilds/1/tickets/t2", store.AvailableTicketVerbs(v.tickets[0]))},
		{"BotNotice", "silent", ui.BotNotice(v.page, ui.BotRequests{Bot: v.silentBot})},
		{"BotNotice", "waiting", ui.BotNotice(v.page, ui.BotRequests{Bot: v.silentBot, Commands: v.requests.Commands})},
		{"Audit", "one", auditview.Audit(v.page, plain, v.liveRegion(auditview.AuditRows(v.page, log(plain, v.commands[2]))))},
		{"AuditFilters", "empty", auditview.AuditFilters(v.page, plain)},
		{"AuditFilters", "problems", auditview.AuditFilters(v.page, audit)},
		{"AuditFiltersUpdate", "narrowed", auditview.AuditFiltersUpdate(v.page, audit)},
		{"AuditRows", "empty", auditview.AuditRows(v.page, log(plain))},
		{"AuditRows", "many", auditview.AuditRows(v.page, log(audit,
			append(v.commands, staffChange, set, stopped, repeated, assigned)...))},
	}
	for _, c := range v.commands {
		states = append(states, State{"CommandState", string(c.Status), ui.CommandState(v.page, v.requests, c.Target)})
	}
	partly := v.command(8, contract.VerbGiveawayEnd, contract.CommandDone)
	partly.Code = contract.RefusalDiscordDown
	return append(states, State{"CommandState", "partly",
		ui.CommandState(v.page, ui.BotRequests{Commands: map[string]contract.Command{"c8": partly}}, "c8")})
}

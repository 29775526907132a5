package views

import "guildboard/store"

// statesOfCommands has bot requests, their results and the audit log.
func statesOfCommands(v stateFixtures) []State {
	audit := v.filter
	audit.Verb, audit.Actor, audit.Status = v.text, "3", v.text
	plain := Filter{Path: "/guilds/1/audit", Page: 1}
	staffChange := v.command(9, store.VerbStaffChange, store.CommandDone)
	log := func(f Filter, items ...store.Command) AuditList {
		return AuditList{Filter: f, List: store.List[store.Command]{Items: items, Total: len(items), Page: 1, Pages: 1}}
	}
	confirm := func(verb store.Verb) ConfirmView {
		return ConfirmView{Verb: verb, ID: "t1", Name: v.text, State: "open", Action: "/guilds/1/tickets/t1/close", Back: "/guilds/1", Bot: v.requests.Bot}
	}
	invalid := confirm(store.VerbTicketClose)
	invalid.Reason, invalid.InDialog, invalid.Bot, invalid.Problems = v.text, true, v.silentBot, map[string]string{"reason": v.cleanText}
	reroll := confirm(store.VerbGiveawayReroll)
	reroll.Winners, reroll.SelectedWinners = []store.Winner{{ID: "w1", User: v.user}, {ID: "w2", User: v.unknownUser}}, []string{v.unknownUser.ID}
	claimed := reroll
	claimed.Winners = []store.Winner{{ID: "w1", User: v.user, Claimed: true}, {ID: "w2", User: v.unknownUser, ClaimExpiredAt: &v.now, HasLeft: true}}
	claimed.Problems = map[string]string{"winner": v.cleanText}
	remove := confirm(store.VerbEntrantDisqualify)
	remove.Entrants, remove.Problems = v.entries, map[string]string{"reason": v.cleanText}
	readmit := confirm(store.VerbEntrantReinstate)
	readmit.Entrants = v.entries
	repeat := confirm(store.VerbGiveawayRepeat)
	repeat.Days, repeat.Zone, repeat.IsRepeating, repeat.Problems = v.text, v.text, true, map[string]string{"days": v.cleanText, "zone": v.cleanText}
	set, stopped, repeated := v.command(10, store.VerbGiveawayRepeat, store.CommandDone), v.command(11, store.VerbGiveawayRepeat, store.CommandDone), v.command(12, store.VerbGiveawayCreate, store.CommandDone)
	set.Data, stopped.Data = []byte(`{"days":7,"zone":"Europe/Berlin"}`), []byte(`{"days":0}`)
	repeated.Data, repeated.Actor = []byte(`{"repeat":{"of":"c1"}}`), store.User{}
	bulk := BulkView{
		Verb: store.VerbGiveawayEnd, Rows: []BulkRow{{"c1", v.text, "active"}}, Skipped: []BulkRow{{"c2", v.text, "ended"}}, Action: "/guilds/1/giveaways/bulk",
		Back: "/guilds/1/giveaways", Bot: v.requests.Bot,
	}
	forbidden := bulk
	forbidden.ReasonForm.RefusedReason = v.cleanText
	unavailable := bulk
	unavailable.Rows, unavailable.Bot = nil, v.silentBot
	answers := BulkResultsView{Commands: v.commands, Bot: v.requests.Bot}
	assign := confirm(store.VerbTicketAssign)
	assign.Assignees, assign.InDialog, assign.Problems = []store.User{v.user, v.unknownUser}, true, map[string]string{"whom": v.cleanText}
	assigned := v.command(13, store.VerbTicketAssign, store.CommandDone)
	assigned.Data = []byte(`{"userId":"3"}`)
	states := []State{
		{"Confirm", "close", Confirm(v.page, confirm(store.VerbTicketClose))},
		{"ConfirmForm", "problems", ConfirmForm(v.page, invalid)},
		{"ConfirmForm", "assign", ConfirmForm(v.page, assign)},
		{"ConfirmForm", "assign-nobody", ConfirmForm(v.page, confirm(store.VerbTicketAssign))},
		{"ConfirmForm", "reroll", ConfirmForm(v.page, reroll)},
		{"ConfirmForm", "reroll-claimed", ConfirmForm(v.page, claimed)},
		{"ConfirmForm", "delete", ConfirmForm(v.page, confirm(store.VerbGiveawayDelete))},
		{"ConfirmForm", "repeat", ConfirmForm(v.page, repeat)},
		{"ConfirmForm", "remove", ConfirmForm(v.page, remove)},
		{"ConfirmForm", "readmit", ConfirmForm(v.page, readmit)},
		{"Bulk", "some", Bulk(v.page, bulk)},
		{"Bulk", "refused", Bulk(v.page, forbidden)},
		{"Bulk", "none", Bulk(v.page, unavailable)},
		{"BulkResults", "none", BulkResults(v.page, "/guilds/1/giveaways", v.liveRegion(BulkResultRows(v.page, BulkResultsView{})))},
		{"BulkResultRows", "many", BulkResultRows(v.page, answers)},
		{"BulkResultRows", "overtaken", BulkResultRows(v.page, BulkResultsView{Skipped: []BulkRow{{ID: "r1", Name: v.text, State: "featured"}, {ID: "r2"}}, Bot: v.requests.Bot})},
		{"requestedGiveaways", "many", requestedGiveaways(v.page, BotRequests{RequestedGiveaways: v.commands})},
		{"requestedGiveaways", "watcher", requestedGiveaways(v.readOnlyPage, BotRequests{RequestedGiveaways: v.commands})},
		{"commandList", "many", commandList(v.page, append(v.commands, set, stopped, repeated))},
		{"actionBar", "giveaway", actionBar(v.page, "c1", "/guilds/1/giveaways/c1", store.AvailableGiveawayVerbs(v.giveaways[0]))},
		{"actionBar", "ticket", actionBar(v.page, "t1", "/guilds/1/tickets/t1", store.AvailableTicketVerbs(v.tickets[0]))},
		{"actionBar", "watcher", actionBar(v.readOnlyPage, "t2", "/guilds/1/tickets/t2", store.AvailableTicketVerbs(v.tickets[0]))},
		{"botNotice", "silent", botNotice(v.page, BotRequests{Bot: v.silentBot})},
		{"botNotice", "waiting", botNotice(v.page, BotRequests{Bot: v.silentBot, Commands: v.requests.Commands})},
		{"Audit", "one", Audit(v.page, plain, v.liveRegion(AuditRows(v.page, log(plain, v.commands[2]))))},
		{"AuditFilters", "empty", AuditFilters(v.page, plain)},
		{"AuditFilters", "problems", AuditFilters(v.page, audit)},
		{"AuditFiltersUpdate", "narrowed", AuditFiltersUpdate(v.page, audit)},
		{"AuditRows", "empty", AuditRows(v.page, log(plain))},
		{"AuditRows", "many", AuditRows(v.page, log(audit, append(v.commands, staffChange, set, stopped, repeated, assigned)...))},
	}
	for _, c := range v.commands {
		states = append(states, State{"commandState", string(c.Status), commandState(v.page, v.requests, c.Target)})
	}
	partly := v.command(8, store.VerbGiveawayEnd, store.CommandDone)
	partly.Code = store.RefusalDiscordDown
	return append(states, State{"commandState", "partly", commandState(v.page, BotRequests{Commands: map[string]store.Command{"c8": partly}}, "c8")})
}

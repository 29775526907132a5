package views

import "guildboard/store"

// statesOfCommands are what is asked of the bot, what came of it, and who asked.
func statesOfCommands(v values) []State {
	audit := v.filter
	audit.Verb, audit.By, audit.Status = v.text, "3", v.text
	plain := Filter{Path: "/guilds/1/audit", Page: 1}
	staffed := v.command(9, store.VerbStaffChange, store.CommandDone)
	log := func(f Filter, some ...store.Command) AuditList {
		return AuditList{Filter: f, List: store.List[store.Command]{Items: some, Total: len(some), Page: 1, Pages: 1}}
	}
	question := func(verb store.Verb) ConfirmView {
		return ConfirmView{Verb: verb, ID: "t1", Name: v.text, State: "open", Action: "/guilds/1/tickets/t1/close", Back: "/guilds/1", Bot: v.asked.Bot}
	}
	wrong := question(store.VerbTicketClose)
	wrong.Reason, wrong.Dialog, wrong.Bot, wrong.Problems = v.text, true, v.silent, map[string]string{"reason": v.said}
	reroll := question(store.VerbGiveawayReroll)
	reroll.Winners, reroll.Whom = []store.Winner{{ID: "w1", User: v.who}, {ID: "w2", User: v.nobody}}, []string{v.nobody.ID}
	claimed := reroll
	claimed.Winners = []store.Winner{{ID: "w1", User: v.who, Claimed: true}, {ID: "w2", User: v.nobody, LapsedAt: &v.at, Left: true}}
	claimed.Problems = map[string]string{"winner": v.said}
	remove := question(store.VerbGiveawayRemove)
	remove.Entrants, remove.Problems = v.entries, map[string]string{"reason": v.said}
	readmit := question(store.VerbGiveawayReadmit)
	readmit.Entrants = v.entries
	repeat := question(store.VerbGiveawayRepeat)
	repeat.Days, repeat.Zone, repeat.Repeats, repeat.Problems = v.text, v.text, true, map[string]string{"days": v.said, "zone": v.said}
	set, stopped, again := v.command(10, store.VerbGiveawayRepeat, store.CommandDone), v.command(11, store.VerbGiveawayRepeat, store.CommandDone), v.command(12, store.VerbGiveawayCreate, store.CommandDone)
	set.Data, stopped.Data = []byte(`{"days":7,"zone":"Europe/Berlin"}`), []byte(`{"days":0}`)
	again.Data, again.Actor = []byte(`{"repeat":{"of":"c1"}}`), store.Person{}
	bulk := BulkView{
		Verb: store.VerbGiveawayEnd, Rows: []BulkRow{{"c1", v.text, "active"}}, Left: []BulkRow{{"c2", v.text, "ended"}}, Action: "/guilds/1/giveaways/bulk",
		Back: "/guilds/1/giveaways", Bot: v.asked.Bot,
	}
	forbidden := bulk
	forbidden.Reason.Refused = v.said
	cannot := bulk
	cannot.Rows, cannot.Bot = nil, v.silent
	answers := BulkAnswersView{Commands: v.commands, Bot: v.asked.Bot}
	assign := question(store.VerbTicketAssign)
	assign.Staff, assign.Dialog, assign.Problems = []store.Person{v.who, v.nobody}, true, map[string]string{"whom": v.said}
	given := v.command(13, store.VerbTicketAssign, store.CommandDone)
	given.Data = []byte(`{"userId":"3"}`)
	states := []State{
		{"Confirm", "close", Confirm(v.p, question(store.VerbTicketClose))},
		{"ConfirmForm", "problems", ConfirmForm(v.p, wrong)},
		{"ConfirmForm", "assign", ConfirmForm(v.p, assign)},
		{"ConfirmForm", "assign-nobody", ConfirmForm(v.p, question(store.VerbTicketAssign))},
		{"ConfirmForm", "reroll", ConfirmForm(v.p, reroll)},
		{"ConfirmForm", "reroll-claimed", ConfirmForm(v.p, claimed)},
		{"ConfirmForm", "delete", ConfirmForm(v.p, question(store.VerbGiveawayDelete))},
		{"ConfirmForm", "repeat", ConfirmForm(v.p, repeat)},
		{"ConfirmForm", "remove", ConfirmForm(v.p, remove)},
		{"ConfirmForm", "readmit", ConfirmForm(v.p, readmit)},
		{"Bulk", "some", Bulk(v.p, bulk)},
		{"Bulk", "refused", Bulk(v.p, forbidden)},
		{"Bulk", "none", Bulk(v.p, cannot)},
		{"BulkAsked", "none", BulkAsked(v.p, "/guilds/1/giveaways", v.live(BulkAnswers(v.p, BulkAnswersView{})))},
		{"BulkAnswers", "many", BulkAnswers(v.p, answers)},
		{"BulkAnswers", "overtaken", BulkAnswers(v.p, BulkAnswersView{Left: []BulkRow{{ID: "r1", Name: v.text, State: "featured"}, {ID: "r2"}}, Bot: v.asked.Bot})},
		{"creates", "many", creates(v.p, Asked{Creates: v.commands})},
		{"creates", "watcher", creates(v.watcher, Asked{Creates: v.commands})},
		{"asks", "many", asks(v.p, append(v.commands, set, stopped, again))},
		{"actions", "giveaway", actions(v.p, "c1", "/guilds/1/giveaways/c1", store.Possible(v.giveaways[0]))},
		{"actions", "ticket", actions(v.p, "t1", "/guilds/1/tickets/t1", store.PossibleFor(v.tickets[0]))},
		{"actions", "watcher", actions(v.watcher, "t2", "/guilds/1/tickets/t2", store.PossibleFor(v.tickets[0]))},
		{"botNotice", "silent", botNotice(v.p, Asked{Bot: v.silent})},
		{"botNotice", "waiting", botNotice(v.p, Asked{Bot: v.silent, Commands: v.asked.Commands})},
		{"Audit", "one", Audit(v.p, plain, v.live(AuditRows(v.p, log(plain, v.commands[2]))))},
		{"AuditFilters", "empty", AuditFilters(v.p, plain)},
		{"AuditFilters", "problems", AuditFilters(v.p, audit)},
		{"AuditFiltersAfter", "narrowed", AuditFiltersAfter(v.p, audit)},
		{"AuditRows", "empty", AuditRows(v.p, log(plain))},
		{"AuditRows", "many", AuditRows(v.p, log(audit, append(v.commands, staffed, set, stopped, again, given)...))},
	}
	for _, c := range v.commands {
		states = append(states, State{"commandState", string(c.Status), commandState(v.p, v.asked, c.Target)})
	}
	partly := v.command(8, store.VerbGiveawayEnd, store.CommandDone)
	partly.Code = store.CodeDown
	return append(states, State{"commandState", "partly", commandState(v.p, Asked{Commands: map[string]store.Command{"c8": partly}}, "c8")})
}

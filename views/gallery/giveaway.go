package gallery

import (
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	giveawayview "guildboard/views/giveaway"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// statesOfGiveaways returns the gallery states of the giveaway lists and the page of a giveaway.
func statesOfGiveaways(v stateFixtures) []State {
	hosts := store.GiveawayFilterOptions{Hosts: []contract.User{v.user}, Channels: []string{v.text}}
	plain := giveawayview.Filter{Filter: ui.Filter{Path: "/guilds/1/giveaways", Page: 1}}
	searched := plain
	searched.SearchTerm = v.text
	stats := store.GiveawayStats{Active: 30, Pending: 9, Paused: 1, Ended: 400, Cancelled: 2, Entries: 12345}
	list := func(f giveawayview.Filter, items ...store.Giveaway) giveawayview.ListView {
		return giveawayview.ListView{Filter: f, Stats: stats, List: store.List[store.Giveaway]{Items: items,
			Total: len(items), Page: 1, Pages: 1}, Requests: ui.BotRequests{Bot: v.requests.Bot}}
	}
	many := list(v.giveawayFilter, v.giveaways...)
	many.Requests = v.requests
	many.Requests.RequestedGiveaways = v.commands
	many.List.Total, many.List.TotalIsLowerBound, many.List.Page, many.List.Pages, many.List.SearchLimit = 1001, true, 5, 41, 500
	none := list(plain)
	none.Stats = store.GiveawayStats{}
	silent := none
	silent.Requests.Bot = v.silentBot

	found := v.giveaways[0]
	found.ChannelID, found.RequiredRoleIDs, found.RequiredLevel, found.BonusEntryRoles = "400000000000000001", nil, 0, nil
	found.MessageID = &found.ChannelID // so that it can be jumped to
	view := func(g store.Giveaway) giveawayview.View {
		return giveawayview.View{Giveaway: g, Path: "/guilds/1/giveaways/" + g.ID, Requests: ui.BotRequests{Bot: v.requests.Bot}}
	}
	full := view(v.giveaways[3])
	full.Entries, full.EntryCounts, full.EntryCountInterval, full.Commands, full.Requests = v.entries, v.counts(30),
		time.Hour, v.commands, v.requests
	nobody := view(v.giveaways[3])
	nobody.Giveaway.Winners, nobody.Giveaway.Entries = nil, 0
	toolbar := giveawayview.Toolbar(v.page, plain, hosts)
	home := giveawayview.OverviewView{
		Stats: stats, Active: []store.Giveaway{v.giveaways[0], v.giveaway("c6", store.GiveawayActive),
			v.giveaway("c7", store.GiveawayActive), v.giveaway("c8", store.GiveawayActive)},
		Scheduled: v.giveaways[1:2], Ended: v.giveaways[3:4], Requests: v.requests,
	}
	states := []State{
		{"giveaway.Totals", "one", giveawayview.Totals(v.page, stats)},
		{"giveaway.GiveawayTime", "ended", giveawayview.GiveawayTime(v.page, v.giveaways[3])},
		{"giveaway.Overview", "empty", giveawayview.Overview(v.page,
			v.liveRegion(giveawayview.OverviewContent(v.page, giveawayview.OverviewView{})))},
		{"giveaway.OverviewContent", "many", giveawayview.OverviewContent(v.page, home)},
		{"giveaway.OverviewContent", "watcher", giveawayview.OverviewContent(v.readOnlyPage, home)},
		{"giveaway.OverviewContent", "none-running", giveawayview.OverviewContent(v.page,
			giveawayview.OverviewView{Stats: store.GiveawayStats{Ended: 1}, Ended: v.giveaways[3:4]})},
		{"ui.ListToolbar", "giveaways", ui.ListToolbar(v.page, toolbar)},
		{"ui.ListToolbar", "giveaways-problems", ui.ListToolbar(v.page, giveawayview.Toolbar(v.page, v.giveawayFilter, hosts))},
		{"ui.ToolbarUpdate", "giveaways", ui.ToolbarUpdate(v.page, giveawayview.Toolbar(v.page, searched, hosts))},
		{"giveaway.List", "one", giveawayview.List(v.page, toolbar,
			v.liveRegion(giveawayview.Rows(v.page, list(plain, found))))},
		{"giveaway.List", "watcher", giveawayview.List(v.readOnlyPage, toolbar,
			v.liveRegion(giveawayview.Rows(v.readOnlyPage, list(plain, found))))},
		{"giveaway.Rows", "empty", giveawayview.Rows(v.page, none)},
		{"giveaway.Rows", "none-found", giveawayview.Rows(v.page, list(searched))},
		{"giveaway.Rows", "many", giveawayview.Rows(v.page, many)},
		{"giveaway.Rows", "bot-silent", giveawayview.Rows(v.page, silent)},
		{"giveaway.Giveaway", "one", giveawayview.Giveaway(v.page, v.liveRegion(giveawayview.Details(v.page, view(found))))},
		{"giveaway.Details", "full", giveawayview.Details(v.page, full)},
		{"giveaway.Details", "named", giveawayview.Details(v.namedPage, view(found))},
		{"giveaway.Details", "nobody", giveawayview.Details(v.page, nobody)},
		{"giveaway.Details", "watcher", giveawayview.Details(v.readOnlyPage, full)},
		{"giveaway.Templates", "empty", giveawayview.Templates(v.page, v.liveRegion(giveawayview.TemplateRows(v.page, nil)))},
		{"giveaway.TemplateRows", "one", giveawayview.TemplateRows(v.page, []store.GiveawayTemplate{{ID: "t1", Name: v.text,
			Form: contract.GiveawayForm{Prize: v.text}, Duration: time.Hour}})},
		{"giveaway.TemplateForm", "refused", giveawayview.TemplateForm(v.page,
			giveawayview.TemplateFormView{Giveaway: v.giveaways[0], Name: v.text, RefusedReason: v.cleanText})},
		{"giveaway.TemplateForm", "problems", giveawayview.TemplateForm(v.page,
			giveawayview.TemplateFormView{Giveaway: v.giveaways[0], Name: v.text,
				Problems: map[string]string{"name": v.cleanText}})},
		{"ui.DeletedNotice", "one", ui.DeletedNotice(v.page, "/guilds/1")},
	}
	for _, g := range v.giveaways {
		states = append(states, State{"giveaway.EndingSoonCard", text.Lower(g.Status), giveawayview.EndingSoonCard(v.page, g, v.requests)})
	}
	return states
}

// statesOfEntrants returns the gallery states of the lists of entrants.
func statesOfEntrants(v stateFixtures) []State {
	path := "/guilds/1/giveaways/c1/entries"
	plain := giveawayview.EntrantFilter{Filter: ui.Filter{Path: path, Page: 1}}
	searched := plain
	searched.SearchTerm = v.text
	invalid := searched
	invalid.Problems = map[string]string{"q": v.cleanText}
	list := func(g store.Giveaway, f giveawayview.EntrantFilter, items ...store.Entry) giveawayview.EntrantsView {
		return giveawayview.EntrantsView{Giveaway: g, Filter: f,
			List:     store.List[store.Entry]{Items: items, Total: len(items), Page: 1, Pages: 1},
			Requests: ui.BotRequests{Bot: v.requests.Bot}}
	}
	many := list(v.giveaways[3], searched, v.entries...)
	many.List.Total, many.List.Pages, many.Requests = 200_000, 4000, v.requests
	return []State{
		{"giveaway.Entrants", "one", giveawayview.Entrants(v.page, giveawayview.EntrantToolbar(v.page, plain),
			ui.PrizeText(v.page, v.text), "/guilds/1",
			v.liveRegion(giveawayview.EntrantRows(v.page, list(v.giveaways[0], plain, v.entries[0]))))},
		{"ui.ListToolbar", "entrants-problems", ui.ListToolbar(v.page, giveawayview.EntrantToolbar(v.page, invalid))},
		{"giveaway.EntrantRows", "empty", giveawayview.EntrantRows(v.page, list(v.giveaways[0], plain))},
		{"giveaway.EntrantRows", "none-found", giveawayview.EntrantRows(v.page, list(v.giveaways[0], searched))},
		{"giveaway.EntrantRows", "many", giveawayview.EntrantRows(v.page, many)},
		{"giveaway.EntrantRows", "watcher", giveawayview.EntrantRows(v.readOnlyPage, many)},
	}
}

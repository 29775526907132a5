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
	list := func(f giveawayview.Filter, items ...store.Giveaway) giveawayview.GiveawayList {
		return giveawayview.GiveawayList{Filter: f, Stats: stats, List: store.List[store.Giveaway]{Items: items,
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
	view := func(g store.Giveaway) giveawayview.GiveawayView {
		return giveawayview.GiveawayView{Giveaway: g, Path: "/guilds/1/giveaways/" + g.ID, Requests: ui.BotRequests{Bot: v.requests.Bot}}
	}
	full := view(v.giveaways[3])
	full.Entries, full.EntryCounts, full.EntryCountInterval, full.Commands, full.Requests = v.entries, v.counts(30),
		time.Hour, v.commands, v.requests
	nobody := view(v.giveaways[3])
	nobody.Giveaway.Winners, nobody.Giveaway.Entries = nil, 0
	home := giveawayview.GiveawayOverviewView{
		Stats: stats, Active: []store.Giveaway{v.giveaways[0], v.giveaway("c6", store.GiveawayActive),
			v.giveaway("c7", store.GiveawayActive), v.giveaway("c8", store.GiveawayActive)},
		Scheduled: v.giveaways[1:2], Ended: v.giveaways[3:4], Requests: v.requests,
	}
	states := []State{
		{"Tiles", "one", giveawayview.Tiles(v.page, stats)},
		{"GiveawayTime", "ended", giveawayview.GiveawayTime(v.page, v.giveaways[3])},
		{"GiveawayOverview", "empty", giveawayview.GiveawayOverview(v.page,
			v.liveRegion(giveawayview.GiveawayOverviewContent(v.page, giveawayview.GiveawayOverviewView{})))},
		{"GiveawayOverviewContent", "many", giveawayview.GiveawayOverviewContent(v.page, home)},
		{"GiveawayOverviewContent", "watcher", giveawayview.GiveawayOverviewContent(v.readOnlyPage, home)},
		{"GiveawayOverviewContent", "none-running", giveawayview.GiveawayOverviewContent(v.page,
			giveawayview.GiveawayOverviewView{Stats: store.GiveawayStats{Ended: 1}, Ended: v.giveaways[3:4]})},
		{"GiveawayFilters", "empty", giveawayview.GiveawayFilters(v.page, plain, store.GiveawayFilterOptions{})},
		{"GiveawayFilters", "problems", giveawayview.GiveawayFilters(v.page, v.giveawayFilter, hosts)},
		{"GiveawayFiltersUpdate", "narrowed", giveawayview.GiveawayFiltersUpdate(v.page, searched, hosts)},
		{"Giveaways", "one", giveawayview.Giveaways(v.page, plain, hosts,
			v.liveRegion(giveawayview.GiveawayRows(v.page, list(plain, found))))},
		{"Giveaways", "watcher", giveawayview.Giveaways(v.readOnlyPage, plain, hosts,
			v.liveRegion(giveawayview.GiveawayRows(v.readOnlyPage, list(plain, found))))},
		{"GiveawayRows", "empty", giveawayview.GiveawayRows(v.page, none)},
		{"GiveawayRows", "none-found", giveawayview.GiveawayRows(v.page, list(searched))},
		{"GiveawayRows", "many", giveawayview.GiveawayRows(v.page, many)},
		{"GiveawayRows", "bot-silent", giveawayview.GiveawayRows(v.page, silent)},
		{"Giveaway", "one", giveawayview.Giveaway(v.page, v.liveRegion(giveawayview.GiveawayDetails(v.page, view(found))))},
		{"GiveawayDetails", "full", giveawayview.GiveawayDetails(v.page, full)},
		{"GiveawayDetails", "named", giveawayview.GiveawayDetails(v.namedPage, view(found))},
		{"GiveawayDetails", "nobody", giveawayview.GiveawayDetails(v.page, nobody)},
		{"GiveawayDetails", "watcher", giveawayview.GiveawayDetails(v.readOnlyPage, full)},
		{"Templates", "empty", giveawayview.Templates(v.page, v.liveRegion(giveawayview.TemplateRows(v.page, nil)))},
		{"TemplateRows", "one", giveawayview.TemplateRows(v.page, []store.GiveawayTemplate{{ID: "t1", Name: v.text,
			Form: contract.GiveawayForm{Prize: v.text}, Duration: time.Hour}})},
		{"TemplateForm", "refused", giveawayview.TemplateForm(v.page,
			giveawayview.TemplateFormView{Giveaway: v.giveaways[0], Name: v.text, RefusedReason: v.cleanText})},
		{"TemplateForm", "problems", giveawayview.TemplateForm(v.page,
			giveawayview.TemplateFormView{Giveaway: v.giveaways[0], Name: v.text,
				Problems: map[string]string{"name": v.cleanText}})},
		{"DeletedNotice", "one", ui.DeletedNotice(v.page, "/guilds/1")},
	}
	for _, g := range v.giveaways {
		states = append(states, State{"EndingSoonCard", text.Lower(g.Status), giveawayview.EndingSoonCard(v.page, g, v.requests)})
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
		{"Entrants", "one", giveawayview.Entrants(v.page, plain, "/guilds/1",
			v.liveRegion(giveawayview.EntrantRows(v.page, list(v.giveaways[0], plain, v.entries[0]))))},
		{"EntrantFilters", "empty", giveawayview.EntrantFilters(v.page, plain)},
		{"EntrantFilters", "problems", giveawayview.EntrantFilters(v.page, invalid)},
		{"EntrantFiltersUpdate", "narrowed", giveawayview.EntrantFiltersUpdate(v.page, searched)},
		{"EntrantRows", "empty", giveawayview.EntrantRows(v.page, list(v.giveaways[0], plain))},
		{"EntrantRows", "none-found", giveawayview.EntrantRows(v.page, list(v.giveaways[0], searched))},
		{"EntrantRows", "many", giveawayview.EntrantRows(v.page, many)},
		{"EntrantRows", "watcher", giveawayview.EntrantRows(v.readOnlyPage, many)},
	}
}

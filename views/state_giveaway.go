package views

import (
	"time"

	"guildboard/store"
)

// statesOfGiveaways are the lists of giveaways and one giveaway.
func statesOfGiveaways(v values) []State {
	hosts := store.GiveawayChoices{Hosts: []store.Person{v.who}, Channels: []string{v.text}}
	plain := Filter{Path: "/guilds/1/giveaways", Page: 1}
	searched := plain
	searched.Text = v.text
	tiles := store.GiveawayTiles{Active: 30, Pending: 9, Paused: 1, Ended: 400, Cancelled: 2, Entries: 12345}
	list := func(f Filter, some ...store.Giveaway) GiveawayList {
		return GiveawayList{Filter: f, Tiles: tiles, List: store.List[store.Giveaway]{Items: some, Total: len(some), Page: 1, Pages: 1}, Asked: Asked{Bot: v.asked.Bot}}
	}
	many := list(v.filter, v.giveaways...)
	many.Asked = v.asked
	many.Asked.Creates = v.commands
	many.List.Total, many.List.AtLeast, many.List.Page, many.List.Pages, many.List.Newest = 1001, true, 5, 41, 500
	none := list(plain)
	none.Tiles = store.GiveawayTiles{}
	silent := none
	silent.Asked.Bot = v.silent

	found := v.giveaways[0]
	found.ChannelID, found.RequiredRoleIDs, found.RequiredLevel, found.BonusEntryRoles = "400000000000000001", nil, 0, nil
	found.MessageID = &found.ChannelID // so that it can be jumped to
	view := func(g store.Giveaway) GiveawayView {
		return GiveawayView{Giveaway: g, Path: "/guilds/1/giveaways/" + g.ID, Asked: Asked{Bot: v.asked.Bot}}
	}
	full := view(v.giveaways[3])
	full.Entries, full.Counts, full.Step, full.Asks, full.Asked = v.entries, v.counts(30), time.Hour, v.commands, v.asked
	nobody := view(v.giveaways[3])
	nobody.Giveaway.Winners, nobody.Giveaway.Entries = nil, 0
	home := GiveawayHomeView{
		Tiles: tiles, Active: []store.Giveaway{v.giveaways[0], v.giveaway("c6", store.GiveawayActive), v.giveaway("c7", store.GiveawayActive), v.giveaway("c8", store.GiveawayActive)},
		Scheduled: v.giveaways[1:2], Ended: v.giveaways[3:4], Asked: v.asked,
	}
	states := []State{
		{"GiveawayHome", "empty", GiveawayHome(v.p, v.live(GiveawayHomeFacts(v.p, GiveawayHomeView{})))},
		{"GiveawayHomeFacts", "many", GiveawayHomeFacts(v.p, home)},
		{"GiveawayHomeFacts", "watcher", GiveawayHomeFacts(v.watcher, home)},
		{"GiveawayHomeFacts", "none-running", GiveawayHomeFacts(v.p, GiveawayHomeView{Tiles: store.GiveawayTiles{Ended: 1}, Ended: v.giveaways[3:4]})},
		{"GiveawayFilters", "empty", GiveawayFilters(v.p, plain, store.GiveawayChoices{})},
		{"GiveawayFilters", "problems", GiveawayFilters(v.p, v.filter, hosts)},
		{"GiveawayFiltersAfter", "narrowed", GiveawayFiltersAfter(v.p, searched, hosts)},
		{"Giveaways", "one", Giveaways(v.p, plain, hosts, v.live(GiveawayRows(v.p, list(plain, found))))},
		{"Giveaways", "watcher", Giveaways(v.watcher, plain, hosts, v.live(GiveawayRows(v.watcher, list(plain, found))))},
		{"GiveawayRows", "empty", GiveawayRows(v.p, none)},
		{"GiveawayRows", "none-found", GiveawayRows(v.p, list(searched))},
		{"GiveawayRows", "many", GiveawayRows(v.p, many)},
		{"GiveawayRows", "bot-silent", GiveawayRows(v.p, silent)},
		{"Giveaway", "one", Giveaway(v.p, v.live(GiveawayFacts(v.p, view(found))))},
		{"GiveawayFacts", "full", GiveawayFacts(v.p, full)},
		{"GiveawayFacts", "named", GiveawayFacts(v.named, view(found))},
		{"GiveawayFacts", "nobody", GiveawayFacts(v.p, nobody)},
		{"GiveawayFacts", "watcher", GiveawayFacts(v.watcher, full)},
		{"Templates", "empty", Templates(v.p, v.live(TemplateRows(v.p, nil)))},
		{"TemplateRows", "one", TemplateRows(v.p, []store.GiveawayTemplate{{ID: "t1", Name: v.text, Form: store.GiveawayForm{Prize: v.text}, Lasts: time.Hour}})},
		{"TemplateForm", "refused", TemplateForm(v.p, TemplateFormView{Giveaway: v.giveaways[0], Name: v.text, Refused: v.said})},
		{"TemplateForm", "problems", TemplateForm(v.p, TemplateFormView{Giveaway: v.giveaways[0], Name: v.text, Problems: map[string]string{"name": v.said}})},
		{"Gone", "one", Gone(v.p, "/guilds/1")},
	}
	for _, g := range v.giveaways {
		states = append(states, State{"soonCard", lower(g.Status), soonCard(v.p, g, v.asked)})
	}
	return states
}

// statesOfEntrants are the lists of who entered a giveaway.
func statesOfEntrants(v values) []State {
	path := "/guilds/1/giveaways/c1/entries"
	plain, searched := Filter{Path: path, Page: 1}, Filter{Path: path, Page: 1, Text: v.text}
	wrong := searched
	wrong.Problems = map[string]string{"q": v.said}
	list := func(g store.Giveaway, f Filter, some ...store.Entry) EntrantsView {
		return EntrantsView{Giveaway: g, Filter: f, List: store.List[store.Entry]{Items: some, Total: len(some), Page: 1, Pages: 1}, Asked: Asked{Bot: v.asked.Bot}}
	}
	many := list(v.giveaways[3], searched, v.entries...)
	many.List.Total, many.List.Pages, many.Asked = 200_000, 4000, v.asked
	return []State{
		{"Entrants", "one", Entrants(v.p, plain, "/guilds/1", v.live(EntrantRows(v.p, list(v.giveaways[0], plain, v.entries[0]))))},
		{"EntrantFilters", "empty", EntrantFilters(v.p, plain)},
		{"EntrantFilters", "problems", EntrantFilters(v.p, wrong)},
		{"EntrantFiltersAfter", "narrowed", EntrantFiltersAfter(v.p, searched)},
		{"EntrantRows", "empty", EntrantRows(v.p, list(v.giveaways[0], plain))},
		{"EntrantRows", "none-found", EntrantRows(v.p, list(v.giveaways[0], searched))},
		{"EntrantRows", "many", EntrantRows(v.p, many)},
		{"EntrantRows", "watcher", EntrantRows(v.watcher, many)},
	}
}

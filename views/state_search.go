package views

import "guildboard/store"

// statesOfSearch has the quick search.
func statesOfSearch(v stateFixtures) []State {
	guild := GuildLink{ID: "1", Name: "Not looked for", Rights: store.Rights{IsManager: true}}
	return []State{
		{"Search", "many", Search(v.page, SearchView{SearchTerm: v.text, PreferredGuildID: "1", Guilds: []GuildLink{guild}, Results: store.QuickResults{Giveaways: v.giveaways, Tickets: v.tickets, RatedStaff: []store.RatedStaffMember{{GuildID: "1", User: v.user}}}})},
		{"SearchResults", "empty", SearchResults(v.page, SearchView{SearchTerm: v.text})},
		{"SearchResults", "one", SearchResults(v.page, SearchView{Guilds: []GuildLink{{ID: "1", Name: v.text, Rights: store.Rights{IsManager: true}}}})},
	}
}

package gallery

import (
	"guildboard/store"
	"guildboard/store/access"
	"guildboard/views/ui"
)

// statesOfSearch returns the gallery states of the quick search.
func statesOfSearch(v stateFixtures) []State {
	guild := ui.GuildLink{ID: "1", Name: "Not looked for", Rights: access.Rights{IsManager: true}}
	return []State{
		{"ui.Search", "many", ui.Search(v.page, ui.SearchView{SearchTerm: v.text, PreferredGuildID: "1",
			Guilds: []ui.GuildLink{guild}, Results: store.QuickResults{Giveaways: v.giveaways, Tickets: v.tickets,
				RatedStaff: []store.RatedStaffMember{{GuildID: "1", User: v.user}}}})},
		{"ui.SearchResults", "empty", ui.SearchResults(v.page, ui.SearchView{SearchTerm: v.text})},
		{"ui.SearchResults", "one", ui.SearchResults(v.page, ui.SearchView{Guilds: []ui.GuildLink{{ID: "1", Name: v.text,
			Rights: access.Rights{IsManager: true}}}})},
	}
}

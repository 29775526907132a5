package views

import "guildboard/store"

// statesOfSearch are the ways somewhere.
func statesOfSearch(v values) []State {
	guild := GuildLink{ID: "1", Name: "Not looked for", Rights: store.Rights{Manager: true}}
	return []State{
		{"Search", "many", Search(v.p, SearchView{Text: v.text, First: "1", Guilds: []GuildLink{guild}, Jumps: store.Jumps{Giveaways: v.giveaways, Tickets: v.tickets, Rated: []store.RatedStaff{{GuildID: "1", Person: v.who}}}})},
		{"SearchFound", "empty", SearchFound(v.p, SearchView{Text: v.text})},
		{"SearchFound", "one", SearchFound(v.p, SearchView{Guilds: []GuildLink{{ID: "1", Name: v.text, Rights: store.Rights{Manager: true}}}})},
	}
}

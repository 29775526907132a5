package views

import (
	"slices"
	"strconv"
	"strings"

	"guildboard/store"
)

// SearchView is what the search for a way somewhere shows.
type SearchView struct {
	SearchTerm       string
	PreferredGuildID string      // the server whose own come first; "" for none
	Guilds           []GuildLink // that the reader may see something of
	Results          store.QuickResults
}

// searchResult is one way somewhere.
type searchResult struct {
	icon, label, url string
	guild            *GuildLink // it is in; nil for a page of no server
	kind, state      string     // of the badge; "" for none
}

// maxResultsPerKind is how many servers, and how many pages, are shown at most.
const maxResultsPerKind = 8

// allResults are all ways found: servers, pages, tickets with their ratings, who was rated, giveaways.
func (v SearchView) allResults(p Page) (all []searchResult) {
	all = append(v.guildResults(), v.pageResults(p)...)
	for _, t := range v.Results.Tickets {
		all = append(all, searchResult{
			icon: "tickets", label: "#" + strconv.Itoa(t.Number) + " " + subjectText(p, t), url: "/guilds/" + t.GuildID + "/tickets/" + t.ID,
			guild: v.guild(t.GuildID), kind: "ticket", state: lower(t.Status),
		})
		if r := t.Rating; r != nil {
			all = append(all, searchResult{
				icon: "ratings", label: "#" + strconv.Itoa(t.Number) + " " + p.N("ticket.stars", r.Stars), guild: v.guild(t.GuildID),
				url: Filter{Path: "/guilds/" + t.GuildID + "/ratings", SelectedIDs: []string{r.ID}}.URL(), kind: "rating", state: string(r.State()),
			})
		}
	}
	for _, r := range v.Results.RatedStaff {
		all = append(all, searchResult{
			icon: "ratings", label: p.T("search.ratingsOf", "name", userName(r.User)), guild: v.guild(r.GuildID),
			url: Filter{Path: "/guilds/" + r.GuildID + "/ratings", Staff: r.ID}.URL(),
		})
	}
	for _, g := range v.Results.Giveaways {
		all = append(all, searchResult{
			icon: "giveaways", label: prizeText(p, g.Prize), url: "/guilds/" + g.GuildID + "/giveaways/" + g.ID,
			guild: v.guild(g.GuildID), kind: "giveaway", state: lower(g.Status),
		})
	}
	if v.PreferredGuildID != "" { // a stable sort: what is near stays together, and in order
		slices.SortStableFunc(all, func(a, b searchResult) int { return v.rank(a) - v.rank(b) })
	}
	return all
}

func (v SearchView) rank(r searchResult) int {
	if r.guild != nil && r.guild.ID != v.PreferredGuildID || r.guild == nil && r.icon != "overview" {
		return 1
	}
	return 0
}

func (v SearchView) guild(id string) *GuildLink {
	for i := range v.Guilds {
		if v.Guilds[i].ID == id {
			return &v.Guilds[i]
		}
	}
	return nil
}

// matches tells whether each word that is looked for stands in the name.
func (v SearchView) matches(name string) bool {
	name = store.FoldText(name)
	for _, word := range strings.Fields(store.FoldText(v.SearchTerm)) {
		if !strings.Contains(name, word) {
			return false
		}
	}
	return true
}

func (v SearchView) guildResults() (found []searchResult) {
	for _, g := range v.Guilds {
		if (v.matches(g.displayName()) || v.SearchTerm == g.ID) && len(found) < maxResultsPerKind {
			found = append(found, searchResult{icon: "overview", label: g.displayName(), url: "/guilds/" + g.ID})
		}
	}
	return found
}

// pageResults are those whose name has the words in it, with or without their server's.
func (v SearchView) pageResults(p Page) (found []searchResult) {
	add := func(r searchResult, name string) {
		if v.matches(name) && len(found) < maxResultsPerKind {
			found = append(found, r)
		}
	}
	if v.SearchTerm == "" {
		return nil
	}
	for _, page := range []struct{ key, path string }{
		{"across.title", "/"}, {"guilds.title", "/guilds"}, {"preferences.title", "/preferences"}, {"shell.sessions", "/sessions"},
	} {
		add(searchResult{icon: "audit", label: p.T(page.key), url: page.path}, p.T(page.key))
	}
	for i, g := range v.Guilds {
		for _, s := range guildPages(g) {
			name := p.T("nav." + string(s.section))
			add(searchResult{icon: string(s.section), label: name, url: "/guilds/" + g.ID + s.path, guild: &v.Guilds[i]}, name+" "+g.displayName())
		}
	}
	return found
}

// guildPage is a page of a server that one goes to.
type guildPage struct {
	section Section
	path    string
}

// guildPages are the pages of the server that its reader may see.
func guildPages(g GuildLink) (pages []guildPage) {
	if g.Rights.Can(store.ModuleGiveaways, store.LevelSee) {
		pages = append(pages, guildPage{SectionGiveaways, "/giveaways"})
	}
	if g.Rights.Can(store.ModuleTickets, store.LevelSee) {
		pages = append(pages, guildPage{SectionTickets, "/tickets"}, guildPage{SectionRatings, "/ratings"})
	}
	if g.Rights.IsManager {
		pages = append(pages, guildPage{SectionSettings, "/settings/giveaways"}, guildPage{SectionStaff, "/staff"}, guildPage{SectionAudit, "/audit"})
	}
	return pages
}

// searchURL leads to the search, from within a server with its own first.
func (p Page) searchURL() string {
	if p.Guild == nil {
		return "/search"
	}
	return "/search?guild=" + p.Guild.ID
}

package ui

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/views/link"
	"guildboard/views/text"
)

// SearchView is the quick search.
type SearchView struct {
	SearchTerm       string
	PreferredGuildID string      // server whose results come first; "" for none
	Guilds           []GuildLink // servers that the viewer has access to
	Results          store.QuickResults
}

// A searchResult is one result of the quick search.
type searchResult struct {
	icon, label, url string
	guild            *GuildLink // server of the result; nil if none
	kind, state      string     // of the status badge; "" for none
}

// maxResultsPerKind is the maximum number of servers, and of pages, among the results.
const maxResultsPerKind = 8

// allResults returns all results: servers, pages, tickets with their ratings, rated staff, giveaways.
func (v SearchView) allResults(p Page) (all []searchResult) {
	all = append(v.guildResults(), v.pageResults(p)...)
	for _, t := range v.Results.Tickets {
		all = append(all, searchResult{
			icon: "tickets", label: "#" + strconv.Itoa(t.Number) + " " + SubjectText(p, t),
			url:   link.Ticket(t.GuildID, t.ID),
			guild: v.guild(t.GuildID), kind: "ticket", state: text.Lower(t.Status),
		})
		if r := t.Rating; r != nil {
			list := ListURL{Path: link.Ratings(t.GuildID)}
			list.Add("only", r.ID)
			all = append(all, searchResult{
				icon: "ratings", label: "#" + strconv.Itoa(t.Number) + " " + p.N("ticket.stars", r.Stars),
				url:   list.String(),
				guild: v.guild(t.GuildID), kind: "rating", state: string(r.State()),
			})
		}
	}
	for _, r := range v.Results.RatedStaff {
		all = append(all, searchResult{
			icon: "ratings", label: p.T("search.ratingsOf", "name", UserName(r.User)), guild: v.guild(r.GuildID),
			url: link.WithQuery(link.Ratings(r.GuildID), "staff", r.ID),
		})
	}
	for _, g := range v.Results.Giveaways {
		all = append(all, searchResult{
			icon: "giveaways", label: PrizeText(p, g.Prize), url: link.Giveaway(g.GuildID, g.ID),
			guild: v.guild(g.GuildID), kind: "giveaway", state: text.Lower(g.Status),
		})
	}
	if v.PreferredGuildID != "" { // stable, to keep the order within each group
		slices.SortStableFunc(all, func(a, b searchResult) int { return v.rank(a) - v.rank(b) })
	}
	return all
}

// maxTicketSearches is the number of servers whose tickets the results offer to search.
const maxTicketSearches = 3

// ticketSearches returns links that search subjects and messages of tickets, which the quick search does not.
func (v SearchView) ticketSearches(p Page) (found []searchResult) {
	if utf8.RuneCountInString(v.SearchTerm) < 2 {
		return nil
	}
	for i, g := range v.Guilds {
		if g.Rights.Can(access.ModuleTickets, access.LevelSee) {
			found = append(found, searchResult{
				icon: "tickets", label: p.T("search.inTickets", "term", v.SearchTerm), guild: &v.Guilds[i],
				url: link.WithQuery(link.Tickets(g.ID), "q", v.SearchTerm),
			})
		}
	}
	slices.SortStableFunc(found, func(a, b searchResult) int { return v.rank(a) - v.rank(b) })
	return found[:min(len(found), maxTicketSearches)]
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

// matches reports whether name contains each word of the search term, both folded by store.FoldText.
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
		if (v.matches(g.DisplayName()) || v.SearchTerm == g.ID) && len(found) < maxResultsPerKind {
			found = append(found, searchResult{icon: "overview", label: g.DisplayName(), url: link.Guild(g.ID)})
		}
	}
	return found
}

// pageResults returns the pages whose name, with or without the name of their server, matches.
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
		{"home.title", "/"}, {"guilds.title", "/guilds"}, {"preferences.title", "/preferences"}, {"shell.sessions", "/sessions"},
	} {
		names := p.T(page.key)
		if page.path == "/preferences" {
			names += " " + p.T("notification.title")
		}
		add(searchResult{icon: "audit", label: p.T(page.key), url: page.path}, names)
	}
	for i, g := range v.Guilds {
		for _, s := range guildPages(g) {
			name := p.T("nav." + string(s.section))
			r := searchResult{icon: string(s.section), label: name, url: link.Guild(g.ID) + s.path, guild: &v.Guilds[i]}
			add(r, name+" "+g.DisplayName())
		}
	}
	return found
}

// A guildPage is a page of a server among the search results.
type guildPage struct {
	section Section
	path    string
}

// guildPages returns the pages of the server that the viewer may see.
func guildPages(g GuildLink) (pages []guildPage) {
	if g.Rights.Can(access.ModuleGiveaways, access.LevelSee) {
		pages = append(pages, guildPage{SectionGiveaways, "/giveaways"})
	}
	if g.Rights.Can(access.ModuleTickets, access.LevelSee) {
		pages = append(pages, guildPage{SectionTickets, "/tickets"}, guildPage{SectionRatings, "/ratings"})
	}
	if g.Rights.IsManager {
		pages = append(pages, guildPage{SectionSettings, "/settings/giveaways"}, guildPage{SectionStaff, "/staff"},
			guildPage{SectionAudit, "/audit"})
	}
	return pages
}

// searchURL returns the URL of the search page. Within a server its results come first.
func (p Page) searchURL() string {
	if p.Guild == nil {
		return "/search"
	}
	return "/search?guild=" + p.Guild.ID
}

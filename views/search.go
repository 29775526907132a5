package views

import (
	"slices"
	"strconv"
	"strings"

	"guildboard/store"
)

// SearchView is what the search for a way somewhere shows.
type SearchView struct {
	Text   string
	First  string      // the server whose own come first; "" for none
	Guilds []GuildLink // that the reader may see something of
	Jumps  store.Jumps
}

// jump is one way somewhere.
type jump struct {
	icon, label, url string
	guild            *GuildLink // it is in; nil for a page of no server
	kind, state      string     // of the badge; "" for none
}

// jumpsOfAKind is how many servers, and how many pages, are shown at most.
const jumpsOfAKind = 8

// jumps are all ways found: servers, pages, tickets with their ratings, who was rated, giveaways.
func (v SearchView) jumps(p Page) (all []jump) {
	all = append(v.servers(), v.pages(p)...)
	for _, t := range v.Jumps.Tickets {
		all = append(all, jump{
			icon: "tickets", label: "#" + strconv.Itoa(t.Number) + " " + subject(p, t), url: "/guilds/" + t.GuildID + "/tickets/" + t.ID,
			guild: v.guild(t.GuildID), kind: "ticket", state: lower(t.Status),
		})
		if r := t.Rating; r != nil {
			all = append(all, jump{
				icon: "ratings", label: "#" + strconv.Itoa(t.Number) + " " + p.N("ticket.stars", r.Stars), guild: v.guild(t.GuildID),
				url: Filter{Path: "/guilds/" + t.GuildID + "/ratings", Only: []string{r.ID}}.URL(), kind: "rating", state: string(r.State()),
			})
		}
	}
	for _, r := range v.Jumps.Rated {
		all = append(all, jump{
			icon: "ratings", label: p.T("search.ratingsOf", "name", personName(r.Person)), guild: v.guild(r.GuildID),
			url: Filter{Path: "/guilds/" + r.GuildID + "/ratings", Staff: r.ID}.URL(),
		})
	}
	for _, g := range v.Jumps.Giveaways {
		all = append(all, jump{
			icon: "giveaways", label: prize(p, g.Prize), url: "/guilds/" + g.GuildID + "/giveaways/" + g.ID,
			guild: v.guild(g.GuildID), kind: "giveaway", state: lower(g.Status),
		})
	}
	if v.First != "" { // a stable sort: what is near stays together, and in order
		slices.SortStableFunc(all, func(a, b jump) int { return v.far(a) - v.far(b) })
	}
	return all
}

func (v SearchView) far(j jump) int {
	if j.guild != nil && j.guild.ID != v.First || j.guild == nil && j.icon != "overview" {
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
	name = store.Fold(name)
	for _, word := range strings.Fields(store.Fold(v.Text)) {
		if !strings.Contains(name, word) {
			return false
		}
	}
	return true
}

func (v SearchView) servers() (found []jump) {
	for _, g := range v.Guilds {
		if (v.matches(g.name()) || v.Text == g.ID) && len(found) < jumpsOfAKind {
			found = append(found, jump{icon: "overview", label: g.name(), url: "/guilds/" + g.ID})
		}
	}
	return found
}

// pages are those whose name has the words in it, with or without their server's.
func (v SearchView) pages(p Page) (found []jump) {
	add := func(j jump, name string) {
		if v.matches(name) && len(found) < jumpsOfAKind {
			found = append(found, j)
		}
	}
	if v.Text == "" {
		return nil
	}
	for _, page := range []struct{ key, path string }{
		{"across.title", "/"}, {"guilds.title", "/guilds"}, {"preferences.title", "/preferences"}, {"shell.sessions", "/sessions"},
	} {
		add(jump{icon: "audit", label: p.T(page.key), url: page.path}, p.T(page.key))
	}
	for i, g := range v.Guilds {
		for _, s := range sections(g) {
			name := p.T("nav." + string(s.section))
			add(jump{icon: string(s.section), label: name, url: "/guilds/" + g.ID + s.path, guild: &v.Guilds[i]}, name+" "+g.name())
		}
	}
	return found
}

// place is a page of a server that one goes to.
type place struct {
	section Section
	path    string
}

// sections are the pages of the server that its reader may see.
func sections(g GuildLink) (open []place) {
	if g.Rights.May(store.ModuleGiveaways, store.LevelSee) {
		open = append(open, place{SectionGiveaways, "/giveaways"})
	}
	if g.Rights.May(store.ModuleTickets, store.LevelSee) {
		open = append(open, place{SectionTickets, "/tickets"}, place{SectionRatings, "/ratings"})
	}
	if g.Rights.Manager {
		open = append(open, place{SectionSettings, "/settings/giveaways"}, place{SectionStaff, "/staff"}, place{SectionAudit, "/audit"})
	}
	return open
}

// searchURL leads to the search, from within a server with its own first.
func (p Page) searchURL() string {
	if p.Guild == nil {
		return "/search"
	}
	return "/search?guild=" + p.Guild.ID
}

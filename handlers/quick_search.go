package handlers

import (
	"net/http"
	"slices"

	"guildboard/store/access"
	"guildboard/views/ui"
)

// quickSearch answers "GET /search": servers, pages, giveaways and tickets that match, of all guilds that the viewer
// can see. Results of the guild in "?guild=" come first. The form works as a page; with scripts it is shown in a
// dialog.
func (s *Server) quickSearch(w http.ResponseWriter, r *http.Request) error {
	visible, err := s.loadVisibleGuilds(r.Context(), visitorOf(r).session)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	term, firstGuild := cleanLine(q.Get("q"), maxSearchRunes), q.Get("guild")
	if index := slices.IndexFunc(visible.withBot, func(g ui.GuildLink) bool { return g.ID == firstGuild }); index > 0 {
		visible.withBot = slices.Insert(slices.Delete(slices.Clone(visible.withBot), index, index+1), 0, visible.withBot[index])
	} else if index < 0 {
		firstGuild = ""
	}
	giveaways, tickets := visible.idsWithModule(access.ModuleGiveaways), visible.idsWithModule(access.ModuleTickets)
	results, err := s.Store.QuickSearch(r.Context(), term, giveaways, tickets)
	if err != nil {
		return err
	}
	page := s.page(r)
	page.Title, page.IsAccessUnconfirmed = page.T("search.title"), page.IsAccessUnconfirmed || visible.isStale
	view := ui.SearchView{SearchTerm: term, PreferredGuildID: firstGuild, Guilds: visible.withBot, Results: results}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Add("Vary", "HX-Request")
	w.Header().Add("Vary", "HX-Request-Type")
	if isPartial(r) {
		return s.render(w, r, ui.SearchResults(page, view))
	}
	return s.render(w, r, ui.Search(page, view))
}

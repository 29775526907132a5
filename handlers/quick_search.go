package handlers

import (
	"net/http"
	"slices"

	"guildboard/store"
	"guildboard/views"
)

// quickSearch answers "GET /search": ways to a server, a page, a giveaway or a ticket, over all the servers that the
// reader may see something of. With ?guild= those of one server come first. It is asked for by a form, and works as a
// page; with scripts the same form stands in a dialog.
func (s *Server) quickSearch(w http.ResponseWriter, r *http.Request) error {
	visible, err := s.loadVisibleGuilds(r.Context(), visitorOf(r).session)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	term, firstGuild := cleanLine(q.Get("q"), maxSearchRunes), q.Get("guild")
	if index := slices.IndexFunc(visible.withBot, func(g views.GuildLink) bool { return g.ID == firstGuild }); index > 0 {
		visible.withBot = slices.Insert(slices.Delete(slices.Clone(visible.withBot), index, index+1), 0, visible.withBot[index])
	} else if index < 0 {
		firstGuild = ""
	}
	results, err := s.Store.QuickSearch(r.Context(), term, visible.idsWithModule(store.ModuleGiveaways), visible.idsWithModule(store.ModuleTickets))
	if err != nil {
		return err
	}
	page := s.page(r)
	page.Title, page.IsAccessUnconfirmed = page.T("search.title"), page.IsAccessUnconfirmed || visible.isStale
	view := views.SearchView{SearchTerm: term, PreferredGuildID: firstGuild, Guilds: visible.withBot, Results: results}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Add("Vary", "HX-Request")
	w.Header().Add("Vary", "HX-Request-Type")
	if isPartial(r) {
		return s.render(w, r, views.SearchResults(page, view))
	}
	return s.render(w, r, views.Search(page, view))
}

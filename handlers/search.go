package handlers

import (
	"net/http"
	"slices"

	"guildboard/store"
	"guildboard/views"
)

// search answers "GET /search": ways to a server, a page, a giveaway or a ticket, over all the servers that the reader
// may see something of. With ?guild= those of one server come first. It is asked for by a form, and works as a page;
// with scripts the same form stands in a dialog.
func (s *Server) search(w http.ResponseWriter, r *http.Request) error {
	own, err := s.guildsOf(r.Context(), visitorOf(r).session)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	text, first := plain(q.Get("q"), maxText), q.Get("guild")
	if at := slices.IndexFunc(own.present, func(g views.GuildLink) bool { return g.ID == first }); at > 0 {
		own.present = slices.Insert(slices.Delete(slices.Clone(own.present), at, at+1), 0, own.present[at])
	} else if at < 0 {
		first = ""
	}
	found, err := s.Store.Jump(r.Context(), text, own.that(store.ModuleGiveaways), own.that(store.ModuleTickets))
	if err != nil {
		return err
	}
	page := s.page(r)
	page.Title, page.Stale = page.T("search.title"), page.Stale || own.stale
	view := views.SearchView{Text: text, First: first, Guilds: own.present, Jumps: found}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Add("Vary", "HX-Request")
	w.Header().Add("Vary", "HX-Request-Type")
	if partial(r) {
		return s.render(w, r, views.SearchFound(page, view))
	}
	return s.render(w, r, views.Search(page, view))
}

package handlers

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"guildboard/views/gallery"
)

// showGallery answers "GET /gallery" and "GET /gallery/{section}?text=" in demo mode: every component in every state, with
// sample data. It needs no session.
func (s *Server) showGallery(w http.ResponseWriter, r *http.Request) error {
	page := s.page(r)
	page.Title = page.T("gallery.title")
	view, ok := gallery.NewView(page, chi.URLParam(r, "section"), r.URL.Query().Get("text"), time.Now())
	if !ok {
		return errNotFound
	}
	return s.render(w, r, gallery.Gallery(page, view))
}

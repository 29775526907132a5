package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"guildboard/store"
	"guildboard/views"
)

// addNote answers "POST /guilds/{guild}/tickets/{ticket}/notes": what the team is to know of a ticket, and nobody else.
func (s *Server) addNote(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "ticket")
	if !isRowID(id) {
		return errNotFound
	}
	if err := readForm(w, r); err != nil {
		return err
	}
	guild, me := guildOf(r).link.ID, visitorOf(r).session.Person()
	text := noteText(r.PostForm)
	problem := ""
	switch {
	case strings.TrimSpace(text) == "":
		problem = store.ProblemMissing
	case len([]rune(text)) > store.MaxNoteText:
		problem = "notes.long"
	default:
		_, err := s.Store.AddNote(r.Context(), guild, id, me, text)
		if err == nil {
			s.noted(r.Context(), guild, me, id)
			http.Redirect(w, r, "/guilds/"+guild+"/tickets/"+id+"?note=notes.saved#notes", http.StatusSeeOther)
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		problem = "notes.full"
	}
	return s.noteAgain(w, r, http.StatusUnprocessableEntity, id, text, s.page(r).T(problem, "n", store.MaxNoteText))
}

// ticketNotes is "GET /guilds/{guild}/tickets/{ticket}/notes": all notes about a ticket, newest first.
func (s *Server) ticketNotes(r *http.Request) (livePage, error) {
	id := chi.URLParam(r, "ticket")
	if !isRowID(id) {
		return livePage{}, errNotFound
	}
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = views.SectionTickets, page.T("notes.title")
	list := "/guilds/" + guild + "/tickets"
	filter, problems := parseFilter(r.URL.Query(), list+"/"+id+"/notes", nil, []string{""})
	filter = views.Filter{Path: filter.Path, Page: filter.Page, Problems: problems.say(&page)}
	shown := newShownPage(filter)
	return livePage{
		Page: page, URL: filter.URL(), Stream: filter.Stream(), Gone: list, Shown: shown,
		Topics: []string{store.TicketsTopic(guild)},
		Frame:  func(p views.Page, region views.Region) templ.Component { return views.TicketNotes(p, id, region) },
		Body: func(ctx context.Context, p views.Page) (templ.Component, error) {
			notes, err := s.Store.TicketNotes(ctx, guild, id, filter.Page)
			shown.number = notes.Page
			return views.TicketNoteRows(p, views.TicketNotesView{Ticket: id, Filter: filter, List: notes}), err
		},
	}, nil
}

func noteText(q url.Values) string {
	return plainLines(strings.ReplaceAll(q.Get("text"), "\r\n", "\n"), 2*store.MaxNoteText)
}

// noteAgain gives a note back that was not taken, with what is wrong.
func (s *Server) noteAgain(w http.ResponseWriter, r *http.Request, status int, ticket, text, problem string) error {
	page := s.page(r)
	page.Section, page.Title = views.SectionTickets, page.T("notes.title")
	s.write(w, r, status, views.NotePage(page, ticket, text, map[string]string{"text": problem}))
	return nil
}

// removeNote answers "POST /guilds/{guild}/tickets/{ticket}/notes/{note}/delete".
func (s *Server) removeNote(w http.ResponseWriter, r *http.Request) error {
	id, note := chi.URLParam(r, "ticket"), chi.URLParam(r, "note")
	if !isRowID(id) || !isRowID(note) {
		return errNotFound
	}
	guild, me := guildOf(r).link.ID, visitorOf(r).session.Person()
	if err := s.Store.RemoveNote(r.Context(), guild, id, note, me); err != nil {
		return err
	}
	s.noted(r.Context(), guild, me, id)
	if partial(r) {
		toast(w, "info", s.page(r).T("notes.removed"))
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r, "/guilds/"+guild+"/tickets/"+id+"?note=notes.removed#notes", http.StatusSeeOther)
	return nil
}

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
	"guildboard/store/contract"
	"guildboard/store/forms"
	"guildboard/views/link"
	ticketview "guildboard/views/ticket"
	"guildboard/views/ui"
)

// addNote answers "POST /guilds/{guild}/tickets/{ticket}/notes". It adds a note that only staff can see.
func (s *Server) addNote(w http.ResponseWriter, r *http.Request) error {
	id, err := pathRowID(r, "ticket")
	if err != nil {
		return err
	}
	if err := parseForm(w, r); err != nil {
		return err
	}
	guild, actor := guildOf(r).link.ID, visitorOf(r).session.User()
	text := parseNoteText(r.PostForm)
	problem := ""
	switch {
	case strings.TrimSpace(text) == "":
		problem = forms.ProblemMissing
	case len([]rune(text)) > store.MaxNoteLength:
		problem = "notes.tooLong"
	default:
		_, err := s.Store.AddNote(r.Context(), guild, id, actor, text)
		if err == nil {
			s.publishTicketsUpdate(r.Context(), guild, actor, id)
			http.Redirect(w, r, withAlert(link.Ticket(guild, id)+"#messages", "notes.saved"), http.StatusSeeOther)
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		problem = "notes.tooMany"
	}
	return s.renderNoteForm(w, r, http.StatusUnprocessableEntity, id, text, s.page(r).T(problem, "n", store.MaxNoteLength))
}

// ticketNotes is "GET /guilds/{guild}/tickets/{ticket}/notes": all notes about a ticket, newest first.
func (s *Server) ticketNotes(r *http.Request) (livePage, error) {
	id, err := pathRowID(r, "ticket")
	if err != nil {
		return livePage{}, err
	}
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = ui.SectionTickets, page.T("notes.title")
	list := link.Tickets(guild)
	filter, problems := parseFilter(r.URL.Query(), link.Notes(link.Item(list, id)), nil, []string{""})
	problems.translate(&page) // into alerts
	shown := newListPage(filter.NewURL())
	return livePage{
		Page: page, URL: shown.url.String(), StreamURL: shown.url.Stream(), GoneURL: list, ListPage: shown,
		Topics: []string{contract.TicketsTopic(guild)},
		Layout: func(p ui.Page, region ui.Region) templ.Component { return ticketview.Notes(p, id, region) },
		Body: func(ctx context.Context, p ui.Page) (templ.Component, error) {
			notes, err := s.Store.TicketNotes(ctx, guild, id, filter.Page)
			shown.number = notes.Page
			return ticketview.NoteRows(p, ticketview.NotesView{Ticket: id, URL: shown.url, List: notes}), err
		},
	}, nil
}

func parseNoteText(q url.Values) string {
	return truncateText(strings.ReplaceAll(q.Get("text"), "\r\n", "\n"), 2*store.MaxNoteLength)
}

// renderNoteForm shows a rejected note again with the problem.
func (s *Server) renderNoteForm(w http.ResponseWriter, r *http.Request, status int, ticket, text, problem string) error {
	page := s.page(r)
	page.Section, page.Title = ui.SectionTickets, page.T("notes.title")
	s.respond(w, r, status, ticketview.NoteFormPage(page, ticket, text, map[string]string{"text": problem}))
	return nil
}

// deleteNote answers "POST /guilds/{guild}/tickets/{ticket}/notes/{note}/delete".
func (s *Server) deleteNote(w http.ResponseWriter, r *http.Request) error {
	id, note := chi.URLParam(r, "ticket"), chi.URLParam(r, "note")
	if !isRowID(id) || !isRowID(note) {
		return errNotFound
	}
	guild, actor := guildOf(r).link.ID, visitorOf(r).session.User()
	if err := s.Store.DeleteNote(r.Context(), guild, id, note, actor); err != nil {
		return err
	}
	s.publishTicketsUpdate(r.Context(), guild, actor, id)
	if isPartial(r) {
		setToast(w, "info", s.page(r).T("notes.removed"))
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r, withAlert(link.Ticket(guild, id)+"#messages", "notes.removed"), http.StatusSeeOther)
	return nil
}

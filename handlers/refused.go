package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"guildboard/store"
	"guildboard/views"
)

// failAtPlace answers users who may see something and not act on it with the page or form that they acted on, which says why.
// It reports false where the route names neither, or something else is in the way.
func (s *Server) failAtPlace(w http.ResponseWriter, r *http.Request, p problem) bool {
	page, at := s.page(r), infoOf(r).refusal
	reason := page.T("problem."+p.key) + ". " + page.T("problem."+p.key+".text")
	if r.Method == http.MethodPost && at.form != nil && readForm(w, r) == nil {
		return at.form(w, r, p.status, reason) == nil
	}
	return s.pageRefuses(w, r, p.status, at.page, reason)
}

// pageRefuses is a page with a live part that says above it why something was refused.
func (s *Server) pageRefuses(w http.ResponseWriter, r *http.Request, status int, page pageFunc, why string) bool {
	if page == nil {
		return false
	}
	lp, err := page(r)
	if err != nil {
		return false
	}
	region, err := s.region(r.Context(), lp, false)
	if err != nil { // it is gone, or the database is: the sentence remains
		return false
	}
	lp.Page.Notes = append(lp.Page.Notes, views.Note{Kind: views.NoteProblem, Text: why})
	lp.Page.Live, lp.Page.Path = true, lp.URL
	s.write(w, r, status, lp.Frame(lp.Page, region))
	return true
}

// giveawayRefused gives nothing of a giveaway that was not in the form: who looks on does not see all that its form has.
func (s *Server) giveawayRefused(w http.ResponseWriter, r *http.Request, status int, why string) error {
	editing := chi.URLParam(r, "giveaway") != ""
	form, _ := s.readGiveaway(r.PostForm, store.NewGiveawayForm(time.Now()), editing)
	v := formAgain(r.PostForm, editing)
	v.Refused = why
	return s.showForm(w, r, status, v, form)
}

func (s *Server) templateRefused(w http.ResponseWriter, r *http.Request, status int, why string) error {
	g, err := s.templateSource(r, r.PostForm.Get("from"))
	if err != nil {
		return err
	}
	return s.askName(w, r, status, views.TemplateFormView{
		Giveaway: g, Name: plain(r.PostForm.Get("name"), 2*store.MaxTemplateName), Refused: why,
	})
}

func (s *Server) manyRefused(b bulk) formFunc {
	return func(w http.ResponseWriter, r *http.Request, status int, why string) error {
		verb, ids, err := b.chosen(r.PostForm)
		if err != nil {
			return err
		}
		again := reasonAgain(r.PostForm)
		again.Refused = why
		return s.putMany(w, r, b, verb, ids, status, again)
	}
}

func (s *Server) priorityRefused(w http.ResponseWriter, r *http.Request, status int, why string) error {
	tickets, err := s.chosenTickets(r, r.PostForm)
	if err != nil {
		return err
	}
	v := s.markView(r, tickets, "priority")
	v.Refused = why
	return s.showPriority(w, r, status, v)
}

func (s *Server) labelsRefused(w http.ResponseWriter, r *http.Request, status int, why string) error {
	v, err := s.chosenLabels(r)
	if err != nil {
		return err
	}
	v.Refused = why
	return s.showLabels(w, r, status, v)
}

func (s *Server) ratingsRefused(w http.ResponseWriter, r *http.Request, status int, why string) error {
	verb, ids, err := chosenRatings(r.PostForm)
	if err != nil {
		return err
	}
	return s.putRatings(w, r, status, verb, ids, why)
}

func (s *Server) replyRefused(w http.ResponseWriter, r *http.Request, status int, why string) error {
	about, err := s.ticketSubject(r)
	if err != nil {
		return err
	}
	return s.replyAgain(w, r, status, views.ReplyView{
		Action: about.path + "/reply", Once: store.NewID(), Text: said(r.PostForm.Get("text")), Problem: why,
	})
}

func (s *Server) noteRefused(w http.ResponseWriter, r *http.Request, status int, why string) error {
	about, err := s.ticketSubject(r)
	if err != nil {
		return err
	}
	return s.noteAgain(w, r, status, about.id, noteText(r.PostForm), why)
}

// sheetRefused gives back what was typed into a sheet, and nothing of what is kept, nor what channels and roles there are:
// that is for managers alone.
func (s *Server) sheetRefused(tab views.SettingsTab, sheet store.Sheet) formFunc {
	return func(w http.ResponseWriter, r *http.Request, status int, why string) error {
		version, err := strconv.Atoi(r.PostForm.Get("version"))
		if err != nil {
			return badInput("version is not a number")
		}
		return s.writeSheet(w, r, status, views.SheetView{
			Title: s.page(r).T("tab." + string(tab)), Tab: tab, Sheet: sheet, Values: readSheet(sheet, r.PostForm), Version: version,
			Action: r.URL.Path, Refused: why,
		})
	}
}

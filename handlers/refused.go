package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"guildboard/store"
	"guildboard/views"
)

// failAtPlace answers who may look at something and not act on it with the page on which they acted, which says so and keeps
// what they typed. It is false where there is no such page, or something else is in the way.
func (s *Server) failAtPlace(w http.ResponseWriter, r *http.Request, p problem) bool {
	page := s.page(r)
	why := page.T("problem."+p.key) + ". " + page.T("problem."+p.key+".text")
	route := strings.TrimPrefix(chi.RouteContext(r.Context()).RoutePattern(), "/guilds/{guild}")
	if r.Method != http.MethodPost {
		return s.pageRefuses(w, r, p.status, pageToAct[route], why)
	}
	if form := formOf[route]; form != nil && readForm(w, r) == nil {
		return form(s, w, r, p.status, why) == nil
	}
	switch {
	case chi.URLParam(r, "giveaway") != "":
		return s.pageRefuses(w, r, p.status, (*Server).giveaway, why)
	case chi.URLParam(r, "ticket") != "":
		return s.pageRefuses(w, r, p.status, (*Server).ticket, why)
	case strings.HasPrefix(route, "/giveaways/templates/"):
		return s.pageRefuses(w, r, p.status, (*Server).giveaways, why)
	}
	return false
}

// pageToAct is where the links are that lead to these addresses.
var pageToAct = map[string]func(*Server, *http.Request) (livePage, error){
	"/giveaways/bulk":              (*Server).giveaways,
	"/giveaways/{giveaway}/edit":   (*Server).giveaway,
	"/giveaways/{giveaway}/{verb}": (*Server).giveaway,
	"/tickets/bulk":                (*Server).tickets,
	"/tickets/priority":            (*Server).tickets,
	"/tickets/labels":              (*Server).tickets,
	"/tickets/{ticket}/{verb}":     (*Server).ticket,
	"/ratings/bulk":                (*Server).ratings,
}

// pageRefuses is a page with a live part that says above it why something was refused.
func (s *Server) pageRefuses(
	w http.ResponseWriter, r *http.Request, status int, page func(*Server, *http.Request) (livePage, error), why string,
) bool {
	if page == nil {
		return false
	}
	lp, err := page(s, r)
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

// formOf gives forms back that were sent to these addresses.
var formOf = map[string]func(s *Server, w http.ResponseWriter, r *http.Request, status int, why string) error{
	"/giveaways":                 (*Server).giveawayRefused,
	"/giveaways/{giveaway}/edit": (*Server).giveawayRefused,
	"/giveaways/templates":       (*Server).templateRefused,
	"/giveaways/bulk": func(s *Server, w http.ResponseWriter, r *http.Request, status int, why string) error {
		return s.manyRefused(w, r, s.giveawayBulk(), status, why)
	},
	"/tickets/bulk": func(s *Server, w http.ResponseWriter, r *http.Request, status int, why string) error {
		return s.manyRefused(w, r, s.ticketBulk(), status, why)
	},
	"/tickets/priority":       (*Server).priorityRefused,
	"/tickets/labels":         (*Server).labelsRefused,
	"/ratings/bulk":           (*Server).ratingsRefused,
	"/tickets/{ticket}/reply": (*Server).replyRefused,
	"/tickets/{ticket}/notes": (*Server).noteRefused,

	"/settings/giveaways":                            sheetRefused(views.TabGiveaways, store.GiveawaySheet),
	"/settings/tickets":                              sheetRefused(views.TabTickets, store.TicketSheet),
	"/settings/panels":                               sheetRefused(views.TabPanels, store.PanelSheet),
	"/settings/panels/{panel}":                       sheetRefused(views.TabPanels, store.PanelSheet),
	"/settings/panels/{panel}/categories":            sheetRefused(views.TabPanels, store.CategorySheet),
	"/settings/panels/{panel}/categories/{category}": sheetRefused(views.TabPanels, store.CategorySheet),
	"/settings/products":                             sheetRefused(views.TabProducts, store.ProductSheet),
	"/settings/products/{product}":                   sheetRefused(views.TabProducts, store.ProductSheet),
	"/settings/replies":                              sheetRefused(views.TabReplies, store.CannedSheet),
	"/settings/replies/{reply}":                      sheetRefused(views.TabReplies, store.CannedSheet),
	"/settings/labels":                               sheetRefused(views.TabLabels, store.LabelSheet),
	"/settings/labels/{label}":                       sheetRefused(views.TabLabels, store.LabelSheet),
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

func (s *Server) manyRefused(w http.ResponseWriter, r *http.Request, b bulk, status int, why string) error {
	verb, ids, err := b.chosen(r.PostForm)
	if err != nil {
		return err
	}
	again := reasonAgain(r.PostForm)
	again.Refused = why
	return s.putMany(w, r, b, verb, ids, status, again)
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
func sheetRefused(tab views.SettingsTab, sheet store.Sheet) func(*Server, http.ResponseWriter, *http.Request, int, string) error {
	return func(s *Server, w http.ResponseWriter, r *http.Request, status int, why string) error {
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

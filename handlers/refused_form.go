package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/forms"
	giveawayview "guildboard/views/giveaway"
	"guildboard/views/link"
	settingsview "guildboard/views/settings"
	ticketview "guildboard/views/ticket"
	"guildboard/views/ui"
)

// renderErrorInPlace answers a refused action with the page or form that it was sent from, and the reason. It returns
// false if the route has neither or it cannot be rendered.
func (s *Server) renderErrorInPlace(w http.ResponseWriter, r *http.Request, p errorResponse) bool {
	page, at := s.page(r), requestInfoOf(r).refusal
	reason := page.T("problem."+p.key) + ". " + page.T("problem."+p.key+".text")
	if r.Method == http.MethodPost && at.form != nil && parseForm(w, r) == nil {
		return at.form(w, r, p.status, reason) == nil
	}
	return s.renderPageWithRefusal(w, r, p.status, at.page, reason)
}

// renderPageWithRefusal shows a live page with the reason of a refusal above it. It returns false if that is not
// possible.
func (s *Server) renderPageWithRefusal(w http.ResponseWriter, r *http.Request, status int, page pageFunc, reason string) bool {
	if page == nil {
		return false
	}
	lp, err := page(r)
	if err != nil {
		return false
	}
	region, err := s.renderRegion(r.Context(), lp, false)
	if err != nil { // the row or the database is unavailable: the error page shows the reason
		return false
	}
	lp.Page.Alerts = append(lp.Page.Alerts, ui.Alert{Kind: ui.AlertProblem, Text: reason})
	lp.Page.HasLiveRegion, lp.Page.Path = true, lp.URL
	s.respond(w, r, status, lp.Layout(lp.Page, region))
	return true
}

// refuseGiveawayForm shows the form with submitted values only, because the user may not see all fields of the
// giveaway.
func (s *Server) refuseGiveawayForm(w http.ResponseWriter, r *http.Request, status int, reason string) error {
	editing := chi.URLParam(r, "giveaway") != ""
	shown := shownGiveaway{Form: contract.NewGiveawayForm(time.Now()), Zone: "UTC"}
	form, _ := parseGiveawayForm(r.PostForm, shown, editing)
	v := submittedGiveawayForm(r.PostForm, editing)
	v.RefusedReason = reason
	return s.renderGiveawayForm(w, r, status, v, form)
}

// refuseTemplateForm shows the submitted template form again with the reason.
func (s *Server) refuseTemplateForm(w http.ResponseWriter, r *http.Request, status int, reason string) error {
	g, err := s.loadTemplateSource(r, r.PostForm.Get("from"))
	if err != nil {
		return err
	}
	return s.renderTemplateForm(w, r, status, giveawayview.TemplateFormView{
		Giveaway: g, Name: cleanLine(r.PostForm.Get("name"), 2*store.MaxTemplateNameLength), RefusedReason: reason,
	})
}

// refuseBulkForm returns a function that shows the confirmation of a bulk action again with the reason.
func (s *Server) refuseBulkForm(b bulkActions) formFunc {
	return func(w http.ResponseWriter, r *http.Request, status int, reason string) error {
		verb, ids, err := b.parseSelection(r.PostForm)
		if err != nil {
			return err
		}
		form := ui.ConfirmView{RefusedReason: reason}
		commandForm{values: r.PostForm}.restoreValues(&form, s.page(r), nil)
		return s.renderBulkConfirm(w, r, b, verb, ids, status, form)
	}
}

// refusePriorityForm shows the priority form of the selected tickets again with the reason.
func (s *Server) refusePriorityForm(w http.ResponseWriter, r *http.Request, status int, reason string) error {
	tickets, err := s.selectedTickets(r, r.PostForm)
	if err != nil {
		return err
	}
	v := s.newTriageView(r, tickets, "priority")
	v.RefusedReason = reason
	return s.renderTicketPriority(w, r, status, v)
}

// refuseLabelForm shows the submitted label form again with the reason.
func (s *Server) refuseLabelForm(w http.ResponseWriter, r *http.Request, status int, reason string) error {
	v, err := s.submittedLabels(r)
	if err != nil {
		return err
	}
	v.RefusedReason = reason
	return s.renderTicketLabels(w, r, status, v)
}

// refuseRatingForm shows the confirmation of a change of the selected ratings again with the reason.
func (s *Server) refuseRatingForm(w http.ResponseWriter, r *http.Request, status int, reason string) error {
	verb, ids, err := parseRatingSelection(r.PostForm)
	if err != nil {
		return err
	}
	return s.renderRatingConfirm(w, r, status, verb, ids, reason)
}

// refuseReplyForm shows the submitted reply again with the reason and a new idempotency key.
func (s *Server) refuseReplyForm(w http.ResponseWriter, r *http.Request, status int, reason string) error {
	target, err := s.loadTicketTarget(r)
	if err != nil {
		return err
	}
	return s.renderReplyForm(w, r, status, ticketview.ReplyView{
		Action: link.Reply(target.path), IdempotencyKey: store.NewID(),
		Text: cleanMessage(r.PostForm.Get("text")), Problem: reason,
	})
}

// refuseNoteForm shows the submitted note again with the reason.
func (s *Server) refuseNoteForm(w http.ResponseWriter, r *http.Request, status int, reason string) error {
	target, err := s.loadTicketTarget(r)
	if err != nil {
		return err
	}
	return s.renderNoteForm(w, r, status, target.id, parseNoteText(r.PostForm), reason)
}

// refuseSettingsForm shows a settings form with submitted values only. Saved values and the lists of channels and
// roles are for managers only.
func (s *Server) refuseSettingsForm(tab settingsview.Tab, schema forms.Schema) formFunc {
	return func(w http.ResponseWriter, r *http.Request, status int, reason string) error {
		version, err := strconv.Atoi(r.PostForm.Get("version"))
		if err != nil {
			return badInput("version must be a number")
		}
		return s.renderSettingsForm(w, r, status, settingsview.FormView{
			Title: s.page(r).T("tab." + string(tab)), Tab: tab, Schema: schema,
			Values: parseFormValues(schema, r.PostForm), Version: version,
			Action: r.URL.Path, RefusedReason: reason,
		})
	}
}

package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/forms"
	giveawayview "guildboard/views/giveaway"
	"guildboard/views/link"
	"guildboard/views/ui"
)

// templates is "GET /guilds/{guild}/giveaways/templates": the templates for new giveaways.
func (s *Server) templates(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = ui.SectionGiveaways, page.T("templates.title")
	path := link.Templates(guild)
	return livePage{
		Page: page, URL: path, StreamURL: link.Stream(path),
		Topics: []string{contract.SettingsTopic(guild)},
		Layout: giveawayview.Templates,
		Body: func(ctx context.Context, p ui.Page) (templ.Component, error) {
			list, err := s.Store.Templates(ctx, guild)
			return giveawayview.TemplateRows(p, list), err
		},
	}, nil
}

// newTemplate answers "GET /guilds/{guild}/giveaways/templates/new?from=": the form that saves a giveaway as a
// template.
func (s *Server) newTemplate(w http.ResponseWriter, r *http.Request) error {
	g, err := s.loadTemplateSource(r, r.URL.Query().Get("from"))
	if err != nil {
		return err
	}
	v := giveawayview.TemplateFormView{Giveaway: g, Name: cleanLine(g.Prize, store.MaxTemplateNameLength)}
	return s.renderTemplateForm(w, r, http.StatusOK, v)
}

func (s *Server) loadTemplateSource(r *http.Request, id string) (store.Giveaway, error) {
	if !isRowID(id) {
		return store.Giveaway{}, errNotFound
	}
	return s.Store.Giveaway(r.Context(), guildOf(r).link.ID, id)
}

func (s *Server) renderTemplateForm(w http.ResponseWriter, r *http.Request, status int, v giveawayview.TemplateFormView) error {
	page := s.page(r)
	page.Section, page.Title = ui.SectionGiveaways, page.T("templates.save")
	s.respond(w, r, status, giveawayview.TemplateForm(page, v))
	return nil
}

// saveTemplate answers "POST /guilds/{guild}/giveaways/templates". It saves the giveaway with the ID from as a
// template.
func (s *Server) saveTemplate(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	g, err := s.loadTemplateSource(r, r.PostForm.Get("from"))
	if err != nil {
		return err
	}
	foreign, err := s.foreignIDsInForm(r, g.Form(), false)
	if err != nil {
		return err
	}
	name := cleanLine(r.PostForm.Get("name"), 2*store.MaxTemplateNameLength)
	problem := ""
	switch {
	case name == "":
		problem = forms.ProblemMissing
	case len([]rune(name)) > store.MaxTemplateNameLength:
		problem = "templates.nameTooLong"
	case len(foreign) > 0: // possible for old rows, saved without this check
		problem = "templates.foreign"
	default:
		length := g.EndsAt.Sub(g.BeginsAt()).Round(time.Minute)
		_, err := s.Store.SaveTemplate(r.Context(), visitorOf(r).session.User(), store.GiveawayTemplate{
			GuildID: g.GuildID, Name: name, Form: g.Form(), Duration: max(time.Minute, length),
		})
		switch {
		case err == nil:
			s.publishSettingsChange(r.Context(), g.GuildID, visitorOf(r).session.User(), "giveaways")
			http.Redirect(w, r, withAlert(link.Templates(g.GuildID), "templates.saved"), http.StatusSeeOther)
			return nil
		case !errors.Is(err, store.ErrConflict):
			return err
		}
		problem = "templates.nameTaken"
	}
	v := giveawayview.TemplateFormView{Giveaway: g, Name: name, Problems: map[string]string{"name": s.page(r).T(problem)}}
	return s.renderTemplateForm(w, r, http.StatusUnprocessableEntity, v)
}

// deleteTemplate answers "POST /guilds/{guild}/giveaways/templates/{template}/delete".
func (s *Server) deleteTemplate(w http.ResponseWriter, r *http.Request) error {
	id, err := pathRowID(r, "template")
	if err != nil {
		return err
	}
	guild, actor := guildOf(r).link.ID, visitorOf(r).session.User()
	if err := s.Store.DeleteTemplate(r.Context(), guild, actor, id); err != nil {
		return err
	}
	s.publishSettingsChange(r.Context(), guild, actor, "giveaways")
	if isPartial(r) {
		setToast(w, "info", s.page(r).T("templates.deleted"))
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r, withAlert(link.Templates(guild), "templates.deleted"), http.StatusSeeOther)
	return nil
}

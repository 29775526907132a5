package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/views"
)

// labels is "GET /guilds/{guild}/settings/labels": the words by which the team tells tickets apart.
func (s *Server) labels(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = views.SectionSettings, page.T("tab.labels")
	path := "/guilds/" + guild + "/settings/labels"
	return livePage{
		Page: page, URL: path, StreamURL: path + "/live",
		Topics: []string{store.SettingsTopic(guild)},
		Layout: func(p views.Page, region views.Region) templ.Component {
			return views.SettingsList(p, views.TabLabels, path+"/new", region)
		},
		Body: func(ctx context.Context, p views.Page) (templ.Component, error) {
			labels, err := s.Store.TicketLabels(ctx, guild)
			return views.LabelRows(p, labels), err
		},
	}, nil
}

// labelForm is the sheet of a label. Tickets that have it look different once it is saved.
func (s *Server) labelForm(r *http.Request) (settingsForm, error) {
	guild := guildOf(r).link.ID
	all, err := s.Store.TicketLabels(r.Context(), guild)
	if err != nil {
		return settingsForm{}, err
	}
	label, isNew, err := rowByParam(r, "label", all, func(l store.TicketLabel) string { return l.ID })
	if err == nil && isNew && len(all) >= store.MaxLabels {
		err = store.ErrConflict
	}
	if err != nil {
		return settingsForm{}, err
	}
	page, list := s.page(r), "/guilds/"+guild+"/settings/labels"
	label.ID, label.GuildID = cmp.Or(label.ID, store.NewID()), guild
	form := settingsForm{
		view: views.SettingsFormView{
			Title: label.Name, Tab: views.TabLabels, Schema: store.LabelSchema, Action: list + "/" + label.ID, Back: list, DeletePath: list + "/" + label.ID + "/delete",
		},
		values: label.Values(), version: label.Version, target: label.ID, module: store.ModuleTickets, redirectPath: list,
		validate: func(v store.FormValues) map[string]string {
			return addNameTaken(store.LabelSchema.Problems(v), all, func(l store.TicketLabel) bool {
				return l.ID != label.ID && store.FoldText(l.Name) == store.FoldText(v["name"])
			})
		},
	}
	before := form.values
	if isNew {
		form.view.Title, form.view.Action, form.view.DeletePath, before = page.T("label.new"), list, "", nil
	}
	form.save = func(ctx context.Context, actor store.User, v store.FormValues) error {
		err := s.Store.ChangeLabel(ctx, actor, before, label.WithValues(v))
		if err == nil && !isNew {
			s.publishTicketsUpdate(ctx, guild, actor)
		}
		return err
	}
	return form, nil
}

func (s *Server) labelDeletion(r *http.Request) (deletion, error) {
	form, err := s.labelForm(r)
	if err != nil {
		return deletion{}, err
	}
	label := store.TicketLabel{ID: form.target, GuildID: guildOf(r).link.ID}.WithValues(form.values)
	return deletion{label.Name, "label.delete", form.view.Action, form.view.Back, func(ctx context.Context, actor store.User) error {
		err := s.Store.DeleteLabel(ctx, actor, label)
		if err == nil {
			s.publishTicketsUpdate(ctx, label.GuildID, actor)
		}
		return err
	}}, nil
}

// showTicketLabels answers "GET /guilds/{guild}/tickets/labels?only=": which labels are put on the tickets, and which
// taken off. It changes nothing.
func (s *Server) showTicketLabels(w http.ResponseWriter, r *http.Request) error {
	v, err := s.labelsView(r, r.URL.Query())
	if err != nil {
		return err
	}
	return s.renderTicketLabels(w, r, http.StatusOK, v)
}

func (s *Server) renderTicketLabels(w http.ResponseWriter, r *http.Request, status int, v views.LabelsView) error {
	page := s.page(r)
	page.Section, page.Title = views.SectionTickets, page.T("col.labels")
	if v.InDialog {
		s.respond(w, r, status, views.LabelsForm(page, v))
	} else {
		s.respond(w, r, status, views.Labels(page, v))
	}
	return nil
}

// setTicketLabels answers "POST /guilds/{guild}/tickets/labels". Of one ticket the form says which labels it showed
// ticked and which are ticked now, of many which are put on and which taken off: what somebody else does meanwhile
// stays.
func (s *Server) setTicketLabels(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	v, err := s.submittedLabels(r)
	if err != nil {
		return err
	}
	switch {
	case slices.ContainsFunc(v.ToAdd, func(id string) bool { return !v.HasLabel(id) }):
		v.Problem = s.page(r).T("labels.gone")
	case v.MaxLabels() > store.MaxLabelsPerTicket:
		v.Problem = s.page(r).T("labels.many", "n", store.MaxLabelsPerTicket)
	}
	if v.Problem != "" {
		return s.renderTicketLabels(w, r, http.StatusUnprocessableEntity, v)
	}
	err = s.Store.ChangeTicketLabels(r.Context(), guildOf(r).link.ID, ticketIDs(v.Tickets), visitorOf(r).session.User(), v.ToAdd, v.ToRemove)
	if err != nil {
		return err
	}
	return s.respondTicketsUpdated(w, r, v.Tickets, "labels.set")
}

// submittedLabels is the form as it was sent.
func (s *Server) submittedLabels(r *http.Request) (views.LabelsView, error) {
	v, err := s.labelsView(r, r.PostForm)
	before, after := parseRowIDs(r.PostForm["had"]), parseRowIDs(r.PostForm["label"])
	v.ToAdd = append(parseRowIDs(r.PostForm["on"]), difference(after, before)...)
	v.ToRemove = append(parseRowIDs(r.PostForm["off"]), difference(before, after)...)
	return v, err
}

// labelsView is the form about the tickets that an address or a form names.
func (s *Server) labelsView(r *http.Request, q url.Values) (v views.LabelsView, err error) {
	tickets, err := s.selectedTickets(r, q)
	if err != nil {
		return v, err
	}
	v.TriageView = s.newTriageView(r, tickets, "labels")
	v.Available, err = s.Store.TicketLabels(r.Context(), guildOf(r).link.ID)
	return v, err
}

// difference are those of a that are not in b.
func difference(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(id string) bool { return slices.Contains(b, id) })
}

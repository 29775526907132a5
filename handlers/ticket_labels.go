package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/forms"
	"guildboard/views/link"
	settingsview "guildboard/views/settings"
	ticketview "guildboard/views/ticket"
	"guildboard/views/ui"
)

// labels is "GET /guilds/{guild}/settings/labels": the ticket labels of the guild.
func (s *Server) labels(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = ui.SectionSettings, page.T("tab.labels")
	path := link.Settings(guild, "labels")
	return livePage{
		Page: page, URL: path, StreamURL: link.Stream(path),
		Topics: []string{contract.SettingsTopic(guild)},
		Layout: func(p ui.Page, region ui.Region) templ.Component {
			return settingsview.List(p, settingsview.TabLabels, link.New(path), region)
		},
		Body: func(ctx context.Context, p ui.Page) (templ.Component, error) {
			labels, err := s.Store.TicketLabels(ctx, guild)
			return ticketview.LabelRows(p, labels), err
		},
	}, nil
}

// labelForm loads the settings form of a label. Saving it also updates the display of tickets with the label.
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
	page, list := s.page(r), link.Settings(guild, "labels")
	label.ID, label.GuildID = cmp.Or(label.ID, store.NewID()), guild
	form := settingsForm{
		view: settingsview.FormView{
			Title: label.Name, Tab: settingsview.TabLabels, Schema: store.LabelSchema, Action: link.Item(list, label.ID), Back: list,
			Preview: settingsview.PreviewLabel, DeletePath: link.Delete(link.Item(list, label.ID)),
		},
		values: label.Values(), version: label.Version, target: label.ID, module: access.ModuleTickets, redirectPath: list,
		validate: func(v forms.Values) map[string]string {
			return addNameTaken(store.LabelSchema.Problems(v), all, func(l store.TicketLabel) bool {
				return l.ID != label.ID && store.FoldText(l.Name) == store.FoldText(v["name"])
			})
		},
	}
	before := form.values
	if isNew {
		form.view.Title, form.view.Action, form.view.DeletePath, before = page.T("label.new"), list, "", nil
	}
	form.save = func(ctx context.Context, actor contract.User, v forms.Values) error {
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
	return deletion{label.Name, "label.delete", form.view.Action, form.view.Back, func(ctx context.Context, actor contract.User) error {
		err := s.Store.DeleteLabel(ctx, actor, label)
		if err == nil {
			s.publishTicketsUpdate(ctx, label.GuildID, actor)
		}
		return err
	}}, nil
}

// showTicketLabels answers "GET /guilds/{guild}/tickets/labels?only=": the form that adds labels to tickets and removes
// them.
func (s *Server) showTicketLabels(w http.ResponseWriter, r *http.Request) error {
	v, err := s.labelsView(r, r.URL.Query())
	if err != nil {
		return err
	}
	return s.renderTicketLabels(w, r, http.StatusOK, v)
}

func (s *Server) renderTicketLabels(w http.ResponseWriter, r *http.Request, status int, v ticketview.LabelsView) error {
	page := s.page(r)
	page.Section, page.Title = ui.SectionTickets, page.T("col.labels")
	if v.InDialog {
		s.respond(w, r, status, ticketview.LabelsForm(page, v))
	} else {
		s.respond(w, r, status, ticketview.Labels(page, v))
	}
	return nil
}

// setTicketLabels answers "POST /guilds/{guild}/tickets/labels". For one ticket the form contains the labels that were
// selected before (had) and after (label); for several tickets it contains the labels to add (on) and to remove (off).
// Concurrent changes of other labels are kept.
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
		v.Problem = s.page(r).T("labels.deleted")
	case v.MaxLabels() > store.MaxLabelsPerTicket:
		v.Problem = s.page(r).T("labels.tooMany", "n", store.MaxLabelsPerTicket)
	}
	if v.Problem != "" {
		return s.renderTicketLabels(w, r, http.StatusUnprocessableEntity, v)
	}
	guild, actor := guildOf(r).link.ID, visitorOf(r).session.User()
	if err = s.Store.ChangeTicketLabels(r.Context(), guild, ticketIDs(v.Tickets), actor, v.ToAdd, v.ToRemove); err != nil {
		return err
	}
	return s.respondTicketsUpdated(w, r, v.Tickets, "labels.set")
}

// submittedLabels returns the view of a submitted form.
func (s *Server) submittedLabels(r *http.Request) (ticketview.LabelsView, error) {
	v, err := s.labelsView(r, r.PostForm)
	before, after := parseRowIDs(r.PostForm["had"]), parseRowIDs(r.PostForm["label"])
	v.ToAdd = append(parseRowIDs(r.PostForm["on"]), difference(after, before)...)
	v.ToRemove = append(parseRowIDs(r.PostForm["off"]), difference(before, after)...)
	return v, err
}

// labelsView returns the view of the form for the tickets that q selects.
func (s *Server) labelsView(r *http.Request, q url.Values) (v ticketview.LabelsView, err error) {
	tickets, err := s.selectedTickets(r, q)
	if err != nil {
		return v, err
	}
	v.TriageView = s.newTriageView(r, tickets, "labels")
	v.Available, err = s.Store.TicketLabels(r.Context(), guildOf(r).link.ID)
	return v, err
}

// difference returns the elements of a that are not in b.
func difference(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(id string) bool { return slices.Contains(b, id) })
}

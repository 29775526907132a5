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
		Page: page, URL: path, Stream: path + "/live",
		Topics: []string{store.SettingsTopic(guild)},
		Frame: func(p views.Page, region views.Region) templ.Component {
			return views.SettingsList(p, views.TabLabels, path+"/new", region)
		},
		Body: func(ctx context.Context, p views.Page) (templ.Component, error) {
			labels, err := s.Store.TicketLabels(ctx, guild)
			return views.LabelRows(p, labels), err
		},
	}, nil
}

// label is the sheet of a label. Tickets that have it look different once it is saved.
func (s *Server) label(r *http.Request) (sheetEdit, error) {
	guild := guildOf(r).link.ID
	all, err := s.Store.TicketLabels(r.Context(), guild)
	if err != nil {
		return sheetEdit{}, err
	}
	label, isNew, err := one(r, "label", all, func(l store.TicketLabel) string { return l.ID })
	if err == nil && isNew && len(all) >= store.MaxLabels {
		err = store.ErrConflict
	}
	if err != nil {
		return sheetEdit{}, err
	}
	page, list := s.page(r), "/guilds/"+guild+"/settings/labels"
	label.ID, label.GuildID = cmp.Or(label.ID, store.NewID()), guild
	e := sheetEdit{
		view: views.SheetView{
			Title: label.Name, Tab: views.TabLabels, Sheet: store.LabelSheet, Action: list + "/" + label.ID, Back: list, Delete: list + "/" + label.ID + "/delete",
		},
		now: label.Values(), version: label.Version, target: label.ID, module: store.ModuleTickets, done: list,
		problems: func(v store.Values) map[string]string {
			return taken(store.LabelSheet.Problems(v), all, func(l store.TicketLabel) bool {
				return l.ID != label.ID && store.Fold(l.Name) == store.Fold(v["name"])
			})
		},
	}
	before := e.now
	if isNew {
		e.view.Title, e.view.Action, e.view.Delete, before = page.T("label.new"), list, "", nil
	}
	e.save = func(ctx context.Context, by store.Person, v store.Values) error {
		err := s.Store.ChangeLabel(ctx, by, before, label.Fill(v))
		if err == nil && !isNew {
			s.noted(ctx, guild, by)
		}
		return err
	}
	return e, nil
}

func (s *Server) labelDeletion(r *http.Request) (deletion, error) {
	e, err := s.label(r)
	if err != nil {
		return deletion{}, err
	}
	label := store.TicketLabel{ID: e.target, GuildID: guildOf(r).link.ID}.Fill(e.now)
	return deletion{label.Name, "label.delete", e.view.Action, e.view.Back, func(ctx context.Context, by store.Person) error {
		err := s.Store.DeleteLabel(ctx, by, label)
		if err == nil {
			s.noted(ctx, label.GuildID, by)
		}
		return err
	}}, nil
}

// askLabels answers "GET /guilds/{guild}/tickets/labels?only=": which labels are put on the tickets, and which taken off. It
// changes nothing.
func (s *Server) askLabels(w http.ResponseWriter, r *http.Request) error {
	v, err := s.labelsView(r, r.URL.Query())
	if err != nil {
		return err
	}
	return s.showLabels(w, r, http.StatusOK, v)
}

func (s *Server) showLabels(w http.ResponseWriter, r *http.Request, status int, v views.LabelsView) error {
	page := s.page(r)
	page.Section, page.Title = views.SectionTickets, page.T("col.labels")
	if v.Dialog {
		s.write(w, r, status, views.LabelsForm(page, v))
	} else {
		s.write(w, r, status, views.Labels(page, v))
	}
	return nil
}

// setLabels answers "POST /guilds/{guild}/tickets/labels". Of one ticket the form says which labels it showed ticked and
// which are ticked now, of many which are put on and which taken off: what somebody else does meanwhile stays.
func (s *Server) setLabels(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	v, err := s.chosenLabels(r)
	if err != nil {
		return err
	}
	switch {
	case slices.ContainsFunc(v.On, func(id string) bool { return !v.Knows(id) }):
		v.Problem = s.page(r).T("labels.gone")
	case v.Most() > store.MaxLabelsOf:
		v.Problem = s.page(r).T("labels.many", "n", store.MaxLabelsOf)
	}
	if v.Problem != "" {
		return s.showLabels(w, r, http.StatusUnprocessableEntity, v)
	}
	err = s.Store.LabelTickets(r.Context(), guildOf(r).link.ID, ticketIDs(v.Tickets), visitorOf(r).session.Person(), v.On, v.Off)
	if err != nil {
		return err
	}
	return s.marked(w, r, v.Tickets, "labels.set")
}

// chosenLabels is the form as it was sent.
func (s *Server) chosenLabels(r *http.Request) (views.LabelsView, error) {
	v, err := s.labelsView(r, r.PostForm)
	had, now := rowIDs(r.PostForm["had"]), rowIDs(r.PostForm["label"])
	v.On = append(rowIDs(r.PostForm["on"]), without(now, had)...)
	v.Off = append(rowIDs(r.PostForm["off"]), without(had, now)...)
	return v, err
}

// labelsView is the form about the tickets that an address or a form names.
func (s *Server) labelsView(r *http.Request, q url.Values) (v views.LabelsView, err error) {
	tickets, err := s.chosenTickets(r, q)
	if err != nil {
		return v, err
	}
	v.MarkView = s.markView(r, tickets, "labels")
	v.All, err = s.Store.TicketLabels(r.Context(), guildOf(r).link.ID)
	return v, err
}

// without are those of a that are not in b.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(id string) bool { return slices.Contains(b, id) })
}

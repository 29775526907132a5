package handlers

import (
	"context"
	"net/http"
	"slices"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"guildboard/store"
	"guildboard/views"
)

// settings is the sheet of "/guilds/{guild}/settings/giveaways" and "…/tickets".
func (s *Server) settings(m store.Module) sheetOf {
	return func(r *http.Request) (sheetEdit, error) {
		guild := guildOf(r).link.ID
		now, err := s.Store.Settings(r.Context(), guild, m)
		page, path := s.page(r), "/guilds/"+guild+"/settings/"+string(m)
		preview := views.PreviewGiveaway
		if m == store.ModuleTickets {
			preview = views.PreviewMessages
		}
		return sheetEdit{
			view: views.SheetView{
				Title: page.T("tab." + string(m)), Text: page.T("tab." + string(m) + ".text"), Tab: views.SettingsTab(m),
				Sheet: store.SheetOf(m), Action: path, Preview: preview,
			},
			now: now.Values, version: now.Version, target: string(m), module: m, done: path,
			problems: func(v store.Values) map[string]string { return store.SettingsProblems(m, v) },
			save: func(ctx context.Context, by store.Person, v store.Values) error {
				return s.Store.SaveSettings(ctx, guild, m, by, now.Version, v)
			},
		}, err
	}
}

// panels is "GET /guilds/{guild}/settings/panels": through what tickets are opened.
func (s *Server) panels(r *http.Request) (livePage, error) {
	guild := guildOf(r).link.ID
	return s.setupList(r, views.TabPanels, func(ctx context.Context, p views.Page, setup store.TicketSetup) (templ.Component, error) {
		ids := make([]string, len(setup.Panels))
		for i, panel := range setup.Panels {
			ids[i] = panel.ID
		}
		asked, err := s.asked(ctx, guild, ids)
		return views.PanelRows(p, setup, asked), err
	})
}

// products is "GET /guilds/{guild}/settings/products": what tickets can be about.
func (s *Server) products(r *http.Request) (livePage, error) {
	return s.setupList(r, views.TabProducts, func(_ context.Context, p views.Page, setup store.TicketSetup) (templ.Component, error) {
		return views.ProductRows(p, setup.Products), nil
	})
}

func (s *Server) setupList(r *http.Request, tab views.SettingsTab,
	rows func(context.Context, views.Page, store.TicketSetup) (templ.Component, error)) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = views.SectionSettings, page.T("tab."+string(tab))
	path := "/guilds/" + guild + "/settings/" + string(tab)
	return livePage{
		Page: page, URL: path, Stream: path + "/live",
		Topics: []string{store.SettingsTopic(guild), store.CommandsTopic(guild)},
		Frame: func(p views.Page, region views.Region) templ.Component {
			return views.SettingsList(p, tab, path+"/new", region)
		},
		Body: func(ctx context.Context, p views.Page) (templ.Component, error) {
			setup, err := s.Store.TicketSetup(ctx, guild)
			if err != nil {
				return nil, err
			}
			return rows(ctx, p, setup)
		},
	}, nil
}

// one is the row that an address names; none is a new one.
func one[T any](r *http.Request, param string, rows []T, id func(T) string) (row T, isNew bool, err error) {
	name := chi.URLParam(r, param)
	if name == "" {
		return row, true, nil
	}
	i := slices.IndexFunc(rows, func(t T) bool { return id(t) == name })
	if i < 0 {
		return row, false, errNotFound
	}
	return rows[i], false, nil
}

// taken adds to the problems that another has the name.
func taken[T any](problems map[string]string, rows []T, is func(T) bool) map[string]string {
	if problems["name"] == "" && slices.ContainsFunc(rows, is) {
		problems["name"] = "form.taken"
	}
	return problems
}

// postPanel answers "POST /guilds/{guild}/settings/panels/{panel}/post": the bot is asked to post the panel as it is saved.
func (s *Server) postPanel(w http.ResponseWriter, r *http.Request) error {
	setup, panel, err := s.panelOf(r)
	if err != nil {
		return err
	}
	list := "/guilds/" + panel.GuildID + "/settings/panels"
	about := subject{id: panel.ID, name: panel.Name, path: list, list: list}
	if views.Postable(setup, panel) {
		about.possible = []store.Verb{store.VerbPanelPost}
	}
	if key := s.whyNot(r.Context(), about, store.VerbPanelPost); key != "" {
		return s.notAsked(w, r, about, key)
	}
	return s.order(w, r, about, store.VerbPanelPost, map[string]string{"name": panel.Name})
}

// panelOf is the panel that a request names, or the next one.
func (s *Server) panelOf(r *http.Request) (setup store.TicketSetup, panel store.TicketPanel, err error) {
	guild := guildOf(r).link.ID
	if setup, err = s.Store.TicketSetup(r.Context(), guild); err != nil {
		return setup, panel, err
	}
	panel, isNew, err := one(r, "panel", setup.Panels, func(p store.TicketPanel) string { return p.ID })
	switch {
	case err != nil:
	case isNew && len(setup.Panels) >= store.MaxPanels:
		err = store.ErrConflict
	case isNew:
		panel = store.TicketPanel{ID: store.NewID(), GuildID: guild}.Fill(store.PanelSheet.Blank())
	}
	return setup, panel, err
}

// panel is the sheet of a panel.
func (s *Server) panel(r *http.Request) (sheetEdit, error) {
	setup, panel, err := s.panelOf(r)
	if err != nil {
		return sheetEdit{}, err
	}
	page, list := s.page(r), "/guilds/"+panel.GuildID+"/settings/panels"
	e := sheetEdit{
		view: views.SheetView{
			Title: panel.Name, Tab: views.TabPanels, Sheet: store.PanelSheet, Action: list + "/" + panel.ID, Back: list,
			Preview: views.PreviewPanel, Choice: setup.Of(panel.ID), Delete: list + "/" + panel.ID + "/delete",
		},
		now: panel.Values(), version: panel.Version, target: panel.ID, module: store.ModuleTickets, done: list,
		problems: func(v store.Values) map[string]string {
			return taken(store.PanelProblems(v), setup.Panels, func(p store.TicketPanel) bool { return p.ID != panel.ID && p.Name == v["name"] })
		},
	}
	before := e.now
	if panel.Version == 0 {
		e.view.Title, e.view.Action, e.view.Delete, before = page.T("panel.new"), list, "", nil
	}
	e.save = func(ctx context.Context, by store.Person, v store.Values) error {
		return s.Store.ChangePanel(ctx, by, before, panel.Fill(v))
	}
	return e, nil
}

// category is the sheet of a kind of ticket.
func (s *Server) category(r *http.Request) (sheetEdit, error) {
	setup, panel, err := s.panelOf(r)
	if err != nil {
		return sheetEdit{}, err
	}
	category, isNew, err := one(r, "category", setup.Of(panel.ID), func(c store.TicketCategory) string { return c.ID })
	if err == nil && isNew && len(setup.Of(panel.ID)) >= store.MaxCategories {
		err = store.ErrConflict
	}
	if err != nil {
		return sheetEdit{}, err
	}
	if isNew {
		category = store.TicketCategory{ID: store.NewID(), GuildID: panel.GuildID, PanelID: panel.ID}.Fill(store.CategorySheet.Blank())
	}
	page, list := s.page(r), "/guilds/"+panel.GuildID+"/settings/panels"
	path := list + "/" + panel.ID + "/categories"
	e := sheetEdit{
		view: views.SheetView{
			Title: category.Name, Text: panel.Name, Tab: views.TabPanels, Sheet: store.CategorySheet, Action: path + "/" + category.ID,
			Back: list, Preview: views.PreviewCategory, Delete: path + "/" + category.ID + "/delete",
		},
		now: category.Values(), version: category.Version, target: category.ID, module: store.ModuleTickets, done: list,
		problems: func(v store.Values) map[string]string {
			return taken(store.CategoryProblems(v), setup.Of(panel.ID), func(c store.TicketCategory) bool { return c.ID != category.ID && c.Name == v["name"] })
		},
	}
	before := e.now
	if isNew {
		e.view.Title, e.view.Action, e.view.Delete, before = page.T("category.new"), path, "", nil
	}
	e.save = func(ctx context.Context, by store.Person, v store.Values) error {
		return s.Store.ChangeCategory(ctx, by, before, category.Fill(v))
	}
	return e, nil
}

// product is the sheet of a product.
func (s *Server) product(r *http.Request) (sheetEdit, error) {
	guild := guildOf(r).link.ID
	setup, err := s.Store.TicketSetup(r.Context(), guild)
	if err != nil {
		return sheetEdit{}, err
	}
	product, isNew, err := one(r, "product", setup.Products, func(p store.TicketProduct) string { return p.ID })
	if err == nil && isNew && len(setup.Products) >= store.MaxProducts {
		err = store.ErrConflict
	}
	if err != nil {
		return sheetEdit{}, err
	}
	if isNew {
		product = store.TicketProduct{ID: store.NewID(), GuildID: guild}.Fill(store.ProductSheet.Blank())
	}
	page, list := s.page(r), "/guilds/"+guild+"/settings/products"
	e := sheetEdit{
		view: views.SheetView{
			Title: product.Name, Tab: views.TabProducts, Sheet: store.ProductSheet, Action: list + "/" + product.ID, Back: list,
			Delete: list + "/" + product.ID + "/delete",
		},
		now: product.Values(), version: product.Version, target: product.ID, module: store.ModuleTickets, done: list,
		problems: func(v store.Values) map[string]string {
			return taken(store.ProductSheet.Problems(v), setup.Products, func(p store.TicketProduct) bool { return p.ID != product.ID && p.Name == v["name"] })
		},
	}
	before := e.now
	if isNew {
		e.view.Title, e.view.Action, e.view.Delete, before = page.T("product.new"), list, "", nil
	}
	e.save = func(ctx context.Context, by store.Person, v store.Values) error {
		return s.Store.ChangeProduct(ctx, by, before, product.Fill(v))
	}
	return e, nil
}

// deletion is something kept here that is about to be deleted.
type deletion struct {
	name, text, path, list string
	do                     func(ctx context.Context, by store.Person) error
}

func (s *Server) panelDeletion(r *http.Request) (deletion, error) {
	_, panel, err := s.panelOf(r)
	list := "/guilds/" + guildOf(r).link.ID + "/settings/panels"
	return deletion{panel.Name, "panel.delete", list + "/" + panel.ID, list, func(ctx context.Context, by store.Person) error {
		return s.Store.DeletePanel(ctx, by, panel)
	}}, err
}

func (s *Server) categoryDeletion(r *http.Request) (deletion, error) {
	setup, panel, err := s.panelOf(r)
	if err != nil {
		return deletion{}, err
	}
	category, _, err := one(r, "category", setup.Of(panel.ID), func(c store.TicketCategory) string { return c.ID })
	list := "/guilds/" + guildOf(r).link.ID + "/settings/panels"
	return deletion{category.Name, "category.delete", list + "/" + panel.ID + "/categories/" + category.ID, list, func(ctx context.Context, by store.Person) error {
		return s.Store.DeleteCategory(ctx, by, category)
	}}, err
}

func (s *Server) productDeletion(r *http.Request) (deletion, error) {
	guild := guildOf(r).link.ID
	setup, err := s.Store.TicketSetup(r.Context(), guild)
	if err != nil {
		return deletion{}, err
	}
	product, _, err := one(r, "product", setup.Products, func(p store.TicketProduct) string { return p.ID })
	list := "/guilds/" + guild + "/settings/products"
	return deletion{product.Name, "product.delete", list + "/" + product.ID, list, func(ctx context.Context, by store.Person) error {
		return s.Store.DeleteProduct(ctx, by, product)
	}}, err
}

// askDelete answers GET of a deletion: the question.
func (s *Server) askDelete(of func(*http.Request) (deletion, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		d, err := of(r)
		if err != nil {
			return err
		}
		page := s.page(r)
		page.Section, page.Title = views.SectionSettings, page.T("sheet.delete")
		return s.render(w, r, views.ConfirmDelete(page, d.name, page.T(d.text), d.path+"/delete", d.path))
	}
}

// delete answers POST of a deletion.
func (s *Server) delete(of func(*http.Request) (deletion, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		d, err := of(r)
		if err != nil {
			return err
		}
		me := visitorOf(r).session.Person()
		if err := d.do(r.Context(), me); err != nil {
			return err
		}
		s.configChanged(r.Context(), guildOf(r).link.ID, me, store.ModuleTickets, store.ConfigDelete)
		http.Redirect(w, r, withNote(d.list, "settings.gone"), http.StatusSeeOther)
		return nil
	}
}

package handlers

import (
	"context"
	"net/http"
	"slices"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/forms"
	"guildboard/views/link"
	settingsview "guildboard/views/settings"
	"guildboard/views/ui"
)

// moduleSettingsForm returns the loader of "/guilds/{guild}/settings/giveaways" and "…/tickets".
func (s *Server) moduleSettingsForm(m access.Module) settingsFormLoader {
	return func(r *http.Request) (settingsForm, error) {
		guild := guildOf(r).link.ID
		current, err := s.Store.Settings(r.Context(), guild, m)
		page, path := s.page(r), link.Settings(guild, string(m))
		preview := settingsview.PreviewGiveaway
		if m == access.ModuleTickets {
			preview = settingsview.PreviewMessages
		}
		return settingsForm{
			view: settingsview.FormView{
				Title: page.T("tab." + string(m)), Description: page.T("tab." + string(m) + ".text"), Tab: settingsview.Tab(m),
				Schema: store.SchemaOf(m), Action: path, Preview: preview,
			},
			values: current.Values, version: current.Version, target: string(m), module: m, redirectPath: path,
			validate: func(v forms.Values) map[string]string { return store.SettingsProblems(m, v) },
			save: func(ctx context.Context, actor contract.User, v forms.Values) error {
				return s.Store.SaveSettings(ctx, guild, m, actor, current.Version, v)
			},
		}, err
	}
}

// panels is "GET /guilds/{guild}/settings/panels": the ticket panels of the guild.
func (s *Server) panels(r *http.Request) (livePage, error) {
	guild := guildOf(r).link.ID
	return s.ticketSetupList(r, settingsview.TabPanels, func(
		ctx context.Context, p ui.Page, setup store.TicketSetup,
	) (templ.Component, error) {
		ids := make([]string, len(setup.Panels))
		for i, panel := range setup.Panels {
			ids[i] = panel.ID
		}
		requests, err := s.loadBotRequests(ctx, guild, ids)
		return settingsview.PanelRows(p, setup, requests), err
	})
}

// products is "GET /guilds/{guild}/settings/products": the products that tickets can be about.
func (s *Server) products(r *http.Request) (livePage, error) {
	return s.ticketSetupList(r, settingsview.TabProducts, func(
		_ context.Context, p ui.Page, setup store.TicketSetup,
	) (templ.Component, error) {
		return settingsview.ProductRows(p, setup.Products), nil
	})
}

func (s *Server) ticketSetupList(
	r *http.Request, tab settingsview.Tab,
	rows func(context.Context, ui.Page, store.TicketSetup) (templ.Component, error),
) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = ui.SectionSettings, page.T("tab."+string(tab))
	path := link.Settings(guild, string(tab))
	return livePage{
		Page: page, URL: path, StreamURL: link.Stream(path),
		Topics: []string{contract.SettingsTopic(guild), contract.CommandsTopic(guild)},
		Layout: func(p ui.Page, region ui.Region) templ.Component {
			return settingsview.List(p, tab, link.New(path), region)
		},
		Body: func(ctx context.Context, p ui.Page) (templ.Component, error) {
			setup, err := s.Store.TicketSetup(ctx, guild)
			if err != nil {
				return nil, err
			}
			return rows(ctx, p, setup)
		},
	}, nil
}

// rowByParam returns the row whose ID is the path parameter. Without the parameter it returns the zero row and isNew.
func rowByParam[T any](r *http.Request, param string, rows []T, id func(T) string) (row T, isNew bool, err error) {
	value := chi.URLParam(r, param)
	if value == "" {
		return row, true, nil
	}
	i := slices.IndexFunc(rows, func(t T) bool { return id(t) == value })
	if i < 0 {
		return row, false, errNotFound
	}
	return rows[i], false, nil
}

// addNameTaken adds a problem to the name if another row has it.
func addNameTaken[T any](problems map[string]string, rows []T, hasName func(T) bool) map[string]string {
	if problems["name"] == "" && slices.ContainsFunc(rows, hasName) {
		problems["name"] = "form.nameTaken"
	}
	return problems
}

// panelTarget returns a saved panel as a command target.
func panelTarget(setup store.TicketSetup, panel store.TicketPanel) commandTarget {
	list := link.Settings(panel.GuildID, "panels")
	target := commandTarget{id: panel.ID, name: panel.Name, path: list, listPath: list}
	if settingsview.CanPostPanel(setup, panel) {
		target.availableVerbs = []contract.Verb{contract.VerbPanelPost}
	}
	return target
}

// confirmPanelPost answers "GET /guilds/{guild}/settings/panels/{panel}/post": it shows what will be posted, and where.
func (s *Server) confirmPanelPost(w http.ResponseWriter, r *http.Request) error {
	setup, panel, err := s.loadPanel(r)
	if err != nil {
		return err
	}
	target := panelTarget(setup, panel)
	if key := s.unavailableReason(r.Context(), target, contract.VerbPanelPost); key != "" {
		return s.respondUnavailable(w, r, target, key)
	}
	return s.renderConfirm(w, r, http.StatusOK, ui.ConfirmView{
		Section: ui.SectionSettings,
		Verb:    contract.VerbPanelPost, ID: panel.ID, Name: panel.Name, Back: target.listPath, Bot: s.Commands.BotState(r.Context()),
		Action: link.PostPanel(link.Item(target.listPath, panel.ID)), Preview: settingsview.PanelPostPreview(s.page(r), setup, panel),
	})
}

// postPanel answers "POST /guilds/{guild}/settings/panels/{panel}/post". It enqueues the command that posts the saved
// panel.
func (s *Server) postPanel(w http.ResponseWriter, r *http.Request) error {
	setup, panel, err := s.loadPanel(r)
	if err != nil {
		return err
	}
	target := panelTarget(setup, panel)
	if key := s.unavailableReason(r.Context(), target, contract.VerbPanelPost); key != "" {
		return s.respondUnavailable(w, r, target, key)
	}
	return s.enqueueCommand(w, r, target, contract.VerbPanelPost, contract.PanelPostPayload{Name: panel.Name})
}

// loadPanel loads the panel that the request's path names, or a new one with defaults if it names none.
func (s *Server) loadPanel(r *http.Request) (setup store.TicketSetup, panel store.TicketPanel, err error) {
	guild := guildOf(r).link.ID
	if setup, err = s.Store.TicketSetup(r.Context(), guild); err != nil {
		return setup, panel, err
	}
	panel, isNew, err := rowByParam(r, "panel", setup.Panels, func(p store.TicketPanel) string { return p.ID })
	switch {
	case err != nil:
	case isNew && len(setup.Panels) >= store.MaxPanels:
		err = store.ErrConflict
	case isNew:
		panel = store.TicketPanel{ID: store.NewID(), GuildID: guild}.WithValues(store.PanelSchema.Defaults())
	}
	return setup, panel, err
}

// panelForm loads the settings form of a panel.
func (s *Server) panelForm(r *http.Request) (settingsForm, error) {
	setup, panel, err := s.loadPanel(r)
	if err != nil {
		return settingsForm{}, err
	}
	page, list := s.page(r), link.Settings(panel.GuildID, "panels")
	form := settingsForm{
		view: settingsview.FormView{
			Title: panel.Name, Tab: settingsview.TabPanels, Schema: store.PanelSchema, Action: link.Item(list, panel.ID), Back: list,
			Preview: settingsview.PreviewPanel, Categories: setup.CategoriesOf(panel.ID),
			DeletePath: link.Delete(link.Item(list, panel.ID)),
		},
		values: panel.Values(), version: panel.Version, target: panel.ID, module: access.ModuleTickets,
		redirectPath: list + "#panel-" + panel.ID, // the panel in the list, where categories are added
		validate: func(v forms.Values) map[string]string {
			return addNameTaken(store.PanelProblems(v), setup.Panels, func(p store.TicketPanel) bool {
				return p.ID != panel.ID && p.Name == v["name"]
			})
		},
	}
	before := form.values
	if panel.Version == 0 {
		form.view.Title, form.view.Action, form.view.DeletePath, before = page.T("panel.new"), list, "", nil
	}
	form.save = func(ctx context.Context, actor contract.User, v forms.Values) error {
		return s.Store.ChangePanel(ctx, actor, before, panel.WithValues(v))
	}
	return form, nil
}

// categoryForm loads the settings form of a ticket category.
func (s *Server) categoryForm(r *http.Request) (settingsForm, error) {
	setup, panel, err := s.loadPanel(r)
	if err != nil {
		return settingsForm{}, err
	}
	categories := setup.CategoriesOf(panel.ID)
	category, isNew, err := rowByParam(r, "category", categories, func(c store.TicketCategory) string { return c.ID })
	if err == nil && isNew && len(categories) >= store.MaxCategories {
		err = store.ErrConflict
	}
	if err != nil {
		return settingsForm{}, err
	}
	if isNew {
		category = store.TicketCategory{ID: store.NewID(), GuildID: panel.GuildID, PanelID: panel.ID}
		category = category.WithValues(store.CategorySchema.Defaults())
	}
	page, list := s.page(r), link.Settings(panel.GuildID, "panels")
	path := link.Categories(link.Item(list, panel.ID))
	form := settingsForm{
		view: settingsview.FormView{
			Title: category.Name, Description: panel.Name, Tab: settingsview.TabPanels, Schema: store.CategorySchema,
			Action: link.Item(path, category.ID), Back: list,
			Preview: settingsview.PreviewCategory, DeletePath: link.Delete(link.Item(path, category.ID)),
		},
		values: category.Values(), version: category.Version, target: category.ID, module: access.ModuleTickets,
		redirectPath: list + "#panel-" + panel.ID,
		validate: func(v forms.Values) map[string]string {
			return addNameTaken(store.CategoryProblems(v), categories, func(c store.TicketCategory) bool {
				return c.ID != category.ID && c.Name == v["name"]
			})
		},
	}
	before := form.values
	if isNew {
		form.view.Title, form.view.Action, form.view.DeletePath, before = page.T("category.new"), path, "", nil
	}
	form.save = func(ctx context.Context, actor contract.User, v forms.Values) error {
		return s.Store.ChangeCategory(ctx, actor, before, category.WithValues(v))
	}
	return form, nil
}

// productForm loads the settings form of a product.
func (s *Server) productForm(r *http.Request) (settingsForm, error) {
	guild := guildOf(r).link.ID
	setup, err := s.Store.TicketSetup(r.Context(), guild)
	if err != nil {
		return settingsForm{}, err
	}
	product, isNew, err := rowByParam(r, "product", setup.Products, func(p store.TicketProduct) string { return p.ID })
	if err == nil && isNew && len(setup.Products) >= store.MaxProducts {
		err = store.ErrConflict
	}
	if err != nil {
		return settingsForm{}, err
	}
	if isNew {
		product = store.TicketProduct{ID: store.NewID(), GuildID: guild}.WithValues(store.ProductSchema.Defaults())
	}
	page, list := s.page(r), link.Settings(guild, "products")
	form := settingsForm{
		view: settingsview.FormView{
			Title: product.Name, Tab: settingsview.TabProducts, Schema: store.ProductSchema,
			Action: link.Item(list, product.ID), Back: list,
			DeletePath: link.Delete(link.Item(list, product.ID)),
		},
		values: product.Values(), version: product.Version, target: product.ID, module: access.ModuleTickets, redirectPath: list,
		validate: func(v forms.Values) map[string]string {
			return addNameTaken(store.ProductSchema.Problems(v), setup.Products, func(p store.TicketProduct) bool {
				return p.ID != product.ID && p.Name == v["name"]
			})
		},
	}
	before := form.values
	if isNew {
		form.view.Title, form.view.Action, form.view.DeletePath, before = page.T("product.new"), list, "", nil
	}
	form.save = func(ctx context.Context, actor contract.User, v forms.Values) error {
		return s.Store.ChangeProduct(ctx, actor, before, product.WithValues(v))
	}
	return form, nil
}

// deletion is the deletion of an item of the settings, before its confirmation.
type deletion struct {
	name, messageKey, path, listPath string
	run                              func(ctx context.Context, actor contract.User) error
}

func (s *Server) panelDeletion(r *http.Request) (deletion, error) {
	_, panel, err := s.loadPanel(r)
	list := link.Settings(guildOf(r).link.ID, "panels")
	return deletion{panel.Name, "panel.delete", link.Item(list, panel.ID), list, func(ctx context.Context, actor contract.User) error {
		return s.Store.DeletePanel(ctx, actor, panel)
	}}, err
}

func (s *Server) categoryDeletion(r *http.Request) (deletion, error) {
	setup, panel, err := s.loadPanel(r)
	if err != nil {
		return deletion{}, err
	}
	category, _, err := rowByParam(r, "category", setup.CategoriesOf(panel.ID),
		func(c store.TicketCategory) string { return c.ID })
	list := link.Settings(guildOf(r).link.ID, "panels")
	path := link.Item(link.Categories(link.Item(list, panel.ID)), category.ID)
	return deletion{category.Name, "category.delete", path, list, func(ctx context.Context, actor contract.User) error {
		return s.Store.DeleteCategory(ctx, actor, category)
	}}, err
}

func (s *Server) productDeletion(r *http.Request) (deletion, error) {
	guild := guildOf(r).link.ID
	setup, err := s.Store.TicketSetup(r.Context(), guild)
	if err != nil {
		return deletion{}, err
	}
	product, _, err := rowByParam(r, "product", setup.Products, func(p store.TicketProduct) string { return p.ID })
	list := link.Settings(guild, "products")
	return deletion{product.Name, "product.delete", link.Item(list, product.ID), list,
		func(ctx context.Context, actor contract.User) error {
			return s.Store.DeleteProduct(ctx, actor, product)
		}}, err
}

// confirmDelete returns a handler for GET of a deletion. It shows the confirmation.
func (s *Server) confirmDelete(load func(*http.Request) (deletion, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		d, err := load(r)
		if err != nil {
			return err
		}
		page := s.page(r)
		page.Section, page.Title = ui.SectionSettings, page.T("settings.delete")
		return s.render(w, r, settingsview.ConfirmDelete(page, d.name, page.T(d.messageKey), link.Delete(d.path), d.path))
	}
}

// submitDelete returns a handler for POST of a deletion.
func (s *Server) submitDelete(load func(*http.Request) (deletion, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		d, err := load(r)
		if err != nil {
			return err
		}
		actor := visitorOf(r).session.User()
		if err := d.run(r.Context(), actor); err != nil {
			return err
		}
		s.publishConfigChange(r.Context(), guildOf(r).link.ID, actor, access.ModuleTickets, store.ConfigDelete)
		http.Redirect(w, r, withAlert(d.listPath, "settings.deleted"), http.StatusSeeOther)
		return nil
	}
}

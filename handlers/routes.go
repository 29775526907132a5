package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"guildboard/static"
	"guildboard/store"
	"guildboard/store/access"
	settingsview "guildboard/views/settings"
	"guildboard/views/ui"
)

// routes returns the site's router, and the table of its pages, actions, files and API routes with their guards. Health
// checks and static files are not in the table, which is for tests.
func (s *Server) routes() (http.Handler, []mountedRoute) {
	r := chi.NewRouter()
	r.Use(s.identify, s.observe, s.recover, s.setSecurityHeaders, limitBody, middleware.GetHead, s.rejectCrossSite)
	notFound := s.handle(func(http.ResponseWriter, *http.Request) error { return errNotFound })
	r.NotFound(s.withSession(notFound).ServeHTTP) // so that the error page shows the signed-in user
	r.MethodNotAllowed(s.methodNotAllowed(r))

	var table []mountedRoute
	r.Get("/healthz", s.healthz)
	r.Get("/readyz", s.readyz)
	r.Group(func(r chi.Router) {
		r.Use(compress)
		r.Get(static.Prefix+"*", static.Handler().ServeHTTP)
		r.Get(ui.StylePath(s.Site), s.showStylesheet)
	})
	r.Group(func(r chi.Router) {
		r.Use(s.withSession)
		s.publicRoutes(mounter{server: s, router: r, guard: routerGuard("everyone"), table: &table})
	})
	r.Group(func(r chi.Router) {
		r.Use(newStreamAdmission(s).middleware, s.requireSession, s.limitExpensive())
		s.userRoutes(mounter{server: s, router: r, guard: routerGuard("user"), table: &table})
		r.Route("/guilds/{guild}", func(r chi.Router) {
			r.Use(s.requireGuild(guildInPath))
			r.MethodNotAllowed(s.methodNotAllowed(r))
			m := mounter{server: s, router: r, prefix: "/guilds/{guild}", guard: routerGuard("guild"), table: &table}
			s.guildRoutes(m)
			s.giveawayRoutes(m)
			s.ticketRoutes(m)
			s.settingsRoutes(m)
		})
		r.Route("/api/guilds/{guild}", func(r chi.Router) {
			r.Use(s.requireGuild(guildInPath))
			r.MethodNotAllowed(s.methodNotAllowed(r))
			m := mounter{server: s, router: r, prefix: "/api/guilds/{guild}", guard: routerGuard("guild"), table: &table}
			m.require(requireModuleLevel(access.ModuleGiveaways, access.LevelSee)).get("/giveaways", s.listGiveaways, refusal{})
			m.require(requireModuleLevel(access.ModuleTickets, access.LevelSee)).get("/tickets", s.listTickets, refusal{})
		})
		events := mounter{server: s, router: r, guard: routerGuard("guild"), table: &table}
		events.with(s.requireGuild(guildInQuery)).stream("/api/events/stream", s.streamEvents)
	})
	return r, table
}

// publicRoutes mounts the routes that need no sign-in.
func (s *Server) publicRoutes(m mounter) {
	signIns := newSignInLimiter(s)
	m.get("/", s.showLandingOrHome, refusal{})
	m.get("/login", s.showLogin, refusal{})
	m.with(signIns.middleware).get("/login/callback", s.finishLogin, refusal{})
	m.post("/logout", s.logout, refusal{})
	m.get("/preferences", s.showPreferences, refusal{})
	m.post("/preferences", s.savePreferences, refusal{})
	if s.Demo == nil {
		m.with(signIns.middleware).get("/login/start", s.startLogin, refusal{})
		return
	}
	m.post("/login/demo", s.loginDemo, refusal{})
	m.get("/gallery", s.showGallery, refusal{})
	m.get("/gallery/{section}", s.showGallery, refusal{})
}

// userRoutes mounts the routes for signed-in users that belong to no guild.
func (s *Server) userRoutes(m mounter) {
	m.get("/search", s.quickSearch, refusal{})
	m.get("/api/notifications", s.showNotifications, refusal{})
	m.post("/guilds/refresh", s.refreshGuilds, refusal{})
	m.get("/sessions", s.showSessions, refusal{})
	m.post("/sessions/{session}/end", s.endSession, refusal{})
	m.stream("/live", s.streamLivePage(s.home)) // stream of the page "/", which is public
	m.page("/guilds", s.guildPicker)
}

// guildRoutes mounts the routes of a guild that belong to no module: the overview and the pages for managers.
func (s *Server) guildRoutes(m mounter) {
	m.page("/", s.overview)
	m.post("/view-as/stop", s.stopViewAs, refusal{}) // a manager has the rights of the role

	m = m.require(managers)
	m.page("/staff", s.staff)
	m.post("/staff", s.saveStaff, refusal{})
	m.post("/view-as", s.startViewAs, refusal{})
	m.page("/audit", s.audit)
	m.file("/audit/export", s.exportAudit)
}

// A route of a module requires a level: LevelSee for pages and files, LevelAct for daily work, and LevelManage to
// create something or for what cannot be undone. A verb can require more than its route (access.Required).
// {verb} is that of a command in lower case, such as end, reroll, claim, assign or close; see command_verbs.go.

func (s *Server) giveawayRoutes(m mounter) {
	giveaway, list := refusal{page: s.giveaway}, refusal{page: s.giveaways}
	bulk := s.giveawayBulkActions()

	see := m.require(requireModuleLevel(access.ModuleGiveaways, access.LevelSee))
	see.page("/giveaways", s.giveaways)
	see.page("/giveaways/overview", s.giveawayOverview)
	see.page("/giveaways/results", s.bulkResults(bulk))
	see.page("/giveaways/{giveaway}", s.giveaway)
	see.page("/giveaways/{giveaway}/entries", s.entrants)
	see.file("/giveaways/export", s.exportGiveaways)
	see.get("/giveaways/{giveaway}/draw.json", s.showDrawProof, refusal{})

	act := m.require(requireModuleLevel(access.ModuleGiveaways, access.LevelAct))
	act.get("/giveaways/bulk", s.confirmBulk(bulk), list)
	act.post("/giveaways/bulk", s.submitBulk(bulk), refusal{form: s.refuseBulkForm(bulk)})
	act.get("/giveaways/{giveaway}/{verb}", s.confirmCommand("GIVEAWAY_", s.loadGiveawayTarget), giveaway)
	act.post("/giveaways/{giveaway}/{verb}", s.submitCommand("GIVEAWAY_", s.loadGiveawayTarget), giveaway)

	manage := m.require(requireModuleLevel(access.ModuleGiveaways, access.LevelManage))
	manage.page("/giveaways/templates", s.templates)
	manage.get("/giveaways/templates/new", s.newTemplate, refusal{})
	manage.post("/giveaways/templates", s.saveTemplate, refusal{form: s.refuseTemplateForm})
	manage.post("/giveaways/templates/{template}/delete", s.deleteTemplate, list)
	manage.get("/giveaways/new", s.newGiveaway, refusal{})
	manage.post("/giveaways", s.createGiveaway, refusal{form: s.refuseGiveawayForm})
	manage.get("/giveaways/{giveaway}/edit", s.editGiveaway, giveaway)
	manage.post("/giveaways/{giveaway}/edit", s.updateGiveaway, refusal{page: s.giveaway, form: s.refuseGiveawayForm})
}

func (s *Server) ticketRoutes(m mounter) {
	ticket, list := refusal{page: s.ticket}, refusal{page: s.tickets}
	bulk := s.ticketBulkActions()

	see := m.require(requireModuleLevel(access.ModuleTickets, access.LevelSee))
	see.page("/tickets", s.tickets)
	see.file("/tickets/export", s.exportTickets)
	see.page("/tickets/results", s.bulkResults(bulk))
	see.page("/tickets/{ticket}", s.ticket)
	see.page("/tickets/{ticket}/notes", s.ticketNotes)
	see.get("/tickets/{ticket}/messages/{message}/edits", s.messageEdits, refusal{})
	see.page("/ratings", s.ratings)
	see.page("/ratings/results", s.bulkResults(s.ratingBulkActions()))

	act := m.require(requireModuleLevel(access.ModuleTickets, access.LevelAct))
	act.get("/tickets/bulk", s.confirmBulk(bulk), list)
	act.post("/tickets/bulk", s.submitBulk(bulk), refusal{form: s.refuseBulkForm(bulk)})
	act.get("/tickets/priority", s.showTicketPriority, list)
	act.post("/tickets/priority", s.setTicketPriority, refusal{form: s.refusePriorityForm})
	act.get("/tickets/labels", s.showTicketLabels, list)
	act.post("/tickets/labels", s.setTicketLabels, refusal{form: s.refuseLabelForm})
	act.get("/ratings/bulk", s.confirmRatings, refusal{page: s.ratings})
	act.post("/ratings/bulk", s.changeRatings, refusal{form: s.refuseRatingForm})
	act.post("/tickets/{ticket}/notes", s.addNote, refusal{page: s.ticket, form: s.refuseNoteForm})
	act.get("/tickets/{ticket}/reply", s.redirectToReplyForm, refusal{})
	act.post("/tickets/{ticket}/reply", s.submitReply, refusal{page: s.ticket, form: s.refuseReplyForm})
	act.get("/tickets/{ticket}/{verb}", s.confirmCommand("TICKET_", s.loadTicketTarget), ticket)
	act.post("/tickets/{ticket}/{verb}", s.submitCommand("TICKET_", s.loadTicketTarget), ticket)

	manage := m.require(requireModuleLevel(access.ModuleTickets, access.LevelManage))
	manage.post("/tickets/{ticket}/notes/{note}/delete", s.deleteNote, ticket)
}

// settingsRoutes mounts the settings pages, for managers only. Other users who can see the module get 403, the rest
// 404.
func (s *Server) settingsRoutes(m mounter) {
	m.require(settingsOf(access.ModuleGiveaways)).settingsForm("/settings/giveaways", "/settings/giveaways", settingsKind{
		tab: settingsview.TabGiveaways, schema: store.GiveawaySettingsSchema, form: s.moduleSettingsForm(access.ModuleGiveaways),
	})

	m = m.require(settingsOf(access.ModuleTickets))
	m.settingsForm("/settings/tickets", "/settings/tickets", settingsKind{
		tab: settingsview.TabTickets, schema: store.TicketSettingsSchema, form: s.moduleSettingsForm(access.ModuleTickets),
	})
	m.page("/settings/panels", s.panels)
	m.get("/settings/panels/{panel}/post", s.confirmPanelPost, refusal{})
	m.post("/settings/panels/{panel}/post", s.postPanel, refusal{})
	m.settingsItems("/settings/panels", "/{panel}", settingsKind{
		tab: settingsview.TabPanels, schema: store.PanelSchema, form: s.panelForm, deletion: s.panelDeletion,
	})
	m.settingsItems("/settings/panels/{panel}/categories", "/{category}", settingsKind{
		tab: settingsview.TabPanels, schema: store.CategorySchema, form: s.categoryForm, deletion: s.categoryDeletion,
	})
	m.page("/settings/products", s.products)
	m.settingsItems("/settings/products", "/{product}", settingsKind{
		tab: settingsview.TabProducts, schema: store.ProductSchema, form: s.productForm, deletion: s.productDeletion,
	})
	m.page("/settings/replies", s.cannedReplies)
	m.settingsItems("/settings/replies", "/{reply}", settingsKind{
		tab: settingsview.TabReplies, schema: store.CannedReplySchema, form: s.cannedReplyForm, deletion: s.cannedReplyDeletion,
	})
	m.page("/settings/labels", s.labels)
	m.settingsItems("/settings/labels", "/{label}", settingsKind{
		tab: settingsview.TabLabels, schema: store.LabelSchema, form: s.labelForm, deletion: s.labelDeletion,
	})
}

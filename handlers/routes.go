package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"guildboard/static"
	"guildboard/store"
	"guildboard/views"
)

// routes is the contents page: every address, and who may use it. The route table is the same for tests.
func (s *Server) routes() (http.Handler, []mountedRoute) {
	r := chi.NewRouter()
	r.Use(s.identify, s.observe, s.recover, s.secure, boundBody, middleware.GetHead, s.sameSite)
	notFound := s.handle(func(http.ResponseWriter, *http.Request) error { return errNotFound })
	r.NotFound(s.withSession(notFound).ServeHTTP) // so that the error page knows the user
	r.MethodNotAllowed(s.wrongMethod(r))

	var table []mountedRoute
	r.Get("/healthz", s.healthz)
	r.Get("/readyz", s.readyz)
	r.Group(func(r chi.Router) {
		r.Use(compress)
		r.Get(static.Prefix+"*", static.Handler().ServeHTTP)
		r.Get(views.StylePath(s.Site), s.showStyle)
	})
	r.Group(func(r chi.Router) {
		r.Use(s.withSession)
		s.publicRoutes(mounter{server: s, router: r, guard: guard{who: "everyone"}, table: &table})
	})
	r.Group(func(r chi.Router) {
		r.Use(newDoor(s).guard, s.requireSession, s.limitExpensive())
		s.userRoutes(mounter{server: s, router: r, guard: guard{who: "user"}, table: &table})
		r.Route("/guilds/{guild}", func(r chi.Router) {
			r.Use(s.requireGuild(guildInPath))
			r.MethodNotAllowed(s.wrongMethod(r))
			m := mounter{server: s, router: r, prefix: "/guilds/{guild}", guard: guard{who: "guild"}, table: &table}
			s.guildRoutes(m)
			s.giveawayRoutes(m)
			s.ticketRoutes(m)
			s.settingsRoutes(m)
		})
		r.Route("/api/guilds/{guild}", func(r chi.Router) {
			r.Use(s.requireGuild(guildInPath))
			r.MethodNotAllowed(s.wrongMethod(r))
			m := mounter{server: s, router: r, prefix: "/api/guilds/{guild}", table: &table}
			m.require(moduleAt(store.ModuleGiveaways, store.LevelSee)).get("/giveaways", s.listGiveaways, refusal{})
			m.require(moduleAt(store.ModuleTickets, store.LevelSee)).get("/tickets", s.listTickets, refusal{})
		})
		events := mounter{server: s, router: r, guard: guard{who: "guild"}, table: &table}
		events.with(s.requireGuild(guildInQuery)).stream("/api/events/stream", s.streamEvents)
	})
	return r, table
}

// publicRoutes are for everybody.
func (s *Server) publicRoutes(m mounter) {
	signIns := newSignInLimiter(s)
	m.get("/", s.showFront, refusal{})
	m.get("/login", s.showLogin, refusal{})
	m.with(signIns.guard).get("/login/callback", s.finishLogin, refusal{})
	m.post("/logout", s.logout, refusal{})
	m.get("/preferences", s.showPreferences, refusal{})
	m.post("/preferences", s.savePreferences, refusal{})
	if s.DemoUser == nil {
		m.with(signIns.guard).get("/login/start", s.startLogin, refusal{})
		return
	}
	m.post("/login/demo", s.loginDemo, refusal{})
	m.get("/gallery", s.showGallery, refusal{})
	m.get("/gallery/{noun}", s.showGallery, refusal{})
}

// userRoutes are for users who are signed in.
func (s *Server) userRoutes(m mounter) {
	m.get("/search", s.search, refusal{})
	m.get("/api/notifications", s.showTold, refusal{})
	m.post("/guilds/refresh", s.refreshGuilds, refusal{})
	m.get("/sessions", s.showSessions, refusal{})
	m.post("/sessions/{session}/end", s.endSession, refusal{})
	m.stream("/live", s.streamLive(s.across)) // of the page "/", which is public
	m.page("/guilds", s.picker)
}

// guildRoutes belong to no module: the overview, and what is for managers alone.
func (s *Server) guildRoutes(m mounter) {
	m.page("/", s.overview)

	m = m.require(managers)
	m.page("/staff", s.staff)
	m.post("/staff", s.saveStaff, refusal{})
	m.page("/audit", s.audit)
	m.file("/audit/export", s.exportAudit)
}

// A route of a module requires a level: pages and files LevelSee, daily work LevelAct, what creates something or cannot be
// undone LevelManage. A verb may require more than its route (store.Verb.Needs).

func (s *Server) giveawayRoutes(m mounter) {
	giveaway, list := refusal{page: s.giveaway}, refusal{page: s.giveaways}
	bulk := s.giveawayBulk()
	listForm := refusal{page: s.giveaways, form: s.manyRefused(bulk)}

	see := m.require(moduleAt(store.ModuleGiveaways, store.LevelSee))
	see.page("/giveaways", s.giveaways)
	see.page("/giveaways/overview", s.giveawayHome)
	see.page("/giveaways/asked", s.asks(bulk))
	see.page("/giveaways/{giveaway}", s.giveaway)
	see.page("/giveaways/{giveaway}/entries", s.entrants)
	see.file("/giveaways/export", s.exportGiveaways)
	see.get("/giveaways/{giveaway}/draw.json", s.showDraw, refusal{})

	act := m.require(moduleAt(store.ModuleGiveaways, store.LevelAct))
	act.get("/giveaways/bulk", s.askManyFirst(bulk), list)
	act.post("/giveaways/bulk", s.askMany(bulk), listForm)
	act.get("/giveaways/{giveaway}/{verb}", s.askFirst("GIVEAWAY_", s.giveawaySubject), giveaway)
	act.post("/giveaways/{giveaway}/{verb}", s.ask("GIVEAWAY_", s.giveawaySubject), giveaway)

	manage := m.require(moduleAt(store.ModuleGiveaways, store.LevelManage))
	manage.page("/giveaways/templates", s.templates)
	manage.get("/giveaways/templates/new", s.newTemplate, refusal{})
	manage.post("/giveaways/templates", s.saveTemplate, refusal{form: s.templateRefused})
	manage.post("/giveaways/templates/{template}/delete", s.deleteTemplate, list)
	manage.get("/giveaways/new", s.newGiveaway, refusal{})
	manage.post("/giveaways", s.createGiveaway, refusal{form: s.giveawayRefused})
	manage.get("/giveaways/{giveaway}/edit", s.editGiveaway, giveaway)
	manage.post("/giveaways/{giveaway}/edit", s.changeGiveaway, refusal{page: s.giveaway, form: s.giveawayRefused})
}

func (s *Server) ticketRoutes(m mounter) {
	ticket, list := refusal{page: s.ticket}, refusal{page: s.tickets}
	bulk := s.ticketBulk()

	see := m.require(moduleAt(store.ModuleTickets, store.LevelSee))
	see.page("/tickets", s.tickets)
	see.file("/tickets/export", s.exportTickets)
	see.page("/tickets/asked", s.asks(bulk))
	see.page("/tickets/{ticket}", s.ticket)
	see.page("/tickets/{ticket}/notes", s.ticketNotes)
	see.get("/tickets/{ticket}/messages/{message}/edits", s.messageEdits, refusal{})
	see.page("/ratings", s.ratings)
	see.page("/ratings/asked", s.asks(s.ratingBulk()))

	act := m.require(moduleAt(store.ModuleTickets, store.LevelAct))
	act.get("/tickets/bulk", s.askManyFirst(bulk), list)
	act.post("/tickets/bulk", s.askMany(bulk), refusal{form: s.manyRefused(bulk)})
	act.get("/tickets/priority", s.askPriority, list)
	act.post("/tickets/priority", s.setPriority, refusal{form: s.priorityRefused})
	act.get("/tickets/labels", s.askLabels, list)
	act.post("/tickets/labels", s.setLabels, refusal{form: s.labelsRefused})
	act.get("/ratings/bulk", s.askRatings, refusal{page: s.ratings})
	act.post("/ratings/bulk", s.changeRatings, refusal{form: s.ratingsRefused})
	act.post("/tickets/{ticket}/notes", s.addNote, refusal{page: s.ticket, form: s.noteRefused})
	act.get("/tickets/{ticket}/reply", s.replyAlone, refusal{})
	act.post("/tickets/{ticket}/reply", s.reply, refusal{page: s.ticket, form: s.replyRefused})
	act.get("/tickets/{ticket}/{verb}", s.askFirst("TICKET_", s.ticketSubject), ticket)
	act.post("/tickets/{ticket}/{verb}", s.ask("TICKET_", s.ticketSubject), ticket)

	manage := m.require(moduleAt(store.ModuleTickets, store.LevelManage))
	manage.post("/tickets/{ticket}/notes/{note}/delete", s.removeNote, ticket)
}

// settingsRoutes are for managers. Users who may look at the module are told so.
func (s *Server) settingsRoutes(m mounter) {
	giveaways := m.require(settingsOf(store.ModuleGiveaways))
	giveaways.sheet("/settings/giveaways", "/settings/giveaways",
		views.TabGiveaways, store.GiveawaySheet, s.settings(store.ModuleGiveaways))

	m = m.require(settingsOf(store.ModuleTickets))
	m.sheet("/settings/tickets", "/settings/tickets", views.TabTickets, store.TicketSheet, s.settings(store.ModuleTickets))
	m.page("/settings/panels", s.panels)
	m.post("/settings/panels/{panel}/post", s.postPanel, refusal{})
	s.listSettings(m, "/settings/panels", "/{panel}", views.TabPanels, store.PanelSheet, s.panel, s.panelDeletion)
	s.listSettings(m, "/settings/panels/{panel}/categories", "/{category}",
		views.TabPanels, store.CategorySheet, s.category, s.categoryDeletion)
	m.page("/settings/products", s.products)
	s.listSettings(m, "/settings/products", "/{product}", views.TabProducts, store.ProductSheet, s.product, s.productDeletion)
	m.page("/settings/replies", s.cannedReplies)
	s.listSettings(m, "/settings/replies", "/{reply}", views.TabReplies, store.CannedSheet, s.cannedReply, s.cannedDeletion)
	m.page("/settings/labels", s.labels)
	s.listSettings(m, "/settings/labels", "/{label}", views.TabLabels, store.LabelSheet, s.label, s.labelDeletion)
}

// listSettings mounts the forms that create, edit and delete an item of a list of settings.
func (s *Server) listSettings(
	m mounter, list, item string, tab views.SettingsTab, schema store.Sheet, of sheetOf, deleted func(*http.Request) (deletion, error),
) {
	m.sheet(list+"/new", list, tab, schema, of)
	m.sheet(list+item, list+item, tab, schema, of)
	m.deletion(list+item+"/delete", deleted)
}

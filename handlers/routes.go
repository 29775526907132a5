package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"guildboard/static"
	"guildboard/store"
	"guildboard/views"
)

// routes is the contents page: every address, and who may use it.
func (s *Server) routes() http.Handler {
	r := chi.NewRouter()
	r.Use(s.identify, s.observe, s.recover, s.secure, boundBody, middleware.GetHead, s.sameSite)
	notFound := s.handle(func(http.ResponseWriter, *http.Request) error { return errNotFound })
	r.NotFound(s.withSession(notFound).ServeHTTP) // so that the page knows whom it tells
	r.MethodNotAllowed(s.wrongMethod(r))

	// Everybody.
	r.Get("/healthz", s.healthz)
	r.Get("/readyz", s.readyz)
	r.Group(func(r chi.Router) {
		r.Use(compress)
		r.Get(static.Prefix+"*", static.Handler().ServeHTTP)
		r.Get(views.StylePath(s.Site), s.showStyle)
	})
	r.Group(func(r chi.Router) {
		r.Use(compress, s.withSession)
		r.Get("/", s.handle(s.showFront))
		r.Get("/login", s.handle(s.showLogin))
		signIns := newSignInLimiter(s)
		r.With(signIns.guard).Get("/login/callback", s.handle(s.finishLogin))
		r.Post("/logout", s.handle(s.logout))
		r.Get("/preferences", s.handle(s.showPreferences))
		r.Post("/preferences", s.handle(s.savePreferences))
		if s.DemoUser != nil {
			r.Post("/login/demo", s.handle(s.loginDemo))
			r.Get("/gallery", s.handle(s.showGallery))
			r.Get("/gallery/{noun}", s.handle(s.showGallery))
		} else {
			r.With(signIns.guard).Get("/login/start", s.handle(s.startLogin))
		}
	})

	// Whoever is signed in.
	r.Group(func(r chi.Router) {
		r.Use(newDoor(s).guard, s.requireSession, s.limitExpensive())
		r.Group(func(r chi.Router) {
			r.Use(compress)
			r.Get("/search", s.handle(s.search))
			r.Get("/api/told", s.handle(s.showTold))
			r.Post("/guilds/refresh", s.handle(s.refreshGuilds))
			r.Get("/sessions", s.handle(s.showSessions))
			r.Post("/sessions/{session}/end", s.handle(s.endSession))
		})

		r.Get("/live", s.stream(s.streamLive(s.across))) // of the page "/", which strangers may ask for too
		s.live(r, "/guilds", s.picker)

		// Whoever may see something of the guild: its managers, and who has a role that they have let into a module
		// (store.Standing.Rights is the rule). A page's stream stands beside it, behind the same guards.
		r.Route("/guilds/{guild}", func(r chi.Router) {
			r.Use(s.requireGuild(guildInPath))
			r.MethodNotAllowed(s.wrongMethod(r))
			s.live(r, "/", s.overview)

			// A route stands in the group of its module and of how far one must be let into it: put new ones there.
			// Pages and files want LevelSee, daily work LevelAct, what makes something new or cannot be undone
			// LevelManage; a verb says itself what it wants (store.Verb.Needs). Who may not see a module finds nothing
			// in it (404), who sees it and may do no more is told so (403); so are they of its settings, which are for
			// managers, as is all that belongs to no module.
			r.Group(func(r chi.Router) {
				r.Use(s.requireModule(store.ModuleGiveaways, store.LevelSee))
				s.live(r, "/giveaways", s.giveaways)
				s.live(r, "/giveaways/overview", s.giveawayHome)
				s.live(r, "/giveaways/asked", s.asks(s.giveawayBulk()))
				s.live(r, "/giveaways/{giveaway}", s.giveaway)
				s.live(r, "/giveaways/{giveaway}/entries", s.entrants)
				r.Get("/giveaways/export", s.handle(s.exportGiveaways))
				r.With(compress).Get("/giveaways/{giveaway}/draw.json", s.handle(s.showDraw))
			})
			r.Group(func(r chi.Router) {
				r.Use(s.requireModule(store.ModuleGiveaways, store.LevelAct), compress)
				r.Get("/giveaways/bulk", s.handle(s.askManyFirst(s.giveawayBulk())))
				r.Post("/giveaways/bulk", s.handle(s.askMany(s.giveawayBulk())))
				r.Get("/giveaways/{giveaway}/{verb}", s.handle(s.askFirst("GIVEAWAY_", s.giveawaySubject)))
				r.Post("/giveaways/{giveaway}/{verb}", s.handle(s.ask("GIVEAWAY_", s.giveawaySubject)))
			})
			r.Group(func(r chi.Router) {
				r.Use(s.requireModule(store.ModuleGiveaways, store.LevelManage))
				s.live(r, "/giveaways/templates", s.templates)
			})
			r.Group(func(r chi.Router) {
				r.Use(s.requireModule(store.ModuleGiveaways, store.LevelManage), compress)
				r.Get("/giveaways/new", s.handle(s.newGiveaway))
				r.Get("/giveaways/templates/new", s.handle(s.newTemplate))
				r.Post("/giveaways/templates", s.handle(s.saveTemplate))
				r.Post("/giveaways/templates/{template}/delete", s.handle(s.deleteTemplate))
				r.Post("/giveaways", s.handle(s.createGiveaway))
				r.Get("/giveaways/{giveaway}/edit", s.handle(s.editGiveaway))
				r.Post("/giveaways/{giveaway}/edit", s.handle(s.changeGiveaway))
			})

			r.Group(func(r chi.Router) {
				r.Use(s.requireModule(store.ModuleTickets, store.LevelSee))
				s.live(r, "/tickets", s.tickets)
				r.Get("/tickets/export", s.handle(s.exportTickets))
				s.live(r, "/tickets/asked", s.asks(s.ticketBulk()))
				s.live(r, "/tickets/{ticket}", s.ticket)
				s.live(r, "/tickets/{ticket}/notes", s.ticketNotes)
				r.With(compress).Get("/tickets/{ticket}/messages/{message}/edits", s.handle(s.messageEdits))
				s.live(r, "/ratings", s.ratings)
				s.live(r, "/ratings/asked", s.asks(s.ratingBulk()))
			})
			r.Group(func(r chi.Router) {
				r.Use(s.requireModule(store.ModuleTickets, store.LevelAct), compress)
				r.Get("/tickets/bulk", s.handle(s.askManyFirst(s.ticketBulk())))
				r.Post("/tickets/bulk", s.handle(s.askMany(s.ticketBulk())))
				r.Get("/tickets/priority", s.handle(s.askPriority))
				r.Post("/tickets/priority", s.handle(s.setPriority))
				r.Get("/tickets/labels", s.handle(s.askLabels))
				r.Post("/tickets/labels", s.handle(s.setLabels))
				r.Get("/ratings/bulk", s.handle(s.askRatings))
				r.Post("/ratings/bulk", s.handle(s.changeRatings))
				r.Post("/tickets/{ticket}/notes", s.handle(s.addNote))
				r.With(s.requireModule(store.ModuleTickets, store.LevelManage)).Post("/tickets/{ticket}/notes/{note}/delete", s.handle(s.removeNote))
				r.Get("/tickets/{ticket}/reply", s.handle(s.replyAlone))
				r.Post("/tickets/{ticket}/reply", s.handle(s.reply))
				r.Get("/tickets/{ticket}/{verb}", s.handle(s.askFirst("TICKET_", s.ticketSubject)))
				r.Post("/tickets/{ticket}/{verb}", s.handle(s.ask("TICKET_", s.ticketSubject)))
			})

			r.Group(func(r chi.Router) {
				r.Use(s.requireSettings(store.ModuleGiveaways))
				s.sheet(r, "/settings/giveaways", "/settings/giveaways", s.settings(store.ModuleGiveaways))
			})
			r.Group(func(r chi.Router) {
				r.Use(s.requireSettings(store.ModuleTickets))
				s.live(r, "/settings/panels", s.panels)
				s.live(r, "/settings/products", s.products)
				s.live(r, "/settings/replies", s.cannedReplies)
				s.live(r, "/settings/labels", s.labels)
				s.sheet(r, "/settings/tickets", "/settings/tickets", s.settings(store.ModuleTickets))
				s.sheet(r, "/settings/panels/new", "/settings/panels", s.panel)
				s.sheet(r, "/settings/panels/{panel}", "/settings/panels/{panel}", s.panel)
				s.deletion(r, "/settings/panels/{panel}/delete", s.panelDeletion)
				r.With(compress).Post("/settings/panels/{panel}/post", s.handle(s.postPanel))
				s.sheet(r, "/settings/panels/{panel}/categories/new", "/settings/panels/{panel}/categories", s.category)
				s.sheet(r, "/settings/panels/{panel}/categories/{category}", "/settings/panels/{panel}/categories/{category}", s.category)
				s.deletion(r, "/settings/panels/{panel}/categories/{category}/delete", s.categoryDeletion)
				s.sheet(r, "/settings/products/new", "/settings/products", s.product)
				s.sheet(r, "/settings/products/{product}", "/settings/products/{product}", s.product)
				s.deletion(r, "/settings/products/{product}/delete", s.productDeletion)
				s.sheet(r, "/settings/replies/new", "/settings/replies", s.cannedReply)
				s.sheet(r, "/settings/replies/{reply}", "/settings/replies/{reply}", s.cannedReply)
				s.deletion(r, "/settings/replies/{reply}/delete", s.cannedDeletion)
				s.sheet(r, "/settings/labels/new", "/settings/labels", s.label)
				s.sheet(r, "/settings/labels/{label}", "/settings/labels/{label}", s.label)
				s.deletion(r, "/settings/labels/{label}/delete", s.labelDeletion)
			})
			r.Group(func(r chi.Router) {
				r.Use(s.requireManager)
				s.live(r, "/staff", s.staff)
				r.With(compress).Post("/staff", s.handle(s.saveStaff))
				s.live(r, "/audit", s.audit)
				r.Get("/audit/export", s.handle(s.exportAudit))
			})
		})
		r.Route("/api/guilds/{guild}", func(r chi.Router) {
			r.Use(compress, s.requireGuild(guildInPath))
			r.MethodNotAllowed(s.wrongMethod(r))
			r.With(s.requireModule(store.ModuleGiveaways, store.LevelSee)).Get("/giveaways", s.handle(s.listGiveaways))
			r.With(s.requireModule(store.ModuleTickets, store.LevelSee)).Get("/tickets", s.handle(s.listTickets))
		})
		r.With(s.requireGuild(guildInQuery)).Get("/api/events/stream", s.stream(s.streamEvents))
	})
	return r
}

// sheet mounts a form of what is kept here, and where it is sent.
func (s *Server) sheet(r chi.Router, form, send string, of sheetOf) {
	r.With(compress).Get(form, s.handle(s.showSheet(of)))
	r.With(compress).Post(send, s.handle(s.saveSheet(of)))
}

// deletion mounts the question whether something kept here is to be deleted, and the answer.
func (s *Server) deletion(r chi.Router, path string, of func(*http.Request) (deletion, error)) {
	r.With(compress).Get(path, s.handle(s.askDelete(of)))
	r.With(compress).Post(path, s.handle(s.delete(of)))
}

// live mounts a page with a live part, and its stream.
func (s *Server) live(r chi.Router, path string, page func(*http.Request) (livePage, error)) {
	stream := path + "/live"
	if path == "/" {
		stream = "/live"
		r.With(compress).Head(path, s.handle(s.showLive(page))) // GetHead cannot see the root of a sub-router
	}
	r.With(compress).Get(path, s.handle(s.showLive(page)))
	r.Get(stream, s.stream(s.streamLive(page)))
}

package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"

	"github.com/a-h/templ"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/session"
	"guildboard/views/ui"
)

// Access to unexported parts of the package for its tests.

// A ListViewer is a viewer of the lists of a guild.
type ListViewer struct {
	Guild, Locale string
	Rights        access.Rights
}

// ReuseLayers says which layers of reuse within one render a view has; see package live.
type ReuseLayers struct{ RowCache, FragmentCache bool }

// GiveawayListView returns the view that the stream of the giveaway list shows to the viewer.
func (s *Server) GiveawayListView(viewer ListViewer, on ReuseLayers) (live.View, error) {
	r := viewer.request("/guilds/" + viewer.Guild + "/giveaways/live")
	lp, err := s.giveaways(r)
	if err != nil {
		return live.View{}, err
	}
	filter := parseGiveawayFilter(r, &lp.Page)
	query := giveawayQuery(filter, lp.Page.TimeZone())
	if on.RowCache {
		query.RowCache = new(store.GiveawayRowCache)
	}
	lp.Body = func(ctx context.Context, p ui.Page) (templ.Component, error) {
		return s.giveawayRows(ctx, p, filter, query, lp.ListPage)
	}
	return s.listView(lp, on), nil
}

// TicketListView returns the view that the stream of the ticket list shows to the viewer. It has no row cache.
func (s *Server) TicketListView(viewer ListViewer, on ReuseLayers) (live.View, error) {
	lp, err := s.tickets(viewer.request("/guilds/" + viewer.Guild + "/tickets/live"))
	return s.listView(lp, on), err
}

func (s *Server) listView(lp livePage, on ReuseLayers) live.View {
	body := lp.Body
	lp.Body = func(ctx context.Context, p ui.Page) (templ.Component, error) {
		if !on.FragmentCache {
			p.Fragments = nil
		}
		return body(ctx, p)
	}
	return s.liveView(lp)
}

// request returns a request of the viewer as the middleware passes it on.
func (v ListViewer) request(path string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	signedIn := &visitor{new(session.Session), map[string]string{"lang": v.Locale}}
	ctx := context.WithValue(r.Context(), visitorKey, signedIn)
	return r.WithContext(context.WithValue(ctx, guildKey, &guildAccess{link: ui.GuildLink{ID: v.Guild}, rights: v.Rights}))
}

// RouteTable lists the routes of the site, in the order in which they are mounted.
func RouteTable(s *Server) []Route {
	_, table := s.routes()
	lines := make([]Route, len(table))
	for i, r := range table {
		lines[i] = Route{Method: r.method, Pattern: r.pattern, Guard: r.guard, Level: r.level, Stream: r.stream}
	}
	return lines
}

// Route is a line of the route table.
type Route struct{ Method, Pattern, Guard, Level, Stream string }

// Resubscribe does what a new subscription does after the previous one was lost.
func (s *Server) Resubscribe() { s.handleSubscribed(true) }

// HandleEvent does what an event on the bus does.
func (s *Server) HandleEvent(e contract.Event, raw []byte) { s.handleEvent(e, raw) }

// ListenAndNotify is Listen, and sends on subscribed when the first subscription is active. subscribed must have room
// for one value.
func (s *Server) ListenAndNotify(ctx context.Context, subscribed chan<- bool) error {
	return s.Bus.Listen(ctx, s.handleEvent, func(isResubscription bool) {
		s.handleSubscribed(isResubscription)
		if !isResubscription {
			subscribed <- true
		}
	})
}

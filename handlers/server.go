// Package handlers serves the web site: routes, sign-in, access checks, pages, their live streams and the JSON API.
//
// A handler returns an error, and respond.go turns the error into a response. A page with a live part is one function
// that returns a livePage (live_page.go); the first paint, the poll and the stream all use it.
//
// # Limits
//
// A user has at most STREAMS_PER_USER streams over all processes, and a process STREAMS (admission.go). Users beyond their
// limit get 429. When many users connect at once they wait for admission, and further ones get 503. Retry-After is
// random in a range, and pages poll until then.
//
// A live region has at most 1.5 MB of HTML and a page 2 MB; renders over 256 KiB wait for each other (render_limiter.go).
// Searches, deep pages and API lists are limited to three at a time per user and twelve per process, exports to two and
// eight (expensive_limiter.go); more are answered with 429. TestPagesStayWithinBudget renders every page of a guild whose
// rows are as large as the columns allow.
package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/discord"
	"guildboard/store/presence"
	"guildboard/store/session"
	"guildboard/views/ui"
)

// Server holds the dependencies of the handlers. All fields are required, except those documented as optional.
type Server struct {
	Store         *store.Store
	Sessions      *session.Store
	Bus           *store.Bus
	Commands      *store.CommandQueue
	Live          *live.Engine
	StreamLimiter *presence.StreamLimiter
	Presence      *presence.Tracker
	Guilds        guildLister
	Names         *NameCache
	Site          ui.Site
	Metrics       *Metrics
	Log           *slog.Logger

	PublicURL      string         // scheme and host of the site as browsers see it, without a trailing slash
	TrustedProxies []netip.Prefix // proxies whose forwarded client address is trusted; may be empty

	SignInsPerAddress int // sign-ins that one address may start per minute; 0 means DefaultSignInsPerMinute

	Discord   *discord.Client        // OAuth client for sign-in; nil in demo mode
	DemoUser  *store.User            // manager account of the demo sign-in; nil outside demo mode
	DemoStaff *store.User            // staff account of the demo sign-in, without manager rights; nil for none
	InviteURL func(id string) string // returns the bot's invite URL for a guild; nil if there is none
	RedisPing func(context.Context) error
	Monitor   *Monitor // monitor of Live; nil in tests that do not need it

	renderLimiter *renderLimiter // set by the first call of Handler
}

// guildLister lists the guilds of a user and reports which of them the user can manage. discord.Client implements it.
type guildLister interface {
	Guilds(ctx context.Context, user string, tokens discord.Tokens, f discord.Freshness) (discord.GuildList, error)
}

// Handler returns the handler of the whole site.
func (s *Server) Handler() http.Handler {
	if s.renderLimiter == nil {
		s.renderLimiter = newRenderLimiter()
	}
	site, _ := s.routes()
	return site
}

// HandleEvent passes an event from the bus to the views and streams that depend on it. It does not block.
func (s *Server) HandleEvent(e store.Event, raw []byte) {
	if e.Type == store.GuildUpdateEvent || e.Type == store.MemberUpdateEvent {
		s.Names.invalidate(e.GuildID)
	}
	s.Live.Invalidate(e.Topics()...)
	if changesAccess(e.Type) {
		s.Live.Recheck(append(eventsTopics(e.GuildID), accessTopic(e.GuildID))...)
	}
	s.Live.Publish(eventsTopic(e.GuildID, audienceManagers), raw)
	if module := e.Module(); module != "" {
		s.Live.Publish(eventsTopic(e.GuildID, audienceBothModules), raw)
		s.Live.Publish(eventsTopic(e.GuildID, string(module)), raw)
		if module == store.ModuleGiveaways {
			if raw = (store.Rights{}).RedactEvent(raw); raw == nil {
				return
			}
		}
		s.Live.Publish(eventsTopic(e.GuildID, audienceBothModules+redactedSuffix), raw)
		s.Live.Publish(eventsTopic(e.GuildID, string(module)+redactedSuffix), raw)
	}
}

// HandlePresenceChange re-renders the views that show the viewers of the topic.
func (s *Server) HandlePresenceChange(topic string) { s.Live.Invalidate(topic) }

// HandleSubscribed re-renders every watched view when the bus subscription is established. After a resubscription it
// also rechecks the access of all viewers, because events published in between are lost.
func (s *Server) HandleSubscribed(isResubscription bool) {
	if isResubscription {
		s.Metrics.resubscribed.Inc()
		s.Live.RecheckAll()
	}
	s.Names.invalidate("")
	s.Live.InvalidateAll()
	s.Monitor.setSubscribed(true)
}

// HandleSubscriptionLost makes every open page show that it is not live.
func (s *Server) HandleSubscriptionLost() {
	s.Monitor.setSubscribed(false)
}

// HandleSessionEnd ends the streams of a session that ended, including in another process.
func (s *Server) HandleSessionEnd(end session.End) { s.Live.RecheckUser(end.UserID) }

// changesAccess reports whether events of the type can change which users have access to a guild.
func changesAccess(t store.EventType) bool {
	switch t {
	case store.MemberUpdateEvent, store.MemberLeaveEvent, store.GuildUpdateEvent, store.SettingsUpdateEvent:
		return true
	}
	return false
}

// accessTopic returns the topic of the views that require access to the guild.
func accessTopic(guild string) string { return "access " + guild }

// Package handlers answers requests: routes, sign-in, the access guard, pages and their streams.
//
// A handler returns an error, and respond.go answers it. A page with a live part is one function that makes a livePage
// (live_page.go); first paint, poll and stream all come from it.
package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/discord"
	"guildboard/views"
)

// Server holds what handlers need. All fields but Discord, DemoUser and InviteURL are required.
type Server struct {
	Store         *store.Store
	Sessions      *store.SessionStore
	Bus           *store.Bus
	Commands      *store.CommandQueue
	Live          *live.Engine
	StreamLimiter *store.StreamLimiter // for streams
	Presence      *store.PresenceTracker
	Guilds        guildLister
	Names         *NameCache
	Site          views.Site
	Metrics       *Metrics
	Log           *slog.Logger

	PublicURL      string         // scheme and host that browsers come to, without a slash at its end
	TrustedProxies []netip.Prefix // whose word for the client's address is believed; none: nobody's

	SignInsPerAddress int // that one address may begin in a minute; 0: DefaultSignInsPerMinute

	Discord   *discord.Client        // signs people in; nil in demo mode
	DemoUser  *store.User            // whom one click signs in; nil outside of demo mode
	DemoStaff *store.User            // whom another click signs in, who is no manager; nil for nobody
	InviteURL func(id string) string // where the bot is invited to a guild; nil: nowhere
	RedisPing func(context.Context) error
	Monitor   *Monitor // of Live; nil in tests that need none

	renderLimiter *renderLimiter // set by the first call of Handler
}

// guildLister tells which guilds a person is in, and which of them they may manage; discord.Client does.
type guildLister interface {
	Guilds(ctx context.Context, user string, tokens discord.Tokens, f discord.Freshness) (discord.GuildList, error)
}

// Handler is the whole site.
func (s *Server) Handler() http.Handler {
	if s.renderLimiter == nil {
		s.renderLimiter = newRenderLimiter()
	}
	site, _ := s.routes()
	return site
}

// HandleEvent takes an event from the bus to whoever watches. It never waits.
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

// HandlePresenceChange has those pages looked at again that say who looks at the topic.
func (s *Server) HandlePresenceChange(topic string) { s.Live.Invalidate(topic) }

// HandleSubscribed has every watched page looked at again, and every viewer's access checked: what was published while nobody
// listened is lost.
func (s *Server) HandleSubscribed(isResubscription bool) {
	if isResubscription {
		s.Metrics.resubscribed.Inc()
		s.Live.RecheckAll()
	}
	s.Names.invalidate("")
	s.Live.InvalidateAll()
	s.Monitor.setSubscribed(true)
}

// HandleSubscriptionLost has every open page say that it is not live.
func (s *Server) HandleSubscriptionLost() {
	s.Monitor.setSubscribed(false)
}

// HandleSessionEnd ends the streams of a session, in whatever process they are.
func (s *Server) HandleSessionEnd(end store.SessionEnd) { s.Live.RecheckUser(end.UserID) }

// changesAccess tells which events may change who has access to a guild.
func changesAccess(t store.EventType) bool {
	switch t {
	case store.MemberUpdateEvent, store.MemberLeaveEvent, store.GuildUpdateEvent, store.SettingsUpdateEvent:
		return true
	}
	return false
}

// accessTopic names the views whose viewers need access to the guild.
func accessTopic(guild string) string { return "access " + guild }

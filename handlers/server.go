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
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/handlers/connlimit"
	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/discord"
	"guildboard/store/presence"
	"guildboard/store/session"
	"guildboard/views/ui"
)

// Config configures a Server. Fields are required unless a default is given.
type Config struct {
	Store    *store.Store
	Sessions *session.Store
	Redis    redis.UniversalClient // shared by all processes of the site; the caller closes it
	Guilds   guildLister
	Log      *slog.Logger

	PublicURL string  // scheme and host of the site as browsers see it, without a trailing slash
	Site      ui.Site // such as ui.DefaultSite()

	// How users sign in: one of the two is set.
	Discord *discord.Client // OAuth client; nil in demo mode
	Demo    *Demo           // nil outside demo mode

	InviteURL   func(guild string) string // returns the bot's invite URL for a guild; default: there is none
	ContractKey contract.Key              // signs commands, and their results must be signed; default: without signatures

	TrustedProxies    []netip.Prefix // proxies whose forwarded client address is trusted; default none
	SignInsPerAddress int            // sign-ins that one address may start per minute; default 60

	Streams     live.Config        // configures Live; PingInterval and Log are set from Site and Log
	Connections *connlimit.Limiter // limiter to export metrics of; default none
	NamesTTL    time.Duration      // time after which names of channels and roles are loaded again; default 30 s
	ResultWait  time.Duration      // how long an action waits for the result of its bot request; default: not at all
	CheckHealth healthCheck        // checks the database for readiness and live updates; default Store.CheckHealth
}

// healthCheck queries the database like pages do, and reports whether it accepts writes.
type healthCheck func(context.Context) (isWritable bool, err error)

// Demo holds the accounts that the demo offers for sign-in: a manager, and a staff member without manager rights.
type Demo struct{ Manager, StaffMember contract.User }

// withDefaults returns c with defaults for its optional fields, or an error that names each missing or invalid field.
func (c Config) withDefaults() (Config, error) {
	public, err := url.Parse(c.PublicURL)
	var problems []error
	for _, field := range []struct {
		name    string
		isValid bool
	}{
		{"Store is nil", c.Store != nil},
		{"Sessions is nil", c.Sessions != nil},
		{"Redis is nil", c.Redis != nil},
		{"Guilds is nil", c.Guilds != nil},
		{"Log is nil", c.Log != nil},
		{"PublicURL is not scheme://host", err == nil && public.Host != "" && c.PublicURL == public.Scheme+"://"+public.Host},
		{"Site is empty", c.Site.Brand != ""},
		{"not exactly one of Discord and Demo is set", (c.Discord == nil) != (c.Demo == nil)},
		{"SignInsPerAddress is negative", c.SignInsPerAddress >= 0},
		{"NamesTTL is negative", c.NamesTTL >= 0},
		{"ResultWait is negative", c.ResultWait >= 0},
	} {
		if !field.isValid {
			problems = append(problems, errors.New("handlers: Config: "+field.name))
		}
	}
	if problems != nil {
		return c, errors.Join(problems...)
	}
	c.SignInsPerAddress = cmp.Or(c.SignInsPerAddress, defaultSignInsPerAddress)
	c.NamesTTL = cmp.Or(c.NamesTTL, defaultNamesTTL)
	c.Streams.PingInterval, c.Streams.Log = c.Site.PingInterval, c.Log
	if c.CheckHealth == nil {
		c.CheckHealth = c.Store.CheckHealth
	}
	return c, nil
}

// Server serves the site in one process. Listen, MonitorDatabase and Commands.Run must run while it serves.
type Server struct {
	Config // complete, with defaults

	Bus           *store.Bus
	Commands      *store.CommandQueue
	Live          *live.Engine // the caller closes it
	StreamLimiter *presence.StreamLimiter
	Presence      *presence.Tracker

	names         *nameCache
	metrics       *metrics
	monitor       *monitor
	renderLimiter *renderLimiter
	handler       http.Handler
}

// New returns a Server whose pages are stale until Listen and MonitorDatabase run.
func New(c Config) (*Server, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	engine := live.New(c.Streams)
	engine.SetCondition(live.Stale)
	s := &Server{
		Config: c, Live: engine, Bus: store.NewBus(c.Redis, c.Log),
		StreamLimiter: presence.NewStreamLimiter(c.Redis, engine.MaxStreamsPerUser(), c.Log),
		Presence:      presence.NewTracker(c.Redis, c.Log),
		names:         newNameCache(c.Store, c.NamesTTL, c.Log), metrics: newMetrics(engine, c.Connections),
		monitor: &monitor{check: c.CheckHealth, live: engine, log: c.Log}, renderLimiter: newRenderLimiter(),
	}
	s.Bus.CountEvent = s.metrics.countEvent
	presence.OnChange(s.Bus, func(topic string) { engine.Invalidate(topic) })
	session.OnEnd(s.Bus, func(end session.EndEvent) { engine.RecheckUser(end.UserID) })
	s.Bus.OnSubscriptionLost = func() { s.monitor.setSubscribed(false) }
	s.Commands = store.NewCommandQueue(c.Store, c.Redis, s.Bus, c.Log)
	s.Commands.Key, s.Commands.CountUnsigned = c.ContractKey, s.metrics.unsignedResults.Inc
	s.handler, _ = s.routes()
	return s, nil
}

// guildLister lists the guilds of a user and reports which of them the user can manage. discord.Client implements it.
type guildLister interface {
	Guilds(ctx context.Context, user string, tokens discord.Tokens, f discord.Freshness) (discord.GuildList, error)
}

// Handler returns the handler of the whole site.
func (s *Server) Handler() http.Handler { return s.handler }

// MetricsHandler returns the handler of Prometheus metrics.
func (s *Server) MetricsHandler() http.Handler { return s.metrics.handler() }

// Listen receives the events of all processes and updates pages because of them. It returns nil when ctx ends.
func (s *Server) Listen(ctx context.Context) error {
	return s.Bus.Listen(ctx, s.handleEvent, s.handleSubscribed)
}

// MonitorDatabase checks the database every second, so that pages show when it does not respond or accepts no writes.
// It returns nil when ctx ends.
func (s *Server) MonitorDatabase(ctx context.Context) error { return s.monitor.run(ctx) }

// handleEvent passes an event from the bus to the views and streams that depend on it. It does not block.
func (s *Server) handleEvent(e contract.Event, raw []byte) {
	if e.Type == contract.GuildUpdateEvent || e.Type == contract.MemberUpdateEvent {
		s.names.invalidate(e.GuildID)
	}
	s.Live.Invalidate(e.Topics()...)
	s.Commands.HandleEvent(e)
	if changesAccess(e.Type) {
		s.Live.Recheck(append(eventsTopics(e.GuildID), accessTopic(e.GuildID))...)
	}
	s.Live.Publish(eventsTopic(e.GuildID, audienceManagers), raw)
	if module := access.ModuleOf(e); module != "" {
		s.Live.Publish(eventsTopic(e.GuildID, audienceBothModules), raw)
		s.Live.Publish(eventsTopic(e.GuildID, string(module)), raw)
		if module == access.ModuleGiveaways {
			if raw = (access.Rights{}).RedactEvent(raw); raw == nil {
				return
			}
		}
		s.Live.Publish(eventsTopic(e.GuildID, audienceBothModules+redactedSuffix), raw)
		s.Live.Publish(eventsTopic(e.GuildID, string(module)+redactedSuffix), raw)
	}
}

// handleSubscribed re-renders every watched view when the bus subscription is established. After a resubscription it
// also rechecks the access of all viewers, because events published in between are lost.
func (s *Server) handleSubscribed(isResubscription bool) {
	if isResubscription {
		s.metrics.resubscribed.Inc()
		s.Live.RecheckAll()
	}
	s.names.invalidate("")
	s.Live.InvalidateAll()
	s.monitor.setSubscribed(true)
}

// changesAccess reports whether events of the type can change which users have access to a guild.
func changesAccess(t contract.EventType) bool {
	switch t {
	case contract.MemberUpdateEvent, contract.MemberLeaveEvent, contract.GuildUpdateEvent, contract.SettingsUpdateEvent:
		return true
	}
	return false
}

// accessTopic returns the topic of the views that require access to the guild.
func accessTopic(guild string) string { return "access " + guild }

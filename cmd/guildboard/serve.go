package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"guildboard/handlers"
	"guildboard/handlers/connlimit"
	"guildboard/handlers/live"
	"guildboard/store"
)

// quiet is a logger that says nothing.
type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

// farewell is how long requests that are under way may take when the process is told to stop.
const farewell = 10 * time.Second

// server is all that runs in one process. Fields of handlers.Server that follow from the others are filled in by run.
type server struct {
	common
	tlsCert, tlsKey string
	handlers        handlers.Server
	contractKey     store.ContractKey
	redis           redis.UniversalClient
	bus             *store.Bus
	limits          live.Config
	beside          []func(context.Context) error // what else runs until the end
	ready           func(url string)              // called once requests are answered
}

// run serves until ctx ends or a part fails: then streams end, requests under way are finished, and the rest stops.
func (s *server) run(ctx context.Context, log *slog.Logger) error {
	redis.SetLogger(quiet{}) // what matters of it comes back as errors
	s.limits.Ping, s.limits.Log = s.handlers.Site.Ping, log
	budget := newFileBudget(openFiles(), s.limits.PerProcess, s.Connections, s.tlsCert != "")
	budget.report(log, s.limits.PerProcess, s.Connections)
	s.limits.PerProcess = budget.streams
	engine := live.New(s.limits)
	engine.SetCondition(live.Stale) // until the monitor has seen that all is there
	metrics := handlers.NewMetrics(engine)
	connections := connlimit.New(connlimit.Config{Connections: budget.connections, Exempt: isHealthCheck, Log: log})
	metrics.WatchConnections(connections)
	s.bus.Counted = metrics.Counted
	site := &s.handlers
	site.Bus, site.Live, site.Metrics, site.Log = s.bus, engine, metrics, log
	site.Names = handlers.NewNames(site.Store, log)
	site.Seats = store.NewSeats(s.redis, engine.PerUser(), log)
	defer site.Seats.Settle() // so that who comes back finds a seat
	site.Looks = store.NewLooks(s.redis, log)
	defer site.Looks.Settle()
	s.bus.Looked, s.bus.SessionEnded, s.bus.SubscriptionLost = site.Looked, site.SessionEnded, site.SubscriptionLost
	site.Commands = store.NewCommands(site.Store, s.redis, s.bus, log)
	site.Commands.Key, site.Commands.CountUnsigned = s.contractKey, metrics.CountUnsignedResult
	site.Monitor = &handlers.Monitor{Check: site.Store.Check, Live: engine, Log: log}
	site.RedisPing = func(ctx context.Context) error { return s.redis.Ping(ctx).Err() }

	listener, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return fmt.Errorf("ADDR (--addr): %w", err)
	}
	if site.PublicURL == "" {
		site.PublicURL = "http://" + listener.Addr().String()
	}
	web := newHTTPServer(site.Handler(), connections, log)
	web.RegisterOnShutdown(engine.Close)

	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return warnOfEviction(ctx, s.redis, log) })
	all.Go(func() error { return s.bus.Listen(ctx, site.Heard, site.Subscribed) })
	all.Go(func() error { return site.Monitor.Run(ctx) })
	all.Go(func() error { return site.Commands.Run(ctx) })
	all.Go(func() error { return s.serve(web, listener) })
	all.Go(func() error { return giveBack(ctx, engine) })
	all.Go(func() error { return shutdown(ctx, web) })
	if s.MetricsAddr != "" {
		scrapes := connlimit.New(connlimit.Config{Connections: metricsConnections, Log: log})
		figures := newHTTPServer(metricsOnly(metrics), scrapes, log)
		figures.Addr = s.MetricsAddr
		all.Go(func() error { return named("METRICS_ADDR (--metrics-addr)", ignoreClosed(figures.ListenAndServe())) })
		all.Go(func() error { return shutdown(ctx, figures) })
	}
	for _, f := range s.beside {
		all.Go(func() error { return f(ctx) })
	}
	log.Info("listening", "addr", listener.Addr().String(), "url", site.PublicURL)
	if s.ready != nil {
		s.ready(site.PublicURL)
	}
	return all.Wait()
}

// warnOfEviction logs a warning if Redis may evict keys: without their sessions users are signed out, and without the
// streams commands and results are lost. It logs nothing if Redis does not tell its policy.
func warnOfEviction(ctx context.Context, client redis.UniversalClient, log *slog.Logger) error {
	policy := store.EvictionPolicy(ctx, client)
	if policy != "" && policy != store.KeepsKeys {
		log.WarnContext(ctx, "redis may evict sessions, commands and results when its memory is full; "+
			"set maxmemory-policy to noeviction", "maxmemory-policy", policy)
	}
	return nil
}

// giveBack returns memory to the system when a rush of connects is over and it is quiet. Each connect takes ten times what its
// stream keeps, and where nothing happens after it, nothing would have that collected. Where much happens it is collected
// anyway, and returning all of it at once would hold looks up.
func giveBack(ctx context.Context, engine *live.Engine) error {
	const quiet = 20 // looks a second, at most: those that views make by themselves
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var before live.Stats
	settled := 0 // how many streams there were last time
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		now := engine.Stats()
		if now.Streams == before.Streams && now.Renders-before.Renders <= quiet &&
			max(now.Streams, settled)-min(now.Streams, settled) > 500+settled/10 {
			debug.FreeOSMemory()
			settled = now.Streams
		}
		before = now
	}
}

// newHTTPServer returns a server whose clients cannot hold it up: every part of a request and of its answer has a deadline,
// and connections bounds how many of them there are.
func newHTTPServer(h http.Handler, connections *connlimit.Limiter, log *slog.Logger) *http.Server {
	web := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      30 * time.Second, // streams and exports set their own
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	connections.Install(web)
	return web
}

// isHealthCheck reports whether a request is answered even when the limit of connections is reached.
func isHealthCheck(r *http.Request) bool { return r.URL.Path == "/healthz" || r.URL.Path == "/readyz" }

func metricsOnly(m *handlers.Metrics) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	return mux
}

func (s *server) serve(web *http.Server, listener net.Listener) error {
	if s.tlsCert != "" {
		return named("TLS_CERT and TLS_KEY", ignoreClosed(web.ServeTLS(listener, s.tlsCert, s.tlsKey)))
	}
	return ignoreClosed(web.Serve(listener))
}

// shutdown waits for the end, and then for what is under way.
func shutdown(ctx context.Context, web *http.Server) error {
	<-ctx.Done()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	if err := web.Shutdown(ctx); err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	return nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// named says which setting an error is about.
func named(setting string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", setting, err)
}

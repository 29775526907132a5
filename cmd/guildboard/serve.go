package main

import (
	"cmp"
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

// discardLogger is a logger without output.
type discardLogger struct{}

func (discardLogger) Printf(context.Context, string, ...any) {}

// shutdownTimeout is how long requests in progress may take after the process receives a signal to stop.
const shutdownTimeout = 10 * time.Second

// server holds what the commands that serve have in common. The method run completes the site's configuration.
type server struct {
	serverConfig
	tlsCert, tlsKey string
	site            handlers.Config
	background      []func(context.Context) error // further tasks that run until shutdown
	onReady         func(url string)              // called once the server accepts requests
}

// resultWait is how long an action waits for the bot before the page shows it as in progress. Bots answer in less than a
// second unless Discord's rate limits delay them.
const resultWait = 3 * time.Second

// run serves until ctx ends or a part fails. Then streams end, requests in progress are completed, and the other parts
// stop.
func (s *server) run(ctx context.Context, log *slog.Logger) error {
	redis.SetLogger(discardLogger{}) // calls return its errors
	listener, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return fmt.Errorf("ADDR (--addr): %w", err)
	}
	config := s.site
	budget := newFileBudget(openFiles(), config.Streams.MaxStreams, s.Connections, s.tlsCert != "")
	budget.warnIfReduced(log, config.Streams.MaxStreams, s.Connections)
	config.Streams.MaxStreams, config.Log = budget.streams, log
	config.Connections = connlimit.New(connlimit.Config{Connections: budget.connections, Exempt: isHealthCheck, Log: log})
	config.ResultWait = resultWait
	config.PublicURL = cmp.Or(config.PublicURL, "http://"+listener.Addr().String())
	site, err := handlers.New(config)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer site.StreamLimiter.Flush() // so that reconnecting clients find their slots free
	defer site.Presence.Flush()
	web := newHTTPServer(site.Handler(), config.Connections, log)
	web.RegisterOnShutdown(site.Live.Close)

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return warnAboutEviction(ctx, config.Redis, log) })
	group.Go(func() error { return site.Listen(ctx) })
	group.Go(func() error { return site.MonitorDatabase(ctx) })
	group.Go(func() error { return site.Commands.Run(ctx) })
	group.Go(func() error { return s.serve(web, listener) })
	group.Go(func() error { return releaseIdleMemory(ctx, site.Live) })
	group.Go(func() error { return shutdownWhenDone(ctx, web) })
	if s.MetricsAddr != "" {
		metricsLimiter := connlimit.New(connlimit.Config{Connections: metricsConnections, Log: log})
		metricsServer := newHTTPServer(metricsHandler(site), metricsLimiter, log)
		metricsServer.Addr = s.MetricsAddr
		group.Go(func() error {
			return settingError("METRICS_ADDR (--metrics-addr)", ignoreServerClosed(metricsServer.ListenAndServe()))
		})
		group.Go(func() error { return shutdownWhenDone(ctx, metricsServer) })
	}
	for _, task := range s.background {
		group.Go(func() error { return task(ctx) })
	}
	log.Info("listening", "addr", listener.Addr().String(), "url", site.PublicURL)
	if s.onReady != nil {
		s.onReady(site.PublicURL)
	}
	return group.Wait()
}

// warnAboutEviction logs a warning if Redis may evict keys: without their sessions users are signed out, and without the
// streams commands and results are lost. It logs nothing if Redis does not return its policy.
func warnAboutEviction(ctx context.Context, client redis.UniversalClient, log *slog.Logger) error {
	policy := store.EvictionPolicy(ctx, client)
	if policy != "" && policy != store.PolicyNoEviction {
		log.WarnContext(ctx, "redis may evict sessions, commands and results when its memory is full; "+
			"set maxmemory-policy to noeviction", "maxmemory-policy", policy)
	}
	return nil
}

// releaseIdleMemory returns memory to the system once a burst of new streams is over and the load is low. Establishing
// a stream takes ten times the memory that the stream keeps, and an idle process does not collect that garbage. A busy
// process collects it anyway, and returning all memory at once would delay renders.
func releaseIdleMemory(ctx context.Context, engine *live.Engine) error {
	const maxIdleRenders = 20 // renders per second that views make at their refresh interval
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var previous live.Stats
	releasedAt := 0 // number of streams at the last release
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		now := engine.Stats()
		if now.Streams == previous.Streams && now.Renders-previous.Renders <= maxIdleRenders &&
			max(now.Streams, releasedAt)-min(now.Streams, releasedAt) > 500+releasedAt/10 {
			debug.FreeOSMemory()
			releasedAt = now.Streams
		}
		previous = now
	}
}

// newHTTPServer returns a server with a deadline for every part of a request and response, so that slow clients cannot
// block it. The limiter bounds the number of connections.
func newHTTPServer(h http.Handler, connections *connlimit.Limiter, log *slog.Logger) *http.Server {
	web := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      30 * time.Second, // streams and exports set their own deadlines
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	connections.Install(web)
	return web
}

// isHealthCheck reports whether a request is served even when the limit of connections is reached.
func isHealthCheck(r *http.Request) bool { return r.URL.Path == "/healthz" || r.URL.Path == "/readyz" }

func metricsHandler(site *handlers.Server) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", site.MetricsHandler())
	return mux
}

func (s *server) serve(web *http.Server, listener net.Listener) error {
	if s.tlsCert != "" {
		return settingError("TLS_CERT and TLS_KEY", ignoreServerClosed(web.ServeTLS(listener, s.tlsCert, s.tlsKey)))
	}
	return ignoreServerClosed(web.Serve(listener))
}

// shutdownWhenDone waits until ctx ends, and then for requests in progress.
func shutdownWhenDone(ctx context.Context, web *http.Server) error {
	<-ctx.Done()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := web.Shutdown(ctx); err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}

func ignoreServerClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// settingError adds the name of the setting to an error.
func settingError(setting string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", setting, err)
}

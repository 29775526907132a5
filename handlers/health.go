package handlers

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// healthz answers "GET /healthz" with 200 while the process serves requests.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	s.writeBody(w, http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
}

// readyz answers "GET /readyz" with 200 if the database, Redis and the subscription are available and the database
// accepts writes, else with 503 and the names of the unavailable parts.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	unavailable := s.unavailableParts(r.Context())
	if !s.Bus.IsSubscribed() {
		unavailable = append(unavailable, "subscription")
	}
	status := http.StatusOK
	if len(unavailable) > 0 {
		status = http.StatusServiceUnavailable
	}
	s.respondJSON(w, r, status, map[string]any{"ready": len(unavailable) == 0, "unavailable": unavailable})
}

// unavailableParts returns the names of the parts that do not respond within a second, and "writing" if the database
// rejects writes.
func (s *Server) unavailableParts(ctx context.Context) (parts []string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	checks := []struct {
		part string
		ping func(context.Context) error
		err  error
	}{{part: "database"}, {part: "redis", ping: s.pingRedis}}
	writable := false
	checks[0].ping = func(ctx context.Context) (err error) {
		writable, err = s.CheckHealth(ctx)
		return err
	}
	var wg sync.WaitGroup
	for i := range checks {
		wg.Go(func() { checks[i].err = checks[i].ping(ctx) })
	}
	wg.Wait()
	parts = []string{}
	for _, c := range checks {
		if c.err != nil {
			parts = append(parts, c.part)
		}
	}
	if checks[0].err == nil && !writable {
		parts = append(parts, "writing")
	}
	return parts
}

func (s *Server) pingRedis(ctx context.Context) error { return s.Redis.Ping(ctx).Err() }

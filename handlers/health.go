package handlers

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// healthz answers "GET /healthz": the process runs.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	s.writeBody(w, http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
}

// readyz answers "GET /readyz": 200 when database, Redis and the subscription are there and changes can be saved, else
// 503 and what is missing.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	unavailable := s.unavailableParts(r.Context())
	if !s.Bus.IsSubscribed() {
		unavailable = append(unavailable, "subscription")
	}
	status := http.StatusOK
	if len(unavailable) > 0 {
		status = http.StatusServiceUnavailable
	}
	s.respondJSON(w, r, status, map[string]any{"ready": len(unavailable) == 0, "away": unavailable})
}

// unavailableParts names the parts that do not answer within a second, and "writing" when the database accepts no
// changes.
func (s *Server) unavailableParts(ctx context.Context) (parts []string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	checks := []struct {
		part string
		ping func(context.Context) error
		err  error
	}{{part: "database"}, {part: "redis", ping: s.RedisPing}}
	writable := false
	checks[0].ping = func(ctx context.Context) (err error) {
		writable, err = s.Store.CheckHealth(ctx)
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

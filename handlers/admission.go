package handlers

import (
	"context"
	"hash/maphash"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"guildboard/handlers/live"
)

// Limits on stream connects. A connect costs database queries before its user is known. If many arrive at once, as
// after a restart, a limited number is processed concurrently, more wait in a queue, and the rest must retry after a
// few seconds, since a queued connect uses memory. A session that reconnects too often is refused before any query.
const (
	maxConcurrentConnects = 128  // processed at the same time
	maxQueuedConnects     = 2048 // waiting, at about 20 KB each
	connectQueueTimeout   = 5 * time.Second
	maxSessionLimiters    = 1 << 14 // sessions whose connect rate is remembered
)

// streamAdmission limits the rate and the concurrency of stream connects.
type streamAdmission struct {
	server *Server
	queue  chan struct{} // a token per waiting connect
	slots  chan struct{}
	seed   maphash.Seed

	mu       sync.Mutex
	limiters map[uint64]*rate.Limiter // by session
}

func newStreamAdmission(s *Server) *streamAdmission {
	return &streamAdmission{
		server: s, queue: make(chan struct{}, maxQueuedConnects), slots: make(chan struct{}, maxConcurrentConnects),
		seed: maphash.MakeSeed(), limiters: map[uint64]*rate.Limiter{},
	}
}

// sessionLimiter returns the connect rate limiter of a session. The burst is four times the streams of a user, as when
// filters change quickly; the rate allows all streams of a user every 8 seconds. At maxSessionLimiters all limiters are
// reset.
func (a *streamAdmission) sessionLimiter(session string) *rate.Limiter {
	key := maphash.String(a.seed, session)
	a.mu.Lock()
	defer a.mu.Unlock()
	limiter := a.limiters[key]
	if limiter == nil {
		if len(a.limiters) >= maxSessionLimiters {
			clear(a.limiters)
		}
		streams := a.server.Live.MaxStreamsPerUser()
		limiter = rate.NewLimiter(rate.Limit(streams)/8, 4*streams)
		a.limiters[key] = limiter
	}
	return limiter
}

// middleware refuses stream connects beyond the limits. Other requests pass. It must come before any costly middleware.
func (a *streamAdmission) middleware(next http.Handler) http.Handler {
	return a.server.handle(func(w http.ResponseWriter, r *http.Request) error {
		if !isStream(r) {
			next.ServeHTTP(w, r)
			return nil
		}
		if !a.sessionLimiter(a.server.Sessions.UnverifiedKey(r)).Allow() {
			return a.server.Live.Refuse(live.ReasonUserLimit)
		}
		if err := a.admit(r.Context()); err != nil {
			return err
		}
		release := sync.OnceFunc(func() { <-a.slots })
		defer release()
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), admissionKey, release)))
		return nil
	})
}

// admit waits for a slot, for at most connectQueueTimeout.
func (a *streamAdmission) admit(ctx context.Context) error {
	select {
	case a.queue <- struct{}{}:
		defer func() { <-a.queue }()
	default:
		return a.server.Live.Refuse(live.ReasonBusy)
	}
	select {
	case a.slots <- struct{}{}:
		return nil
	case <-time.After(connectQueueTimeout):
		return a.server.Live.Refuse(live.ReasonBusy)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// isStream reports whether a request is for a stream.
func isStream(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, "/live") || r.URL.Path == "/api/events/stream"
}

// acquireStreamSlot releases the request's admission slot and acquires one of the viewer's stream slots, which all
// processes share. viewer.OnEnd of the result releases it.
func (s *Server) acquireStreamSlot(r *http.Request, viewer live.Viewer) (live.Viewer, error) {
	if release, ok := r.Context().Value(admissionKey).(func()); ok {
		release()
	}
	release, ok := s.StreamLimiter.Acquire(r.Context(), viewer.UserID)
	if !ok && s.Live.EndDisconnected(viewer.UserID) {
		s.StreamLimiter.Flush()
		release, ok = s.StreamLimiter.Acquire(r.Context(), viewer.UserID)
	}
	if !ok {
		return viewer, s.Live.Refuse(live.ReasonUserLimit)
	}
	viewer.OnEnd = release
	return viewer, nil
}

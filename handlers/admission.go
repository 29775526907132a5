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

// A connect costs some queries before it is known whose it is. When very many come at once, as after a restart, few are
// looked at at the same time, and more wait in line; the rest is sent away for a few seconds, since a line costs memory, and
// one session that comes again and again is sent away before it costs anything.
const (
	maxConcurrentConnects = 128  // connects that are looked at at the same time
	maxQueuedConnects     = 2048 // connects that wait for that, of some 20 KB each
	connectQueueTimeout   = 5 * time.Second
	maxSessionLimiters    = 1 << 14 // sessions whose pace is remembered
)

// A streamAdmission lets streams in.
type streamAdmission struct {
	server *Server
	queue  chan struct{} // who waits
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

// sessionLimiter is how often a session may come: all its streams several times at once, as when filters change quickly, and then
// all of them in eight seconds. When too many sessions are known, all begin anew.
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

// middleware stands before everything that costs something, and lets pass what is no stream.
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

// admit waits in line until there is room inside.
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

// isStream tells whether a request is for a stream.
func isStream(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, "/live") || r.URL.Path == "/api/events/stream"
}

// acquireStreamSlot makes room at the door for the next, and gives the viewer one of the seats that they have in all processes.
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

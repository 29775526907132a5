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
	connecting  = 128  // connects that are looked at at the same time
	inLine      = 2048 // connects that wait for that, of some 20 KB each
	longestWait = 5 * time.Second
	knownAtDoor = 1 << 14 // sessions whose pace is remembered
)

// A door lets streams in.
type door struct {
	site   *Server
	line   chan struct{} // who waits
	inside chan struct{}
	seed   maphash.Seed

	mu    sync.Mutex
	paces map[uint64]*rate.Limiter // by session
}

func newDoor(s *Server) *door {
	return &door{
		site: s, line: make(chan struct{}, inLine), inside: make(chan struct{}, connecting),
		seed: maphash.MakeSeed(), paces: map[uint64]*rate.Limiter{},
	}
}

// pace is how often a session may come: all its streams several times at once, as when filters change quickly, and then
// all of them in eight seconds. When too many sessions are known, all begin anew.
func (d *door) pace(session string) *rate.Limiter {
	key := maphash.String(d.seed, session)
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.paces[key]
	if p == nil {
		if len(d.paces) >= knownAtDoor {
			clear(d.paces)
		}
		streams := d.site.Live.PerUser()
		p = rate.NewLimiter(rate.Limit(streams)/8, 4*streams)
		d.paces[key] = p
	}
	return p
}

// guard stands before everything that costs something, and lets pass what is no stream.
func (d *door) guard(next http.Handler) http.Handler {
	return d.site.handle(func(w http.ResponseWriter, r *http.Request) error {
		if !isStream(r) {
			next.ServeHTTP(w, r)
			return nil
		}
		if !d.pace(d.site.Sessions.Claimed(r)).Allow() {
			return d.site.Live.Refuse(live.TooMany)
		}
		if err := d.enter(r.Context()); err != nil {
			return err
		}
		leave := sync.OnceFunc(func() { <-d.inside })
		defer leave()
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), doorKey, leave)))
		return nil
	})
}

// enter waits in line until there is room inside.
func (d *door) enter(ctx context.Context) error {
	select {
	case d.line <- struct{}{}:
		defer func() { <-d.line }()
	default:
		return d.site.Live.Refuse(live.Busy)
	}
	select {
	case d.inside <- struct{}{}:
		return nil
	case <-time.After(longestWait):
		return d.site.Live.Refuse(live.Busy)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// isStream tells whether a request is for a stream.
func isStream(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, "/live") || r.URL.Path == "/api/events/stream"
}

// seated makes room at the door for the next, and gives the viewer one of the seats that they have in all processes.
func (s *Server) seated(r *http.Request, who live.Viewer) (live.Viewer, error) {
	if leave, ok := r.Context().Value(doorKey).(func()); ok {
		leave()
	}
	leave, ok := s.Seats.Take(r.Context(), who.User)
	if !ok && s.Live.DropGone(who.User) {
		s.Seats.Settle()
		leave, ok = s.Seats.Take(r.Context(), who.User)
	}
	if !ok {
		return who, s.Live.Refuse(live.TooMany)
	}
	who.Left = leave
	return who, nil
}

package live

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"
)

// A Viewer is who watches a stream.
type Viewer struct {
	User string // whose streams are counted together

	// Allowed is asked again and again while the stream lasts, but not before it: the route's guard has just asked. False
	// ends the stream; an error is no answer, and lets it go on until Config.Grace has passed since the last yes. It is
	// called by another goroutine than the handler's, and must heed ctx. Nil means allowed for good.
	Allowed func(ctx context.Context) (bool, error)

	// Guarded is a time before the route's guard checked access. If Recheck was called since, Allowed is called as soon
	// as the stream has begun. Zero means that access can't have changed.
	Guarded time.Time

	// Left is called once, when the stream is over or was not begun, and must not wait for anything. Nil is nothing.
	Left func()
}

// access asks again whether the viewer is allowed. Its fields are guarded by stream.mu.
type access struct {
	due        int64              // when to ask, in ns since the engine was made; 0 means never
	confirmed  int64              // the last yes
	cancel     context.CancelFunc // of the question that is being asked
	isOutdated bool               // something has changed since the question that is being asked, or before the first was planned
}

func (a *access) begin(s *stream) {
	if s.who.Allowed != nil {
		a.confirmed = s.engine.since(time.Now())
		a.plan(s)
	}
}

// isGuardOutdated reports whether access may have changed since the route's guard checked it. It must be called when
// Recheck can reach the stream.
func (s *stream) isGuardOutdated() bool {
	guarded := s.who.Guarded
	return !guarded.IsZero() && s.engine.rechecked.Load() >= s.engine.since(guarded)
}

// plan has the next question asked in time, though the pulse may be a beat late.
func (a *access) plan(s *stream) {
	recheck := s.engine.config.Recheck
	a.due = s.engine.since(time.Now().Add(spread(max(recheck-s.engine.pulse.every, recheck/2))))
	if a.isOutdated {
		a.isOutdated, a.due = false, 1 // at the next beat
	}
}

// isDue reports whether s has to be asked about; whoever is told so asks.
func (a *access) isDue(s *stream, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.due == 0 || s.engine.since(now) < a.due || s.ended {
		return false
	}
	a.due = 0
	return true
}

// How long the checks of a Recheck are spread over, so that they do not come all at once.
const (
	recheckTopic = 3 * time.Second
	recheckAll   = 10 * time.Second
)

// Recheck has access checked again, within seconds, of all viewers of views with any of these topics in View.Access, and of
// the readers of feeds of these topics.
func (e *Engine) Recheck(topics ...string) {
	e.rechecked.Store(e.since(time.Now()))
	var streams []*stream
	e.mu.Lock()
	for _, topic := range topics {
		for v := range e.access[topic] {
			streams = v.appendStreams(streams)
		}
		for reading := range e.feeds[topic] {
			streams = append(streams, reading.stream)
		}
	}
	e.mu.Unlock()
	for _, s := range streams {
		s.hasten(recheckTopic)
	}
}

// RecheckUser has access of all streams of a user checked again at once.
func (e *Engine) RecheckUser(user string) {
	e.rechecked.Store(e.since(time.Now()))
	e.mu.Lock()
	streams := slices.Clone(e.users[user])
	e.mu.Unlock()
	for _, s := range streams {
		if s.hasten(0) {
			go s.ask()
		}
	}
}

// RecheckAll has access of all viewers checked again, within seconds; for when it is not known which changes were missed.
func (e *Engine) RecheckAll() {
	e.rechecked.Store(e.since(time.Now()))
	streams, _ := e.pulse.all()
	for _, s := range streams {
		s.hasten(recheckAll)
	}
}

// hasten has the next question asked within that time. With no time it reports whether the caller has to ask it: not while
// one is being asked, whose answer may be older than the change; that one is followed by another.
func (s *stream) hasten(within time.Duration) (ask bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &s.access
	switch {
	case s.who.Allowed == nil || s.ended:
		return false
	case a.due == 0:
		a.isOutdated = true
		return false
	case within == 0:
		a.due = 0
		return true
	}
	a.due = min(a.due, s.engine.since(time.Now().Add(rand.N(within))))
	return false
}

func (a *access) end(s *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.cancel != nil {
		a.cancel()
	}
}

// ask has its own goroutine, so that nobody waits for Discord.
func (s *stream) ask() {
	config := s.engine.config
	ctx, cancel := context.WithTimeout(s.engine.ctx, config.Recheck)
	defer cancel()
	s.mu.Lock()
	s.access.cancel = cancel
	ended := s.ended
	s.mu.Unlock()
	if ended {
		return
	}

	allowed, err := s.allowed(ctx)

	s.mu.Lock()
	a := &s.access
	a.cancel = nil
	if err == nil {
		a.confirmed = s.engine.since(time.Now())
	}
	unsure := time.Duration(s.engine.since(time.Now()) - a.confirmed)
	a.plan(s)
	ended = s.ended
	s.mu.Unlock()

	switch {
	case ended || err == nil && allowed || err != nil && unsure < config.Grace:
		return
	case err != nil:
		config.Log.Warn("a stream ends because its viewer's right could not be confirmed", "user", s.who.User, "error", err)
	}
	if s.end() {
		s.engine.count.denied.Add(1)
	}
}

func (s *stream) allowed(ctx context.Context) (ok bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			s.engine.config.Log.Error("asking for access panicked", "error", err, "stack", string(debug.Stack()))
		}
	}()
	return s.who.Allowed(ctx)
}

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
	UserID string // whose streams are counted together

	// CheckAccess is asked again and again while the stream lasts, but not before it: the route's guard has just asked. False
	// ends the stream; an error is no answer, and lets it go on until Config.AccessGrace has passed since the last yes. It is
	// called by another goroutine than the handler's, and must heed ctx. Nil means allowed for good.
	CheckAccess func(ctx context.Context) (bool, error)

	// AuthorizedAt is a time before the route's guard checked access. If Recheck was called since, Allowed is called as soon
	// as the stream has begun. Zero means that access can't have changed.
	AuthorizedAt time.Time

	// OnEnd is called once, when the stream is over or was not begun, and must not wait for anything. Nil is nothing.
	OnEnd func()
}

// accessCheck asks again whether the viewer is allowed. Its fields are guarded by stream.mu.
type accessCheck struct {
	nextCheck     int64              // when to ask, in ns since the engine was made; 0 means never
	lastConfirmed int64              // the last yes
	cancel        context.CancelFunc // of the question that is being asked
	needsRecheck  bool               // something has changed since the question that is being asked, or before the first was planned
}

func (a *accessCheck) start(s *stream) {
	if s.viewer.CheckAccess != nil {
		a.lastConfirmed = s.engine.sinceStart(time.Now())
		a.schedule(s)
	}
}

// isAuthorizationOutdated reports whether access may have changed since the route's guard checked it. It must be called when
// Recheck can reach the stream.
func (s *stream) isAuthorizationOutdated() bool {
	authorizedAt := s.viewer.AuthorizedAt
	return !authorizedAt.IsZero() && s.engine.lastRecheck.Load() >= s.engine.sinceStart(authorizedAt)
}

// schedule has the next question asked in time, though the pulse may be a beat late.
func (a *accessCheck) schedule(s *stream) {
	interval := s.engine.config.RecheckInterval
	a.nextCheck = s.engine.sinceStart(time.Now().Add(jitter(max(interval-s.engine.heartbeat.interval, interval/2))))
	if a.needsRecheck {
		a.needsRecheck, a.nextCheck = false, 1 // at the next beat
	}
}

// claimDue reports whether s has to be asked about; whoever is told so asks.
func (a *accessCheck) claimDue(s *stream, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.nextCheck == 0 || s.engine.sinceStart(now) < a.nextCheck || s.isEnded {
		return false
	}
	a.nextCheck = 0
	return true
}

// How long the checks of a Recheck are spread over, so that they do not come all at once.
const (
	topicRecheckSpread = 3 * time.Second
	fullRecheckSpread  = 10 * time.Second
)

// Recheck has access checked again, within seconds, of all viewers of views with any of these topics in View.AccessTopics, and of
// the readers of feeds of these topics.
func (e *Engine) Recheck(topics ...string) {
	e.lastRecheck.Store(e.sinceStart(time.Now()))
	var streams []*stream
	e.mu.Lock()
	for _, topic := range topics {
		for v := range e.viewsByAccessTopic[topic] {
			streams = v.appendStreams(streams)
		}
		for sub := range e.feeds[topic] {
			streams = append(streams, sub.stream)
		}
	}
	e.mu.Unlock()
	for _, s := range streams {
		s.hastenRecheck(topicRecheckSpread)
	}
}

// RecheckUser has access of all streams of a user checked again at once.
func (e *Engine) RecheckUser(user string) {
	e.lastRecheck.Store(e.sinceStart(time.Now()))
	e.mu.Lock()
	streams := slices.Clone(e.streamsByUser[user])
	e.mu.Unlock()
	for _, s := range streams {
		if s.hastenRecheck(0) {
			go s.checkAccess()
		}
	}
}

// RecheckAll has access of all viewers checked again, within seconds; for when it is not known which changes were missed.
func (e *Engine) RecheckAll() {
	e.lastRecheck.Store(e.sinceStart(time.Now()))
	streams, _ := e.heartbeat.snapshot()
	for _, s := range streams {
		s.hastenRecheck(fullRecheckSpread)
	}
}

// hastenRecheck has the next question asked within that time. With no time it reports whether the caller has to ask it: not while
// one is being asked, whose answer may be older than the change; that one is followed by another.
func (s *stream) hastenRecheck(within time.Duration) (checkNow bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &s.access
	switch {
	case s.viewer.CheckAccess == nil || s.isEnded:
		return false
	case a.nextCheck == 0:
		a.needsRecheck = true
		return false
	case within == 0:
		a.nextCheck = 0
		return true
	}
	a.nextCheck = min(a.nextCheck, s.engine.sinceStart(time.Now().Add(rand.N(within))))
	return false
}

func (a *accessCheck) stop(s *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.cancel != nil {
		a.cancel()
	}
}

// checkAccess has its own goroutine, so that nobody waits for Discord.
func (s *stream) checkAccess() {
	config := s.engine.config
	ctx, cancel := context.WithTimeout(s.engine.ctx, config.RecheckInterval)
	defer cancel()
	s.mu.Lock()
	s.access.cancel = cancel
	ended := s.isEnded
	s.mu.Unlock()
	if ended {
		return
	}

	allowed, err := s.callCheckAccess(ctx)

	s.mu.Lock()
	a := &s.access
	a.cancel = nil
	if err == nil {
		a.lastConfirmed = s.engine.sinceStart(time.Now())
	}
	unconfirmed := time.Duration(s.engine.sinceStart(time.Now()) - a.lastConfirmed)
	a.schedule(s)
	ended = s.isEnded
	s.mu.Unlock()

	switch {
	case ended || err == nil && allowed || err != nil && unconfirmed < config.AccessGrace:
		return
	case err != nil:
		config.Log.Warn("a stream ends because its viewer's right could not be confirmed", "user", s.viewer.UserID, "error", err)
	}
	if s.end() {
		s.engine.counters.denied.Add(1)
	}
}

func (s *stream) callCheckAccess(ctx context.Context) (ok bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			s.engine.config.Log.Error("asking for access panicked", "error", err, "stack", string(debug.Stack()))
		}
	}()
	return s.viewer.CheckAccess(ctx)
}

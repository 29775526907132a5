package live

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"
)

// A Viewer is the user who opened a stream, and how to check their access while the stream is open.
type Viewer struct {
	UserID string // streams are limited per user

	// CheckAccess reports whether the viewer may still see the stream. It is called about every Config.RecheckInterval
	// while the stream is open, not before: the route's guard has just checked. False ends the stream. After an error
	// the stream stays open until Config.AccessGrace has passed since the last true. It runs in a goroutine of its own
	// and must return when ctx ends. If it is nil, access is never checked again.
	CheckAccess func(ctx context.Context) (bool, error)

	// AuthorizedAt is a time before the route's guard checked access. If Recheck, RecheckUser or RecheckAll was called
	// since then, CheckAccess is called as soon as the stream starts. Zero means that access cannot have changed.
	AuthorizedAt time.Time

	// OnEnd is called once, when the stream ends or is refused. It must not block. It may be nil.
	OnEnd func()
}

// An accessCheck schedules the access checks of one stream. Its fields are guarded by stream.mu.
type accessCheck struct {
	nextCheck     int64              // time of the next check, in ns since Engine.startedAt; 0 if none is scheduled
	lastConfirmed int64              // time of the last successful check, in ns since Engine.startedAt
	cancel        context.CancelFunc // cancels the running check
	needsRecheck  bool               // access may have changed since the running check began: check again
}

func (a *accessCheck) start(s *stream) {
	if s.viewer.CheckAccess != nil {
		a.lastConfirmed = s.engine.sinceStart(time.Now())
		a.schedule(s)
	}
}

// isAuthorizationOutdated reports whether access may have changed since the route's guard checked it. Call it after the
// stream is registered, when Recheck can reach it; otherwise a change in between is missed.
func (s *stream) isAuthorizationOutdated() bool {
	authorizedAt := s.viewer.AuthorizedAt
	return !authorizedAt.IsZero() && s.engine.lastRecheck.Load() >= s.engine.sinceStart(authorizedAt)
}

// schedule sets the time of the next check, early enough that a late heartbeat tick still keeps RecheckInterval. The
// caller holds stream.mu.
func (a *accessCheck) schedule(s *stream) {
	interval := s.engine.config.RecheckInterval
	a.nextCheck = s.engine.sinceStart(time.Now().Add(jitter(max(interval-s.engine.heartbeat.interval, interval/2))))
	if a.needsRecheck {
		a.needsRecheck, a.nextCheck = false, 1 // at the next tick
	}
}

// claimDue reports whether a check of s is due. If so, the caller must run it.
func (a *accessCheck) claimDue(s *stream, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.nextCheck == 0 || s.engine.sinceStart(now) < a.nextCheck || s.isEnded {
		return false
	}
	a.nextCheck = 0
	return true
}

// Checks that a Recheck causes are spread over this time, so that they do not all reach Discord at once.
const (
	topicRecheckSpread = 3 * time.Second
	fullRecheckSpread  = 10 * time.Second
)

// Recheck checks access again, within topicRecheckSpread, for all viewers of views that have any of these topics in
// View.AccessTopics, and for all readers of feeds of these topics.
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
		s.expediteRecheck(topicRecheckSpread)
	}
}

// RecheckUser checks access again, immediately, for all streams of a user.
func (e *Engine) RecheckUser(user string) {
	e.lastRecheck.Store(e.sinceStart(time.Now()))
	e.mu.Lock()
	streams := slices.Clone(e.streamsByUser[user])
	e.mu.Unlock()
	for _, s := range streams {
		if s.expediteRecheck(0) {
			go s.checkAccess()
		}
	}
}

// RecheckAll checks access again, within fullRecheckSpread, for all streams. Use it when changes may have been missed.
func (e *Engine) RecheckAll() {
	e.lastRecheck.Store(e.sinceStart(time.Now()))
	streams, _ := e.heartbeat.snapshot()
	for _, s := range streams {
		s.expediteRecheck(fullRecheckSpread)
	}
}

// expediteRecheck moves the next check to a random time within the given duration. If within is 0, it reports whether the
// caller must run the check now. If a check is already running, its result may be older than the change, so another one
// follows it.
func (s *stream) expediteRecheck(within time.Duration) (checkNow bool) {
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

// checkAccess runs one access check and ends the stream if access is denied. It runs in its own goroutine, because the
// check may wait for Discord.
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
		config.Log.Warn("stream ended: access could not be checked within the grace period",
			"user", s.viewer.UserID, "err", err)
	}
	if s.end() {
		s.engine.counters.denied.Add(1)
	}
}

// callCheckAccess calls the viewer's CheckAccess and turns a panic into an error.
func (s *stream) callCheckAccess(ctx context.Context) (ok bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			s.engine.config.Log.Error("access check panicked", "err", err, "stack", string(debug.Stack()))
		}
	}()
	return s.viewer.CheckAccess(ctx)
}

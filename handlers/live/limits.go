package live

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// A Refusal is the error of a stream that was not begun, to be answered with its Status and a Retry-After header.
type Refusal struct {
	Reason     string        // one of the reasons below
	Status     int           // 429 for what is the user's own doing, else 503
	RetryAfter time.Duration // whole seconds; not the same for all, so that they do not come back together
}

// Why streams are refused.
const (
	ReasonUserLimit    = "user"    // the user has too many, or comes too often
	ReasonProcessLimit = "process" // the process has too many
	ReasonBusy         = "busy"    // too many come at the same time
	ReasonClosed       = "closed"  // the process is going
)

func (r *Refusal) Error() string {
	return fmt.Sprintf("no stream: %s", r.Reason)
}

// Refuse makes a refusal, and counts it.
func (e *Engine) Refuse(reason string) *Refusal {
	r := &Refusal{Reason: reason, Status: http.StatusServiceUnavailable}
	switch reason {
	case ReasonUserLimit:
		e.counters.refusedUser.Add(1)
		r.Status, r.RetryAfter = http.StatusTooManyRequests, randomSeconds(15, 30)
	case ReasonProcessLimit:
		e.counters.refusedProcess.Add(1)
		r.RetryAfter = randomSeconds(15, 30)
	case ReasonBusy:
		e.counters.refusedBusy.Add(1)
		r.RetryAfter = randomSeconds(1, 5)
	case ReasonClosed:
		e.counters.refusedClosed.Add(1)
		r.RetryAfter = randomSeconds(1, 5)
	}
	return r
}

func randomSeconds(low, high int) time.Duration {
	return time.Duration(low+rand.IntN(high-low+1)) * time.Second
}

// MaxStreamsPerUser is how many streams a user may have.
func (e *Engine) MaxStreamsPerUser() int { return e.config.MaxStreamsPerUser }

// admit counts a new stream, or refuses it. It is counted until its release.
func (e *Engine) admit(viewer Viewer) (*stream, error) {
	s, reason := e.tryAdmit(viewer)
	if reason == ReasonUserLimit && e.EndDisconnected(viewer.UserID) {
		s, reason = e.tryAdmit(viewer)
	}
	if reason == "" {
		return s, nil
	}
	if viewer.OnEnd != nil {
		viewer.OnEnd()
	}
	return nil, e.Refuse(reason)
}

func (e *Engine) tryAdmit(viewer Viewer) (s *stream, reason string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.ctx.Err() != nil:
		return nil, ReasonClosed
	case e.streamCount >= e.config.MaxStreams:
		return nil, ReasonProcessLimit
	case len(e.streamsByUser[viewer.UserID]) >= e.config.MaxStreamsPerUser:
		return nil, ReasonUserLimit
	}
	s = &stream{engine: e, viewer: viewer, isWriting: true}
	e.streamCount++
	e.streamsByUser[viewer.UserID] = append(e.streamsByUser[viewer.UserID], s)
	return s, ""
}

// EndDisconnected ends the streams of a user whose browsers have hung up: somebody who goes from page to page must not be refused
// because the pulse has not seen that yet. It reports whether there were any.
func (e *Engine) EndDisconnected(user string) (dropped bool) {
	e.mu.Lock()
	userStreams := slices.Clone(e.streamsByUser[user])
	e.mu.Unlock()
	var nb nonblockingIO
	for _, s := range userStreams {
		if s.isDisconnected(&nb) {
			s.end()
			dropped = true
		}
	}
	return dropped
}

func (s *stream) release() {
	e := s.engine
	e.mu.Lock()
	e.streamCount--
	userStreams := e.streamsByUser[s.viewer.UserID]
	at := slices.Index(userStreams, s)
	if userStreams = slices.Delete(userStreams, at, at+1); len(userStreams) > 0 {
		e.streamsByUser[s.viewer.UserID] = userStreams
	} else {
		delete(e.streamsByUser, s.viewer.UserID)
	}
	e.mu.Unlock()
	if s.viewer.OnEnd != nil {
		s.viewer.OnEnd()
	}
}

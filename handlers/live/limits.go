package live

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// A Refusal is the error for a stream that was not started. The caller responds with its Status and a Retry-After
// header.
type Refusal struct {
	Reason     string        // one of the Reason constants
	Status     int           // 429 if the user exceeds a limit, otherwise 503
	RetryAfter time.Duration // whole seconds, randomized so that browsers do not retry at the same time
}

// Reasons for refusing a stream.
const (
	ReasonUserLimit    = "user"    // the user has too many streams or opens them too fast
	ReasonProcessLimit = "process" // the process has too many streams
	ReasonBusy         = "busy"    // too many streams are being started
	ReasonClosed       = "closed"  // the engine is closed
)

func (r *Refusal) Error() string {
	return fmt.Sprintf("stream refused: %s", r.Reason)
}

// Refuse returns a Refusal for the reason, which must be one of the Reason constants, and counts it in Stats.
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

// MaxStreamsPerUser returns the maximum number of streams of a user.
func (e *Engine) MaxStreamsPerUser() int { return e.config.MaxStreamsPerUser }

// admit registers a new stream, or returns a *Refusal. The stream counts until its release.
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

// EndDisconnected ends the streams of a user whose connections are closed, and reports whether there were any. A user
// who moves quickly from page to page must not be refused because the heartbeat has not noticed closed connections yet.
func (e *Engine) EndDisconnected(user string) (dropped bool) {
	e.mu.Lock()
	userStreams := slices.Clone(e.streamsByUser[user])
	e.mu.Unlock()
	var nonblocking nonblockingIO
	for _, s := range userStreams {
		if s.isDisconnected(&nonblocking) {
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

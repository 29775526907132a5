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
	TooMany = "user"    // the user has too many, or comes too often
	Full    = "process" // the process has too many
	Busy    = "busy"    // too many come at the same time
	Closed  = "closed"  // the process is going
)

func (r *Refusal) Error() string {
	return fmt.Sprintf("no stream: %s", r.Reason)
}

// Refuse makes a refusal, and counts it.
func (e *Engine) Refuse(reason string) *Refusal {
	r := &Refusal{Reason: reason, Status: http.StatusServiceUnavailable}
	switch reason {
	case TooMany:
		e.count.refusedUser.Add(1)
		r.Status, r.RetryAfter = http.StatusTooManyRequests, seconds(15, 30)
	case Full:
		e.count.refusedProcess.Add(1)
		r.RetryAfter = seconds(15, 30)
	case Busy:
		e.count.refusedBusy.Add(1)
		r.RetryAfter = seconds(1, 5)
	case Closed:
		e.count.refusedClosed.Add(1)
		r.RetryAfter = seconds(1, 5)
	}
	return r
}

func seconds(from, to int) time.Duration {
	return time.Duration(from+rand.IntN(to-from+1)) * time.Second
}

// PerUser is how many streams a user may have.
func (e *Engine) PerUser() int { return e.config.PerUser }

// admit counts a new stream, or refuses it. It is counted until its release.
func (e *Engine) admit(who Viewer) (*stream, error) {
	s, reason := e.tryAdmit(who)
	if reason == TooMany && e.DropGone(who.User) {
		s, reason = e.tryAdmit(who)
	}
	if reason == "" {
		return s, nil
	}
	if who.Left != nil {
		who.Left()
	}
	return nil, e.Refuse(reason)
}

func (e *Engine) tryAdmit(who Viewer) (s *stream, reason string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.ctx.Err() != nil:
		return nil, Closed
	case e.streams >= e.config.PerProcess:
		return nil, Full
	case len(e.users[who.User]) >= e.config.PerUser:
		return nil, TooMany
	}
	s = &stream{engine: e, who: who, carried: true}
	e.streams++
	e.users[who.User] = append(e.users[who.User], s)
	return s, ""
}

// DropGone ends the streams of a user whose browsers have hung up: somebody who goes from page to page must not be refused
// because the pulse has not seen that yet. It reports whether there were any.
func (e *Engine) DropGone(user string) (dropped bool) {
	e.mu.Lock()
	theirs := slices.Clone(e.users[user])
	e.mu.Unlock()
	var c call
	for _, s := range theirs {
		if s.isGone(&c) {
			s.end()
			dropped = true
		}
	}
	return dropped
}

func (s *stream) release() {
	e := s.engine
	e.mu.Lock()
	e.streams--
	theirs := e.users[s.who.User]
	at := slices.Index(theirs, s)
	if theirs = slices.Delete(theirs, at, at+1); len(theirs) > 0 {
		e.users[s.who.User] = theirs
	} else {
		delete(e.users, s.who.User)
	}
	e.mu.Unlock()
	if s.who.Left != nil {
		s.who.Left()
	}
}

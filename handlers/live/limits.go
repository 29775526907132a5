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
	Reason     string        // "user" has too many, the "process" has too many, or it is "closed"
	Status     int           // 429 for the user, 503 for the others
	RetryAfter time.Duration // whole seconds; not the same for all, so that they do not come back together
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("no stream: %s", r.Reason)
}

// RefuseUser is the refusal of a user who has too many streams, here or elsewhere.
func RefuseUser() *Refusal {
	return &Refusal{Reason: "user", Status: http.StatusTooManyRequests, RetryAfter: seconds(15, 30)}
}

func refuseProcess() *Refusal {
	return &Refusal{Reason: "process", Status: http.StatusServiceUnavailable, RetryAfter: seconds(15, 30)}
}

func refuseClosed() *Refusal {
	return &Refusal{Reason: "closed", Status: http.StatusServiceUnavailable, RetryAfter: seconds(1, 5)}
}

func seconds(from, to int) time.Duration {
	return time.Duration(from+rand.IntN(to-from+1)) * time.Second
}

// admit counts a new stream, or refuses it. It is counted until its release.
func (e *Engine) admit(who Viewer) (*stream, error) {
	s, refused := e.tryAdmit(who)
	if refused != nil && refused.Reason == "user" && e.dropGone(who.User) {
		s, refused = e.tryAdmit(who)
	}
	if refused == nil {
		return s, nil
	}
	switch refused.Reason {
	case "closed":
		e.count.refusedClosed.Add(1)
	case "process":
		e.count.refusedProcess.Add(1)
	case "user":
		e.count.refusedUser.Add(1)
	}
	return nil, refused
}

func (e *Engine) tryAdmit(who Viewer) (*stream, *Refusal) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.ctx.Err() != nil:
		return nil, refuseClosed()
	case e.streams >= e.config.PerProcess:
		return nil, refuseProcess()
	case len(e.users[who.User]) >= e.config.PerUser:
		return nil, RefuseUser()
	}
	s := &stream{engine: e, who: who, carried: true}
	e.streams++
	e.users[who.User] = append(e.users[who.User], s)
	return s, nil
}

// dropGone ends the streams of a user whose browsers have hung up: somebody who goes from page to page must not be refused
// because the pulse has not seen that yet. It reports whether there were any.
func (e *Engine) dropGone(user string) (dropped bool) {
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

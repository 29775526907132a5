package live

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
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

func refuseUser() *Refusal {
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
func (e *Engine) admit(w http.ResponseWriter, r *http.Request, who Viewer) (*stream, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.ctx.Err() != nil:
		e.count.refusedClosed.Add(1)
		return nil, refuseClosed()
	case len(e.streams) >= e.config.PerProcess:
		e.count.refusedProcess.Add(1)
		return nil, refuseProcess()
	case e.users[who.User] >= e.config.PerUser:
		e.count.refusedUser.Add(1)
		return nil, refuseUser()
	}
	s := &stream{engine: e, who: who, w: w, out: http.NewResponseController(w)}
	s.ctx, s.cancel = context.WithCancelCause(r.Context())
	e.streams[s] = struct{}{}
	e.users[who.User]++
	return s, nil
}

func (s *stream) release() {
	e := s.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	s.cancel(nil)
	delete(e.streams, s)
	if e.users[s.who.User]--; e.users[s.who.User] == 0 {
		delete(e.users, s.who.User)
	}
}

package live

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Serve streams v until the browser goes, loses its right or cannot keep up, or the engine is closed. The stream begins
// with the whole frame if the browser shows another version than the newest, and with nothing if it shows that.
//
// Serve returns an error only if it has written nothing, so the caller can still answer: a *Refusal, what Render
// returned if there is no frame yet, or the cause of the request's end.
func (e *Engine) Serve(w http.ResponseWriter, r *http.Request, v View, who Viewer) error {
	s, err := e.admit(w, r, who)
	if err != nil {
		return err
	}
	defer s.release()

	watching := e.watch(v, cursor(r))
	defer watching.leave()
	if err := watching.first(s.ctx); err != nil {
		return err
	}
	return s.carry(watching)
}

// A source is what a stream carries.
type source interface {
	next() []byte          // what to write now; nil if there is nothing
	wake() <-chan struct{} // readable when that may have changed since
}

// A stream is one open answer of type text/event-stream.
type stream struct {
	engine *Engine
	who    Viewer
	w      http.ResponseWriter
	out    *http.ResponseController
	ctx    context.Context // ends with the request, or by end
	cancel context.CancelCauseFunc
}

// farewell is what a stream that ends gets for its last bytes.
const farewell = time.Second

// end ends the stream from outside, even if it is stuck in a write. The caller holds engine.mu, so that the stream cannot
// have returned to net/http.
func (s *stream) end(cause error) {
	s.cancel(cause)
	s.allow(farewell) // after cancel: see write
}

// allow gives the writes from now on that long; 0 means for ever.
func (s *stream) allow(d time.Duration) {
	var deadline time.Time
	if d > 0 {
		deadline = time.Now().Add(d)
	}
	_ = s.out.SetWriteDeadline(deadline) // begin has found out that it can
}

// carry writes what comes from the source until the stream ends. It returns an error only if it could not begin.
func (s *stream) carry(from source) error {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.allow(farewell)
	config := s.engine.config
	life := time.NewTicker(config.Ping)
	defer life.Stop()
	access := newAccess(s)
	defer access.timer.Stop()
	for {
		if b := from.next(); b != nil && !s.write(b) {
			return nil
		}
		select {
		case <-from.wake():
		case <-life.C:
			if !s.write(ping) {
				return nil
			}
		case <-access.timer.C:
			go access.ask(s.ctx)
		case allowed := <-access.answer:
			if !allowed {
				s.engine.count.denied.Add(1)
				return nil
			}
			access.timer.Reset(spread(config.Recheck))
		case <-s.ctx.Done():
			return nil
		}
	}
}

// begin sends the headers.
func (s *stream) begin() error {
	// A writer that hides its deadline would be cut by Server.WriteTimeout, and could hold a goroutine for ever.
	if err := s.out.SetWriteDeadline(time.Time{}); err != nil {
		return fmt.Errorf("beginning a stream: %w", err)
	}
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would keep frames until it has a buffer full
	s.w.WriteHeader(http.StatusOK)
	s.write(nil)
	return nil
}

// write sends b at once, and reports whether the stream can go on.
func (s *stream) write(b []byte) bool {
	timeout := s.engine.config.WriteTimeout
	began := time.Now()
	s.allow(timeout)
	if s.ctx.Err() != nil { // asked after allow: end does it the other way round, so it is never overlooked
		return false
	}
	_, err := s.w.Write(b)
	if err == nil {
		err = s.out.Flush()
	}
	if err != nil {
		if time.Since(began) >= timeout { // the error does not tell: HTTP/2 has its own
			s.engine.count.cut.Add(1)
		}
		return false
	}
	s.engine.count.bytes.Add(uint64(len(b)))
	s.allow(0) // HTTP/2 resets a stream whose deadline passes, even while nothing is written
	return true
}

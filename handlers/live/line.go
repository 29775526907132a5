package live

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// A line is the way to a browser. Its methods but allow, gone and close are called by one goroutine at a time.
type line interface {
	// try writes as much of b as goes without waiting.
	try(b []byte, c *call) (n int, err error)
	// write waits until all of b is written, or the time that was allowed is over.
	write(b []byte) error
	// allow gives the write that is under way, and those to come, that long; 0 means for ever.
	allow(d time.Duration)
	// gone reports whether the browser has hung up, if that can be seen without waiting.
	gone(c *call) bool
	// hold keeps the handler for as long as the line needs it.
	hold(ctx context.Context, s *stream) error
	close()
}

// openLine sends the headers. HTTP/1.1 is taken over from net/http, whose buffers and goroutines cost ten times what the stream
// does; anything else stays an answer of net/http's.
func openLine(w http.ResponseWriter, r *http.Request, s *stream) (line, error) {
	h := w.Header()
	out := http.NewResponseController(w)
	// A writer that hides its deadline would be cut by Server.WriteTimeout, and could hold a goroutine for ever.
	if err := out.SetWriteDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("beginning a stream: %w", err)
	}
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would keep frames until it has a buffer full
	if r.ProtoMajor == 1 {
		conn, _, err := out.Hijack()
		if err == nil {
			return newWire(conn, h, s), nil
		}
		if !errors.Is(err, http.ErrNotSupported) {
			return nil, fmt.Errorf("beginning a stream: %w", err)
		}
	}
	a := &answer{w: w, out: out, done: make(chan struct{})}
	w.WriteHeader(http.StatusOK)
	_ = a.out.Flush() // a browser that has gone is noticed soon enough
	s.isOpening = true
	return a, nil
}

// An answer is a line that net/http has: HTTP/2, and whatever else cannot be taken over. Its handler waits, and every write
// may block.
type answer struct {
	w    http.ResponseWriter
	out  *http.ResponseController
	done chan struct{}
}

func (a *answer) try([]byte, *call) (int, error) { return 0, nil }

func (a *answer) write(b []byte) error {
	if _, err := a.w.Write(b); err != nil {
		return err
	}
	return a.out.Flush()
}

func (a *answer) allow(d time.Duration) {
	_ = a.out.SetWriteDeadline(deadline(d)) // openLine has found out that it can
}

func (a *answer) gone(*call) bool { return false } // hold notices

func (a *answer) hold(ctx context.Context, s *stream) error {
	select {
	case <-ctx.Done():
		s.end()
	case <-a.done:
	}
	<-a.done
	return nil
}

func (a *answer) close() {
	a.allow(farewell) // net/http has a last chunk to write
	close(a.done)
}

func deadline(d time.Duration) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Now().Add(d)
}

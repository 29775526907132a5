package live

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// A connection is the way to a browser. Its methods but allow, gone and close are called by one goroutine at a time.
type connection interface {
	// tryWrite writes as much of b as goes without waiting.
	tryWrite(b []byte, nb *nonblockingIO) (n int, err error)
	// write waits until all of b is written, or the time that was allowed is over.
	write(b []byte) error
	// setWriteTimeout gives the write that is under way, and those to come, that long; 0 means for ever.
	setWriteTimeout(d time.Duration)
	// isDisconnected reports whether the browser has hung up, if that can be seen without waiting.
	isDisconnected(nb *nonblockingIO) bool
	// wait keeps the handler for as long as the line needs it.
	wait(ctx context.Context, s *stream) error
	close()
}

// openConnection sends the headers. HTTP/1.1 is taken over from net/http, whose buffers and goroutines cost ten times what the stream
// does; anything else stays an answer of net/http's.
func openConnection(w http.ResponseWriter, r *http.Request, s *stream) (connection, error) {
	h := w.Header()
	controller := http.NewResponseController(w)
	// A writer that hides its deadline would be cut by Server.WriteTimeout, and could hold a goroutine for ever.
	if err := controller.SetWriteDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("beginning a stream: %w", err)
	}
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would keep frames until it has a buffer full
	if r.ProtoMajor == 1 {
		conn, _, err := controller.Hijack()
		if err == nil {
			return newHijackedConnection(conn, h, s), nil
		}
		if !errors.Is(err, http.ErrNotSupported) {
			return nil, fmt.Errorf("beginning a stream: %w", err)
		}
	}
	rc := &responseConnection{w: w, controller: controller, done: make(chan struct{})}
	w.WriteHeader(http.StatusOK)
	_ = rc.controller.Flush() // a browser that has gone is noticed soon enough
	s.needsPreamble = true
	return rc, nil
}

// An responseConnection is a line that net/http has: HTTP/2, and whatever else cannot be taken over. Its handler waits, and every write
// may block.
type responseConnection struct {
	w          http.ResponseWriter
	controller *http.ResponseController
	done       chan struct{}
}

func (rc *responseConnection) tryWrite([]byte, *nonblockingIO) (int, error) { return 0, nil }

func (rc *responseConnection) write(b []byte) error {
	if _, err := rc.w.Write(b); err != nil {
		return err
	}
	return rc.controller.Flush()
}

func (rc *responseConnection) setWriteTimeout(d time.Duration) {
	_ = rc.controller.SetWriteDeadline(deadlineAfter(d)) // openConnection has found out that it can
}

func (rc *responseConnection) isDisconnected(*nonblockingIO) bool { return false } // hold notices

func (rc *responseConnection) wait(ctx context.Context, s *stream) error {
	select {
	case <-ctx.Done():
		s.end()
	case <-rc.done:
	}
	<-rc.done
	return nil
}

func (rc *responseConnection) close() {
	rc.setWriteTimeout(closeTimeout) // net/http has a last chunk to write
	close(rc.done)
}

func deadlineAfter(d time.Duration) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Now().Add(d)
}

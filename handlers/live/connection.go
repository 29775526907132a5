package live

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// A connection writes to one browser. Only one goroutine at a time may call its methods, except setWriteTimeout,
// isDisconnected and close, which may be called concurrently with the others.
type connection interface {
	// tryWrite writes as much of b as is possible without blocking.
	tryWrite(b []byte, nonblocking *nonblockingIO) (n int, err error)
	// write blocks until all of b is written or the write timeout has passed.
	write(b []byte) error
	// setWriteTimeout sets the timeout of the running write and of later ones; 0 means none.
	setWriteTimeout(d time.Duration)
	// isDisconnected reports whether the browser has closed the connection. It does not block, and returns false if it
	// cannot find out.
	isDisconnected(nonblocking *nonblockingIO) bool
	// wait blocks the HTTP handler for as long as the connection needs it.
	wait(ctx context.Context, s *stream) error
	close()
}

// openConnection sends the response header and returns the connection. HTTP/1.1 connections are hijacked, because the
// buffers and goroutines of net/http cost ten times as much as the stream itself. All others keep using the
// ResponseWriter.
func openConnection(w http.ResponseWriter, r *http.Request, s *stream) (connection, error) {
	h := w.Header()
	controller := http.NewResponseController(w)
	// Without a write deadline of its own the stream would be cut off by Server.WriteTimeout, or could block a
	// goroutine forever.
	if err := controller.SetWriteDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("start stream: %w", err)
	}
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // stops nginx from buffering frames
	if r.ProtoMajor == 1 {
		conn, _, err := controller.Hijack()
		if err == nil {
			return newHijackedConnection(conn, h, s), nil
		}
		if !errors.Is(err, http.ErrNotSupported) {
			return nil, fmt.Errorf("start stream: %w", err)
		}
	}
	rc := &responseConnection{w: w, controller: controller, done: make(chan struct{})}
	w.WriteHeader(http.StatusOK)
	_ = rc.controller.Flush() // a closed connection is noticed by the next write
	s.needsPreamble = true
	return rc, nil
}

// A responseConnection writes through an http.ResponseWriter: for HTTP/2, and other connections that cannot be hijacked.
// Its handler waits until the stream ends, and every write may block.
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
	_ = rc.controller.SetWriteDeadline(deadlineAfter(d)) // openConnection has checked that it is supported
}

func (rc *responseConnection) isDisconnected(*nonblockingIO) bool { return false } // wait notices

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
	rc.setWriteTimeout(closeTimeout) // net/http writes a last chunk after the handler returns
	close(rc.done)
}

// deadlineAfter returns the time d from now, or the zero time (no deadline) if d is 0.
func deadlineAfter(d time.Duration) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Now().Add(d)
}

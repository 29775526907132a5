package live

import (
	"net/http"
	"sync"
	"time"
)

// Serve streams v until the browser disconnects or reads too slowly, the viewer loses access, or the engine is closed.
// The stream begins with the full frame if the browser shows another version than the newest one, otherwise with
// nothing.
//
// Serve returns an error only if it has written nothing, so that the caller can still send a response: a *Refusal, the
// error of Render if there is no frame yet, or the cause of the request's cancellation. With HTTP/1.1 it returns nil as
// soon as the stream has started, and the stream continues without the handler's goroutine.
func (e *Engine) Serve(w http.ResponseWriter, r *http.Request, v View, viewer Viewer) error {
	s, err := e.admit(viewer)
	if err != nil {
		return err
	}
	sub := e.subscribe(v, shownVersion(r), s)
	if err := sub.waitFirstFrame(r.Context()); err != nil {
		sub.unsubscribe()
		s.release()
		return err
	}
	return s.start(w, r, sub)
}

// A source provides what a stream sends: a subscription to a view or to a feed.
type source interface {
	condition() Condition
	next() []byte // the data to write now; nil if there is none
	unsubscribe() // next is not called any more
}

// A stream is one open response of type text/event-stream. It has no goroutine: code with something to send wakes it,
// and the dispatcher writes.
type stream struct {
	engine        *Engine
	viewer        Viewer
	source        source
	lastCondition Condition // the last one sent; owned by the writing goroutine, like needsPreamble
	needsPreamble bool      // streamPreamble has not been sent yet

	mu        sync.Mutex
	conn      connection // nil until the stream has started
	isWriting bool       // owned by a writing goroutine; before the start by the handler
	hasMore   bool       // woken while isWriting
	isPingDue bool       // a ping is due
	isEnded   bool
	access    accessCheck

	slot, index int // position in the heartbeat; guarded by heartbeat.mu
}

// closeTimeout is the write timeout for the last bytes of an ending stream.
const closeTimeout = time.Second

// start sends the response header and streams from src until the stream ends. It returns an error only if the stream
// could not start.
func (s *stream) start(w http.ResponseWriter, r *http.Request, src source) error {
	conn, err := openConnection(w, r, s)
	if err != nil {
		src.unsubscribe()
		s.release()
		return err
	}
	s.mu.Lock()
	s.source, s.conn = src, conn
	s.access.start(s)
	s.mu.Unlock()
	s.engine.heartbeat.add(s)
	if s.engine.ctx.Err() != nil { // Close may have run before the stream was added
		s.end()
	}
	if s.isAuthorizationOutdated() && s.expediteRecheck(0) {
		go s.checkAccess()
	}
	s.engine.dispatcher.enqueue(s)
	return conn.wait(r.Context(), s)
}

// wake marks the stream as having data to send, and reports whether the caller must enqueue it in the dispatcher.
func (s *stream) wake() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isWriting || s.isEnded {
		s.hasMore = true
		return false
	}
	s.isWriting = true
	return true
}

// writePending writes pending data without blocking. If the browser reads too slowly, a goroutine writes the rest.
func (s *stream) writePending(nonblocking *nonblockingIO) {
	if remaining := s.writeNonblocking(nonblocking); remaining != nil {
		go s.writeBlocking(remaining)
	}
}

// writeNonblocking writes until nothing is pending, or returns the data that cannot be written without blocking.
func (s *stream) writeNonblocking(nonblocking *nonblockingIO) (remaining []byte) {
	for {
		b, ended := s.nextWrite()
		switch {
		case ended:
			s.finish()
			return nil
		case b == nil:
			return nil
		}
		n, err := s.conn.tryWrite(b, nonblocking)
		s.engine.counters.bytes.Add(uint64(n))
		switch {
		case err != nil:
			s.end()
		case n < len(b):
			return b[n:]
		}
	}
}

// writeBlocking writes remaining, blocking, and continues with the newest data.
func (s *stream) writeBlocking(remaining []byte) {
	var nonblocking nonblockingIO
	for remaining != nil {
		if !s.write(remaining) {
			s.end()
		}
		remaining = s.writeNonblocking(&nonblocking)
	}
}

// nextWrite returns the data to write now. If it returns nil, the caller no longer owns the stream. If done is true,
// the stream has ended and the caller must finish it.
func (s *stream) nextWrite() (b []byte, done bool) {
	for {
		s.mu.Lock()
		s.hasMore = false
		pingDue, ended := s.isPingDue, s.isEnded
		s.isPingDue = false
		s.mu.Unlock()
		if ended {
			return nil, true
		}
		if s.needsPreamble {
			s.needsPreamble = false
			return []byte(streamPreamble), false
		}
		condition := s.source.condition() // read before the frame, so that it applies to what has been sent
		if b := s.source.next(); b != nil {
			return b, false
		}
		if condition != conditionUnknown && condition != s.lastCondition {
			s.lastCondition = condition
			return pingEvents[condition], false
		}
		if pingDue {
			return pingEvents[s.lastCondition], false
		}
		s.mu.Lock()
		idle := !s.hasMore && !s.isEnded && !s.isPingDue
		s.isWriting = !idle
		s.mu.Unlock()
		if idle {
			return nil, false
		}
	}
}

// write writes b, blocking, and reports whether the stream can continue.
func (s *stream) write(b []byte) bool {
	timeout := s.engine.config.WriteTimeout
	start := time.Now()
	s.conn.setWriteTimeout(timeout)
	if s.hasEnded() { // after setWriteTimeout; end does it in reverse order, so that no end is missed
		return false
	}
	if err := s.conn.write(b); err != nil {
		if time.Since(start) >= timeout { // not errors.Is: HTTP/2 returns other errors than os.ErrDeadlineExceeded
			s.engine.counters.stalled.Add(1)
		}
		return false
	}
	s.engine.counters.bytes.Add(uint64(len(b)))
	s.conn.setWriteTimeout(0) // HTTP/2 resets a stream when its deadline passes, even without a write
	return true
}

func (s *stream) hasEnded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.isEnded
}

// end ends the stream, even during a blocking write, and reports whether it was still open.
func (s *stream) end() bool {
	s.mu.Lock()
	if s.isEnded {
		s.mu.Unlock()
		return false
	}
	s.isEnded = true
	wasWriting := s.isWriting
	if wasWriting && s.conn != nil {
		// After setting isEnded: see write. The writing goroutine cannot finish the stream while mu is held.
		s.conn.setWriteTimeout(closeTimeout)
	}
	s.isWriting = true
	s.mu.Unlock()
	if !wasWriting {
		s.finish()
	}
	return true
}

// finish releases all resources of the stream. It is called once, by the goroutine that owns the stream.
func (s *stream) finish() {
	s.engine.heartbeat.remove(s)
	s.source.unsubscribe()
	s.access.stop(s)
	s.release()
	s.conn.close()
}

// isDisconnected reports whether the browser has closed the connection, as far as that can be detected.
func (s *stream) isDisconnected(nonblocking *nonblockingIO) bool {
	s.mu.Lock()
	conn := s.conn
	s.mu.Unlock()
	return conn != nil && conn.isDisconnected(nonblocking)
}

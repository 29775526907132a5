package live

import (
	"net/http"
	"sync"
	"time"
)

// Serve streams v until the browser goes, loses its right or cannot keep up, or the engine is closed. The stream begins
// with the whole frame if the browser shows another version than the newest, and with nothing if it shows that.
//
// Serve returns an error only if it has written nothing, so the caller can still answer: a *Refusal, what Render
// returned if there is no frame yet, or the cause of the request's end. With HTTP/1.1 it returns nil as soon as the stream
// has begun, and the stream goes on without it.
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

// A source is what a stream carries.
type source interface {
	condition() Condition
	next() []byte // what to write now; nil if there is nothing
	unsubscribe() // nothing more is asked for
}

// A stream is one open answer of type text/event-stream. Nobody waits with it: whoever has something for it wakes it, and
// the post writes.
type stream struct {
	engine        *Engine
	viewer        Viewer
	source        source
	lastCondition Condition // the last that was sent; for whoever carries the stream, as is needsPreamble
	needsPreamble bool      // opening is still to be sent

	mu        sync.Mutex
	conn      connection // nil until the stream has begun
	isWriting bool       // somebody writes to it, or is about to; until it has begun, that is its handler
	hasMore   bool       // there may be more by now
	isPingDue bool       // a sign of life is due
	isEnded   bool
	access    accessCheck

	slot, index int // its place in the pulse, and guarded by that
}

// closeTimeout is what a stream that ends gets for its last bytes.
const closeTimeout = time.Second

// start sends the headers, and has the stream carry what comes from the source until it ends. It returns an error only if
// it could not begin.
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
	if s.engine.ctx.Err() != nil { // Close has not seen it
		s.end()
	}
	if s.isAuthorizationOutdated() && s.hastenRecheck(0) {
		go s.checkAccess()
	}
	s.engine.dispatcher.enqueue(s)
	return conn.wait(r.Context(), s)
}

// wake reports whether the caller has to see to it that the stream is served.
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

// writePending writes what there is, without waiting for the browser. One that has to be waited for gets a goroutine for as long
// as that takes.
func (s *stream) writePending(nb *nonblockingIO) {
	if remaining := s.writeNonblocking(nb); remaining != nil {
		go s.writeBlocking(remaining)
	}
}

// writeNonblocking writes until there is nothing more, or returns what has to wait.
func (s *stream) writeNonblocking(nb *nonblockingIO) (remaining []byte) {
	for {
		b, ended := s.nextWrite()
		switch {
		case ended:
			s.finish()
			return nil
		case b == nil:
			return nil
		}
		n, err := s.conn.tryWrite(b, nb)
		s.engine.counters.bytes.Add(uint64(n))
		switch {
		case err != nil:
			s.end()
		case n < len(b):
			return b[n:]
		}
	}
}

// writeBlocking waits for the browser to take rest, and goes on with what is newest then.
func (s *stream) writeBlocking(remaining []byte) {
	var nb nonblockingIO
	for remaining != nil {
		if !s.write(remaining) {
			s.end()
		}
		remaining = s.writeNonblocking(&nb)
	}
}

// nextWrite is what to write now. When there is nothing, or the stream is over, whoever carried it has done so.
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
		condition := s.source.condition() // asked before the frame, so that it holds for what has been sent
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

// write waits until b is sent, and reports whether the stream can go on.
func (s *stream) write(b []byte) bool {
	timeout := s.engine.config.WriteTimeout
	start := time.Now()
	s.conn.setWriteTimeout(timeout)
	if s.hasEnded() { // asked after allow: end does it the other way round, so it is never overlooked
		return false
	}
	if err := s.conn.write(b); err != nil {
		if time.Since(start) >= timeout { // the error does not tell: HTTP/2 has its own
			s.engine.counters.stalled.Add(1)
		}
		return false
	}
	s.engine.counters.bytes.Add(uint64(len(b)))
	s.conn.setWriteTimeout(0) // HTTP/2 resets a stream whose deadline passes, even while nothing is written
	return true
}

func (s *stream) hasEnded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.isEnded
}

// end ends the stream, even if somebody is stuck in a write to it, and reports whether it had not ended before.
func (s *stream) end() bool {
	s.mu.Lock()
	if s.isEnded {
		s.mu.Unlock()
		return false
	}
	s.isEnded = true
	wasWriting := s.isWriting
	if wasWriting && s.conn != nil {
		s.conn.setWriteTimeout(closeTimeout) // after ended: see write. Whoever carries it cannot finish it meanwhile.
	}
	s.isWriting = true
	s.mu.Unlock()
	if !wasWriting {
		s.finish()
	}
	return true
}

// finish gives back all that the stream has. It is called once, by whoever carries the stream.
func (s *stream) finish() {
	s.engine.heartbeat.remove(s)
	s.source.unsubscribe()
	s.access.stop(s)
	s.release()
	s.conn.close()
}

// isDisconnected looks whether the browser has hung up.
func (s *stream) isDisconnected(nb *nonblockingIO) bool {
	s.mu.Lock()
	conn := s.conn
	s.mu.Unlock()
	return conn != nil && conn.isDisconnected(nb)
}

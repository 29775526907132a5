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
func (e *Engine) Serve(w http.ResponseWriter, r *http.Request, v View, who Viewer) error {
	s, err := e.admit(who)
	if err != nil {
		return err
	}
	watching := e.watch(v, cursor(r), s)
	if err := watching.first(r.Context()); err != nil {
		watching.leave()
		s.release()
		return err
	}
	return s.begin(w, r, watching)
}

// A source is what a stream carries.
type source interface {
	condition() Condition
	next() []byte // what to write now; nil if there is nothing
	leave()       // nothing more is asked for
}

// A stream is one open answer of type text/event-stream. Nobody waits with it: whoever has something for it wakes it, and
// the post writes.
type stream struct {
	engine    *Engine
	who       Viewer
	from      source
	said      Condition // the last that was sent; for whoever carries the stream, as is isOpening
	isOpening bool      // opening is still to be sent

	mu      sync.Mutex
	line    line // nil until the stream has begun
	carried bool // somebody writes to it, or is about to; until it has begun, that is its handler
	again   bool // there may be more by now
	silent  bool // a sign of life is due
	ended   bool
	access  access

	slot, index int // its place in the pulse, and guarded by that
}

// farewell is what a stream that ends gets for its last bytes.
const farewell = time.Second

// begin sends the headers, and has the stream carry what comes from the source until it ends. It returns an error only if
// it could not begin.
func (s *stream) begin(w http.ResponseWriter, r *http.Request, from source) error {
	l, err := openLine(w, r, s)
	if err != nil {
		from.leave()
		s.release()
		return err
	}
	s.mu.Lock()
	s.from, s.line = from, l
	s.access.begin(s)
	s.mu.Unlock()
	s.engine.pulse.add(s)
	if s.engine.ctx.Err() != nil { // Close has not seen it
		s.end()
	}
	if s.isGuardOutdated() && s.hasten(0) {
		go s.ask()
	}
	s.engine.post.add(s)
	return l.hold(r.Context(), s)
}

// wake reports whether the caller has to see to it that the stream is served.
func (s *stream) wake() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.carried || s.ended {
		s.again = true
		return false
	}
	s.carried = true
	return true
}

// serve writes what there is, without waiting for the browser. One that has to be waited for gets a goroutine for as long
// as that takes.
func (s *stream) serve(c *call) {
	if rest := s.push(c); rest != nil {
		go s.press(rest)
	}
}

// push writes until there is nothing more, or returns what has to wait.
func (s *stream) push(c *call) (rest []byte) {
	for {
		b, over := s.next()
		switch {
		case over:
			s.finish()
			return nil
		case b == nil:
			return nil
		}
		n, err := s.line.try(b, c)
		s.engine.count.bytes.Add(uint64(n))
		switch {
		case err != nil:
			s.end()
		case n < len(b):
			return b[n:]
		}
	}
}

// press waits for the browser to take rest, and goes on with what is newest then.
func (s *stream) press(rest []byte) {
	var c call
	for rest != nil {
		if !s.write(rest) {
			s.end()
		}
		rest = s.push(&c)
	}
}

// next is what to write now. When there is nothing, or the stream is over, whoever carried it has done so.
func (s *stream) next() (b []byte, over bool) {
	for {
		s.mu.Lock()
		s.again = false
		silent, ended := s.silent, s.ended
		s.silent = false
		s.mu.Unlock()
		if ended {
			return nil, true
		}
		if s.isOpening {
			s.isOpening = false
			return []byte(opening), false
		}
		now := s.from.condition() // asked before the frame, so that it holds for what has been sent
		if b := s.from.next(); b != nil {
			return b, false
		}
		if now != unknown && now != s.said {
			s.said = now
			return pings[now], false
		}
		if silent {
			return pings[s.said], false
		}
		s.mu.Lock()
		idle := !s.again && !s.ended && !s.silent
		s.carried = !idle
		s.mu.Unlock()
		if idle {
			return nil, false
		}
	}
}

// write waits until b is sent, and reports whether the stream can go on.
func (s *stream) write(b []byte) bool {
	timeout := s.engine.config.WriteTimeout
	began := time.Now()
	s.line.allow(timeout)
	if s.over() { // asked after allow: end does it the other way round, so it is never overlooked
		return false
	}
	if err := s.line.write(b); err != nil {
		if time.Since(began) >= timeout { // the error does not tell: HTTP/2 has its own
			s.engine.count.cut.Add(1)
		}
		return false
	}
	s.engine.count.bytes.Add(uint64(len(b)))
	s.line.allow(0) // HTTP/2 resets a stream whose deadline passes, even while nothing is written
	return true
}

func (s *stream) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// end ends the stream, even if somebody is stuck in a write to it, and reports whether it had not ended before.
func (s *stream) end() bool {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return false
	}
	s.ended = true
	carried := s.carried
	if carried && s.line != nil {
		s.line.allow(farewell) // after ended: see write. Whoever carries it cannot finish it meanwhile.
	}
	s.carried = true
	s.mu.Unlock()
	if !carried {
		s.finish()
	}
	return true
}

// finish gives back all that the stream has. It is called once, by whoever carries the stream.
func (s *stream) finish() {
	s.engine.pulse.remove(s)
	s.from.leave()
	s.access.end(s)
	s.release()
	s.line.close()
}

// isGone looks whether the browser has hung up.
func (s *stream) isGone(c *call) bool {
	s.mu.Lock()
	l := s.line
	s.mu.Unlock()
	return l != nil && l.gone(c)
}

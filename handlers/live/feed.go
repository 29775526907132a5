package live

import (
	"bytes"
	"errors"
	"net/http"
	"sync"
)

// maxQueue is how many events a reader may be behind.
const maxQueue = 64

var errTooSlow = errors.New("the reader is too slow for its feed")

// ServeEvents streams what is sent to topic from now on, in order and without gaps: a reader that falls too far behind is
// cut, and has to look for itself what it missed. All else is as with [Engine.Serve].
func (e *Engine) ServeEvents(w http.ResponseWriter, r *http.Request, topic string, who Viewer) error {
	s, err := e.admit(w, r, who)
	if err != nil {
		return err
	}
	defer s.release()

	reading := e.read(topic, s)
	defer e.unread(topic, reading)
	return s.carry(reading)
}

// Send gives data to all who read topic now. It waits for none of them. Data is not kept.
func (e *Engine) Send(topic string, data []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.feeds[topic]) == 0 {
		return
	}
	event := appendEvent(nil, "", data)
	for reading := range e.feeds[topic] {
		reading.push(event)
	}
}

// A reader is one program's place at a feed.
type reader struct {
	stream *stream
	more   chan struct{} // holds one token while the queue may have something

	mu    sync.Mutex
	queue [][]byte
}

func (e *Engine) read(topic string, s *stream) *reader {
	reading := &reader{stream: s, more: make(chan struct{}, 1)}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.feeds[topic] == nil {
		e.feeds[topic] = map[*reader]struct{}{}
	}
	e.feeds[topic][reading] = struct{}{}
	return reading
}

func (e *Engine) unread(topic string, reading *reader) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.feeds[topic], reading)
	if len(e.feeds[topic]) == 0 {
		delete(e.feeds, topic)
	}
}

func (r *reader) push(event []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) == maxQueue {
		if r.stream.ctx.Err() == nil {
			r.stream.engine.count.cut.Add(1)
		}
		r.stream.cancel(errTooSlow)
		return
	}
	r.queue = append(r.queue, event)
	select {
	case r.more <- struct{}{}:
	default:
	}
}

// next returns all that is waiting, for one write.
func (r *reader) next() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	waiting := r.queue
	r.queue = nil
	r.stream.engine.count.events.Add(uint64(len(waiting)))
	switch len(waiting) {
	case 0:
		return nil
	case 1:
		return waiting[0]
	}
	return bytes.Join(waiting, nil)
}

func (r *reader) wake() <-chan struct{} { return r.more }

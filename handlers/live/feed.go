package live

import (
	"bytes"
	"net/http"
	"sync"
)

// maxQueue is how many events a reader may be behind.
const maxQueue = 64

// ServeEvents streams what is sent to topic from now on, in order and without gaps: a reader that falls too far behind is
// cut, and has to look for itself what it missed. All else is as with [Engine.Serve].
func (e *Engine) ServeEvents(w http.ResponseWriter, r *http.Request, topic string, who Viewer) error {
	s, err := e.admit(who)
	if err != nil {
		return err
	}
	return s.begin(w, r, e.read(topic, s))
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
		if reading.push(event) && reading.stream.wake() {
			e.post.add(reading.stream)
		}
	}
}

// A reader is one program's place at a feed.
type reader struct {
	stream *stream
	topic  string

	mu    sync.Mutex
	queue [][]byte
}

func (e *Engine) read(topic string, s *stream) *reader {
	reading := &reader{stream: s, topic: topic}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.feeds[topic] == nil {
		e.feeds[topic] = map[*reader]struct{}{}
	}
	e.feeds[topic][reading] = struct{}{}
	return reading
}

func (r *reader) leave() {
	e := r.stream.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.feeds[r.topic], r)
	if len(e.feeds[r.topic]) == 0 {
		delete(e.feeds, r.topic)
	}
}

// push queues event. A reader that has no room for it is cut, and push reports false.
func (r *reader) push(event []byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) < maxQueue {
		r.queue = append(r.queue, event)
		return true
	}
	go func() { // whoever sends holds engine.mu
		if r.stream.end() {
			r.stream.engine.count.cut.Add(1)
		}
	}()
	return false
}

// condition is that of the engine: in Stale, events are lost.
func (r *reader) condition() Condition { return r.stream.engine.Condition() }

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

package live

import (
	"bytes"
	"net/http"
	"sync"
)

// maxQueuedEvents is how many events a reader may be behind.
const maxQueuedEvents = 64

// ServeEvents streams what is sent to topic from now on, in order and without gaps: a reader that falls too far behind is
// cut, and has to look for itself what it missed. All else is as with [Engine.Serve].
func (e *Engine) ServeEvents(w http.ResponseWriter, r *http.Request, topic string, viewer Viewer) error {
	s, err := e.admit(viewer)
	if err != nil {
		return err
	}
	return s.start(w, r, e.subscribeFeed(topic, s))
}

// Publish gives data to all who read topic now. It waits for none of them. Data is not kept.
func (e *Engine) Publish(topic string, data []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.feeds[topic]) == 0 {
		return
	}
	event := appendEvent(nil, "", data)
	for sub := range e.feeds[topic] {
		if sub.enqueue(event) && sub.stream.wake() {
			e.dispatcher.enqueue(sub.stream)
		}
	}
}

// A feedSubscription is one program's place at a feed.
type feedSubscription struct {
	stream *stream
	topic  string

	mu    sync.Mutex
	queue [][]byte
}

func (e *Engine) subscribeFeed(topic string, s *stream) *feedSubscription {
	sub := &feedSubscription{stream: s, topic: topic}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.feeds[topic] == nil {
		e.feeds[topic] = map[*feedSubscription]struct{}{}
	}
	e.feeds[topic][sub] = struct{}{}
	return sub
}

func (sub *feedSubscription) unsubscribe() {
	e := sub.stream.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.feeds[sub.topic], sub)
	if len(e.feeds[sub.topic]) == 0 {
		delete(e.feeds, sub.topic)
	}
}

// enqueue queues event. A reader that has no room for it is cut, and push reports false.
func (sub *feedSubscription) enqueue(event []byte) bool {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	if len(sub.queue) < maxQueuedEvents {
		sub.queue = append(sub.queue, event)
		return true
	}
	go func() { // whoever sends holds engine.mu
		if sub.stream.end() {
			sub.stream.engine.counters.stalled.Add(1)
		}
	}()
	return false
}

// condition is that of the engine: in Stale, events are lost.
func (sub *feedSubscription) condition() Condition { return sub.stream.engine.Condition() }

// next returns all that is waiting, for one write.
func (sub *feedSubscription) next() []byte {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	events := sub.queue
	sub.queue = nil
	sub.stream.engine.counters.events.Add(uint64(len(events)))
	switch len(events) {
	case 0:
		return nil
	case 1:
		return events[0]
	}
	return bytes.Join(events, nil)
}

package live

import (
	"bytes"
	"net/http"
	"sync"
)

// maxQueuedEvents is how many unsent events a feed subscription may have.
const maxQueuedEvents = 64

// ServeEvents streams the events published to topic from now on, in order and without gaps. A reader that falls more
// than maxQueuedEvents behind is disconnected and must fetch what it missed itself. Otherwise it behaves like
// [Engine.Serve].
func (e *Engine) ServeEvents(w http.ResponseWriter, r *http.Request, topic string, viewer Viewer) error {
	s, err := e.admit(viewer)
	if err != nil {
		return err
	}
	return s.start(w, r, e.subscribeFeed(topic, s))
}

// Publish sends data to all current subscribers of topic, without blocking. Data is not stored.
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

// A feedSubscription is one stream's subscription to a feed.
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

// enqueue queues event and reports whether there was room for it. If not, it ends the stream.
func (sub *feedSubscription) enqueue(event []byte) bool {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	if len(sub.queue) < maxQueuedEvents {
		sub.queue = append(sub.queue, event)
		return true
	}
	go func() { // end locks engine.mu, which the caller holds
		if sub.stream.end() {
			sub.stream.engine.counters.stalled.Add(1)
		}
	}()
	return false
}

// condition returns the condition of the engine: while it is Stale, events may be lost.
func (sub *feedSubscription) condition() Condition { return sub.stream.engine.Condition() }

// next returns all queued events, to be sent in one write.
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

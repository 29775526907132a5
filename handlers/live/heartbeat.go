package live

import (
	"sync"
	"time"
)

// ticksPerPing is how many beats there are between two signs of life of a stream; each has its share of the streams.
const ticksPerPing = 15

// A heartbeat does for all streams together what each needs from time to time: a sign of life, a look whether its browser is
// still there, and the question whether it is still allowed.
type heartbeat struct {
	engine   *Engine
	interval time.Duration // between two beats

	mu       sync.Mutex
	slots    [ticksPerPing][]*stream
	nextSlot int // the slot of the next beat
	lastSlot int // the slot that the last stream was put in
	count    int
	timer    *time.Timer // not nil while there are streams
}

// add gives s the slot after the one that was given last, so that those who come together do not stay together. The
// first of all is the furthest away.
func (h *heartbeat) add(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.count++; h.count == 1 {
		h.lastSlot = h.nextSlot + ticksPerPing - 2
		h.timer = time.AfterFunc(h.interval, h.tick)
	}
	h.lastSlot = (h.lastSlot + 1) % ticksPerPing
	s.slot, s.index = h.lastSlot, len(h.slots[h.lastSlot])
	h.slots[h.lastSlot] = append(h.slots[h.lastSlot], s)
}

func (h *heartbeat) remove(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	slot := h.slots[s.slot]
	last := len(slot) - 1
	slot[s.index], slot[last].index = slot[last], s.index
	slot[last] = nil
	h.slots[s.slot] = slot[:last]
	if h.count--; h.count == 0 {
		h.timer.Stop()
		h.timer, h.slots = nil, [ticksPerPing][]*stream{}
	}
}

// snapshot are the streams of now, those whose sign of life is due first.
func (h *heartbeat) snapshot() (streams []*stream, due int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	streams = make([]*stream, 0, h.count)
	for i := range ticksPerPing {
		streams = append(streams, h.slots[(h.nextSlot+i)%ticksPerPing]...)
		if i == 0 {
			due = len(streams)
		}
	}
	return streams, due
}

func (h *heartbeat) tick() {
	streams, due := h.snapshot()
	var nb nonblockingIO
	now := time.Now()
	for _, s := range streams {
		if s.isDisconnected(&nb) {
			s.end()
		} else if s.access.claimDue(s, now) {
			go s.checkAccess()
		}
	}
	for _, s := range streams[:due] {
		s.mu.Lock()
		s.isPingDue = true
		s.mu.Unlock()
	}
	h.engine.dispatcher.wakeAndDispatch(streams[:due])
	h.engine.dispatcher.wakeAndDispatch(h.engine.markOverdue(now))

	h.mu.Lock()
	defer h.mu.Unlock()
	h.nextSlot = (h.nextSlot + 1) % ticksPerPing
	if h.count > 0 {
		h.timer.Reset(h.interval)
	}
}

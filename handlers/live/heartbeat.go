package live

import (
	"sync"
	"time"
)

// ticksPerPing is the number of heartbeat ticks per ping interval. Each tick pings its share of the streams.
const ticksPerPing = 15

// A heartbeat does the periodic work of all streams: it sends pings, detects closed connections and starts access
// checks that are due.
type heartbeat struct {
	engine   *Engine
	interval time.Duration // time between ticks

	mu       sync.Mutex
	slots    [ticksPerPing][]*stream
	nextSlot int // the slot whose streams the next tick pings
	lastSlot int // the slot that the last added stream was put in
	count    int
	timer    *time.Timer // nil if there are no streams
}

// add puts s in the slot after that of the previously added stream, so that streams that start together are pinged at
// different times. The first stream gets the slot that is pinged last.
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

// snapshot returns the current streams, ordered by when their next ping is due. The first due of them are due at this
// tick.
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

// tick checks all streams, pings those of the next slot and marks overdue views.
func (h *heartbeat) tick() {
	streams, due := h.snapshot()
	var nonblocking nonblockingIO
	now := time.Now()
	for _, s := range streams {
		if s.isDisconnected(&nonblocking) {
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

package live

import (
	"sync"
	"time"
)

// beats is how many beats there are between two signs of life of a stream; each has its share of the streams.
const beats = 15

// A pulse does for all streams together what each needs from time to time: a sign of life, a look whether its browser is
// still there, and the question whether it is still allowed.
type pulse struct {
	engine *Engine
	every  time.Duration // between two beats

	mu    sync.Mutex
	slots [beats][]*stream
	now   int // the slot of the next beat
	last  int // the slot that the last stream was put in
	count int
	timer *time.Timer // not nil while there are streams
}

// add gives s the slot after the one that was given last, so that those who come together do not stay together. The
// first of all is the furthest away.
func (p *pulse) add(s *stream) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count++; p.count == 1 {
		p.last = p.now + beats - 2
		p.timer = time.AfterFunc(p.every, p.beat)
	}
	p.last = (p.last + 1) % beats
	s.slot, s.index = p.last, len(p.slots[p.last])
	p.slots[p.last] = append(p.slots[p.last], s)
}

func (p *pulse) remove(s *stream) {
	p.mu.Lock()
	defer p.mu.Unlock()
	slot := p.slots[s.slot]
	last := len(slot) - 1
	slot[s.index], slot[last].index = slot[last], s.index
	slot[last] = nil
	p.slots[s.slot] = slot[:last]
	if p.count--; p.count == 0 {
		p.timer.Stop()
		p.timer, p.slots = nil, [beats][]*stream{}
	}
}

// all are the streams of now, those whose sign of life is due first.
func (p *pulse) all() (streams []*stream, due int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	streams = make([]*stream, 0, p.count)
	for i := range beats {
		streams = append(streams, p.slots[(p.now+i)%beats]...)
		if i == 0 {
			due = len(streams)
		}
	}
	return streams, due
}

func (p *pulse) beat() {
	streams, due := p.all()
	var c call
	now := time.Now()
	for _, s := range streams {
		if s.isGone(&c) {
			s.end()
		} else if s.access.isDue(s, now) {
			go s.ask()
		}
	}
	for _, s := range streams[:due] {
		s.mu.Lock()
		s.silent = true
		s.mu.Unlock()
	}
	p.engine.post.deliver(streams[:due])
	p.engine.post.deliver(p.engine.findLate(now))

	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = (p.now + 1) % beats
	if p.count > 0 {
		p.timer.Reset(p.every)
	}
}

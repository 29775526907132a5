package live

import "sync"

// A post brings streams what is new, by a bounded number of hands. None of them waits for a browser.
type post struct {
	most int

	mu      sync.Mutex
	waiting []*stream // whom something is to be brought, each of them once
	next    int       // the first of them
	hands   int       // there are none while nobody waits
}

// handful is how many streams a hand takes at a time, and for how many it is worth calling another one.
const handful = 64

// add has streams served that were woken.
func (p *post) add(woken ...*stream) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = append(p.waiting, woken...)
	p.call(1)
}

// deliver wakes streams, and lends a hand until nobody waits: that is sooner than calling one.
func (p *post) deliver(streams []*stream) {
	woken := streams[:0]
	for _, s := range streams {
		if s.wake() {
			woken = append(woken, s)
		}
	}
	p.mu.Lock()
	p.waiting = append(p.waiting, woken...)
	if p.hands == p.most || len(p.waiting) == p.next {
		p.mu.Unlock()
		return
	}
	p.hands++
	p.call(1 + (len(p.waiting)-p.next)/handful)
	p.mu.Unlock()
	p.work()
}

// call sees to it that there are so many hands, if there may be. The caller holds mu.
func (p *post) call(wanted int) {
	for p.hands < min(wanted, p.most) {
		p.hands++
		go p.work()
	}
}

// work is one hand's.
func (p *post) work() {
	var (
		c    call
		mine [handful]*stream
	)
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.next < len(p.waiting) {
		n := p.take(mine[:])
		p.mu.Unlock()
		for _, s := range mine[:n] {
			s.serve(&c)
		}
		p.mu.Lock()
	}
	if p.hands--; p.hands == 0 {
		p.waiting = nil // it may have been long
	}
}

// take moves the next that wait to mine. The caller holds mu.
func (p *post) take(mine []*stream) (n int) {
	n = copy(mine, p.waiting[p.next:])
	clear(p.waiting[p.next : p.next+n])
	if p.next += n; p.next == len(p.waiting) {
		p.waiting, p.next = p.waiting[:0], 0
	}
	return n
}

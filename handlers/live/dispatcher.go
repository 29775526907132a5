package live

import "sync"

// A dispatcher brings streams what is new, by a bounded number of hands. None of them waits for a browser.
type dispatcher struct {
	maxWorkers int

	mu      sync.Mutex
	queue   []*stream // whom something is to be brought, each of them once
	head    int       // the first of them
	workers int       // there are none while nobody waits
}

// batchSize is how many streams a hand takes at a time, and for how many it is worth calling another one.
const batchSize = 64

// enqueue has streams served that were woken.
func (d *dispatcher) enqueue(woken ...*stream) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queue = append(d.queue, woken...)
	d.startWorkers(1)
}

// wakeAndDispatch wakes streams, and lends a hand until nobody waits: that is sooner than calling one.
func (d *dispatcher) wakeAndDispatch(streams []*stream) {
	woken := streams[:0]
	for _, s := range streams {
		if s.wake() {
			woken = append(woken, s)
		}
	}
	d.mu.Lock()
	d.queue = append(d.queue, woken...)
	if d.workers == d.maxWorkers || len(d.queue) == d.head {
		d.mu.Unlock()
		return
	}
	d.workers++
	d.startWorkers(1 + (len(d.queue)-d.head)/batchSize)
	d.mu.Unlock()
	d.runWorker()
}

// startWorkers sees to it that there are so many hands, if there may be. The caller holds mu.
func (d *dispatcher) startWorkers(wanted int) {
	for d.workers < min(wanted, d.maxWorkers) {
		d.workers++
		go d.runWorker()
	}
}

// runWorker is one hand's.
func (d *dispatcher) runWorker() {
	var (
		nb    nonblockingIO
		batch [batchSize]*stream
	)
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.head < len(d.queue) {
		n := d.takeBatch(batch[:])
		d.mu.Unlock()
		for _, s := range batch[:n] {
			s.writePending(&nb)
		}
		d.mu.Lock()
	}
	if d.workers--; d.workers == 0 {
		d.queue = nil // it may have been long
	}
}

// takeBatch moves the next that wait to mine. The caller holds mu.
func (d *dispatcher) takeBatch(batch []*stream) (n int) {
	n = copy(batch, d.queue[d.head:])
	clear(d.queue[d.head : d.head+n])
	if d.head += n; d.head == len(d.queue) {
		d.queue, d.head = d.queue[:0], 0
	}
	return n
}

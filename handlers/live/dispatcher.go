package live

import "sync"

// A dispatcher writes pending data to streams with a bounded number of workers. Workers never block on a browser.
type dispatcher struct {
	maxWorkers int

	mu      sync.Mutex
	queue   []*stream // streams with something to write; each at most once
	head    int       // index of the first stream in queue
	workers int       // running workers; 0 while the queue is empty
}

// batchSize is how many streams a worker takes at a time, and the queue length per worker that starts another one.
const batchSize = 64

// enqueue queues streams whose wake returned true.
func (d *dispatcher) enqueue(woken ...*stream) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queue = append(d.queue, woken...)
	d.startWorkers(1)
}

// wakeAndDispatch wakes streams and works as a worker itself until the queue is empty, which is faster than starting a
// goroutine. It reuses the slice.
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

// startWorkers starts workers until there are as many as wanted, but at most maxWorkers. The caller holds mu.
func (d *dispatcher) startWorkers(wanted int) {
	for d.workers < min(wanted, d.maxWorkers) {
		d.workers++
		go d.runWorker()
	}
}

// runWorker writes to queued streams until the queue is empty.
func (d *dispatcher) runWorker() {
	var (
		nonblocking nonblockingIO
		batch       [batchSize]*stream
	)
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.head < len(d.queue) {
		n := d.takeBatch(batch[:])
		d.mu.Unlock()
		for _, s := range batch[:n] {
			s.writePending(&nonblocking)
		}
		d.mu.Lock()
	}
	if d.workers--; d.workers == 0 {
		d.queue = nil // frees its memory
	}
}

// takeBatch moves the first streams of the queue to batch and returns their number. The caller holds mu.
func (d *dispatcher) takeBatch(batch []*stream) (n int) {
	n = copy(batch, d.queue[d.head:])
	clear(d.queue[d.head : d.head+n])
	if d.head += n; d.head == len(d.queue) {
		d.queue, d.head = d.queue[:0], 0
	}
	return n
}

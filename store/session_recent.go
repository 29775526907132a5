package store

import (
	"sync"
	"time"
)

// Recent remembers values for a bounded time in bounded memory: what was confirmed elsewhere and may be wanted again
// while elsewhere does not answer. It is safe for concurrent use.
type Recent[V any] struct {
	keep time.Duration
	max  int

	mu     sync.Mutex
	values map[string]remembered[V]
}

type remembered[V any] struct {
	value V
	at    time.Time
}

// NewRecent makes a memory of at most max values, each kept for at most keep.
func NewRecent[V any](max int, keep time.Duration) *Recent[V] {
	return &Recent[V]{keep: keep, max: max, values: map[string]remembered[V]{}}
}

// Put remembers a value as confirmed at that time. When the memory is full, what is too old goes, and then at random.
func (r *Recent[V]) Put(key string, value V, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.values[key]; !known && len(r.values) >= r.max {
		r.makeRoom(at)
	}
	r.values[key] = remembered[V]{value, at}
}

// makeRoom frees an eighth of the memory at least, so that a full one is not gone through at every Put.
func (r *Recent[V]) makeRoom(now time.Time) {
	for key, v := range r.values {
		if now.Sub(v.at) > r.keep {
			delete(r.values, key)
		}
	}
	for key := range r.values {
		if len(r.values) <= r.max-max(1, r.max/8) {
			break
		}
		delete(r.values, key)
	}
}

// Get gives back a value that was confirmed no longer than keep before now, and when that was.
func (r *Recent[V]) Get(key string, now time.Time) (value V, at time.Time, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.values[key]
	if !ok || now.Sub(v.at) > r.keep {
		return value, at, false
	}
	return v.value, v.at, true
}

// Forget drops a value.
func (r *Recent[V]) Forget(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.values, key)
}

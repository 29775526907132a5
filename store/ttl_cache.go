package store

import (
	"sync"
	"time"
)

// TTLCache remembers values for a bounded time in bounded memory: what was confirmed elsewhere and may be wanted again
// while elsewhere does not answer. It is safe for concurrent use.
type TTLCache[V any] struct {
	ttl        time.Duration
	maxEntries int

	mu      sync.Mutex
	entries map[string]cacheEntry[V]
}

type cacheEntry[V any] struct {
	value       V
	confirmedAt time.Time
}

// NewTTLCache makes a memory of at most max values, each kept for at most keep.
func NewTTLCache[V any](maxEntries int, ttl time.Duration) *TTLCache[V] {
	return &TTLCache[V]{ttl: ttl, maxEntries: maxEntries, entries: map[string]cacheEntry[V]{}}
}

// Put remembers a value as confirmed at that time. When the memory is full, what is too old goes, and then at random.
func (r *TTLCache[V]) Put(key string, value V, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.entries[key]; !known && len(r.entries) >= r.maxEntries {
		r.evict(at)
	}
	r.entries[key] = cacheEntry[V]{value, at}
}

// evict frees an eighth of the memory at least, so that a full one is not gone through at every Put.
func (r *TTLCache[V]) evict(now time.Time) {
	for key, v := range r.entries {
		if now.Sub(v.confirmedAt) > r.ttl {
			delete(r.entries, key)
		}
	}
	for key := range r.entries {
		if len(r.entries) <= r.maxEntries-max(1, r.maxEntries/8) {
			break
		}
		delete(r.entries, key)
	}
}

// Get gives back a value that was confirmed no longer than keep before now, and when that was.
func (r *TTLCache[V]) Get(key string, now time.Time) (value V, at time.Time, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.entries[key]
	if !ok || now.Sub(v.confirmedAt) > r.ttl {
		return value, at, false
	}
	return v.value, v.confirmedAt, true
}

// Delete drops a value.
func (r *TTLCache[V]) Delete(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.entries, key)
}

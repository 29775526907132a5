package store

import (
	"sync"
	"time"
)

// TTLCache caches values for a limited time in limited memory, for use while their source does not answer. It is safe
// for concurrent use.
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

// NewTTLCache returns a cache of at most maxEntries values, each for at most ttl.
func NewTTLCache[V any](maxEntries int, ttl time.Duration) *TTLCache[V] {
	return &TTLCache[V]{ttl: ttl, maxEntries: maxEntries, entries: map[string]cacheEntry[V]{}}
}

// Put stores a value that was confirmed at that time. A full cache evicts expired values first, then random ones.
func (r *TTLCache[V]) Put(key string, value V, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.entries[key]; !known && len(r.entries) >= r.maxEntries {
		r.evict(at)
	}
	r.entries[key] = cacheEntry[V]{value, at}
}

// evict frees at least an eighth of the cache, so that a full one is not scanned at every Put.
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

// Get returns a value that was confirmed at most ttl before now, and the time of that.
func (r *TTLCache[V]) Get(key string, now time.Time) (value V, at time.Time, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.entries[key]
	if !ok || now.Sub(v.confirmedAt) > r.ttl {
		return value, at, false
	}
	return v.value, v.confirmedAt, true
}

// Delete removes a value.
func (r *TTLCache[V]) Delete(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.entries, key)
}

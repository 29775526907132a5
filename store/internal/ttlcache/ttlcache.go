// Package ttlcache caches values for a limited time in limited memory, for use while their source does not answer.
package ttlcache

import (
	"sync"
	"time"
)

// Cache is a cache of values by key. It is safe for concurrent use.
type Cache[V any] struct {
	ttl        time.Duration
	maxEntries int

	mu      sync.Mutex
	entries map[string]entry[V]
}

type entry[V any] struct {
	value       V
	confirmedAt time.Time
}

// New returns a cache of at most maxEntries values, each for at most ttl.
func New[V any](maxEntries int, ttl time.Duration) *Cache[V] {
	return &Cache[V]{ttl: ttl, maxEntries: maxEntries, entries: map[string]entry[V]{}}
}

// Put stores a value that was confirmed at that time. A full cache evicts expired values first, then random ones.
func (c *Cache[V]) Put(key string, value V, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.entries[key]; !known && len(c.entries) >= c.maxEntries {
		c.evict(at)
	}
	c.entries[key] = entry[V]{value, at}
}

// evict frees at least an eighth of the cache, so that a full one is not scanned at every Put.
func (c *Cache[V]) evict(now time.Time) {
	for key, v := range c.entries {
		if now.Sub(v.confirmedAt) > c.ttl {
			delete(c.entries, key)
		}
	}
	for key := range c.entries {
		if len(c.entries) <= c.maxEntries-max(1, c.maxEntries/8) {
			break
		}
		delete(c.entries, key)
	}
}

// Get returns a value that was confirmed at most ttl before now, and the time of that.
func (c *Cache[V]) Get(key string, now time.Time) (value V, at time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.entries[key]
	if !ok || now.Sub(v.confirmedAt) > c.ttl {
		return value, at, false
	}
	return v.value, v.confirmedAt, true
}

// Delete removes a value.
func (c *Cache[V]) Delete(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, key)
}

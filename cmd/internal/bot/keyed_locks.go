package bot

import (
	"context"
	"sync"
)

// keyedLocks let those who want the same thing have it one after the other, within one process: between processes the
// database decides, and asking it costs more.
type keyedLocks struct {
	mu      sync.Mutex
	entries map[string]*lockEntry
}

type lockEntry struct {
	token chan struct{} // holds one token, which is taken by whose turn it is
	refs  int           // how many have it or wait for it
}

// acquire waits for the turn at key, and tells whether it had to wait. leave must be called afterwards.
func (q *keyedLocks) acquire(ctx context.Context, key string) (release func(), waited bool, err error) {
	q.mu.Lock()
	if q.entries == nil {
		q.entries = map[string]*lockEntry{}
	}
	entry := q.entries[key]
	if entry == nil {
		entry = &lockEntry{token: make(chan struct{}, 1)}
		entry.token <- struct{}{}
		q.entries[key] = entry
	}
	entry.refs++
	waited = entry.refs > 1
	q.mu.Unlock()

	select {
	case <-entry.token:
		return func() {
			entry.token <- struct{}{}
			q.unref(key, entry)
		}, waited, nil
	case <-ctx.Done():
		q.unref(key, entry)
		return nil, waited, ctx.Err()
	}
}

// unref removes the queue when nobody is in it.
func (q *keyedLocks) unref(key string, entry *lockEntry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if entry.refs--; entry.refs == 0 {
		delete(q.entries, key)
	}
}

// stringSet is a set of words that several goroutines use.
type stringSet struct {
	mu     sync.Mutex
	values map[string]bool
}

// add tells whether word is new.
func (s *stringSet) add(value string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values[value] {
		return false
	}
	if s.values == nil {
		s.values = map[string]bool{}
	}
	s.values[value] = true
	return true
}

func (s *stringSet) has(value string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[value]
}

func (s *stringSet) remove(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.values, value)
}

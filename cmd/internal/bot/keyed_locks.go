package bot

import (
	"context"
	"sync"
)

// keyedLocks are mutexes by key, within one process. Between processes the database's leases decide, at a higher cost.
type keyedLocks struct {
	mu      sync.Mutex
	entries map[string]*lockEntry
}

type lockEntry struct {
	token chan struct{} // holds one token while the lock is free
	refs  int           // holders and waiters
}

// acquire locks key and reports whether it had to wait. The caller must call release unless err is not nil.
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

// unref removes the entry when it has neither holder nor waiters.
func (q *keyedLocks) unref(key string, entry *lockEntry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if entry.refs--; entry.refs == 0 {
		delete(q.entries, key)
	}
}

// stringSet is a set of strings that is safe for concurrent use. The zero value is an empty set.
type stringSet struct {
	mu     sync.Mutex
	values map[string]bool
}

// add adds value and reports whether it was missing.
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

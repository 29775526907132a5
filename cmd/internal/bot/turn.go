package bot

import (
	"context"
	"sync"
)

// queues let those who want the same thing have it one after the other, within one process: between processes the
// database decides, and asking it costs more.
type queues struct {
	mu      sync.Mutex
	waiting map[string]*queue
}

type queue struct {
	turn chan struct{} // holds one token, which is taken by whose turn it is
	n    int           // how many have it or wait for it
}

// enter waits for the turn at key, and tells whether it had to wait. leave must be called afterwards.
func (q *queues) enter(ctx context.Context, key string) (leave func(), waited bool, err error) {
	q.mu.Lock()
	if q.waiting == nil {
		q.waiting = map[string]*queue{}
	}
	mine := q.waiting[key]
	if mine == nil {
		mine = &queue{turn: make(chan struct{}, 1)}
		mine.turn <- struct{}{}
		q.waiting[key] = mine
	}
	mine.n++
	waited = mine.n > 1
	q.mu.Unlock()

	select {
	case <-mine.turn:
		return func() {
			mine.turn <- struct{}{}
			q.forget(key, mine)
		}, waited, nil
	case <-ctx.Done():
		q.forget(key, mine)
		return nil, waited, ctx.Err()
	}
}

// forget removes the queue when nobody is in it.
func (q *queues) forget(key string, mine *queue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if mine.n--; mine.n == 0 {
		delete(q.waiting, key)
	}
}

// set is a set of words that several goroutines use.
type set struct {
	mu    sync.Mutex
	words map[string]bool
}

// add tells whether word is new.
func (s *set) add(word string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.words[word] {
		return false
	}
	if s.words == nil {
		s.words = map[string]bool{}
	}
	s.words[word] = true
	return true
}

func (s *set) has(word string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.words[word]
}

func (s *set) remove(word string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.words, word)
}

package storetest

import (
	"strings"
	"sync"
)

// Log collects log output. A test can read it while other goroutines write to it. The zero value is an empty log.
type Log struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write appends p to the log. It never fails.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns everything that has been written so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Count returns how often text occurs in the log.
func (l *Log) Count(text string) int { return strings.Count(l.String(), text) }

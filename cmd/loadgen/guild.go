//go:build linux

package main

import (
	"fmt"
	"sync/atomic"
	"time"
)

// maxEvents is how many events a guild may have in one run; no measurement comes near.
const maxEvents = 1 << 19

// A guild is what is watched. Its events are numbered from 1, and its newest giveaway has as many entries as events were
// published: so a page shows which event it has come to.
type guild struct {
	id       string
	giveaway string   // the measured row; "" where there is no database
	cookies  []string // of those who watch it
	cursor   string   // the version of its page before anything happens
	streams  int      // how many watch it

	last int            // the newest event's number
	sent []atomic.Int64 // by number: when it was published, in nanoseconds on our clock; 0 before
}

func newGuild(i int) *guild {
	return &guild{id: fmt.Sprintf("7%017d", i), sent: make([]atomic.Int64, maxEvents)}
}

// next takes the numbers of n more events.
func (g *guild) next(n int) (first int, err error) {
	if g.last+n >= maxEvents {
		return 0, fmt.Errorf("guild %s has had %d events, which is all there is room for", g.id, g.last)
	}
	first = g.last + 1
	g.last += n
	return first, nil
}

// publishing notes that an event is published now.
func (g *guild) publishing(event int) { g.sent[event].Store(now()) }

// waited is how long ago an event was published. A page may know of it before it is: the row is changed first.
func (g *guild) waited(event int) (d time.Duration, published bool) {
	sent := g.sent[event].Load()
	return time.Duration(now() - sent), sent != 0
}

var began = time.Now()

// now is our clock.
func now() int64 { return int64(time.Since(began)) }

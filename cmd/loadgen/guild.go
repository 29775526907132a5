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
	id          string
	giveaway    string   // the measured row; "" where there is no database
	cookies     []string // of those who watch it
	pageVersion string   // the version of its page before anything happens
	streamCount int      // how many watch it

	lastEvent   int            // the newest event's number
	publishedAt []atomic.Int64 // by number: when it was published, in nanoseconds on our clock; 0 before
}

func newGuild(i int) *guild {
	return &guild{id: fmt.Sprintf("7%017d", i), publishedAt: make([]atomic.Int64, maxEvents)}
}

// reserveEvents takes the numbers of n more events.
func (g *guild) reserveEvents(n int) (first int, err error) {
	if g.lastEvent+n >= maxEvents {
		return 0, fmt.Errorf("guild %s has had %d events, which is all there is room for", g.id, g.lastEvent)
	}
	first = g.lastEvent + 1
	g.lastEvent += n
	return first, nil
}

// markPublished notes that an event is published now.
func (g *guild) markPublished(event int) { g.publishedAt[event].Store(monotonicNow()) }

// latency is how long ago an event was published. A page may know of it before it is: the row is changed first.
func (g *guild) latency(event int) (d time.Duration, published bool) {
	sent := g.publishedAt[event].Load()
	return time.Duration(monotonicNow() - sent), sent != 0
}

var clockStart = time.Now()

// monotonicNow is our clock.
func monotonicNow() int64 { return int64(time.Since(clockStart)) }

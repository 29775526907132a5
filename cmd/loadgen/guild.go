//go:build linux

package main

import (
	"fmt"
	"sync/atomic"
	"time"
)

// maxEvents bounds the number of events of a guild in one run, far above what any scenario needs.
const maxEvents = 1 << 19

// A guild is a guild that streams subscribe to. Its events are numbered from 1. Its newest giveaway has as many entries
// as events were published, so a page shows which event it reflects.
type guild struct {
	id          string
	giveaway    string   // id of the measured row; "" without a database
	cookies     []string // cookies of its users
	pageVersion string   // version of its page before the first event
	streamCount int      // number of its streams

	lastEvent   int            // number of the newest event
	publishedAt []atomic.Int64 // publishing time by event number, as of monotonicNow; 0 for unpublished
}

func newGuild(i int) *guild {
	return &guild{id: fmt.Sprintf("7%017d", i), publishedAt: make([]atomic.Int64, maxEvents)}
}

// reserveEvents reserves the numbers of n more events.
func (g *guild) reserveEvents(n int) (first int, err error) {
	if g.lastEvent+n >= maxEvents {
		return 0, fmt.Errorf("guild %s: too many events (%d)", g.id, g.lastEvent)
	}
	first = g.lastEvent + 1
	g.lastEvent += n
	return first, nil
}

// markPublished records that an event is published now.
func (g *guild) markPublished(event int) { g.publishedAt[event].Store(monotonicNow()) }

// latency returns the time since an event was published. A page may show an event that is not yet published, since the
// row changes first.
func (g *guild) latency(event int) (d time.Duration, published bool) {
	sent := g.publishedAt[event].Load()
	return time.Duration(monotonicNow() - sent), sent != 0
}

var clockStart = time.Now()

// monotonicNow returns the time since the start of the process, in nanoseconds.
func monotonicNow() int64 { return int64(time.Since(clockStart)) }

package live

import (
	"sync/atomic"
	"time"
)

// Stats is what an engine has done since it was made, and what it holds now.
type Stats struct {
	Streams int // open now, feeds among them
	Views   int // watched now

	Renders      uint64
	RenderErrors uint64 // among Renders
	RenderTime   time.Duration

	Frames     uint64 // handed to browsers
	Superseded uint64 // never handed to a browser, because a newer one was there by then
	Events     uint64 // handed to readers of feeds
	Bytes      uint64 // written, pings among them

	Stalled uint64 // streams ended because their browser did not read
	Denied  uint64 // streams ended because the viewer was not allowed any more

	RefusedUser, RefusedProcess, RefusedBusy, RefusedClosed uint64 // streams not begun, by Refusal.Reason
}

type counters struct {
	renders, renderErrors, renderTime                       atomic.Uint64
	frames, superseded, events, bytes                       atomic.Uint64
	stalled, denied                                         atomic.Uint64
	refusedUser, refusedProcess, refusedBusy, refusedClosed atomic.Uint64
}

func (c *counters) recordRender(took time.Duration, err error) {
	c.renders.Add(1)
	c.renderTime.Add(uint64(took))
	if err != nil {
		c.renderErrors.Add(1)
	}
}

// Stats returns the figures of this moment.
func (e *Engine) Stats() Stats {
	e.mu.Lock()
	streams, views := e.streamCount, len(e.views)
	e.mu.Unlock()
	c := &e.counters
	return Stats{
		Streams:        streams,
		Views:          views,
		Renders:        c.renders.Load(),
		RenderErrors:   c.renderErrors.Load(),
		RenderTime:     time.Duration(c.renderTime.Load()),
		Frames:         c.frames.Load(),
		Superseded:     c.superseded.Load(),
		Events:         c.events.Load(),
		Bytes:          c.bytes.Load(),
		Stalled:        c.stalled.Load(),
		Denied:         c.denied.Load(),
		RefusedUser:    c.refusedUser.Load(),
		RefusedProcess: c.refusedProcess.Load(),
		RefusedBusy:    c.refusedBusy.Load(),
		RefusedClosed:  c.refusedClosed.Load(),
	}
}

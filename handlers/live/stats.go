package live

import (
	"sync/atomic"
	"time"
)

// Stats are counters since the start of an engine, and current gauges.
type Stats struct {
	Streams int // open now, including feeds
	Views   int // with subscribers now

	Renders      uint64
	RenderErrors uint64 // included in Renders
	RenderTime   time.Duration

	Frames     uint64 // sent to browsers
	Superseded uint64 // not sent to a browser because a newer frame replaced them
	Events     uint64 // sent to readers of feeds
	Bytes      uint64 // written, including pings

	Stalled uint64 // streams ended because the browser did not read
	Denied  uint64 // streams ended because the viewer lost access

	RefusedUser, RefusedProcess, RefusedBusy, RefusedClosed uint64 // streams refused, by Refusal.Reason
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

// Stats returns the current statistics.
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

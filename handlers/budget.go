package handlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/sync/semaphore"

	"guildboard/handlers/live"
)

// Bounds on the cost of a page. Lists and transcripts have lower bounds of their own; these hold whatever a row
// contains.
const (
	maxRegionHTML = 1_500_000 // bytes of HTML of a live part, and so of a frame of its stream
	maxPageHTML   = 2_000_000 // bytes of HTML of a page

	bigRender   = 256 << 10 // bytes of HTML above which a render waits for others
	bigRenders  = 6_000_000 // bytes of all big renders of the process together
	renderQueue = 64        // big renders that may wait; each holds bigRender bytes
	renderWait  = 10 * time.Second
)

// errTooLarge means that a page would exceed its bound.
var errTooLarge = errors.New("page is too large")

// renderGate limits the big renders that run at a time, by weight. A nil gate has no limit.
type renderGate struct {
	weights *semaphore.Weighted
	waiting atomic.Int64
}

func newRenderGate() *renderGate { return &renderGate{weights: semaphore.NewWeighted(bigRenders)} }

// enter waits until there is room for a render of that many bytes; leave frees the room again. If too many renders
// wait, or this one for too long, it returns the error of busy.
func (g *renderGate) enter(ctx context.Context, bytes int64, busy func() error) (leave func(), err error) {
	if g == nil {
		return func() {}, nil
	}
	bytes = min(bytes, bigRenders)
	if !g.weights.TryAcquire(bytes) {
		if g.waiting.Add(1) > renderQueue {
			g.waiting.Add(-1)
			return nil, busy()
		}
		wait, cancel := context.WithTimeout(ctx, renderWait)
		err := g.weights.Acquire(wait, bytes)
		cancel()
		g.waiting.Add(-1)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, busy()
		}
	}
	return sync.OnceFunc(func() { g.weights.Release(bytes) }), nil
}

// heavyComponent is a component that knows the approximate bytes of its HTML in advance, because it renders its parts
// before it writes them.
type heavyComponent interface {
	templ.Component
	Weight() int
}

// draw renders c into at most most bytes of HTML. expected is the approximate number of bytes, or 0 if it is unknown.
func (s *Server) draw(ctx context.Context, c templ.Component, most, expected int) ([]byte, error) {
	w := &boundedWriter{ctx: ctx, site: s, most: most}
	defer w.leave()
	if heavy, is := c.(heavyComponent); is && heavy.Weight() > bigRender {
		if err := w.enter(); err != nil {
			return nil, err
		}
	}
	w.html.Grow(min(expected, bigRender))
	if err := c.Render(ctx, w); err != nil {
		return nil, fmt.Errorf("render page: %w", errors.Join(w.err, err))
	}
	return w.html.Bytes(), nil
}

// boundedWriter collects what a component writes.
type boundedWriter struct {
	ctx     context.Context
	site    *Server
	html    bytes.Buffer
	most    int
	entered func() // leaves the gate; nil while the render is small
	err     error  // why Write failed; templ's writer does not keep it
}

func (w *boundedWriter) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	size := w.html.Len() + len(p)
	switch {
	case size > w.most:
		w.err = errTooLarge
	case size > bigRender && w.entered == nil:
		w.err = w.enter()
	}
	if w.err != nil {
		return 0, w.err
	}
	return w.html.Write(p)
}

func (w *boundedWriter) enter() (err error) {
	w.entered, err = w.site.renders.enter(w.ctx, int64(w.most), func() error { return w.site.Live.Refuse(live.Busy) })
	return err
}

func (w *boundedWriter) leave() {
	if w.entered != nil {
		w.entered()
	}
}

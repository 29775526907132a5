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

// What a page may cost. Lists and transcripts stop far below; these are the last bound, whatever a row holds.
const (
	maxRegionHTML = 1_500_000 // bytes of HTML of a live part, and so of a frame of its stream
	maxPageHTML   = 2_000_000 // bytes of HTML of a page

	bigRender   = 256 << 10 // bytes of HTML from which on a render waits for others
	bigRenders  = 6_000_000 // bytes that all big renders of the process may have at a time
	renderQueue = 64        // big renders that wait; they hold bigRender each
	renderWait  = 10 * time.Second
)

// errTooLarge is that a page would exceed its bound.
var errTooLarge = errors.New("page is too large")

// renderGate lets few big renders run at a time, by their weight. A nil gate lets all of them.
type renderGate struct {
	weights *semaphore.Weighted
	waiting atomic.Int64
}

func newRenderGate() *renderGate { return &renderGate{weights: semaphore.NewWeighted(bigRenders)} }

// enter waits until there is room for a render of that many bytes, and gives what makes room again. It refuses with busy
// when too many wait, or for too long.
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

// heavyComponent is a component that says in advance about how many bytes of HTML it makes: one that draws its parts before
// it writes them.
type heavyComponent interface {
	templ.Component
	Weight() int
}

// draw renders c into at most most bytes of HTML. expected is about how many it will be; 0 when nobody knows.
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
	err     error  // why it takes no more: templ's own writer forgets that
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

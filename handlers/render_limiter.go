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

	largeRenderBytes   = 256 << 10 // bytes of HTML above which a render waits for others
	renderCapacity     = 6_000_000 // bytes of all big renders of the process together
	maxQueuedRenders   = 64        // big renders that may wait; each holds largeRenderBytes bytes
	renderQueueTimeout = 10 * time.Second
)

// errTooLarge means that a page would exceed its bound.
var errTooLarge = errors.New("page is too large")

// renderLimiter limits the big renders that run at a time, by weight. A nil gate has no limit.
type renderLimiter struct {
	capacity *semaphore.Weighted
	waiting  atomic.Int64
}

func newRenderLimiter() *renderLimiter {
	return &renderLimiter{capacity: semaphore.NewWeighted(renderCapacity)}
}

// acquire waits until there is room for a render of that many bytes; leave frees the room again. If too many renders
// wait, or this one for too long, it returns the error of busy.
func (g *renderLimiter) acquire(ctx context.Context, bytes int64, busy func() error) (release func(), err error) {
	if g == nil {
		return func() {}, nil
	}
	bytes = min(bytes, renderCapacity)
	if !g.capacity.TryAcquire(bytes) {
		if g.waiting.Add(1) > maxQueuedRenders {
			g.waiting.Add(-1)
			return nil, busy()
		}
		waitCtx, cancel := context.WithTimeout(ctx, renderQueueTimeout)
		err := g.capacity.Acquire(waitCtx, bytes)
		cancel()
		g.waiting.Add(-1)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, busy()
		}
	}
	return sync.OnceFunc(func() { g.capacity.Release(bytes) }), nil
}

// weightedComponent is a component that knows the approximate bytes of its HTML in advance, because it renders its parts
// before it writes them.
type weightedComponent interface {
	templ.Component
	Weight() int
}

// renderHTML renders c into at most most bytes of HTML. expected is the approximate number of bytes, or 0 if it is unknown.
func (s *Server) renderHTML(ctx context.Context, c templ.Component, limit, sizeHint int) ([]byte, error) {
	w := &boundedWriter{ctx: ctx, server: s, limit: limit}
	defer w.close()
	if weighted, ok := c.(weightedComponent); ok && weighted.Weight() > largeRenderBytes {
		if err := w.acquire(); err != nil {
			return nil, err
		}
	}
	w.html.Grow(min(sizeHint, largeRenderBytes))
	if err := c.Render(ctx, w); err != nil {
		return nil, fmt.Errorf("render page: %w", errors.Join(w.err, err))
	}
	return w.html.Bytes(), nil
}

// boundedWriter collects what a component writes.
type boundedWriter struct {
	ctx     context.Context
	server  *Server
	html    bytes.Buffer
	limit   int
	release func() // leaves the gate; nil while the render is small
	err     error  // why Write failed; templ's writer does not keep it
}

func (w *boundedWriter) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	size := w.html.Len() + len(p)
	switch {
	case size > w.limit:
		w.err = errTooLarge
	case size > largeRenderBytes && w.release == nil:
		w.err = w.acquire()
	}
	if w.err != nil {
		return 0, w.err
	}
	return w.html.Write(p)
}

func (w *boundedWriter) acquire() (err error) {
	w.release, err = w.server.renderLimiter.acquire(w.ctx, int64(w.limit), func() error { return w.server.Live.Refuse(live.ReasonBusy) })
	return err
}

func (w *boundedWriter) close() {
	if w.release != nil {
		w.release()
	}
}

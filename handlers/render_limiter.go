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

// Bounds on the size of a page. Lists and transcripts have lower bounds of their own; these apply to any row content.
const (
	maxRegionHTML = 1_500_000 // bytes of HTML of a live part, and of a frame of its stream
	maxPageHTML   = 2_000_000 // bytes of HTML of a page

	largeRenderBytes   = 256 << 10 // bytes of HTML above which a render is large
	renderCapacity     = 6_000_000 // bytes of all concurrent large renders
	maxQueuedRenders   = 64        // large renders that may wait; each holds largeRenderBytes
	renderQueueTimeout = 10 * time.Second
)

// errTooLarge means that a page would exceed maxRegionHTML or maxPageHTML.
var errTooLarge = errors.New("page is too large")

// renderLimiter limits concurrent large renders by their size. A nil renderLimiter has no limit.
type renderLimiter struct {
	capacity *semaphore.Weighted
	waiting  atomic.Int64
}

func newRenderLimiter() *renderLimiter {
	return &renderLimiter{capacity: semaphore.NewWeighted(renderCapacity)}
}

// acquire waits for capacity for a render of that many bytes. If too many renders wait, or the wait exceeds
// renderQueueTimeout, it returns the error of busy.
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

// weightedComponent is a component that knows the approximate size of its HTML in bytes in advance, because it renders
// its parts before it writes them.
type weightedComponent interface {
	templ.Component
	Weight() int
}

// renderHTML renders c into at most limit bytes of HTML. sizeHint is the approximate number of bytes, or 0 if unknown.
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

// boundedWriter buffers the output of a component up to a limit. It acquires capacity once the output is large.
type boundedWriter struct {
	ctx     context.Context
	server  *Server
	html    bytes.Buffer
	limit   int
	release func() // releases the capacity; nil while the render is small
	err     error  // cause of a failed Write, which templ's writer drops
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
	busy := func() error { return w.server.Live.Refuse(live.ReasonBusy) }
	w.release, err = w.server.renderLimiter.acquire(w.ctx, int64(w.limit), busy)
	return err
}

func (w *boundedWriter) close() {
	if w.release != nil {
		w.release()
	}
}

package live

import (
	"cmp"
	"context"
)

// A watch is one browser's place at a view.
type watch struct {
	view   *view
	stream *stream
	place  int    // in view.watches; guarded by engine.mu
	fresh  *round // must have ended before shown is compared with anything; nil if there is nothing to wait for
	taken  uint64 // the number of the frame that was compared last
	shown  string // the version that the browser has
}

// watch subscribes s to v for a browser that shows version. A version that is not the view's own is a hint like any other:
// that page may have been rendered after the last look, and must not be sent back in time.
func (e *Engine) watch(v View, version string, s *stream) *watch {
	e.mu.Lock()
	defer e.mu.Unlock()
	on := e.open(v)
	w := &watch{view: on, stream: s, shown: version, place: len(on.watches)}
	on.watches = append(on.watches, w)
	f := on.frame.Load()
	if f != nil {
		w.taken = f.number
	}
	if on.err != nil { // the last frame has to do until there is an answer again
		return w
	}
	if f != nil && version != "" && version != f.Version && on.running == nil {
		on.touch()
	}
	if w.fresh = cmp.Or(on.next, on.running); w.fresh != nil {
		w.fresh.waiting = append(w.fresh.waiting, s)
	}
	return w
}

func (w *watch) leave() {
	w.view.engine.mu.Lock()
	defer w.view.engine.mu.Unlock()
	w.view.leave(w)
}

// first waits until there is a frame, be it an old one.
func (w *watch) first(ctx context.Context) error {
	engine := w.view.engine.ctx
	select {
	case <-w.view.first.done:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-engine.Done():
	}
	switch {
	case engine.Err() != nil:
		return w.view.engine.Refuse(Closed)
	case w.view.frame.Load() == nil:
		return w.view.first.err
	}
	return nil
}

// condition is that of the view, as far as it is known for this browser.
func (w *watch) condition() Condition {
	isKnown := true
	if w.fresh != nil {
		select {
		case <-w.fresh.done:
		default:
			isKnown = false
		}
	}
	if c := Condition(w.view.condition.Load()); isKnown || c == Stale {
		return c
	}
	return unknown
}

// next returns the newest frame if the browser does not show it, else nil.
func (w *watch) next() []byte {
	if w.fresh != nil {
		select {
		case <-w.fresh.done:
			w.fresh = nil
		default:
			return nil
		}
	}
	f := w.view.frame.Load()
	if f.number > w.taken+1 {
		w.view.engine.count.replaced.Add(f.number - w.taken - 1)
	}
	w.taken = f.number
	if f.Version == w.shown {
		return nil
	}
	b := f.from(w.shown)
	w.shown = f.Version
	w.view.engine.count.frames.Add(1)
	return b
}

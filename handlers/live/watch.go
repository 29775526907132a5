package live

import (
	"cmp"
	"context"
)

// A watch is one browser's place at a view.
type watch struct {
	view  *view
	fresh *round // must have ended before shown is compared with anything; nil if there is nothing to wait for
	taken *frame // the last that was compared
	shown string // the version that the browser has
}

// watch subscribes to v for a browser that shows version. A version that is not the view's own is a hint like any other:
// that page may have been rendered after the last look, and must not be sent back in time.
func (e *Engine) watch(v View, version string) *watch {
	e.mu.Lock()
	defer e.mu.Unlock()
	on := e.open(v)
	on.watchers++
	w := &watch{view: on, shown: version}
	if on.err != nil { // the last frame has to do until there is an answer again
		return w
	}
	f := on.frame.Load()
	if f != nil && version != "" && version != f.Version && on.running == nil {
		on.touch()
	}
	w.fresh = cmp.Or(on.next, on.running)
	return w
}

func (w *watch) leave() {
	w.view.engine.mu.Lock()
	defer w.view.engine.mu.Unlock()
	w.view.leave()
}

// first waits until there is a frame, be it an old one.
func (w *watch) first(ctx context.Context) error {
	select {
	case <-w.view.first.done:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if w.view.frame.Load() == nil {
		return w.view.first.err
	}
	return nil
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
	if w.taken != nil && f.number > w.taken.number+1 {
		w.view.engine.count.replaced.Add(f.number - w.taken.number - 1)
	}
	w.taken = f
	if f.Version == w.shown {
		return nil
	}
	b := f.from(w.shown)
	w.shown = f.Version
	w.view.engine.count.frames.Add(1)
	return b
}

func (w *watch) wake() <-chan struct{} {
	if w.fresh != nil {
		return w.fresh.done
	}
	return w.taken.replaced
}

package live

import (
	"cmp"
	"context"
)

// A subscription connects one stream to a view.
type subscription struct {
	view         *view
	stream       *stream
	index        int         // in view.subscriptions; guarded by engine.mu
	pendingPass  *renderPass // while it runs, next returns no frame; nil if there is none
	lastSequence uint64      // the sequence of the last compared frame
	shownVersion string      // the version that the browser shows
}

// subscribe subscribes s to v for a browser that shows version. If version is not the newest one of the view, the view
// is rendered again first: the browser's page may have been rendered after the last render pass, and must not go back
// to an older version.
func (e *Engine) subscribe(v View, version string, s *stream) *subscription {
	e.mu.Lock()
	defer e.mu.Unlock()
	target := e.openView(v)
	sub := &subscription{view: target, stream: s, shownVersion: version, index: len(target.subscriptions)}
	target.subscriptions = append(target.subscriptions, sub)
	f := target.frame.Load()
	if f != nil {
		sub.lastSequence = f.sequence
	}
	if target.lastErr != nil { // use the last frame until a render succeeds
		return sub
	}
	if f != nil && version != "" && version != f.Version && target.runningPass == nil {
		target.invalidate()
	}
	if sub.pendingPass = cmp.Or(target.nextPass, target.runningPass); sub.pendingPass != nil {
		sub.pendingPass.waiters = append(sub.pendingPass.waiters, s)
	}
	return sub
}

func (sub *subscription) unsubscribe() {
	sub.view.engine.mu.Lock()
	defer sub.view.engine.mu.Unlock()
	sub.view.removeSubscription(sub)
}

// waitFirstFrame waits until the view has a frame, which may be outdated.
func (sub *subscription) waitFirstFrame(ctx context.Context) error {
	engine := sub.view.engine.ctx
	select {
	case <-sub.view.firstPass.done:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-engine.Done():
	}
	switch {
	case engine.Err() != nil:
		return sub.view.engine.Refuse(ReasonClosed)
	case sub.view.frame.Load() == nil:
		return sub.view.firstPass.err
	}
	return nil
}

// condition returns the condition of the view, or conditionUnknown while the subscription waits for a render pass.
func (sub *subscription) condition() Condition {
	isKnown := true
	if sub.pendingPass != nil {
		select {
		case <-sub.pendingPass.done:
		default:
			isKnown = false
		}
	}
	if c := Condition(sub.view.condition.Load()); isKnown || c == Stale {
		return c
	}
	return conditionUnknown
}

// next returns the newest frame if the browser does not show it, otherwise nil.
func (sub *subscription) next() []byte {
	if sub.pendingPass != nil {
		select {
		case <-sub.pendingPass.done:
			sub.pendingPass = nil
		default:
			return nil
		}
	}
	f := sub.view.frame.Load()
	if f.sequence > sub.lastSequence+1 {
		sub.view.engine.counters.superseded.Add(f.sequence - sub.lastSequence - 1)
	}
	sub.lastSequence = f.sequence
	if f.Version == sub.shownVersion {
		return nil
	}
	b := f.eventFor(sub.shownVersion)
	sub.shownVersion = f.Version
	sub.view.engine.counters.frames.Add(1)
	return b
}

package live

import "time"

// A Condition says how up to date the page behind a stream is. Each stream receives the condition of its view as soon
// as it is known, whenever it changes, and with every ping.
type Condition uint32

const (
	conditionUnknown Condition = iota // not known yet for this browser: the render pass it waits for has not ended

	// Stale means that the page may miss changes: events are not received, the database does not answer, or the last
	// render failed. The page shows a notice and polls.
	Stale
	// Live means that the page shows every change.
	Live
	// ReadOnly is Live while the database accepts no changes.
	ReadOnly
)

// String returns the condition as it is sent to the page: "stale", "live", "readonly", or "" if it is unknown.
func (c Condition) String() string {
	switch c {
	case Stale:
		return "stale"
	case Live:
		return "live"
	case ReadOnly:
		return "readonly"
	}
	return ""
}

// pingEvents are the pings of a stream, by condition. They are events rather than comments, so that the page's script
// notices when they stop.
var pingEvents = [...][]byte{
	conditionUnknown: []byte("event: ping\ndata:\n\n"),
	Stale:            []byte("event: ping\ndata: stale\n\n"),
	Live:             []byte("event: ping\ndata: live\n\n"),
	ReadOnly:         []byte("event: ping\ndata: readonly\n\n"),
}

// streamPreamble is the first thing sent on a stream: an SSE comment. Firefox, and nginx with HTTP/2, hold back the
// response header until the first byte of the body arrives.
const streamPreamble = ":\n\n"

// SetCondition sets the condition of what all views depend on (database, event bus). A new engine is Live. When the
// condition changes from Stale to another, every view is rendered again at once, and its streams stay Stale until that
// render has succeeded.
func (e *Engine) SetCondition(c Condition) {
	e.mu.Lock()
	previous := Condition(e.condition.Swap(uint32(c)))
	if previous == c {
		e.mu.Unlock()
		return
	}
	if previous == Stale {
		e.epoch++
	}
	for _, v := range e.views {
		if previous == Stale {
			v.rerenderNow()
		}
		v.updateCondition()
	}
	e.mu.Unlock()
	streams, _ := e.heartbeat.snapshot()
	e.dispatcher.wakeAndDispatch(streams)
}

// Condition returns the condition that was last set with SetCondition.
func (e *Engine) Condition() Condition { return Condition(e.condition.Load()) }

// rerenderNow renders v at once, ignoring its cooldown and backoff. A render that has been running for longer than
// minBackoff may be blocked on the lost connection, so it is cancelled. The caller holds engine.mu.
func (v *view) rerenderNow() {
	v.isCurrent = false
	v.failures, v.cooldownUntil, v.notBefore = 0, time.Time{}, time.Time{}
	if v.runningPass != nil && time.Since(v.passStarted) > minBackoff {
		v.cancelPass()
	}
	if v.nextPass != nil && !v.isBusy {
		v.schedule()
	}
	v.invalidate()
}

// updateCondition recomputes the condition of v and reports whether it has changed. If so, the caller must wake its
// streams. The caller holds engine.mu.
func (v *view) updateCondition() bool {
	c := v.engine.Condition()
	if !v.isCurrent || v.isOverdue {
		c = Stale
	}
	return Condition(v.condition.Swap(uint32(c))) != c
}

// markOverdue marks views as Stale whose render takes or is queued for longer than Config.StaleAfter. It returns their
// streams, which the caller must wake.
func (e *Engine) markOverdue(now time.Time) (woken []*stream) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, v := range e.views {
		if !v.isOverdue && v.isRenderOverdue(now) {
			v.isOverdue = true
			if v.updateCondition() {
				woken = v.appendStreams(woken)
			}
		}
	}
	return woken
}

// isRenderOverdue reports whether a render has been running or due for longer than Config.StaleAfter. Time in the
// view's cooldown does not count. The caller holds engine.mu.
func (v *view) isRenderOverdue(now time.Time) bool {
	limit := now.Add(-v.engine.config.StaleAfter)
	switch {
	case v.runningPass != nil:
		return v.passStarted.Before(limit)
	case v.nextPass != nil && !v.isBusy:
		return v.dirtySince.Before(limit) && v.notBefore.Before(limit)
	}
	return false
}

// appendStreams appends the streams of all subscribers of v. The caller holds engine.mu.
func (v *view) appendStreams(streams []*stream) []*stream {
	for _, sub := range v.subscriptions {
		streams = append(streams, sub.stream)
	}
	return streams
}

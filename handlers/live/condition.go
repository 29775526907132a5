package live

import "time"

// A Condition says how far the page behind a stream can be trusted to be up to date. Each stream is sent the condition of
// its view: once it is known, whenever it changes, and with every ping.
type Condition uint32

const (
	conditionUnknown Condition = iota // nothing has been rendered for this browser yet

	// Stale means that changes may be missing from the page: events are not received, the database does not answer, or the
	// last render failed. The page says so and polls.
	Stale
	// Live means that the page shows every change up to now.
	Live
	// ReadOnly is Live while the database accepts no changes.
	ReadOnly
)

// String is the condition as the page receives it.
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

// pingEvents are the signs of life of a stream, by condition. They are events and not comments, so that the page notices when
// they stop.
var pingEvents = [...][]byte{
	conditionUnknown: []byte("event: ping\ndata:\n\n"),
	Stale:            []byte("event: ping\ndata: stale\n\n"),
	Live:             []byte("event: ping\ndata: live\n\n"),
	ReadOnly:         []byte("event: ping\ndata: readonly\n\n"),
}

// streamPreamble is what a stream begins with: a comment. Firefox, and nginx with HTTP/2, hold back the head of a response until
// the first byte of its body.
const streamPreamble = ":\n\n"

// SetCondition says whether what all views depend on works. An engine begins as Live. When it is no longer Stale, every
// view is rendered again at once, and streams stay Stale until theirs has been.
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

// Condition returns what SetCondition was called with last.
func (e *Engine) Condition() Condition { return Condition(e.condition.Load()) }

// rerenderNow has v rendered at once, whatever it has cost or how often it has failed. A render that is under way may be
// waiting for what was lost, and is given up. The caller holds engine.mu.
func (v *view) rerenderNow() {
	v.isCurrent = false
	v.failures, v.paidUntil, v.notBefore = 0, time.Time{}, time.Time{}
	if v.runningPass != nil && time.Since(v.passStarted) > minBackoff {
		v.cancelPass()
	}
	if v.nextPass != nil && !v.isBusy {
		v.schedule()
	}
	v.invalidate()
}

// updateCondition updates the condition of v, and reports whether it has changed: then its streams have to be woken. The caller
// holds engine.mu.
func (v *view) updateCondition() bool {
	c := v.engine.Condition()
	if !v.isCurrent || v.isOverdue {
		c = Stale
	}
	return Condition(v.condition.Swap(uint32(c))) != c
}

// markOverdue makes those views Stale whose render takes too long or waits too long for its turn, and returns their streams,
// which are to be woken.
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

// isRenderOverdue reports whether a render should have ended by now. The rest of a view after a render does not count.
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

// appendStreams appends the streams of all who watch v. The caller holds engine.mu.
func (v *view) appendStreams(streams []*stream) []*stream {
	for _, sub := range v.subscriptions {
		streams = append(streams, sub.stream)
	}
	return streams
}

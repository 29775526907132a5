package live

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// A View is what browsers display. Subscribers with the same Key share one query, one render and one frame; the View of
// the first subscriber is used for all until the last one has gone.
type View struct {
	Key          string   // canonical URL and everything else that affects the HTML: access level, locale
	Topics       []string // Invalidate of any of them renders the view again
	AccessTopics []string // Recheck of any of them checks access of all viewers again

	// Render queries the database and renders. Calls come from any goroutine, one at a time, and long after the request
	// that opened the view has ended. So Render must not depend on the request except for what Key contains, and must
	// return when ctx ends.
	Render func(ctx context.Context) (Frame, error)

	// RefreshInterval is the maximum time between two renders of a view with subscribers, so that a lost event is
	// corrected after that time. Zero means that the view is rendered only when it is invalidated.
	RefreshInterval time.Duration
}

// A Frame is one rendered version of a view. The HTML is Head, Body and Tail concatenated. It must not be modified
// after Render has returned it.
type Frame struct {
	Version string // a hash of the HTML; only [A-Za-z0-9_-]

	// Body contains everything that depends on the version. If only elements with an id have changed in it, only those
	// are sent, provided that the HTML is as templ writes it.
	Head, Body, Tail []byte
}

// A view is a View that has subscribers, with its state.
type view struct {
	View
	engine    *Engine
	ctx       context.Context // ends with the last subscription
	cancel    context.CancelFunc
	firstPass *renderPass

	// frame is the newest frame, or nil. It is stored while engine.mu is held, so that it matches the fields below.
	frame atomic.Pointer[frame]

	condition atomic.Uint32 // a Condition; changed under engine.mu

	// Guarded by engine.mu.
	subscriptions    []*subscription
	isBusy           bool          // rendering, or waking the subscribers afterwards
	runningPass      *renderPass   // the render that is running
	nextPass         *renderPass   // the render that covers all invalidations until now; not nil means dirty
	lastInvalidation uint64        // engine.invalidations when it was last invalidated
	dirtySince       time.Time     // when nextPass was set
	passStarted      time.Time     // when runningPass began
	cancelPass       func()        // cancels runningPass
	isCurrent        bool          // the last render succeeded and began in engine.epoch
	isOverdue        bool          // a render takes or waits longer than Config.StaleAfter
	lastDuration     time.Duration // of the last render; see charge
	cooldownUntil    time.Time     // end of the cooldown after the renders so far; see charge
	notBefore        time.Time     // earliest start of nextPass: cooldownUntil less Config.Burst
	timer            *time.Timer
	lastErr          error // of the last render
	failures         int   // consecutive failed renders
}

// A renderPass is one render of a view. Its err may be read after done is closed.
type renderPass struct {
	done    chan struct{}
	err     error
	waiters []*stream // streams to wake afterwards; guarded by engine.mu
}

func newRenderPass() *renderPass { return &renderPass{done: make(chan struct{})} }

// Limits of the cooldown after a render, and of the backoff after failed renders.
const (
	maxCooldown     = 15 * time.Second
	minBackoff      = 250 * time.Millisecond
	maxBackoff      = 3 * time.Second  // while the engine is not Stale: only this view fails
	maxStaleBackoff = 15 * time.Second // while the engine is Stale: rerenderNow ends the backoff
)

// frameWriteCost is the CPU time of sending a frame to one browser (measured: net/http, 2 KB). The cooldown of a view
// is at least this times the number of subscribers.
const frameWriteCost = 10 * time.Microsecond

// initialRenderCost limits the assumed cost of a view's first render, which includes opening database connections,
// preparing statements, and waiting for the first renders of other views.
const initialRenderCost = 2 * time.Millisecond

// openView returns the view with the key of v, and creates it if it has no subscribers yet. The caller holds mu.
func (e *Engine) openView(v View) *view {
	if existing := e.views[v.Key]; existing != nil {
		return existing
	}
	created := &view{View: v, engine: e}
	created.ctx, created.cancel = context.WithCancel(e.ctx)
	created.timer = time.AfterFunc(time.Hour, created.onTimer)
	e.views[v.Key] = created
	e.viewsByTopic.add(created, v.Topics)
	e.viewsByAccessTopic.add(created, v.AccessTopics)
	created.invalidate()
	created.firstPass = created.nextPass
	return created
}

// removeSubscription removes sub, and removes the view after its last subscription. The caller holds engine.mu.
func (v *view) removeSubscription(sub *subscription) {
	last := len(v.subscriptions) - 1
	v.subscriptions[sub.index], v.subscriptions[last].index = v.subscriptions[last], sub.index
	v.subscriptions[last] = nil
	if v.subscriptions = v.subscriptions[:last]; last > 0 {
		return
	}
	v.timer.Stop()
	v.cancel()
	delete(v.engine.views, v.Key)
	v.engine.viewsByTopic.remove(v, v.Topics)
	v.engine.viewsByAccessTopic.remove(v, v.AccessTopics)
}

// A viewIndex maps topics to views.
type viewIndex map[string]map[*view]struct{}

func (x viewIndex) add(v *view, topics []string) {
	for _, topic := range topics {
		if x[topic] == nil {
			x[topic] = map[*view]struct{}{}
		}
		x[topic][v] = struct{}{}
	}
}

func (x viewIndex) remove(v *view, topics []string) {
	for _, topic := range topics {
		delete(x[topic], v)
		if len(x[topic]) == 0 {
			delete(x, topic)
		}
	}
}

// invalidate ensures that a render begins after this call, as soon as the cooldown permits. The caller holds engine.mu.
func (v *view) invalidate() {
	v.engine.invalidations++
	v.lastInvalidation = v.engine.invalidations
	if v.nextPass != nil {
		return
	}
	v.nextPass, v.dirtySince = newRenderPass(), time.Now()
	if !v.isBusy {
		v.schedule()
	}
}

// onTimer is called by the timer at the end of a cooldown, or RefreshInterval after the last render.
func (v *view) onTimer() {
	v.engine.mu.Lock()
	defer v.engine.mu.Unlock()
	switch {
	case len(v.subscriptions) == 0 || v.isBusy: // a running pass ends with scheduleNext
	case v.nextPass == nil:
		v.invalidate()
	default:
		v.schedule()
	}
}

// schedule starts nextPass at notBefore, or enqueues it at once if that has passed. The caller holds engine.mu.
func (v *view) schedule() {
	if wait := time.Until(v.notBefore); wait > 0 {
		v.timer.Reset(wait)
		return
	}
	v.engine.enqueueRender(v)
}

// beginPass makes nextPass the running pass, and reports whether there is one to run. The caller holds engine.mu.
func (v *view) beginPass() (rc renderContext, ok bool) {
	if len(v.subscriptions) == 0 || v.isBusy || v.nextPass == nil {
		return rc, false
	}
	v.isBusy, v.runningPass, v.nextPass = true, v.nextPass, nil
	v.passStarted = time.Now()
	ctx, cancel := context.WithTimeout(v.ctx, v.engine.config.RenderTimeout)
	v.cancelPass = cancel
	return renderContext{v.engine, v.lastInvalidation, v.peerCount(), v.engine.renderWorkers, v.engine.epoch, ctx}, true
}

// runPass renders the view and wakes the subscribers if the result is new.
func (v *view) runPass(rc renderContext) {
	e, start := v.engine, v.passStarted
	rendered, err := v.callRender(rc)
	took := time.Since(start)
	if v.ctx.Err() == nil {
		e.counters.recordRender(took, err)
		v.logOutcome(err)
	}

	old := v.frame.Load()
	var fresh *frame
	if err == nil && (old == nil || old.Version != rendered.Version) {
		fresh = newFrame(rendered, old)
	}
	e.mu.Lock()
	done, woken := v.finishPass(rc, fresh, err)
	e.mu.Unlock()

	close(done)
	e.dispatcher.wakeAndDispatch(woken)

	e.mu.Lock()
	defer e.mu.Unlock()
	v.isBusy = false
	if len(v.subscriptions) > 0 {
		v.scheduleNext(fresh != nil, err, start, rc.concurrent)
	}
}

// finishPass makes fresh the newest frame; nil means that nothing has changed. The caller holds engine.mu. After
// releasing it, the caller must close done and then wake the returned streams, of which there may be thousands.
func (v *view) finishPass(rc renderContext, fresh *frame, err error) (done chan struct{}, woken []*stream) {
	v.runningPass.err = err
	done, woken = v.runningPass.done, v.runningPass.waiters
	v.runningPass = nil
	v.cancelPass()
	v.cancelPass, v.isOverdue, v.isCurrent = nil, false, err == nil && rc.epoch == v.engine.epoch
	if fresh != nil {
		v.frame.Store(fresh)
	}
	if changed := v.updateCondition(); changed || fresh != nil {
		woken = v.appendStreams(make([]*stream, 0, len(v.subscriptions)))
	}
	return done, woken
}

// scheduleNext schedules the next render after one that began at start, together with concurrent others. After a failed
// render the view stays dirty.
func (v *view) scheduleNext(changed bool, err error, start time.Time, concurrent int) {
	now := time.Now()
	if v.lastErr = err; err == nil {
		v.failures = 0
		v.charge(changed, start, now, concurrent)
	} else {
		v.failures++
		v.notBefore = now.Add(v.backoff())
		if v.nextPass == nil {
			v.nextPass, v.dirtySince = newRenderPass(), now
		}
	}
	switch {
	case v.nextPass != nil:
		v.schedule()
	case v.RefreshInterval > 0:
		v.timer.Reset(jitter(v.RefreshInterval))
	}
}

// charge extends the cooldown in proportion to the cost of a render, including the writes of its frame. The view may
// exceed its share by Config.Burst, so that two changes in quick succession are both rendered at once. The duration of
// concurrent renders is divided by their number per core, because they mostly wait for each other.
func (v *view) charge(changed bool, start, now time.Time, concurrent int) {
	last := cmp.Or(v.lastDuration, initialRenderCost)
	v.lastDuration = now.Sub(start)
	if averageConcurrency, cores := (concurrent+v.engine.renderWorkers)/2, runtime.GOMAXPROCS(0); averageConcurrency > cores {
		v.lastDuration = v.lastDuration * time.Duration(cores) / time.Duration(averageConcurrency)
	}
	took := min(v.lastDuration, last) // a single slow render may have waited for something else
	share := min(v.engine.config.ViewShare, v.engine.config.TopicShare/float64(v.peerCount()))
	cost := time.Duration(float64(took) / share)
	if changed {
		cost = max(cost, v.engine.config.MinFrameInterval, time.Duration(len(v.subscriptions))*frameWriteCost)
	}
	if v.cooldownUntil.Before(start) {
		v.cooldownUntil = start
	}
	v.cooldownUntil = v.cooldownUntil.Add(min(cost, maxCooldown))
	v.notBefore = v.cooldownUntil.Add(-v.engine.config.Burst)
}

// peerCount returns the maximum number of views that share a topic of v, including v.
func (v *view) peerCount() int {
	peers := 1
	for _, topic := range v.Topics {
		peers = max(peers, len(v.engine.viewsByTopic[topic]))
	}
	return peers
}

// backoff returns the time until the next attempt after v.failures failed renders.
func (v *view) backoff() time.Duration {
	longest := maxBackoff
	if v.engine.Condition() == Stale {
		longest = maxStaleBackoff
	}
	return jitter(min(longest, minBackoff<<min(v.failures-1, 10)))
}

// callRender calls Render with a timeout and turns a panic into an error.
func (v *view) callRender(rc renderContext) (f Frame, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("render panicked: %v\n%s", p, debug.Stack())
		}
	}()
	f, err = v.Render(context.WithValue(rc.ctx, renderContextKey{}, rc))
	if err == nil && !isValidVersion(f.Version) {
		err = fmt.Errorf("invalid frame version %q: must be [A-Za-z0-9_-]+", f.Version)
	}
	return f, err
}

// logOutcome logs the first of consecutive failures, and the first success after them.
func (v *view) logOutcome(err error) {
	log, viewAttr := v.engine.config.Log, slog.String("view", v.Key)
	switch {
	case err != nil && v.lastErr == nil:
		log.Error("live view render failed, keeping last frame", viewAttr, "err", err)
	case err == nil && v.lastErr != nil:
		log.Info("live view render recovered", viewAttr, "failures", v.failures)
	}
}

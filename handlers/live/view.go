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

// A View is what browsers look at. All who ask for the same Key share one query, one render and one frame; the View of
// the first of them is used for all, until the last has gone.
type View struct {
	Key          string   // the canonical address, and whatever else changes the HTML: access level, locale
	Topics       []string // Touch of any of them has the view looked at again
	AccessTopics []string // Recheck of any of them has access of all its viewers checked again

	// Render asks the database and renders. It is called by any goroutine, one call at a time, long after the request
	// that brought it has ended, so it must depend on nothing of that request but what Key says. It must heed ctx.
	Render func(ctx context.Context) (Frame, error)

	// RefreshInterval is how long a watched view goes without being looked at, at most, so that an event that was never sent costs
	// seconds and not truth. Zero: it is looked at only when touched.
	RefreshInterval time.Duration
}

// A Frame is one answer of a view: HTML that begins with Head and ends with Tail. None of it is changed by anyone after it
// was returned.
type Frame struct {
	Version string // a hash of the HTML, of [A-Za-z0-9_-]

	// Body is all that depends on the version. Elements of it that have an id travel alone when only they have changed,
	// as far as its HTML is like templ's.
	Head, Body, Tail []byte
}

// A view is a View that somebody watches.
type view struct {
	View
	engine    *Engine
	ctx       context.Context // ends when nobody watches any more
	cancel    context.CancelFunc
	firstPass *renderPass

	// frame is the newest; nil before the first. It is stored under engine.mu, so that it fits the rounds below.
	frame atomic.Pointer[frame]

	condition atomic.Uint32 // a Condition; changed under engine.mu

	// Guarded by engine.mu.
	subscriptions    []*subscription
	isBusy           bool          // looking, or bringing what it saw
	runningPass      *renderPass   // the look that is under way
	nextPass         *renderPass   // the look that will see all that was said until now; not nil means dirty
	lastInvalidation uint64        // engine.touches when it was last touched
	dirtySince       time.Time     // when next was first asked for
	passStarted      time.Time     // when the running look began
	cancelPass       func()        // cancels the running look
	isCurrent        bool          // the last look succeeded, and began in engine.epoch
	isOverdue        bool          // a look takes, or waits, longer than Config.StaleAfter
	lastDuration     time.Duration // the last look; see pay
	paidUntil        time.Time     // when all that was done for it fits into its share; see plan
	notBefore        time.Time     // when next may begin
	timer            *time.Timer
	lastErr          error // of the last look
	failures         int   // in a row
}

// A renderPass is one look at the database. Its err may be read when done is closed.
type renderPass struct {
	done    chan struct{}
	err     error
	waiters []*stream // to be woken then; guarded by engine.mu
}

func newRenderPass() *renderPass { return &renderPass{done: make(chan struct{})} }

// What a view rests at most, and how it comes back after failures.
const (
	maxCooldown     = 15 * time.Second
	minBackoff      = 250 * time.Millisecond
	maxBackoff      = 3 * time.Second  // while the engine is Live: only this view fails
	maxStaleBackoff = 15 * time.Second // while it is Stale: recover ends the pause
)

// frameWriteCost is what one browser's copy of a frame costs (measured: net/http, 2 KB), in whatever goroutine: a wide view rests
// at least that long.
const frameWriteCost = 10 * time.Microsecond

// initialRenderCost is what the first look of a view is thought to cost at most: with it come connections to the database, statements
// that it does not know yet, and the first looks of all who were waiting.
const initialRenderCost = 2 * time.Millisecond

// openView returns the view with v's key, and makes it if nobody watches it yet. The caller holds mu.
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

// removeSubscription takes w away, and the view with the last of them. The caller holds engine.mu.
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

// A viewIndex finds views by topic.
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

// invalidate makes sure that a look begins after now, as soon as the view may. The caller holds engine.mu.
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

// onTimer is called by the timer, when the view has rested or was not looked at for as long as Every.
func (v *view) onTimer() {
	v.engine.mu.Lock()
	defer v.engine.mu.Unlock()
	switch {
	case len(v.subscriptions) == 0 || v.isBusy: // nobody to look for; or looking already, and that ends with a new plan
	case v.nextPass == nil:
		v.invalidate()
	default:
		v.schedule()
	}
}

// schedule has the next look begin when it may. The caller holds engine.mu.
func (v *view) schedule() {
	if wait := time.Until(v.notBefore); wait > 0 {
		v.timer.Reset(wait)
		return
	}
	v.engine.enqueueRender(v)
}

// beginPass makes the next look the running one, and reports whether there is one to make. The caller holds engine.mu.
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

// runPass asks the database, renders, and brings the subscribers what is new.
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

// finishPass makes fresh the newest frame; nil means that nothing has changed. Whom finish returns is to be woken after done
// is closed, and that when engine.mu, which the caller holds, is free again: they may be thousands.
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

// scheduleNext says when to look again, after a look that began then, beside so many, and came to this. After a failure the view
// stays dirty.
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

// charge has the view rest in proportion to what a look has cost, the way of its frame to the browsers included. It may be in
// debt for a moment: two changes soon after another are no storm. Looks beside one another share the cores, and what they
// took is mostly waiting for each other.
func (v *view) charge(changed bool, start, now time.Time, concurrent int) {
	last := cmp.Or(v.lastDuration, initialRenderCost)
	v.lastDuration = now.Sub(start)
	if parallel, cores := (concurrent+v.engine.renderWorkers)/2, runtime.GOMAXPROCS(0); parallel > cores {
		v.lastDuration = v.lastDuration * time.Duration(cores) / time.Duration(parallel)
	}
	took := min(v.lastDuration, last) // one that took long may have waited for something else; two are believed
	share := min(v.engine.config.ViewShare, v.engine.config.TopicShare/float64(v.peerCount()))
	cost := time.Duration(float64(took) / share)
	if changed {
		cost = max(cost, v.engine.config.MinFrameInterval, time.Duration(len(v.subscriptions))*frameWriteCost)
	}
	if v.paidUntil.Before(start) {
		v.paidUntil = start
	}
	v.paidUntil = v.paidUntil.Add(min(cost, maxCooldown))
	v.notBefore = v.paidUntil.Add(-v.engine.config.Burst)
}

// peerCount is how many views one event makes look.
func (v *view) peerCount() int {
	peers := 1
	for _, topic := range v.Topics {
		peers = max(peers, len(v.engine.viewsByTopic[topic]))
	}
	return peers
}

func (v *view) backoff() time.Duration {
	longest := maxBackoff
	if v.engine.Condition() == Stale {
		longest = maxStaleBackoff
	}
	return jitter(min(longest, minBackoff<<min(v.failures-1, 10)))
}

// callRender calls Render within its time, and turns its panic into an error.
func (v *view) callRender(rc renderContext) (f Frame, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("render panicked: %v\n%s", p, debug.Stack())
		}
	}()
	f, err = v.Render(context.WithValue(rc.ctx, renderContextKey{}, rc))
	if err == nil && !isValidVersion(f.Version) {
		err = fmt.Errorf("version %q is not of [A-Za-z0-9_-]", f.Version)
	}
	return f, err
}

// logOutcome logs the first failure of an outage, and its end.
func (v *view) logOutcome(err error) {
	log, viewAttr := v.engine.config.Log, slog.String("view", v.Key)
	switch {
	case err != nil && v.lastErr == nil:
		log.Error("a live view cannot be rendered; its last frame stays", viewAttr, "error", err)
	case err == nil && v.lastErr != nil:
		log.Info("a live view is rendered again", viewAttr, "failures", v.failures)
	}
}

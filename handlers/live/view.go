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
	Key    string   // the canonical address, and whatever else changes the HTML: access level, locale
	Topics []string // Touch of any of them has the view looked at again
	Access []string // Recheck of any of them has access of all its viewers checked again

	// Render asks the database and renders. It is called by any goroutine, one call at a time, long after the request
	// that brought it has ended, so it must depend on nothing of that request but what Key says. It must heed ctx.
	Render func(ctx context.Context) (Frame, error)

	// Every is how long a watched view goes without being looked at, at most, so that an event that was never sent costs
	// seconds and not truth. Zero: it is looked at only when touched.
	Every time.Duration
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
	engine *Engine
	ctx    context.Context // ends when nobody watches any more
	cancel context.CancelFunc
	first  *round

	// frame is the newest; nil before the first. It is stored under engine.mu, so that it fits the rounds below.
	frame atomic.Pointer[frame]

	condition atomic.Uint32 // a Condition; changed under engine.mu

	// Guarded by engine.mu.
	watches   []*watch
	busy      bool          // looking, or bringing what it saw
	running   *round        // the look that is under way
	next      *round        // the look that will see all that was said until now; not nil means dirty
	touched   uint64        // engine.touches when it was last touched
	dirty     time.Time     // when next was first asked for
	began     time.Time     // when the running look began
	abort     func()        // cancels the running look
	isCurrent bool          // the last look succeeded, and began in engine.epoch
	isLate    bool          // a look takes, or waits, longer than Config.Late
	took      time.Duration // the last look; see pay
	paid      time.Time     // when all that was done for it fits into its share; see plan
	notBefore time.Time     // when next may begin
	timer     *time.Timer
	err       error // of the last look
	failures  int   // in a row
}

// A round is one look at the database. Its err may be read when done is closed.
type round struct {
	done    chan struct{}
	err     error
	waiting []*stream // to be woken then; guarded by engine.mu
}

func newRound() *round { return &round{done: make(chan struct{})} }

// What a view rests at most, and how it comes back after failures.
const (
	maxRest    = 15 * time.Second
	minBackoff = 250 * time.Millisecond
	maxBackoff = 3 * time.Second  // while the engine is Live: only this view fails
	maxPause   = 15 * time.Second // while it is Stale: recover ends the pause
)

// writeCost is what one browser's copy of a frame costs (measured: net/http, 2 KB), in whatever goroutine: a wide view rests
// at least that long.
const writeCost = 10 * time.Microsecond

// firstCost is what the first look of a view is thought to cost at most: with it come connections to the database, statements
// that it does not know yet, and the first looks of all who were waiting.
const firstCost = 2 * time.Millisecond

// open returns the view with v's key, and makes it if nobody watches it yet. The caller holds mu.
func (e *Engine) open(v View) *view {
	if known := e.views[v.Key]; known != nil {
		return known
	}
	made := &view{View: v, engine: e}
	made.ctx, made.cancel = context.WithCancel(e.ctx)
	made.timer = time.AfterFunc(time.Hour, made.due)
	e.views[v.Key] = made
	e.topics.add(made, v.Topics)
	e.access.add(made, v.Access)
	made.touch()
	made.first = made.next
	return made
}

// leave takes w away, and the view with the last of them. The caller holds engine.mu.
func (v *view) leave(w *watch) {
	last := len(v.watches) - 1
	v.watches[w.place], v.watches[last].place = v.watches[last], w.place
	v.watches[last] = nil
	if v.watches = v.watches[:last]; last > 0 {
		return
	}
	v.timer.Stop()
	v.cancel()
	delete(v.engine.views, v.Key)
	v.engine.topics.remove(v, v.Topics)
	v.engine.access.remove(v, v.Access)
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

// touch makes sure that a look begins after now, as soon as the view may. The caller holds engine.mu.
func (v *view) touch() {
	v.engine.touches++
	v.touched = v.engine.touches
	if v.next != nil {
		return
	}
	v.next, v.dirty = newRound(), time.Now()
	if !v.busy {
		v.schedule()
	}
}

// due is called by the timer, when the view has rested or was not looked at for as long as Every.
func (v *view) due() {
	v.engine.mu.Lock()
	defer v.engine.mu.Unlock()
	switch {
	case len(v.watches) == 0 || v.busy: // nobody to look for; or looking already, and that ends with a new plan
	case v.next == nil:
		v.touch()
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
	v.engine.enqueue(v)
}

// begin makes the next look the running one, and reports whether there is one to make. The caller holds engine.mu.
func (v *view) begin() (l look, ok bool) {
	if len(v.watches) == 0 || v.busy || v.next == nil {
		return l, false
	}
	v.busy, v.running, v.next = true, v.next, nil
	v.began = time.Now()
	ctx, cancel := context.WithTimeout(v.ctx, v.engine.config.RenderTimeout)
	v.abort = cancel
	return look{v.engine, v.touched, v.crowd(), v.engine.workers, v.engine.epoch, ctx}, true
}

// look asks the database, renders, and brings the subscribers what is new.
func (v *view) look(l look) {
	e, began := v.engine, v.began
	made, err := v.render(l)
	took := time.Since(began)
	if v.ctx.Err() == nil {
		e.count.rendered(took, err)
		v.report(err)
	}

	old := v.frame.Load()
	var fresh *frame
	if err == nil && (old == nil || old.Version != made.Version) {
		fresh = newFrame(made, old)
	}
	e.mu.Lock()
	done, woken := v.finish(l, fresh, err)
	e.mu.Unlock()

	close(done)
	e.post.deliver(woken)

	e.mu.Lock()
	defer e.mu.Unlock()
	v.busy = false
	if len(v.watches) > 0 {
		v.plan(fresh != nil, err, began, l.beside)
	}
}

// finish makes fresh the newest frame; nil means that nothing has changed. Whom finish returns is to be woken after done
// is closed, and that when engine.mu, which the caller holds, is free again: they may be thousands.
func (v *view) finish(l look, fresh *frame, err error) (done chan struct{}, woken []*stream) {
	v.running.err = err
	done, woken = v.running.done, v.running.waiting
	v.running = nil
	v.abort()
	v.abort, v.isLate, v.isCurrent = nil, false, err == nil && l.epoch == v.engine.epoch
	if fresh != nil {
		v.frame.Store(fresh)
	}
	if changed := v.assess(); changed || fresh != nil {
		woken = v.appendStreams(make([]*stream, 0, len(v.watches)))
	}
	return done, woken
}

// plan says when to look again, after a look that began then, beside so many, and came to this. After a failure the view
// stays dirty.
func (v *view) plan(changed bool, err error, began time.Time, beside int) {
	now := time.Now()
	if v.err = err; err == nil {
		v.failures = 0
		v.pay(changed, began, now, beside)
	} else {
		v.failures++
		v.notBefore = now.Add(v.backoff())
		if v.next == nil {
			v.next, v.dirty = newRound(), now
		}
	}
	switch {
	case v.next != nil:
		v.schedule()
	case v.Every > 0:
		v.timer.Reset(spread(v.Every))
	}
}

// pay has the view rest in proportion to what a look has cost, the way of its frame to the browsers included. It may be in
// debt for a moment: two changes soon after another are no storm. Looks beside one another share the cores, and what they
// took is mostly waiting for each other.
func (v *view) pay(changed bool, began, now time.Time, beside int) {
	last := cmp.Or(v.took, firstCost)
	v.took = now.Sub(began)
	if looks, cores := (beside+v.engine.workers)/2, runtime.GOMAXPROCS(0); looks > cores {
		v.took = v.took * time.Duration(cores) / time.Duration(looks)
	}
	took := min(v.took, last) // one that took long may have waited for something else; two are believed
	share := min(v.engine.config.Share, v.engine.config.TopicShare/float64(v.crowd()))
	cost := time.Duration(float64(took) / share)
	if changed {
		cost = max(cost, v.engine.config.Rest, time.Duration(len(v.watches))*writeCost)
	}
	if v.paid.Before(began) {
		v.paid = began
	}
	v.paid = v.paid.Add(min(cost, maxRest))
	v.notBefore = v.paid.Add(-v.engine.config.Burst)
}

// crowd is how many views one event makes look.
func (v *view) crowd() int {
	most := 1
	for _, topic := range v.Topics {
		most = max(most, len(v.engine.topics[topic]))
	}
	return most
}

func (v *view) backoff() time.Duration {
	longest := maxBackoff
	if v.engine.Condition() == Stale {
		longest = maxPause
	}
	return spread(min(longest, minBackoff<<min(v.failures-1, 10)))
}

// render calls Render within its time, and turns its panic into an error.
func (v *view) render(l look) (f Frame, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("render panicked: %v\n%s", p, debug.Stack())
		}
	}()
	f, err = v.Render(context.WithValue(l.ctx, lookKey{}, l))
	if err == nil && !validVersion(f.Version) {
		err = fmt.Errorf("version %q is not of [A-Za-z0-9_-]", f.Version)
	}
	return f, err
}

// report logs the first failure of an outage, and its end.
func (v *view) report(err error) {
	log, view := v.engine.config.Log, slog.String("view", v.Key)
	switch {
	case err != nil && v.err == nil:
		log.Error("a live view cannot be rendered; its last frame stays", view, "error", err)
	case err == nil && v.err != nil:
		log.Info("a live view is rendered again", view, "failures", v.failures)
	}
}

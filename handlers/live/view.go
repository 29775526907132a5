package live

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// A View is what browsers look at. All who ask for the same Key share one query, one render and one frame; the View of
// the first of them is used for all, until the last has gone.
type View struct {
	Key    string   // the canonical address, and whatever else changes the HTML: access level, locale
	Topics []string // Touch of any of them has the view looked at again

	// Render asks the database and renders. It is called by any goroutine, one call at a time, long after the request
	// that brought it has ended, so it must depend on nothing of that request but what Key says. It must heed ctx.
	Render func(ctx context.Context) (Frame, error)

	// Every is how long a watched view goes without being looked at, at most, so that an event that was never sent costs
	// seconds and not truth. Zero: it is looked at only when touched.
	Every time.Duration
}

// A Frame is one answer of a view.
type Frame struct {
	Version string // a hash of HTML, of [A-Za-z0-9_-]
	HTML    []byte // not changed by anyone after it was returned

	// Body is what is between the outermost tags of HTML, if all that depends on the version is there. Elements of it
	// that have an id then travel alone when only they have changed. Nil: HTML only travels whole.
	Body []byte
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

	// Guarded by engine.mu.
	watchers  int
	running   *round    // the look that is under way
	next      *round    // the look that will see all that was said until now; not nil means dirty
	notBefore time.Time // when next may begin
	timer     *time.Timer
	err       error // of the last look
	failures  int   // in a row
}

// A round is one look at the database. Its err may be read when done is closed.
type round struct {
	done chan struct{}
	err  error
}

func newRound() *round { return &round{done: make(chan struct{})} }

// What a view rests at most, and how it comes back after failures.
const (
	maxRest    = 15 * time.Second
	minBackoff = 250 * time.Millisecond
	maxBackoff = 15 * time.Second
)

// writeCost is what one browser's copy of a frame costs (measured: net/http, 2 KB): the time that a wide view rests for
// its frame to get out.
const writeCost = 10 * time.Microsecond

// open returns the view with v's key, and makes it if nobody watches it yet. The caller holds mu.
func (e *Engine) open(v View) *view {
	if known := e.views[v.Key]; known != nil {
		return known
	}
	made := &view{View: v, engine: e}
	made.ctx, made.cancel = context.WithCancel(e.ctx)
	made.timer = time.AfterFunc(time.Hour, made.due)
	e.views[v.Key] = made
	for _, topic := range v.Topics {
		if e.topics[topic] == nil {
			e.topics[topic] = map[*view]struct{}{}
		}
		e.topics[topic][made] = struct{}{}
	}
	made.touch()
	made.first = made.next
	return made
}

// leave takes one watcher away, and the view with the last of them. The caller holds engine.mu.
func (v *view) leave() {
	if v.watchers--; v.watchers > 0 {
		return
	}
	v.timer.Stop()
	v.cancel()
	delete(v.engine.views, v.Key)
	for _, topic := range v.Topics {
		delete(v.engine.topics[topic], v)
		if len(v.engine.topics[topic]) == 0 {
			delete(v.engine.topics, topic)
		}
	}
}

// touch makes sure that a look begins after now, as soon as the view may. The caller holds engine.mu.
func (v *view) touch() {
	if v.next != nil {
		return
	}
	v.next = newRound()
	if v.running == nil {
		v.schedule()
	}
}

// due is called by the timer, when the view has rested or was not looked at for as long as Every.
func (v *view) due() {
	v.engine.mu.Lock()
	defer v.engine.mu.Unlock()
	switch {
	case v.watchers == 0 || v.running != nil: // nobody to look for; or looking already, and that ends with a new plan
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
func (v *view) begin() bool {
	if v.watchers == 0 || v.running != nil || v.next == nil {
		return false
	}
	v.running, v.next = v.next, nil
	return true
}

// look asks the database, renders, and lets the subscribers know if that made a new version.
func (v *view) look() {
	began := time.Now()
	made, err := v.render()
	took := time.Since(began)
	if v.ctx.Err() == nil {
		v.engine.count.rendered(took, err)
		v.report(err)
	}

	old := v.frame.Load()
	var fresh *frame
	if err == nil && (old == nil || old.Version != made.Version) {
		fresh = newFrame(made, old)
	}
	v.engine.mu.Lock()
	done := v.finish(fresh, err, took)
	v.engine.mu.Unlock()

	close(done)
	if fresh != nil && old != nil {
		close(old.replaced)
	}
}

// finish ends the running round and plans the next. A nil frame means that nothing changed. What finish returns is to be
// closed when engine.mu, which the caller holds, is free again: thousands may wait for it.
func (v *view) finish(fresh *frame, err error, took time.Duration) (done chan struct{}) {
	done = v.running.done
	v.running.err, v.running = err, nil
	if fresh != nil {
		v.frame.Store(fresh)
	}
	if v.watchers > 0 {
		v.plan(fresh != nil, err, took)
	}
	return done
}

// plan says when to look again, after a look that came to this. After a failure the view stays dirty.
func (v *view) plan(changed bool, err error, took time.Duration) {
	pause := v.rest(took, changed)
	if v.err = err; err == nil {
		v.failures = 0
	} else {
		v.failures++
		pause = backoff(v.failures)
		v.next = cmp.Or(v.next, newRound())
	}
	v.notBefore = time.Now().Add(pause)
	switch {
	case v.next != nil:
		v.schedule()
	case v.Every > 0:
		v.timer.Reset(spread(v.Every))
	}
}

// rest is how long the view is left alone after a look that took so long, so that it keeps to its share, and browsers
// can keep up.
func (v *view) rest(took time.Duration, changed bool) time.Duration {
	rest := time.Duration(float64(took) * (1/v.engine.config.Share - 1))
	if changed {
		rest = max(rest, v.engine.config.Rest, time.Duration(v.watchers)*writeCost)
	}
	return min(rest, maxRest)
}

func backoff(failures int) time.Duration {
	return spread(min(maxBackoff, minBackoff<<min(failures-1, 10)))
}

// render calls Render within its time, and turns its panic into an error.
func (v *view) render() (f Frame, err error) {
	ctx, cancel := context.WithTimeout(v.ctx, v.engine.config.RenderTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("render panicked: %v\n%s", p, debug.Stack())
		}
	}()
	f, err = v.Render(ctx)
	if err == nil && !validVersion(f.Version) {
		err = fmt.Errorf("version %q is not of [A-Za-z0-9_-]", f.Version)
	}
	return f, err
}

// report logs the first failure of an outage, and its end.
func (v *view) report(err error) {
	log := v.engine.config.Log.With(slog.String("view", v.Key))
	switch {
	case err != nil && v.err == nil:
		log.Error("a live view cannot be rendered; its last frame stays", "error", err)
	case err == nil && v.err != nil:
		log.Info("a live view is rendered again", "failures", v.failures)
	}
}

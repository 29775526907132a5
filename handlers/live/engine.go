// Package live keeps open pages up to date. It knows nothing of what they show.
//
// A [View] is what one or more browsers look at: a key, a function that asks the database and renders, and topics.
// [Engine.Invalidate] says that something about a topic may have changed; it carries no data, so it may be lost, repeated or
// late without making a page wrong. A view that was touched is rendered once for all its subscribers, framed once, and
// the frame is sent to those who do not show its version yet. A subscriber never has a queue: it holds the frame it is
// writing, and takes the newest one next. Nothing is kept for those who are away either: a browser that connects says
// which version it shows (Last-Event-ID), and gets the whole frame if there is another one by now.
//
// A frame comes in two forms. The whole one suits any browser. The partial one (partial.go) changes only the elements with
// an id that are not as they were, and is for browsers that were handed the version before.
//
// How often a view is looked at: at once when it was touched; then not before it has rested in proportion to what
// looks usually cost, whatever happens meanwhile; and by itself every [View.RefreshInterval], as long as somebody watches. Views that
// look because of the same event ask once for what they have in common ([Share]), and keep to a share of a core together.
//
// A stream has no goroutine. Whoever has something for it wakes it, and the post (post.go) has a few hands write to all that
// are awake, without waiting for a browser; one that has to be waited for gets a goroutine until it has taken what it
// was sent, or the time for that is over. The pulse (pulse.go) gives all of them signs of life, sees who has hung up, and
// has asked who is still allowed. The way to a browser is a line (line.go): a connection taken over from net/http (wire.go),
// or an answer of net/http's, for HTTP/2.
//
// Every stream is sent the [Condition] of its view, so that a page never claims to be up to date when it may not be
// (condition.go).
//
// Beside views there are feeds ([Engine.ServeEvents], [Engine.Publish]): raw events in order, for programs.
package live

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultRecheckInterval leaves of the minute in which whoever loses a right is to lose the stream as much as it takes until that is
// known here: a bot says every ten seconds who has which role.
const DefaultRecheckInterval = 45 * time.Second

// DefaultMaxStreams is the number of streams that one process holds open at most.
const DefaultMaxStreams = 20_000

// Config says how an engine behaves. The zero value of every field means its default.
type Config struct {
	PingInterval    time.Duration // between two signs of life on a stream: 15 s
	WriteTimeout    time.Duration // for one write; a browser that takes longer is cut: 10 s
	RecheckInterval time.Duration // at most between two questions whether a viewer is still allowed: DefaultRecheckInterval
	AccessGrace     time.Duration // how long a stream goes on without an answer to that question: 10 min

	RenderTimeout    time.Duration // for one look at the database and its render: 10 s
	StaleAfter       time.Duration // how long a render may take before its streams are Stale: 2.5 s
	MaxRenders       int           // at the same time in the process; most of one is waiting for the database: 4 × GOMAXPROCS
	ViewShare        float64       // of its time that one view may spend looking and sending: 0.1
	TopicShare       float64       // of one core that all views of a topic may spend so: 0.5
	MinFrameInterval time.Duration // on average between two frames of a view; a browser needs some 8 ms for one: 25 ms
	Burst            time.Duration // how far a view may get ahead of its share and its rest: 50 ms

	MaxStreamsPerUser int // streams of one user: 16
	MaxStreams        int // streams in all: DefaultMaxStreams

	Log *slog.Logger // slog.Default()
}

func (c Config) withDefaults() Config {
	c.PingInterval = cmp.Or(c.PingInterval, 15*time.Second)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 10*time.Second)
	c.RecheckInterval = cmp.Or(c.RecheckInterval, DefaultRecheckInterval)
	c.AccessGrace = cmp.Or(c.AccessGrace, 10*time.Minute)
	c.RenderTimeout = cmp.Or(c.RenderTimeout, 10*time.Second)
	c.StaleAfter = cmp.Or(c.StaleAfter, 2500*time.Millisecond)
	c.MaxRenders = cmp.Or(c.MaxRenders, 4*runtime.GOMAXPROCS(0))
	c.ViewShare = cmp.Or(c.ViewShare, 0.1)
	c.TopicShare = cmp.Or(c.TopicShare, 0.5)
	c.MinFrameInterval = cmp.Or(c.MinFrameInterval, 25*time.Millisecond)
	c.Burst = cmp.Or(c.Burst, 50*time.Millisecond)
	c.MaxStreamsPerUser = cmp.Or(c.MaxStreamsPerUser, 16)
	c.MaxStreams = cmp.Or(c.MaxStreams, DefaultMaxStreams)
	c.Log = cmp.Or(c.Log, slog.Default())
	return c
}

// An Engine serves the streams of one process. Its methods may be called from any goroutine, and none of them waits for
// a browser or a database but Serve and ServeEvents.
type Engine struct {
	config     Config
	counters   counters
	startedAt  time.Time
	dispatcher dispatcher
	heartbeat  heartbeat

	condition atomic.Uint32 // a Condition; changed under mu

	// ctx is what renders run under; it ends with Close.
	ctx    context.Context
	cancel context.CancelFunc

	lastRecheck atomic.Int64 // time of the last Recheck, RecheckUser or RecheckAll, in ns since the engine was made

	// mu guards all below, and the fields of views that say so. Nobody waits for anything while holding it.
	mu                 sync.Mutex
	views              map[string]*view
	viewsByTopic       viewIndex // by View.Topics
	viewsByAccessTopic viewIndex // by View.AccessTopics
	renderQueue        []*view   // to be rendered, in the order they became due
	renderWorkers      int       // goroutines that render; there are none while the queue is empty
	invalidations      uint64    // how often a view was touched
	epoch              uint64    // how often condition was Stale and is not any more
	sharedQueries      map[string]*sharedQuery
	feeds              map[string]map[*feedSubscription]struct{}
	streamCount        int
	streamsByUser      map[string][]*stream
}

// New returns an engine that serves until Close.
func New(c Config) *Engine {
	ctx, cancel := context.WithCancel(context.Background())
	e := &Engine{
		config:             c.withDefaults(),
		startedAt:          time.Now(),
		ctx:                ctx,
		cancel:             cancel,
		views:              map[string]*view{},
		viewsByTopic:       viewIndex{},
		viewsByAccessTopic: viewIndex{},
		sharedQueries:      map[string]*sharedQuery{},
		feeds:              map[string]map[*feedSubscription]struct{}{},
		streamsByUser:      map[string][]*stream{},
	}
	e.condition.Store(uint32(Live))
	e.dispatcher.maxWorkers = runtime.GOMAXPROCS(0)
	e.heartbeat.engine, e.heartbeat.interval = e, e.config.PingInterval/ticksPerPing
	return e
}

// sinceStart is a moment as ns since the engine was made.
func (e *Engine) sinceStart(t time.Time) int64 { return int64(t.Sub(e.startedAt)) }

// Invalidate says that what views with any of these topics show may have changed. It costs next to nothing when nobody
// watches, and may be called as often as one likes.
func (e *Engine) Invalidate(topics ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, topic := range topics {
		for v := range e.viewsByTopic[topic] {
			v.invalidate()
		}
	}
}

// InvalidateAll touches every view; for when it is not known what was missed, as after a lost connection to Redis.
func (e *Engine) InvalidateAll() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, v := range e.views {
		v.invalidate()
	}
}

// Close ends all streams, even those that are stuck in a write, and refuses new ones. Those of HTTP/2 have not returned
// yet when it does: http.Server.Shutdown waits for them, and Close is for its RegisterOnShutdown.
func (e *Engine) Close() {
	e.mu.Lock()
	e.cancel()
	e.mu.Unlock()
	streams, _ := e.heartbeat.snapshot()
	for _, s := range streams {
		s.end()
	}
}

// enqueueRender has v rendered by the next free worker. The caller holds mu.
func (e *Engine) enqueueRender(v *view) {
	e.renderQueue = append(e.renderQueue, v)
	if e.renderWorkers < e.config.MaxRenders {
		e.renderWorkers++
		go e.renderQueued()
	}
}

// renderQueued renders what is in the queue until it is empty.
func (e *Engine) renderQueued() {
	growStack(0)
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.renderQueue) > 0 {
		v := e.renderQueue[0]
		e.renderQueue[0] = nil
		e.renderQueue = e.renderQueue[1:]
		if rc, ok := v.beginPass(); ok {
			e.mu.Unlock()
			v.runPass(rc)
			e.mu.Lock()
		}
	}
	e.renderQueue = nil
	if e.renderWorkers--; e.renderWorkers == 0 {
		clear(e.sharedQueries) // what looks next was touched since
	}
}

// growStack gives the goroutine the stack that a look needs at once: growing it step by step while looking means copying
// what is on it each time (measured: 3 % of a look). What it returns keeps the compiler from leaving it out.
//
//go:noinline
func growStack(i int) byte {
	var stack [10 << 10]byte
	stack[i]++
	return stack[i/2]
}

// jitter takes up to a fifth off d, so that what began together does not stay together.
func jitter(d time.Duration) time.Duration {
	return d - rand.N(d/5+1)
}

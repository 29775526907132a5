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

// DefaultRecheckInterval is the default of Config.RecheckInterval. A user who loses access must lose the stream within
// a minute; this leaves 15 s for the change to reach this process, since bots report role members every 10 s.
const DefaultRecheckInterval = 45 * time.Second

// DefaultMaxStreams is the default of Config.MaxStreams.
const DefaultMaxStreams = 20_000

// Config configures an Engine. The zero value of a field means its default.
type Config struct {
	PingInterval    time.Duration // time between pings on a stream; default 15 s
	WriteTimeout    time.Duration // timeout of one write, after which the stream ends; default 10 s
	RecheckInterval time.Duration // maximum time between access checks of a stream; default DefaultRecheckInterval
	AccessGrace     time.Duration // how long a stream stays open while access checks fail; default 10 min

	RenderTimeout time.Duration // timeout of one View.Render; default 10 s
	StaleAfter    time.Duration // how long a render may take or wait before its streams are Stale; default 2.5 s

	// MaxRenders is the number of concurrent renders in the process. They mostly wait for the database. Default
	// 4 × GOMAXPROCS.
	MaxRenders int

	ViewShare  float64 // share of time that one view may spend on rendering; default 0.1
	TopicShare float64 // share of one core that all views of a topic may spend on rendering; default 0.5

	// MinFrameInterval is the minimum average time between two frames of a view. A browser needs about 8 ms to apply
	// a frame. Default 25 ms.
	MinFrameInterval time.Duration
	Burst            time.Duration // how far a view may exceed its share for a moment; default 50 ms

	MaxStreamsPerUser int // default 16
	MaxStreams        int // in the process; default DefaultMaxStreams

	Log *slog.Logger // default slog.Default()
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

// An Engine serves the streams of one process. Its methods are safe for concurrent use. Only Serve and ServeEvents may
// block on a browser or a database.
type Engine struct {
	config     Config
	counters   counters
	startedAt  time.Time
	dispatcher dispatcher
	heartbeat  heartbeat

	condition atomic.Uint32 // a Condition; changed under mu

	// ctx is the parent context of all renders and access checks. Close cancels it.
	ctx    context.Context
	cancel context.CancelFunc

	lastRecheck atomic.Int64 // time of the last Recheck, RecheckUser or RecheckAll, in ns since startedAt

	// mu guards the fields below, and fields of views that are marked so. Code that holds it must not block.
	mu                 sync.Mutex
	views              map[string]*view
	viewsByTopic       viewIndex // by View.Topics
	viewsByAccessTopic viewIndex // by View.AccessTopics
	renderQueue        []*view   // views to render, in the order in which they became due
	renderWorkers      int       // running render goroutines; 0 while the queue is empty
	invalidations      uint64    // number of invalidations of views
	epoch              uint64    // number of changes of condition from Stale to another
	sharedQueries      map[string]*sharedQuery
	feeds              map[string]map[*feedSubscription]struct{}
	streamCount        int
	streamsByUser      map[string][]*stream
}

// New returns a running Engine. Call Close to stop it.
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

// sinceStart returns t as ns since startedAt.
func (e *Engine) sinceStart(t time.Time) int64 { return int64(t.Sub(e.startedAt)) }

// Invalidate renders views that have any of these topics in View.Topics again, because their data may have changed. It
// is cheap if no such view is open, and may be called as often as needed: calls during the cooldown of a view cause one
// render.
func (e *Engine) Invalidate(topics ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, topic := range topics {
		for v := range e.viewsByTopic[topic] {
			v.invalidate()
		}
	}
}

// InvalidateAll renders every view again. Use it when events may have been missed, for example after a lost Redis
// connection.
func (e *Engine) InvalidateAll() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, v := range e.views {
		v.invalidate()
	}
}

// Close ends all streams, including those blocked in a write, and refuses new ones. Handlers of HTTP/2 streams may
// still be running when it returns; http.Server.Shutdown waits for them. Register Close with
// http.Server.RegisterOnShutdown.
func (e *Engine) Close() {
	e.mu.Lock()
	e.cancel()
	e.mu.Unlock()
	streams, _ := e.heartbeat.snapshot()
	for _, s := range streams {
		s.end()
	}
}

// enqueueRender queues v for the next free render goroutine. The caller holds mu.
func (e *Engine) enqueueRender(v *view) {
	e.renderQueue = append(e.renderQueue, v)
	if e.renderWorkers < e.config.MaxRenders {
		e.renderWorkers++
		go e.renderQueued()
	}
}

// renderQueued renders queued views until the queue is empty.
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
		clear(e.sharedQueries) // later renders were invalidated since, and must not use old results
	}
}

// growStack grows the goroutine's stack once to the size that a render needs. Growing it step by step during a render
// copies the stack each time (measured: 3 % of a render). The result keeps the compiler from removing the call.
//
//go:noinline
func growStack(i int) byte {
	var stack [10 << 10]byte
	stack[i]++
	return stack[i/2]
}

// jitter shortens d by a random amount of up to a fifth, so that timers that were started together drift apart.
func jitter(d time.Duration) time.Duration {
	return d - rand.N(d/5+1)
}

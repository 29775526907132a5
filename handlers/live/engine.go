// Package live keeps open pages up to date. It knows nothing of what they show.
//
// A [View] is what one or more browsers look at: a key, a function that asks the database and renders, and topics.
// [Engine.Touch] says that something about a topic may have changed; it carries no data, so it may be lost, repeated or
// late without making a page wrong. A view that was touched is rendered once for all its subscribers, framed once, and
// the frame is sent to those who do not show its version yet. A subscriber never has a queue: it holds the frame it is
// writing, and takes the newest one next. Nothing is kept for those who are away either: a browser that connects says
// which version it shows (Last-Event-ID), and gets the whole frame if there is another one by now.
//
// A frame comes in two forms. The whole one suits any browser. The partial one (partial.go) changes only the elements with
// an id that are not as they were, and is for browsers that were handed the version before.
//
// How often a view is looked at: at once when it was touched; then not before it has rested in proportion to what
// looks usually cost, whatever happens meanwhile; and by itself every [View.Every], as long as somebody watches. Views that
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
// Beside views there are feeds ([Engine.ServeEvents], [Engine.Send]): raw events in order, for programs.
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

// DefaultRecheck leaves of the minute in which whoever loses a right is to lose the stream as much as it takes until that is
// known here: a bot says every ten seconds who has which role.
const DefaultRecheck = 45 * time.Second

// DefaultPerProcess is the number of streams that one process holds open at most.
const DefaultPerProcess = 20_000

// Config says how an engine behaves. The zero value of every field means its default.
type Config struct {
	Ping         time.Duration // between two signs of life on a stream: 15 s
	WriteTimeout time.Duration // for one write; a browser that takes longer is cut: 10 s
	Recheck      time.Duration // at most between two questions whether a viewer is still allowed: DefaultRecheck
	Grace        time.Duration // how long a stream goes on without an answer to that question: 10 min

	RenderTimeout time.Duration // for one look at the database and its render: 10 s
	Late          time.Duration // how long a render may take before its streams are Stale: 2.5 s
	Renders       int           // at the same time in the process; most of one is waiting for the database: 4 × GOMAXPROCS
	Share         float64       // of its time that one view may spend looking and sending: 0.1
	TopicShare    float64       // of one core that all views of a topic may spend so: 0.5
	Rest          time.Duration // on average between two frames of a view; a browser needs some 8 ms for one: 25 ms
	Burst         time.Duration // how far a view may get ahead of its share and its rest: 50 ms

	PerUser    int // streams of one user: 16
	PerProcess int // streams in all: DefaultPerProcess

	Log *slog.Logger // slog.Default()
}

func (c Config) withDefaults() Config {
	c.Ping = cmp.Or(c.Ping, 15*time.Second)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 10*time.Second)
	c.Recheck = cmp.Or(c.Recheck, DefaultRecheck)
	c.Grace = cmp.Or(c.Grace, 10*time.Minute)
	c.RenderTimeout = cmp.Or(c.RenderTimeout, 10*time.Second)
	c.Late = cmp.Or(c.Late, 2500*time.Millisecond)
	c.Renders = cmp.Or(c.Renders, 4*runtime.GOMAXPROCS(0))
	c.Share = cmp.Or(c.Share, 0.1)
	c.TopicShare = cmp.Or(c.TopicShare, 0.5)
	c.Rest = cmp.Or(c.Rest, 25*time.Millisecond)
	c.Burst = cmp.Or(c.Burst, 50*time.Millisecond)
	c.PerUser = cmp.Or(c.PerUser, 16)
	c.PerProcess = cmp.Or(c.PerProcess, DefaultPerProcess)
	c.Log = cmp.Or(c.Log, slog.Default())
	return c
}

// An Engine serves the streams of one process. Its methods may be called from any goroutine, and none of them waits for
// a browser or a database but Serve and ServeEvents.
type Engine struct {
	config Config
	count  counters
	born   time.Time
	post   post
	pulse  pulse

	condition atomic.Uint32 // a Condition; changed under mu

	// ctx is what renders run under; it ends with Close.
	ctx  context.Context
	stop context.CancelFunc

	rechecked atomic.Int64 // time of the last Recheck, RecheckUser or RecheckAll, in ns since the engine was made

	// mu guards all below, and the fields of views that say so. Nobody waits for anything while holding it.
	mu      sync.Mutex
	views   map[string]*view
	topics  viewIndex // by View.Topics
	access  viewIndex // by View.Access
	queue   []*view   // to be rendered, in the order they became due
	workers int       // goroutines that render; there are none while the queue is empty
	touches uint64    // how often a view was touched
	epoch   uint64    // how often condition was Stale and is not any more
	shared  map[string]*shared
	feeds   map[string]map[*reader]struct{}
	streams int
	users   map[string][]*stream
}

// New returns an engine that serves until Close.
func New(c Config) *Engine {
	ctx, stop := context.WithCancel(context.Background())
	e := &Engine{
		config: c.withDefaults(),
		born:   time.Now(),
		ctx:    ctx,
		stop:   stop,
		views:  map[string]*view{},
		topics: viewIndex{},
		access: viewIndex{},
		shared: map[string]*shared{},
		feeds:  map[string]map[*reader]struct{}{},
		users:  map[string][]*stream{},
	}
	e.condition.Store(uint32(Live))
	e.post.most = runtime.GOMAXPROCS(0)
	e.pulse.engine, e.pulse.every = e, e.config.Ping/beats
	return e
}

// since is a moment as ns since the engine was made.
func (e *Engine) since(t time.Time) int64 { return int64(t.Sub(e.born)) }

// Touch says that what views with any of these topics show may have changed. It costs next to nothing when nobody
// watches, and may be called as often as one likes.
func (e *Engine) Touch(topics ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, topic := range topics {
		for v := range e.topics[topic] {
			v.touch()
		}
	}
}

// TouchAll touches every view; for when it is not known what was missed, as after a lost connection to Redis.
func (e *Engine) TouchAll() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, v := range e.views {
		v.touch()
	}
}

// Close ends all streams, even those that are stuck in a write, and refuses new ones. Those of HTTP/2 have not returned
// yet when it does: http.Server.Shutdown waits for them, and Close is for its RegisterOnShutdown.
func (e *Engine) Close() {
	e.mu.Lock()
	e.stop()
	e.mu.Unlock()
	streams, _ := e.pulse.all()
	for _, s := range streams {
		s.end()
	}
}

// enqueue has v rendered by the next free worker. The caller holds mu.
func (e *Engine) enqueue(v *view) {
	e.queue = append(e.queue, v)
	if e.workers < e.config.Renders {
		e.workers++
		go e.work()
	}
}

// work renders what is in the queue until it is empty.
func (e *Engine) work() {
	growStack(0)
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.queue) > 0 {
		v := e.queue[0]
		e.queue[0] = nil
		e.queue = e.queue[1:]
		if l, ok := v.begin(); ok {
			e.mu.Unlock()
			v.look(l)
			e.mu.Lock()
		}
	}
	e.queue = nil
	if e.workers--; e.workers == 0 {
		clear(e.shared) // what looks next was touched since
	}
}

// growStack gives the goroutine the stack that a look needs at once: growing it step by step while looking means copying
// what is on it each time (measured: 3 % of a look). What it returns keeps the compiler from leaving it out.
//
//go:noinline
func growStack(i int) byte {
	var room [10 << 10]byte
	room[i]++
	return room[i/2]
}

// spread takes up to a fifth off d, so that what began together does not stay together.
func spread(d time.Duration) time.Duration {
	return d - rand.N(d/5+1)
}

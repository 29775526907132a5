//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

// echoCommand is the baseline: a simple net/http server. It has one subscription to Redis, and a goroutine and a queue
// for each browser, and writes every event of a guild to its subscribers unchanged. It has no authentication, no
// queries, no rendering and no limits.
type echoCommand struct {
	Addr     string `help:"Address to listen on, host:port." required:""`
	RedisURL string `help:"Redis on which events are published." required:""`
}

// Run serves until ctx ends.
func (e *echoCommand) Run(ctx context.Context) error {
	client, err := store.OpenRedis(e.RedisURL)
	if err != nil {
		return fmt.Errorf("--redis-url: %w", err)
	}
	defer client.Close()
	events := client.Subscribe(ctx, contract.EventsChannel)
	defer events.Close()
	if _, err := events.Receive(ctx); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	subscribers := newSubscriberSet()
	server := &http.Server{Addr: e.Addr, Handler: subscribers.routes(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close()
		_ = events.Close() // ends ReceiveMessage, which ignores ctx
	}()
	go func() {
		for {
			m, err := events.ReceiveMessage(ctx)
			if err != nil {
				_ = server.Close() // nothing to measure without events
				return
			}
			subscribers.broadcast([]byte(m.Payload))
		}
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("--addr: %w", err)
	}
	return nil
}

// subscriberSet holds the subscribers by guild.
type subscriberSet struct {
	mu     sync.Mutex
	guilds map[string]map[*eventQueue]struct{}
}

// eventQueue holds the events that a browser has yet to receive.
type eventQueue struct {
	mu     sync.Mutex
	events [][]byte
	notify chan struct{} // holds a token while there may be events
}

func newSubscriberSet() *subscriberSet {
	return &subscriberSet{guilds: map[string]map[*eventQueue]struct{}{}}
}

func (o *subscriberSet) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /{guild}", o.serve)
	return mux
}

func (o *subscriberSet) serve(w http.ResponseWriter, r *http.Request) {
	guild, q := r.PathValue("guild"), &eventQueue{notify: make(chan struct{}, 1)}
	o.subscribe(guild, q)
	defer o.unsubscribe(guild, q)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	if out.Flush() != nil {
		return
	}
	for {
		select {
		case <-r.Context().Done():
			return
		case <-q.notify:
		}
		for _, event := range q.drain() {
			_ = out.SetWriteDeadline(time.Now().Add(5 * time.Second))
			if _, err := w.Write(event); err != nil || out.Flush() != nil {
				return
			}
		}
	}
}

func (o *subscriberSet) subscribe(guild string, q *eventQueue) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.guilds[guild] == nil {
		o.guilds[guild] = map[*eventQueue]struct{}{}
	}
	o.guilds[guild][q] = struct{}{}
}

func (o *subscriberSet) unsubscribe(guild string, q *eventQueue) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.guilds[guild], q)
}

// broadcast adds an event to the queues of its guild's subscribers.
func (o *subscriberSet) broadcast(raw []byte) {
	event, err := contract.DecodeEvent(raw)
	if err != nil {
		return
	}
	frame := append(append([]byte("data: "), raw...), "\n\n"...)
	o.mu.Lock()
	defer o.mu.Unlock()
	for q := range o.guilds[event.GuildID] {
		q.push(frame)
	}
}

func (q *eventQueue) push(event []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.events = append(q.events, event)
	select {
	case q.notify <- struct{}{}:
	default:
	}
}

func (q *eventQueue) drain() [][]byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	events := q.events
	q.events = nil
	return events
}

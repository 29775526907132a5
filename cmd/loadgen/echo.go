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
)

// echo is the yardstick: what a careful hour with net/http gives. One subscription to Redis, a goroutine and a queue for
// each browser, and every event of a guild is written to those who watch it, as it came. It asks nobody who they are,
// queries nothing, renders nothing and bounds nothing.
type echo struct {
	Addr     string `help:"Where to listen, host:port." required:""`
	RedisURL string `help:"Where events are published." required:""`
}

// Run serves until ctx ends.
func (e *echo) Run(ctx context.Context) error {
	client, err := store.OpenRedis(e.RedisURL)
	if err != nil {
		return fmt.Errorf("--redis-url: %w", err)
	}
	defer client.Close()
	events := client.Subscribe(ctx, store.EventsChannel)
	defer events.Close()
	if _, err := events.Receive(ctx); err != nil {
		return fmt.Errorf("subscribing: %w", err)
	}
	room := newRoom()
	web := &http.Server{Addr: e.Addr, Handler: room.routes(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = web.Close()
		_ = events.Close() // ends ReceiveMessage, which does not heed ctx
	}()
	go func() {
		for {
			m, err := events.ReceiveMessage(ctx)
			if err != nil {
				_ = web.Close() // without events there is nothing to measure
				return
			}
			room.tell([]byte(m.Payload))
		}
	}()
	if err := web.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("--addr: %w", err)
	}
	return nil
}

// room is who watches what.
type room struct {
	mu     sync.Mutex
	guilds map[string]map[*queue]struct{}
}

// queue is what a browser has still to be sent.
type queue struct {
	mu     sync.Mutex
	events [][]byte
	more   chan struct{} // holds one token while there may be some
}

func newRoom() *room { return &room{guilds: map[string]map[*queue]struct{}{}} }

func (o *room) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /{guild}", o.serve)
	return mux
}

func (o *room) serve(w http.ResponseWriter, r *http.Request) {
	guild, q := r.PathValue("guild"), &queue{more: make(chan struct{}, 1)}
	o.enter(guild, q)
	defer o.leave(guild, q)
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
		case <-q.more:
		}
		for _, event := range q.take() {
			_ = out.SetWriteDeadline(time.Now().Add(5 * time.Second))
			if _, err := w.Write(event); err != nil || out.Flush() != nil {
				return
			}
		}
	}
}

func (o *room) enter(guild string, q *queue) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.guilds[guild] == nil {
		o.guilds[guild] = map[*queue]struct{}{}
	}
	o.guilds[guild][q] = struct{}{}
}

func (o *room) leave(guild string, q *queue) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.guilds[guild], q)
}

// tell gives an event to all who watch its guild.
func (o *room) tell(raw []byte) {
	event, err := store.DecodeEvent(raw)
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

func (q *queue) push(event []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.events = append(q.events, event)
	select {
	case q.more <- struct{}{}:
	default:
	}
}

func (q *queue) take() [][]byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	events := q.events
	q.events = nil
	return events
}

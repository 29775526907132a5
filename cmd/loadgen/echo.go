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

// echo is the yardstick: what a careful hour with net/http gives. One subscription to Redis, a goroutine and a channel
// for each browser, and every event of a guild is written to those who watch it, as it came. It asks nobody who they
// are, queries nothing and renders nothing.
type echo struct {
	Addr     string `help:"Where to listen, host:port." required:""`
	RedisURL string `help:"Where events are published." required:""`
}

// echoQueue is how many events a browser may be behind before it loses some; more than we ever have under way.
const echoQueue = 4 * window

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
	room := &room{guilds: map[string]map[chan []byte]struct{}{}}
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
	guilds map[string]map[chan []byte]struct{}
}

func (o *room) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /{guild}", o.serve)
	return mux
}

func (o *room) serve(w http.ResponseWriter, r *http.Request) {
	guild, queue := r.PathValue("guild"), make(chan []byte, echoQueue)
	o.enter(guild, queue)
	defer o.leave(guild, queue)
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
		case event := <-queue:
			_ = out.SetWriteDeadline(time.Now().Add(5 * time.Second))
			if _, err := w.Write(event); err != nil || out.Flush() != nil {
				return
			}
		}
	}
}

func (o *room) enter(guild string, queue chan []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.guilds[guild] == nil {
		o.guilds[guild] = map[chan []byte]struct{}{}
	}
	o.guilds[guild][queue] = struct{}{}
}

func (o *room) leave(guild string, queue chan []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.guilds[guild], queue)
}

// tell gives an event to who watches its guild; those who are too far behind lose it.
func (o *room) tell(raw []byte) {
	event, err := store.DecodeEvent(raw)
	if err != nil {
		return
	}
	frame := append(append([]byte("data: "), raw...), "\n\n"...)
	o.mu.Lock()
	defer o.mu.Unlock()
	for queue := range o.guilds[event.GuildID] {
		select {
		case queue <- frame:
		default:
		}
	}
}

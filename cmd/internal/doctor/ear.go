package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"guildboard/store"
)

// ear hears what is published on some channels. It remembers everything.
type ear struct {
	sub    *redis.PubSub
	ended  chan struct{}
	mu     sync.Mutex
	heard  []heard
	echoes map[string]bool // of what was asked by ping
}

type heard struct {
	channel, text string
	at            time.Time
}

// listen hears from now on: it is subscribed when it returns.
func listen(ctx context.Context, client redis.UniversalClient, channels ...string) (*ear, error) {
	e := &ear{sub: client.Subscribe(ctx, channels...), ended: make(chan struct{}), echoes: map[string]bool{}}
	for range channels {
		if _, err := e.sub.ReceiveTimeout(ctx, 5*time.Second); err != nil {
			_ = e.sub.Close()
			return nil, fmt.Errorf("%w: subscribing: %w", ErrAway, err)
		}
	}
	go func() {
		defer close(e.ended)
		for {
			message, err := e.sub.Receive(context.WithoutCancel(ctx)) // ended by close
			if err != nil {
				return
			}
			e.mu.Lock()
			switch message := message.(type) {
			case *redis.Message:
				e.heard = append(e.heard, heard{message.Channel, message.Payload, time.Now()})
			case *redis.Pong:
				e.echoes[message.Payload] = true
			}
			e.mu.Unlock()
		}
	}()
	return e, nil
}

func (e *ear) close() {
	_ = e.sub.Close()
	<-e.ended
}

// on is what was heard on a channel so far.
func (e *ear) on(channel string) []heard {
	e.mu.Lock()
	defer e.mu.Unlock()
	var on []heard
	for _, h := range e.heard {
		if h.channel == channel {
			on = append(on, h)
		}
	}
	return on
}

// catchUp waits until everything is heard that was published before.
func (e *ear) catchUp(ctx context.Context) error {
	word := store.NewID()
	if err := e.sub.Ping(ctx, word); err != nil {
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	nothing := func() error { return nil }
	_, err := until(ctx, 2*time.Second, nothing, func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.echoes[word]
	})
	return err
}

// results are the COMMAND_RESULT events about a command, as their data, in order.
func (e *ear) results(channel, command string) []result {
	var found []result
	for _, h := range e.on(channel) {
		event, err := store.DecodeEvent([]byte(h.text))
		var r result
		if err == nil && event.Type == store.CommandResultEvent && json.Unmarshal(event.Data, &r) == nil && r.CommandID == command {
			r.GuildID = event.GuildID
			found = append(found, r)
		}
	}
	return found
}

type result struct {
	CommandID string
	Status    store.CommandStatus
	GuildID   string
}

func (e *ear) tells(channel, command string, status store.CommandStatus) bool {
	return slices.ContainsFunc(e.results(channel, command), func(r result) bool { return r.Status == status })
}

// wrongWith is what is wrong with an event; "" when nothing is.
func wrongWith(h heard) string {
	e, err := store.DecodeEvent([]byte(h.text))
	if err != nil {
		return fmt.Sprintf("%v: %s", err, quoted(h.text))
	}
	var m map[string]json.RawMessage
	_ = json.Unmarshal([]byte(h.text), &m) // it has been read once
	there := func(member string) bool { return len(m[member]) > 0 && string(m[member]) != "null" }
	var object map[string]json.RawMessage
	switch {
	case e.NumberIDs:
		return fmt.Sprintf("%s: an id is a JSON number, which many languages round; ids are strings of digits: %s",
			quoted(string(e.Type)), quoted(h.text))
	case e.Timestamp.IsZero() || h.at.Sub(e.Timestamp).Abs() > clockMost:
		return fmt.Sprintf("%s: timestamp is not the time in milliseconds since the epoch, as a number: %s", quoted(string(e.Type)), quoted(string(m["timestamp"])))
	case there("userId") && e.UserID == "":
		return fmt.Sprintf("%s: userId is not a Discord id in a string: %s", quoted(string(e.Type)), quoted(string(m["userId"])))
	case there("id") && uuid.Validate(e.ID) != nil:
		return fmt.Sprintf("%s: id is not a UUID in a string: %s", quoted(string(e.Type)), quoted(string(m["id"])))
	case there("data") && json.Unmarshal(e.Data, &object) != nil:
		return fmt.Sprintf("%s: data is not an object: %s", quoted(string(e.Type)), quoted(string(e.Data)))
	}
	return ""
}

// envelopes is the rule that events are what the contract says. Answers to commands are a dashboard's, not the bot's.
func (r *Report) envelopes(all []heard) {
	const rule = "publishes events in the envelope"
	count, strange := 0, map[string]bool{}
	for _, h := range all {
		e, _ := store.DecodeEvent([]byte(h.text))
		if e.Type == store.CommandResultEvent {
			continue
		}
		if wrong := wrongWith(h); wrong != "" {
			r.fail(rule, "%s", wrong)
			return
		}
		count++
		if e.Type.Label() != string(e.Type) {
			strange[string(e.Type)] = true
		}
	}
	switch {
	case count == 0:
		r.skip(rule, "none was published while this looked; do something in Discord meanwhile")
	case len(strange) > 0:
		r.pass(rule, "%d events; of types that no page looks at: %s", count, list(strange))
	default:
		r.pass(rule, "%d events", count)
	}
}

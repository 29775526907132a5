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
	"guildboard/store/contract"
)

// eventRecorder records all messages published on some channels.
type eventRecorder struct {
	sub      *redis.PubSub
	done     chan struct{}
	mu       sync.Mutex
	messages []recordedMessage
	pongs    map[string]bool // payloads of received pongs
}

type recordedMessage struct {
	channel, text string
	receivedAt    time.Time
}

// newEventRecorder returns a recorder that is subscribed to the channels.
func newEventRecorder(ctx context.Context, client redis.UniversalClient, channels ...string) (*eventRecorder, error) {
	e := &eventRecorder{sub: client.Subscribe(ctx, channels...), done: make(chan struct{}), pongs: map[string]bool{}}
	for range channels {
		if _, err := e.sub.ReceiveTimeout(ctx, 5*time.Second); err != nil {
			_ = e.sub.Close()
			return nil, fmt.Errorf("%w: subscribe: %w", ErrRedisUnavailable, err)
		}
	}
	go func() {
		defer close(e.done)
		for {
			message, err := e.sub.Receive(context.WithoutCancel(ctx)) // close ends it
			if err != nil {
				return
			}
			e.mu.Lock()
			switch message := message.(type) {
			case *redis.Message:
				e.messages = append(e.messages, recordedMessage{message.Channel, message.Payload, time.Now()})
			case *redis.Pong:
				e.pongs[message.Payload] = true
			}
			e.mu.Unlock()
		}
	}()
	return e, nil
}

func (e *eventRecorder) close() {
	_ = e.sub.Close()
	<-e.done
}

// messagesOn returns the messages recorded on a channel so far.
func (e *eventRecorder) messagesOn(channel string) []recordedMessage {
	e.mu.Lock()
	defer e.mu.Unlock()
	var found []recordedMessage
	for _, h := range e.messages {
		if h.channel == channel {
			found = append(found, h)
		}
	}
	return found
}

// catchUp waits until all messages published before the call are recorded.
func (e *eventRecorder) catchUp(ctx context.Context) error {
	token := store.NewID()
	if err := e.sub.Ping(ctx, token); err != nil {
		return fmt.Errorf("%w: %w", ErrRedisUnavailable, err)
	}
	noop := func() error { return nil }
	_, err := pollUntil(ctx, 2*time.Second, noop, func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.pongs[token]
	})
	return err
}

// commandResults returns the data of the COMMAND_RESULT events about a command, in order.
func (e *eventRecorder) commandResults(channel, command string) []commandResult {
	var found []commandResult
	for _, h := range e.messagesOn(channel) {
		event, err := contract.DecodeEvent([]byte(h.text))
		var r commandResult
		if err != nil || event.Type != contract.CommandResultEvent || json.Unmarshal(event.Data, &r.CommandResultData) != nil {
			continue
		}
		if r.CommandID == command {
			r.GuildID = event.GuildID
			found = append(found, r)
		}
	}
	return found
}

// commandResult is the data of a COMMAND_RESULT event, and its guild.
type commandResult struct {
	contract.CommandResultData
	GuildID string
}

func (e *eventRecorder) hasResult(channel, command string, status contract.CommandStatus) bool {
	return slices.ContainsFunc(e.commandResults(channel, command), func(r commandResult) bool { return r.Status == status })
}

// eventProblem describes what is wrong with an event; "" if nothing is.
func eventProblem(h recordedMessage) string {
	e, err := contract.DecodeEvent([]byte(h.text))
	if err != nil {
		return fmt.Sprintf("%v: %s", err, quote(h.text))
	}
	var m map[string]json.RawMessage
	_ = json.Unmarshal([]byte(h.text), &m) // it has been decoded before
	has := func(member string) bool { return len(m[member]) > 0 && string(m[member]) != "null" }
	var object map[string]json.RawMessage
	switch {
	case e.HasNumberIDs:
		return fmt.Sprintf("%s: an id is a JSON number, which many languages round; ids are strings of digits: %s",
			quote(string(e.Type)), quote(h.text))
	case e.Timestamp.IsZero() || h.receivedAt.Sub(e.Timestamp).Abs() > maxClockSkew:
		return fmt.Sprintf("%s: timestamp is not the time in milliseconds since the epoch, as a number: %s",
			quote(string(e.Type)), quote(string(m["timestamp"])))
	case has("userId") && e.UserID == "":
		return fmt.Sprintf("%s: userId is not a Discord id in a string: %s", quote(string(e.Type)), quote(string(m["userId"])))
	case has("id") && uuid.Validate(e.ID) != nil:
		return fmt.Sprintf("%s: id is not a UUID in a string: %s", quote(string(e.Type)), quote(string(m["id"])))
	case has("data") && json.Unmarshal(e.Data, &object) != nil:
		return fmt.Sprintf("%s: data is not an object: %s", quote(string(e.Type)), quote(string(e.Data)))
	}
	return ""
}

// checkEventEnvelopes checks that events have the format of the contract. COMMAND_RESULT events are excluded:
// dashboards publish them, not the bot.
func (r *Report) checkEventEnvelopes(all []recordedMessage) {
	const rule = "publishes valid events"
	count, unknownTypes := 0, map[string]bool{}
	for _, h := range all {
		e, _ := contract.DecodeEvent([]byte(h.text))
		if e.Type == contract.CommandResultEvent {
			continue
		}
		if problem := eventProblem(h); problem != "" {
			r.fail(rule, "%s", problem)
			return
		}
		count++
		if e.Type.MetricLabel() != string(e.Type) {
			unknownTypes[string(e.Type)] = true
		}
	}
	switch {
	case count == 0:
		r.skip(rule, "got no event; cause one in Discord during the check")
	case len(unknownTypes) > 0:
		r.pass(rule, "%d events; types unknown to dashboards: %s", count, quoteNames(unknownTypes))
	default:
		r.pass(rule, "%d events", count)
	}
}

package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
)

// EventsChannel is the Redis channel that bots publish events on.
const EventsChannel = "discord_events"

// Bus carries events through Redis: what a bot publishes, every dashboard hears. Delivery is at most once, and what is
// published while a dashboard is not subscribed is never heard by it.
type Bus struct {
	// CountEvent, when set, is told of every event: its type (EventType.MetricLabel, "" when unreadable) and what came of it:
	// "published", "unpublished", "heard", or the Reason of a badEventError. It must not wait.
	CountEvent func(event, outcome string)

	// OnPresence, when set before Listen, is told of every topic that others look at than before (see Looks). It must not wait.
	OnPresence func(topic string)

	// OnSessionEnded, when set before Listen, is called for every session that ends, in whatever process. It must not wait.
	// What is published while there is no subscription is not delivered.
	OnSessionEnded func(SessionEnd)

	// OnSubscriptionLost, when set before Listen, is called when a subscription has ended and Listen begins to look for a new
	// one. It must not wait.
	OnSubscriptionLost func()

	client            redis.UniversalClient
	log               *slog.Logger
	channel           string
	pingInterval      time.Duration // how often the subscription is asked for a sign of life
	replyTimeout      time.Duration // after so long without one it is given up
	isSubscribed      atomic.Bool
	badEvents         badEventLog
	warnedOfNumberIDs bool // the warning about ids as numbers was logged; only Listen uses it
}

// NewBus makes a Bus over client, which it does not close.
func NewBus(client redis.UniversalClient, log *slog.Logger) *Bus {
	return &Bus{client: client, log: log, channel: EventsChannel, pingInterval: time.Second, replyTimeout: 2500 * time.Millisecond}
}

// Publish sends an event to whoever listens now, with an ID and the current time where it has none. Nobody listening
// is no error; Redis not answering is ErrUnavailable.
func (b *Bus) Publish(ctx context.Context, e Event) error {
	if e.ID == "" {
		e.ID = uuid.NewString()
	}
	if e.Timestamp.IsZero() {
		e.Timestamp = time.Now()
	}
	raw, err := e.MarshalJSON()
	if err != nil {
		return err
	}
	if err := b.client.Publish(ctx, b.channel, raw).Err(); err != nil {
		b.countEvent(e.Type.MetricLabel(), "unpublished")
		return fmt.Errorf("publishing event: %w: %w", ErrUnavailable, err)
	}
	b.countEvent(e.Type.MetricLabel(), "published")
	return nil
}

// IsSubscribed reports whether events are being heard at this moment, as far as is known.
func (b *Bus) IsSubscribed() bool { return b.isSubscribed.Load() }

// Listen holds this process's one subscription until ctx ends, and then returns nil. A lost one is taken up again for
// as long as it takes; one that is silently dead is noticed within seconds.
//
// heard gets every event that can be understood, in order, with the message as it came but without line breaks.
// subscribed is called when a subscription begins, before anything is heard on it; again says that it is not the first,
// so that events may have been missed. Both are called on one goroutine, and holding it up holds up all events.
func (b *Bus) Listen(ctx context.Context, onEvent func(e Event, raw []byte), onSubscribed func(isResubscribed bool)) error {
	var (
		wait           backoff
		isResubscribed bool
		lostAt         time.Time // when the subscription was lost, and said so; zero while it holds
	)
	for ctx.Err() == nil {
		startedAt := time.Now()
		err := b.listenOnce(ctx, onEvent, func() {
			b.isSubscribed.Store(true)
			switch {
			case isResubscribed && !lostAt.IsZero():
				b.log.InfoContext(ctx, "events: subscribed again", "after", time.Since(lostAt).Round(time.Millisecond))
			case !isResubscribed:
				b.log.InfoContext(ctx, "events: subscribed")
			}
			lostAt = time.Time{}
			onSubscribed(isResubscribed)
			isResubscribed = true
		})
		if b.isSubscribed.Swap(false) && b.OnSubscriptionLost != nil {
			b.OnSubscriptionLost()
		}
		if ctx.Err() != nil {
			break
		}
		if lostAt.IsZero() {
			lostAt = time.Now()
			b.log.WarnContext(ctx, "events: subscription lost, trying again", "error", err)
		}
		if time.Since(startedAt) > maxBackoff { // it held for a while: a new trouble, not the old one
			wait = 0
		}
		wait.sleep(ctx)
	}
	return nil
}

// errNoPong is why a subscription without a sign of life was given up.
var errNoPong = errors.New("no answer to ping")

// listenOnce subscribes and hands on what is heard, until that fails or ctx ends.
//
// It reads by itself instead of through PubSub.Channel, which drops messages when its buffer stays full and whose pings
// never notice that no answer comes; and without a read timeout, since one that strikes in the middle of a message
// leaves the connection there. A new PubSub each time finds the server anew, be it moved by DNS, Sentinel or Cluster.
func (b *Bus) listenOnce(ctx context.Context, onEvent func(Event, []byte), onSubscribed func()) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	sub := subscriptionClient(ctx, b.client).Subscribe(ctx, b.channels()...)
	defer sub.Close()
	defer context.AfterFunc(ctx, func() { _ = sub.Close() })() // ends Receive, which does not heed ctx

	var lastReply atomic.Int64 // when the server was last heard from, in nanoseconds since began
	startedAt := time.Now()
	go func() {
		tick := time.NewTicker(b.pingInterval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if time.Since(startedAt)-time.Duration(lastReply.Load()) > b.replyTimeout {
					cancel(errNoPong)
					return
				}
				_ = sub.Ping(ctx) // its failure ends Receive
			}
		}
	}()

	for {
		msg, err := sub.Receive(ctx)
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return fmt.Errorf("receiving events: %w", err)
		}
		lastReply.Store(int64(time.Since(startedAt)))
		switch msg := msg.(type) {
		case *redis.Subscription:
			if msg.Channel == b.channel {
				onSubscribed()
			}
		case *redis.Message:
			switch msg.Channel {
			case PresenceChannel:
				if len(msg.Payload) <= maxTopicBytes {
					b.OnPresence(msg.Payload)
				}
			case SessionsChannel:
				if end, ok := decodeSessionEnd(msg.Payload); ok {
					b.OnSessionEnded(end)
				}
			default:
				b.handleMessage(ctx, []byte(msg.Payload), onEvent)
			}
		}
	}
}

// channels are those to subscribe to, in this order: once the last one is subscribed to, all are.
func (b *Bus) channels() []string {
	var channels []string
	if b.OnPresence != nil {
		channels = append(channels, PresenceChannel)
	}
	if b.OnSessionEnded != nil {
		channels = append(channels, SessionsChannel)
	}
	return append(channels, b.channel)
}

// handleMessage hands on one message, if it is an event.
func (b *Bus) handleMessage(ctx context.Context, raw []byte, onEvent func(Event, []byte)) {
	e, err := DecodeEvent(raw)
	if bad := (*badEventError)(nil); errors.As(err, &bad) {
		b.countEvent("", bad.Reason)
		b.badEvents.add(ctx, b.log, bad.detail())
		return
	}
	if e.HasNumberIDs && !b.warnedOfNumberIDs {
		b.warnedOfNumberIDs = true
		b.log.WarnContext(ctx, "events: ids come as JSON numbers, which many languages round; send strings",
			"type", e.Type.MetricLabel(), "guild", e.GuildID)
	}
	b.countEvent(e.Type.MetricLabel(), "heard")
	if bytes.ContainsAny(raw, "\r\n") {
		var compact bytes.Buffer
		if json.Compact(&compact, raw) == nil {
			raw = compact.Bytes()
		}
	}
	onEvent(e, raw)
}

func (b *Bus) countEvent(event, outcome string) {
	if b.CountEvent != nil {
		b.CountEvent(event, outcome)
	}
}

// badEventLog says at most once a minute that messages were not understood, and how many. One goroutine uses it.
type badEventLog struct {
	loggedAt time.Time // of the last time it was said
	count    int       // since then
}

func (b *badEventLog) add(ctx context.Context, logger *slog.Logger, reason string) {
	b.count++
	if !b.loggedAt.IsZero() && time.Since(b.loggedAt) < time.Minute {
		return
	}
	logger.WarnContext(ctx, "events: messages not understood", "count", b.count, "last", reason)
	b.loggedAt, b.count = time.Now(), 0
}

// maxBackoff is the longest that a lost connection waits until it is tried again.
const maxBackoff = 2 * time.Second

// backoff counts attempts in a row, to wait longer after each: 0.1 s, doubling up to maxBackoff, and of that a random
// part between half and all, so that processes do not return in step.
type backoff int

func (n *backoff) sleep(ctx context.Context) {
	longest := min(100*time.Millisecond<<min(*n, 10), maxBackoff)
	*n++
	timer := time.NewTimer(longest/2 + rand.N(longest/2))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

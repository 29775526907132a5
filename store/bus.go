package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"guildboard/store/contract"
)

// Bus transports events through Redis: every dashboard receives what a bot publishes. Delivery is at most once: a
// dashboard does not receive events that are published while it is not subscribed.
type Bus struct {
	// CountEvent, if set, is called for every event with its type (contract.EventType.MetricLabel, "" if unreadable) and the
	// outcome: "published", "unpublished", "received", or the Reason of a badEventError. It must not block.
	CountEvent func(event, outcome string)

	// OnSubscriptionLost, if set before Listen, is called when a subscription has been lost, before Listen subscribes
	// again. It must not block.
	OnSubscriptionLost func()

	client            redis.UniversalClient
	log               *slog.Logger
	channel           string
	handlers          map[string]func(message string) // of further channels
	pingInterval      time.Duration                   // between pings of the subscription
	replyTimeout      time.Duration                   // without a reply for this long, the connection is closed
	isSubscribed      atomic.Bool
	badEvents         badEventLog
	warnedOfNumberIDs bool // the warning about numeric ids was logged; only Listen uses it
}

// NewBus returns a Bus that uses client. The Bus does not close it.
func NewBus(client redis.UniversalClient, log *slog.Logger) *Bus {
	return &Bus{
		client: client, log: log, channel: contract.EventsChannel, handlers: map[string]func(string){},
		pingInterval: time.Second, replyTimeout: 2500 * time.Millisecond,
	}
}

// Handle makes Listen subscribe to a further channel, on which dashboards send each other messages, and call handle for
// each message. Call it before Listen. handle must not block.
func (b *Bus) Handle(channel string, handle func(message string)) { b.handlers[channel] = handle }

// Publish sends an event to all current subscribers. It sets ID and Timestamp if they are empty. It succeeds without
// subscribers, and returns ErrUnavailable if Redis does not answer.
func (b *Bus) Publish(ctx context.Context, e contract.Event) error {
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
		return fmt.Errorf("publish event: %w: %w", ErrUnavailable, err)
	}
	b.countEvent(e.Type.MetricLabel(), "published")
	return nil
}

// IsSubscribed reports whether the bus is currently subscribed, as far as it knows.
func (b *Bus) IsSubscribed() bool { return b.isSubscribed.Load() }

// Listen maintains the subscription of this process until ctx ends, and then returns nil. It subscribes again after
// each loss of the connection, and detects a dead connection within seconds.
//
// onEvent is called for each valid event, in order; raw is the message as received, but without line breaks.
// onSubscribed is called when a subscription starts, before the first event on it; isResubscribed is true for all but
// the first one, since events may have been missed. Both are called on the same goroutine, so blocking calls delay
// all events.
func (b *Bus) Listen(
	ctx context.Context, onEvent func(e contract.Event, raw []byte), onSubscribed func(isResubscribed bool),
) error {
	var (
		wait           backoff
		isResubscribed bool
		lostAt         time.Time // when the subscription was lost and the loss was logged; zero while subscribed
	)
	for ctx.Err() == nil {
		startedAt := time.Now()
		err := b.listenOnce(ctx, onEvent, func() {
			switch {
			case isResubscribed && !lostAt.IsZero():
				b.log.InfoContext(ctx, "redis subscription restored",
					"after", time.Since(lostAt).Round(time.Millisecond))
			case !isResubscribed:
				b.log.InfoContext(ctx, "redis subscription established")
			}
			lostAt = time.Time{}
			onSubscribed(isResubscribed)
			b.isSubscribed.Store(true)
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
			b.log.WarnContext(ctx, "redis subscription lost, retrying", "err", err)
		}
		if time.Since(startedAt) > maxBackoff { // it was stable, so this is a new failure
			wait = 0
		}
		wait.sleep(ctx)
	}
	return nil
}

// errNoPong is the cause when a connection without replies is closed.
var errNoPong = errors.New("no answer to ping")

// listenOnce subscribes and calls onEvent for each event until the subscription fails or ctx ends.
//
// It uses Receive instead of PubSub.Channel, which drops messages while its buffer is full and whose pings do not
// detect missing replies. It sets no read timeout, because a timeout in the middle of a message would leave the
// connection in that state. Each call creates a new PubSub, which resolves the server's address again, in case DNS,
// Sentinel or Cluster has changed it.
func (b *Bus) listenOnce(ctx context.Context, onEvent func(contract.Event, []byte), onSubscribed func()) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	sub := subscriptionClient(ctx, b.client).Subscribe(ctx, b.channels()...)
	defer sub.Close()
	defer context.AfterFunc(ctx, func() { _ = sub.Close() })() // ends Receive, which ignores ctx

	var lastReply atomic.Int64 // time of the last message from the server, in nanoseconds since startedAt
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
				_ = sub.Ping(ctx) // an error ends Receive
			}
		}
	}()

	for {
		msg, err := sub.Receive(ctx)
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return fmt.Errorf("receive events: %w", err)
		}
		lastReply.Store(int64(time.Since(startedAt)))
		switch msg := msg.(type) {
		case *redis.Subscription:
			if msg.Channel == b.channel {
				onSubscribed()
			}
		case *redis.Message:
			if handle, ok := b.handlers[msg.Channel]; ok {
				handle(msg.Payload)
			} else {
				b.handleMessage(ctx, []byte(msg.Payload), onEvent)
			}
		}
	}
}

// channels returns the channels to subscribe to, in this order: a subscription to the last one implies all others.
func (b *Bus) channels() []string {
	return append(slices.Collect(maps.Keys(b.handlers)), b.channel)
}

// handleMessage decodes a message and passes it to onEvent if it is a valid event.
func (b *Bus) handleMessage(ctx context.Context, raw []byte, onEvent func(contract.Event, []byte)) {
	e, err := contract.DecodeEvent(raw)
	if bad := (*contract.EventError)(nil); errors.As(err, &bad) {
		b.countEvent("", bad.Reason)
		b.badEvents.add(ctx, b.log, bad.Detail())
		return
	}
	if e.HasNumberIDs && !b.warnedOfNumberIDs {
		b.warnedOfNumberIDs = true
		b.log.WarnContext(ctx, "event has ids as JSON numbers, which many languages round; send strings",
			"type", e.Type.MetricLabel(), "guild", e.GuildID)
	}
	b.countEvent(e.Type.MetricLabel(), "received")
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

// badEventLog logs the number of invalid messages, at most once a minute. One goroutine uses it.
type badEventLog struct {
	loggedAt time.Time // of the last log message
	count    int       // since loggedAt
}

func (b *badEventLog) add(ctx context.Context, logger *slog.Logger, reason string) {
	b.count++
	if !b.loggedAt.IsZero() && time.Since(b.loggedAt) < time.Minute {
		return
	}
	logger.WarnContext(ctx, "invalid events ignored", "count", b.count, "last", reason)
	b.loggedAt, b.count = time.Now(), 0
}

// maxBackoff is the longest wait before another attempt to connect.
const maxBackoff = 2 * time.Second

// backoff counts consecutive failures and waits longer after each: 0.1 s, doubling up to maxBackoff, of which a
// random part between half and all, so that processes do not retry in step.
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

package store

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// PresenceChannel is the Redis channel on which dashboards tell each other that others look at something than before; what
// is said is its topic.
const PresenceChannel = "guildboard:looks"

// PresencePollInterval is how often a page that has no stream must be asked for, so that its reader is taken to look at it still.
const PresencePollInterval = 12 * time.Second

// presenceTTL is how long somebody is taken to look without a sign of it: what is left of PresencePollInterval is for a slow network.
// Who was killed, or came once, is gone from all pages after that, and what one of their own looks takes to come.
const presenceTTL = 16 * time.Second

// presenceGracePeriod is how long somebody is taken to look once their stream has ended. Most who go are back at once: a stream that
// was cut connects again, and so does a page that is loaded anew.
const presenceGracePeriod = 5 * time.Second

// PresenceTracker knows who looks at what at this moment, in all processes together. While Redis does not answer, nobody does.
type PresenceTracker struct {
	leaseSet
	GracePeriod time.Duration // how long somebody is taken to look once their stream has ended; set it before use
}

// NewPresenceTracker keeps who looks at what in client.
func NewPresenceTracker(client redis.UniversalClient, log *slog.Logger) *PresenceTracker {
	l := &PresenceTracker{GracePeriod: presenceGracePeriod, leaseSet: leaseSet{
		client: client, log: log, ttl: presenceTTL, changeChannel: PresenceChannel,
		unavailableMessage: "who looks at a ticket is not known: Redis does not answer",
		recoveredMessage:   "who looks at a ticket is known again",
	}}
	l.start()
	return l
}

// A presenceEntry is somebody looking, as Redis has it: once for each of their streams, and once for all their pages without one.
type presenceEntry struct {
	User
	Stream string
}

func (l presenceEntry) encode() string {
	text, err := json.Marshal(l)
	if err != nil { // of strings
		panic(err)
	}
	return string(text)
}

// Join says that somebody looks at a topic from now on, until end is called, once, and for a moment after that.
func (l *PresenceTracker) Join(ctx context.Context, topic string, viewer User) (leave func()) {
	release, _ := l.acquire(ctx, topic, presenceEntry{viewer, l.newID()}.encode()) // there is room for everybody
	if l.GracePeriod == 0 {
		return release
	}
	return func() { time.AfterFunc(l.GracePeriod, release) }
}

// Touch says that somebody looks at a topic now, and does not say when they will have gone.
func (l *PresenceTracker) Touch(ctx context.Context, topic string, viewer User) {
	l.callRedis(ctx, func(ctx context.Context) error {
		return acquireLeasesScript.Run(ctx, l.client, []string{l.key(topic)}, l.acquireArgs(0, topic, presenceEntry{User: viewer}.encode())...).Err()
	})
}

// readLeasesScript are those that have not lapsed. KEYS: the places.
var readLeasesScript = redis.NewScript(`
local t = redis.call('TIME')
return redis.call('ZRANGEBYSCORE', KEYS[1], t[1] * 1000 + math.floor(t[2] / 1000), '+inf')`)

// Viewers is who looks at a topic, each once, by name.
func (l *PresenceTracker) Viewers(ctx context.Context, topic string) (viewers []User) {
	var entries []string
	l.callRedis(ctx, func(ctx context.Context) (err error) {
		entries, err = readLeasesScript.Run(ctx, l.client, []string{l.key(topic)}).StringSlice()
		return err
	})
	for _, text := range entries {
		var entry presenceEntry
		if json.Unmarshal([]byte(text), &entry) == nil && entry.ID != "" {
			viewers = append(viewers, entry.User)
		}
	}
	slices.SortFunc(viewers, func(a, b User) int {
		return cmp.Or(cmp.Compare(a.Username, b.Username), cmp.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(viewers, func(a, b User) bool { return a.ID == b.ID })
}

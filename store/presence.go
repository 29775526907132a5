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

// PresenceChannel is the Redis channel on which dashboards publish that the viewers of a topic have changed. The
// message is the topic.
const PresenceChannel = "guildboard:looks"

// PresencePollInterval is how often a page without a stream must poll to keep its viewer present.
const PresencePollInterval = 12 * time.Second

// presenceTTL is how long a viewer stays present without renewal: PresencePollInterval plus a margin for slow networks.
// It is also how long viewers of a killed process, or of a single request, remain on other pages.
const presenceTTL = 16 * time.Second

// presenceGracePeriod is how long a viewer stays present after their stream ends. Most viewers return at once:
// interrupted streams reconnect, and pages are reloaded.
const presenceGracePeriod = 5 * time.Second

// PresenceTracker tracks the viewers of each topic, across all processes. While Redis does not answer, no viewers are
// reported.
type PresenceTracker struct {
	leaseSet
	GracePeriod time.Duration // how long viewers stay present after their stream ends; set before use
}

// NewPresenceTracker returns a tracker that stores presence in client.
func NewPresenceTracker(client redis.UniversalClient, log *slog.Logger) *PresenceTracker {
	l := &PresenceTracker{GracePeriod: presenceGracePeriod, leaseSet: leaseSet{
		client: client, log: log, ttl: presenceTTL, changeChannel: PresenceChannel,
		unavailableMessage: "who looks at a ticket is not known: Redis does not answer",
		recoveredMessage:   "who looks at a ticket is known again",
	}}
	l.start()
	return l
}

// presenceEntry is a viewer's presence as stored in Redis: one for each of their streams, and one for all of their
// pages without a stream.
type presenceEntry struct {
	User
	Stream string
}

func (l presenceEntry) encode() string {
	text, err := json.Marshal(l)
	if err != nil { // strings always encode
		panic(err)
	}
	return string(text)
}

// Join makes the viewer present at a topic until leave is called, once, and for GracePeriod after that.
func (l *PresenceTracker) Join(ctx context.Context, topic string, viewer User) (leave func()) {
	release, _ := l.acquire(ctx, topic, presenceEntry{viewer, l.newID()}.encode()) // there is no limit
	if l.GracePeriod == 0 {
		return release
	}
	return func() { time.AfterFunc(l.GracePeriod, release) }
}

// Touch makes the viewer present at a topic for presenceTTL.
func (l *PresenceTracker) Touch(ctx context.Context, topic string, viewer User) {
	l.callRedis(ctx, func(ctx context.Context) error {
		return acquireLeasesScript.Run(ctx, l.client, []string{l.key(topic)},
			l.acquireArgs(0, topic, presenceEntry{User: viewer}.encode())...).Err()
	})
}

// readLeasesScript returns the leases that have not expired. KEYS: the set.
var readLeasesScript = redis.NewScript(`
local t = redis.call('TIME')
return redis.call('ZRANGEBYSCORE', KEYS[1], t[1] * 1000 + math.floor(t[2] / 1000), '+inf')`)

// Viewers returns the viewers of a topic by name, each once.
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

// Package presence keeps in Redis what the dashboards share about open pages: which users view a topic (Tracker), and
// how many streams each user has (StreamLimiter). Both are sets of leases that expire unless they are renewed, so that
// nothing remains of a killed process.
package presence

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/contract"
)

// channel is the Redis channel on which dashboards publish that the viewers of a topic have changed. The message
// is the topic.
const channel = "guildboard:presence"

// maxTopicBytes is the maximum length of a topic in a message on channel, in bytes.
const maxTopicBytes = 256

// OnChange makes the bus call handle for every topic whose viewers have changed, in any process. Call it before the bus
// listens. handle must not block.
func OnChange(bus *store.Bus, handle func(topic string)) {
	bus.Handle(channel, func(topic string) {
		if len(topic) <= maxTopicBytes {
			handle(topic)
		}
	})
}

// TicketTopic returns the topic of the ticket's viewers.
func TicketTopic(guild, ticket string) string { return "presence:" + guild + "/" + ticket }

// PollInterval is how often a page without a stream must poll to keep its viewer present.
const PollInterval = 12 * time.Second

// viewerTTL is how long a viewer stays present without renewal: PollInterval plus a margin for slow networks. It is
// also how long viewers of a killed process, or of a single request, remain on other pages.
const viewerTTL = 16 * time.Second

// defaultGracePeriod is how long a viewer stays present after their stream ends. Most viewers return at once:
// interrupted streams reconnect, and pages are reloaded.
const defaultGracePeriod = 5 * time.Second

// Tracker tracks the viewers of each topic, across all processes. While Redis does not answer, no viewers are
// reported.
type Tracker struct {
	leaseSet
	GracePeriod time.Duration // how long viewers stay present after their stream ends; set before use
}

// NewTracker returns a tracker that stores presence in client.
func NewTracker(client redis.UniversalClient, log *slog.Logger) *Tracker {
	l := &Tracker{GracePeriod: defaultGracePeriod, leaseSet: leaseSet{
		client: client, log: log, ttl: viewerTTL, changeChannel: channel,
		unavailableMessage: "redis unavailable, viewers of pages are not shown",
		recoveredMessage:   "redis available again, viewers of pages are shown",
	}}
	l.start()
	return l
}

// viewerLease is a viewer's presence as stored in Redis: one for each of their streams, and one for all of their
// pages without a stream.
type viewerLease struct {
	contract.User
	Stream string
}

func (l viewerLease) encode() string {
	text, err := json.Marshal(l)
	if err != nil { // strings always encode
		panic(err)
	}
	return string(text)
}

// Join makes the viewer present at a topic until leave is called, once, and for GracePeriod after that.
func (l *Tracker) Join(ctx context.Context, topic string, viewer contract.User) (leave func()) {
	release, _ := l.acquire(ctx, topic, viewerLease{viewer, l.newID()}.encode()) // there is no limit
	if l.GracePeriod == 0 {
		return release
	}
	return func() { time.AfterFunc(l.GracePeriod, release) }
}

// Touch makes the viewer present at a topic for viewerTTL.
func (l *Tracker) Touch(ctx context.Context, topic string, viewer contract.User) {
	l.callRedis(ctx, func(ctx context.Context) error {
		return acquireLeasesScript.Run(ctx, l.client, []string{l.key(topic)},
			l.acquireArgs(0, topic, viewerLease{User: viewer}.encode())...).Err()
	})
}

// readLeasesScript returns the leases that have not expired. KEYS: the set.
var readLeasesScript = redis.NewScript(`
local t = redis.call('TIME')
return redis.call('ZRANGEBYSCORE', KEYS[1], t[1] * 1000 + math.floor(t[2] / 1000), '+inf')`)

// Viewers returns the viewers of a topic by name, each once.
func (l *Tracker) Viewers(ctx context.Context, topic string) (viewers []contract.User) {
	var entries []string
	l.callRedis(ctx, func(ctx context.Context) (err error) {
		entries, err = readLeasesScript.Run(ctx, l.client, []string{l.key(topic)}).StringSlice()
		return err
	})
	for _, text := range entries {
		var entry viewerLease
		if json.Unmarshal([]byte(text), &entry) == nil && entry.ID != "" {
			viewers = append(viewers, entry.User)
		}
	}
	slices.SortFunc(viewers, func(a, b contract.User) int {
		return cmp.Or(cmp.Compare(a.Username, b.Username), cmp.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(viewers, func(a, b contract.User) bool { return a.ID == b.ID })
}

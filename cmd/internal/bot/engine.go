package bot

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/contract"
)

// maxConcurrentWork is the number of pieces of work that one engine runs concurrently, so that a long draw does not
// delay the others.
const maxConcurrentWork = 8

// An Engine is one process of the bot. Any number of engines may share a database and a Redis.
type Engine struct {
	// Settings may be changed before Run. The values in parentheses are the defaults of New.
	Version string // version sent in heartbeats
	// ContractKey signs answers; with a key, commands without a valid signature are ignored.
	ContractKey           contract.Key
	Lease                 time.Duration // time after which a worker that does not renew its lease counts as dead (15 s)
	MinIdleTime           time.Duration // idle time after which another engine reclaims a delivered command (10 s)
	ClockInterval         time.Duration // interval of checks for due work (1 s)
	SweepInterval         time.Duration // interval of comparisons of Discord with the database (5 min)
	DirectorySyncInterval time.Duration // interval of saving which members hold roles with access (10 s)
	NotifyInterval        time.Duration // interval of notifying users by direct message (20 s)

	store   *store.Store
	client  redis.UniversalClient
	bus     *store.Bus
	discord Discord
	log     *slog.Logger

	workSlots        chan struct{}  // semaphore of concurrent work
	targetLocks      keyedLocks     // serialize work per target within this process
	inProgress       stringSet      // ids of stream entries that are being executed
	activeWork       sync.WaitGroup // running work
	staleButtons     staleButtonSet // giveaways whose button shows an outdated entry count
	inactiveMessages stringSet      // ids of messages without an active button, which is final: checked in Discord once

	rolesSyncedAt         map[string]time.Time // last role sync by guild; only used by syncDirectory
	channelsSyncedAt      map[string]time.Time // last channel sync by guild; only used by syncDirectory
	clockRetry            store.Retry          // retry state of the clock; only used by tick
	notifyRetry           store.Retry          // only used by notifyUsers
	guildsWithNewChannels stringSet            // guilds with channels created since their last sync

	maxBlock   time.Duration                    // longest blocking read of commands; 0 for the default
	crashAfter func(contract.Verb, string) bool // simulates a crash after a step; set by tests
}

// New returns an engine that uses a store and a Redis client. Run does not close them.
func New(s *store.Store, client redis.UniversalClient, bus *store.Bus, discord Discord, log *slog.Logger) *Engine {
	return &Engine{
		Version: "guildboard", Lease: 15 * time.Second, MinIdleTime: 10 * time.Second, ClockInterval: time.Second,
		SweepInterval: 5 * time.Minute, DirectorySyncInterval: 10 * time.Second, NotifyInterval: 20 * time.Second,
		workSlots:     make(chan struct{}, maxConcurrentWork),
		rolesSyncedAt: map[string]time.Time{}, channelsSyncedAt: map[string]time.Time{},
		store: s, client: client, bus: bus, discord: discord, log: log.With("component", "bot"),
	}
}

// Run works until ctx ends, then returns nil. Unfinished work is released for another engine to resume at once.
func (e *Engine) Run(ctx context.Context) error {
	var loops sync.WaitGroup
	loops.Go(func() { e.sendHeartbeats(ctx) })
	loops.Go(func() { e.readCommands(ctx) })
	loops.Go(func() { runEvery(ctx, e.ClockInterval, func() { e.tick(ctx) }) })
	loops.Go(func() { runEvery(ctx, buttonUpdateInterval, func() { e.updateEntryCounts(ctx) }) })
	loops.Go(func() { runEvery(ctx, e.SweepInterval, func() { e.sweepAllGuilds(ctx) }) })
	loops.Go(func() { runEvery(ctx, e.DirectorySyncInterval, func() { e.syncDirectory(ctx) }) })
	loops.Go(func() { runEvery(ctx, e.NotifyInterval, func() { e.notifyUsers(ctx) }) })
	loops.Wait()
	e.activeWork.Wait()
	return nil
}

// runEvery calls fn immediately and then every d until ctx ends.
func runEvery(ctx context.Context, d time.Duration, fn func()) {
	ticker := time.NewTicker(d)
	defer ticker.Stop()
	for ctx.Err() == nil {
		fn()
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// sendHeartbeats sends the bot's heartbeat, with its capabilities, every contract.HeartbeatInterval.
func (e *Engine) sendHeartbeats(ctx context.Context) {
	var guildsRetry, sendRetry store.Retry
	runEvery(ctx, contract.HeartbeatInterval, func() {
		guilds, err := e.store.GuildIDs(ctx)
		guildsRetry.Log(ctx, e.log, "count guilds for heartbeat", err)
		h := contract.Heartbeat{
			Version: e.Version, Capabilities: append(slices.Clone(contract.Verbs), contract.CapabilityNotifications),
			GuildCount: len(guilds),
		}
		sendRetry.Log(ctx, e.log, "send heartbeat", h.Send(ctx, e.client))
	})
}

package bot

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
)

// maxConcurrentWork is how many pieces of work one engine has under way at a time: a long draw does not hold up the others.
const maxConcurrentWork = 8

// Engine is one process of the bot. Any number of them may run on one database and one Redis.
type Engine struct {
	// May be set before Run; New gives the values named.
	Version string // sent in the heartbeat
	// ContractKey signs answers; with a key, commands without a valid signature are ignored.
	ContractKey           store.ContractKey
	Lease                 time.Duration // how long a silent worker is waited for: 15 s
	MinIdleTime           time.Duration // how long a command that was read may wait to be begun until another engine takes it: 10 s
	ClockInterval         time.Duration // how often the clock looks what is due: 1 s
	SweepInterval         time.Duration // how often Discord is compared with the database: 5 min
	DirectorySyncInterval time.Duration // how often it is written down who has the roles that are let in: 10 s

	store   *store.Store
	client  redis.UniversalClient
	bus     *store.Bus
	discord Discord
	log     *slog.Logger

	workSlots        chan struct{}  // one taken for each piece of work under way
	targetLocks      keyedLocks     // of those who want to begin something on the same target
	inProgress       stringSet      // entries of the stream that are being answered
	activeWork       sync.WaitGroup // all that is going on
	staleButtons     staleButtonSet // numbers on buttons that are old
	inactiveMessages stringSet      // messages that were seen to take no entries, and cannot take any again: Discord is asked once

	rolesSyncedAt         map[string]time.Time // guild by guild, when its roles were confirmed; syncDirectory's alone
	channelsSyncedAt      map[string]time.Time // likewise, when its channels were
	clockRetry            store.Retry          // of the clock; only tick uses it
	guildsWithNewChannels stringSet            // guilds in which a channel was opened since

	maxBlock   time.Duration                 // how long reading waits for commands; 0 is the default
	crashAfter func(store.Verb, string) bool // tests: the worker dies after this step
}

// New makes an engine over a store and a Redis, which it does not close.
func New(s *store.Store, client redis.UniversalClient, bus *store.Bus, discord Discord, log *slog.Logger) *Engine {
	return &Engine{
		Version: "guildboard", Lease: 15 * time.Second, MinIdleTime: 10 * time.Second, ClockInterval: time.Second,
		SweepInterval: 5 * time.Minute, DirectorySyncInterval: 10 * time.Second, workSlots: make(chan struct{}, maxConcurrentWork),
		rolesSyncedAt: map[string]time.Time{}, channelsSyncedAt: map[string]time.Time{},
		store: s, client: client, bus: bus, discord: discord, log: log,
	}
}

// Run works until ctx ends, and then returns nil. What is under way then is left for the next engine, at once.
func (e *Engine) Run(ctx context.Context) error {
	var loops sync.WaitGroup
	loops.Go(func() { e.sendHeartbeats(ctx) })
	loops.Go(func() { e.readCommands(ctx) })
	loops.Go(func() { runEvery(ctx, e.ClockInterval, func() { e.tick(ctx) }) })
	loops.Go(func() { runEvery(ctx, buttonUpdateInterval, func() { e.updateEntryCounts(ctx) }) })
	loops.Go(func() { runEvery(ctx, e.SweepInterval, func() { e.sweepAllGuilds(ctx) }) })
	loops.Go(func() { runEvery(ctx, e.DirectorySyncInterval, func() { e.syncDirectory(ctx) }) })
	loops.Wait()
	e.activeWork.Wait()
	return nil
}

// runEvery calls do at once and then every d until ctx ends.
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

// sendHeartbeats says every ten seconds that the bot is alive, and what it can do.
func (e *Engine) sendHeartbeats(ctx context.Context) {
	var guildsRetry, sendRetry store.Retry
	runEvery(ctx, store.HeartbeatInterval, func() {
		guilds, err := e.store.GuildIDs(ctx)
		guildsRetry.Log(ctx, e.log, "bot: cannot count guilds", err)
		h := store.Heartbeat{Version: e.Version, Capabilities: store.Verbs, GuildCount: len(guilds)}
		sendRetry.Log(ctx, e.log, "bot: heartbeat not sent", h.Send(ctx, e.client))
	})
}

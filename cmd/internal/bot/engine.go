package bot

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
)

// workers is how many pieces of work one engine has under way at a time: a long draw does not hold up the others.
const workers = 8

// Engine is one process of the bot. Any number of them may run on one database and one Redis.
type Engine struct {
	// May be set before Run; New gives the values named.
	Version string // sent in the heartbeat
	// Key signs answers; with a key, commands without a valid signature are ignored.
	Key        store.ContractKey
	Lease      time.Duration // how long a silent worker is waited for: 15 s
	Idle       time.Duration // how long a command that was read may wait to be begun until another engine takes it: 10 s
	ClockEvery time.Duration // how often the clock looks what is due: 1 s
	DriftEvery time.Duration // how often Discord is compared with the database: 5 min
	StaffEvery time.Duration // how often it is written down who has the roles that are let in: 10 s

	store   *store.Store
	client  redis.UniversalClient
	bus     *store.Bus
	discord Discord
	log     *slog.Logger

	slots    chan struct{}  // one taken for each piece of work under way
	targets  queues         // of those who want to begin something on the same target
	handling set            // entries of the stream that are being answered
	working  sync.WaitGroup // all that is going on
	counts   counts         // numbers on buttons that are old
	settled  set            // messages that were seen to take no entries, and cannot take any again: Discord is asked once

	confirmed map[string]time.Time // guild by guild, when its roles were confirmed; confirmAll's alone
	named     map[string]time.Time // likewise, when its channels were
	heldUp    store.Retry          // of the clock; only tick uses it
	opened    set                  // guilds in which a channel was opened since

	block time.Duration                 // how long reading waits for commands; 0 is the default
	stops func(store.Verb, string) bool // tests: the worker dies after this step
}

// New makes an engine over a store and a Redis, which it does not close.
func New(s *store.Store, client redis.UniversalClient, bus *store.Bus, discord Discord, log *slog.Logger) *Engine {
	return &Engine{
		Version: "guildboard", Lease: 15 * time.Second, Idle: 10 * time.Second, ClockEvery: time.Second,
		DriftEvery: 5 * time.Minute, StaffEvery: 10 * time.Second, slots: make(chan struct{}, workers),
		confirmed: map[string]time.Time{}, named: map[string]time.Time{},
		store: s, client: client, bus: bus, discord: discord, log: log,
	}
}

// Run works until ctx ends, and then returns nil. What is under way then is left for the next engine, at once.
func (e *Engine) Run(ctx context.Context) error {
	var all sync.WaitGroup
	all.Go(func() { e.beat(ctx) })
	all.Go(func() { e.read(ctx) })
	all.Go(func() { every(ctx, e.ClockEvery, func() { e.tick(ctx) }) })
	all.Go(func() { every(ctx, countsEvery, func() { e.showCounts(ctx) }) })
	all.Go(func() { every(ctx, e.DriftEvery, func() { e.sweepAll(ctx) }) })
	all.Go(func() { every(ctx, e.StaffEvery, func() { e.confirmAll(ctx) }) })
	all.Wait()
	e.working.Wait()
	return nil
}

// every calls do at once and then every d until ctx ends.
func every(ctx context.Context, d time.Duration, do func()) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for ctx.Err() == nil {
		do()
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// beat says every ten seconds that the bot is alive, and what it can do.
func (e *Engine) beat(ctx context.Context) {
	var uncounted, unsent store.Retry
	every(ctx, store.BeatEvery, func() {
		guilds, err := e.store.GuildIDs(ctx)
		uncounted.Log(ctx, e.log, "bot: cannot count guilds", err)
		h := store.Heartbeat{Version: e.Version, Capabilities: store.Verbs, Guilds: len(guilds)}
		unsent.Log(ctx, e.log, "bot: heartbeat not sent", h.Beat(ctx, e.client))
	})
}

package bot_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/cmd/internal/bot"
	"guildboard/cmd/internal/bot/sim"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/draw"
	"guildboard/store/storetest"
)

// testTimeout is how long a test waits for an asynchronous effect on a busy machine.
const testTimeout = 5 * time.Minute

// testEnv is a guild with its store, Redis and simulated Discord, for dashboards and engines.
type testEnv struct {
	*store.Store
	client  redis.UniversalClient
	discord *sim.Discord
	guild   string
	log     *slog.Logger
}

var guildCount atomic.Int64

func newTestEnv(t testing.TB, s *store.Store, client redis.UniversalClient) *testEnv {
	t.Helper()
	env := &testEnv{Store: s, client: client, discord: sim.New(), guild: fmt.Sprint(time.Now().UnixNano() + guildCount.Add(1))}
	env.log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	storetest.Guild(t, s, env.guild, "World")
	return env
}

func forEachDatabase(t *testing.T, test func(t *testing.T, env *testEnv)) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) { test(t, newTestEnv(t, s, storetest.Redis(t))) })
}

func (env *testEnv) bus() *store.Bus { return store.NewBus(env.client, env.log) }

// startDashboard starts the dashboard's command queue, as one process of the dashboard.
func (env *testEnv) startDashboard(t *testing.T) *store.CommandQueue {
	t.Helper()
	c := store.NewCommandQueue(env.Store, env.client, env.bus(), env.log)
	c.MaxBlock, c.Expiry = 20*time.Millisecond, 2*testTimeout // long enough for a busy machine
	startBackground(t, c.Run)
	return c
}

// newEngine returns an engine, as one process of the bot.
func (env *testEnv) newEngine() *bot.Engine {
	return bot.New(env.Store, env.client, env.bus(), env.discord, env.log).WithShortIntervals(10 * time.Second)
}

// startEngine runs an engine until the end of the test.
func (env *testEnv) startEngine(t *testing.T) *bot.Engine {
	t.Helper()
	e := env.newEngine()
	startBackground(t, e.Run)
	return e
}

// startBackground runs a function until stop is called or the test ends.
func startBackground(t *testing.T, run func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := run(ctx); err != nil {
			t.Errorf("Run() = %v, want nil", err)
		}
	})
	stop = sync.OnceFunc(func() {
		cancel()
		done.Wait()
	})
	t.Cleanup(stop)
	return stop
}

// sendHeartbeat sends a heartbeat, for tests that submit commands before a bot runs.
func (env *testEnv) sendHeartbeat(t *testing.T) {
	t.Helper()
	check(t, contract.Heartbeat{Version: "1", Capabilities: contract.Verbs}.Send(t.Context(), env.client))
}

var ann = contract.User{ID: "10", Username: "Ann"}

// enqueueCommand submits a command as Ann.
func (env *testEnv) enqueueCommand(t *testing.T, c *store.CommandQueue, verb contract.Verb, target string, data any) contract.Command {
	t.Helper()
	text, err := json.Marshal(data)
	check(t, err)
	if data == nil {
		text = []byte("{}")
	}
	command, isNew, err := c.Enqueue(t.Context(), contract.Command{GuildID: env.guild, Actor: ann, Verb: verb, Target: target, Data: text})
	check(t, err)
	if !isNew {
		t.Errorf("%s was already submitted, want a new command", verb)
	}
	return command
}

// awaitAnswer waits for the final answer to the command.
func (env *testEnv) awaitAnswer(t *testing.T, id string) contract.Command {
	t.Helper()
	var c contract.Command
	eventually(t, "command "+id+" is answered", func() bool {
		var err error
		c, err = env.Command(t.Context(), env.guild, id)
		return err == nil && !c.IsInProgress()
	})
	return c
}

// mustComplete submits a command and waits for its answer, which must be "done".
func (env *testEnv) mustComplete(t *testing.T, c *store.CommandQueue, verb contract.Verb, target string, data any) contract.Command {
	t.Helper()
	done := env.awaitAnswer(t, env.enqueueCommand(t, c, verb, target, data).ID)
	if done.Status != contract.CommandDone {
		t.Fatalf("%s: answer = %s %s %q, want done", verb, done.Status, done.Code, done.Message)
	}
	return done
}

// awaitIdle waits until there is no unfinished work and no undelivered answer.
func (env *testEnv) awaitIdle(t *testing.T) {
	t.Helper()
	eventually(t, "all work is finished", func() bool {
		unfinished, err := env.UnfinishedWork(t.Context(), time.Now().Add(time.Hour))
		return err == nil && len(unfinished) == 0
	})
}

// eventually waits until the condition is true.
func eventually(t *testing.T, description string, condition func() bool) {
	t.Helper()
	for until := time.Now().Add(testTimeout); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("timeout waiting until %s", description)
		}
	}
}

const channel = "100000000000000001"

// addGiveaway adds a posted giveaway with the entrants 100, 101, …
func (env *testEnv) addGiveaway(t *testing.T, entrants int, g store.Giveaway) store.Giveaway {
	t.Helper()
	g.ID, g.MaxRerolls, g.DMWinners = store.NewID(), 3, true
	g.MessageID = ptr(fmt.Sprint(time.Now().UnixNano()))
	g.ChannelID = cmp.Or(g.ChannelID, channel)
	g = storetest.Giveaway(t, env.Store, env.guild, g)
	env.discord.AddMessage(g.ChannelID, *g.MessageID, bot.Message{Button: &bot.Button{Label: "Enter"}})
	check(t, env.CommitDraw(t.Context(), env.guild, g.ID, 0, draw.NewSeed()))
	for i := range entrants {
		m := storetest.Member(t, env.Store, env.guild, fmt.Sprint(100+i), fmt.Sprintf("User%d", i))
		check(t, env.EnterGiveaway(t.Context(), env.guild, g.ID, m.ID, 1+i%3, 0, nil))
	}
	return env.loadGiveaway(t, g.ID)
}

// addEndedGiveaway returns a giveaway that an engine has ended.
func (env *testEnv) addEndedGiveaway(t *testing.T, c *store.CommandQueue, entrants int, g store.Giveaway) store.Giveaway {
	t.Helper()
	g = env.addGiveaway(t, entrants, g)
	env.mustComplete(t, c, contract.VerbGiveawayEnd, g.ID, nil)
	return env.loadGiveaway(t, g.ID)
}

func (env *testEnv) loadGiveaway(t *testing.T, id string) store.Giveaway {
	t.Helper()
	g, err := env.Giveaway(t.Context(), env.guild, id)
	check(t, err)
	return g
}

// openTicketWith opens a ticket through an engine.
func (env *testEnv) openTicketWith(t *testing.T, e *bot.Engine) store.Ticket {
	t.Helper()
	opened, err := e.OpenTicket(t.Context(), bot.TicketRequest{ID: store.NewID(), GuildID: env.guild,
		Opener: contract.User{ID: "50", Username: "Bob"}})
	check(t, err)
	return opened
}

func (env *testEnv) loadTicket(t *testing.T, id string) store.Ticket {
	t.Helper()
	got, err := env.Ticket(t.Context(), env.guild, id)
	check(t, err)
	return got
}

// recordEvents records the events published about the guild.
func (env *testEnv) recordEvents(t *testing.T) func(eventType contract.EventType) []contract.Event {
	t.Helper()
	var (
		mu       sync.Mutex
		received = map[contract.EventType][]contract.Event{}
		ready    = make(chan struct{})
		once     = sync.OnceFunc(func() { close(ready) })
	)
	startBackground(t, func(ctx context.Context) error {
		return env.bus().Listen(ctx, func(e contract.Event, _ []byte) {
			mu.Lock()
			defer mu.Unlock()
			if e.GuildID == env.guild {
				received[e.Type] = append(received[e.Type], e)
			}
		}, func(bool) { once() })
	})
	<-ready
	return func(eventType contract.EventType) []contract.Event {
		mu.Lock()
		defer mu.Unlock()
		return received[eventType]
	}
}

func newForm() contract.GiveawayForm {
	f := contract.NewGiveawayForm(time.Now())
	f.Prize, f.ChannelID = "Poster", channel
	return f
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantEqual[T comparable](t testing.TB, label string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s = %v, want %v", label, got, want)
	}
}

func ptr[T any](v T) *T { return &v }

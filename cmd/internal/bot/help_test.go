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
	"guildboard/store/storetest"
)

// patience is how long a test waits for what should take a moment, on a machine that has other work.
const patience = 5 * time.Minute

// world is a guild with its store, Redis and Discord, in which dashboards and engines can be run.
type world struct {
	*store.Store
	client  redis.UniversalClient
	discord *sim.Discord
	guild   string
	log     *slog.Logger
}

var guilds atomic.Int64

func newWorld(t testing.TB, s *store.Store, client redis.UniversalClient) *world {
	t.Helper()
	w := &world{Store: s, client: client, discord: sim.New(), guild: fmt.Sprint(time.Now().UnixNano() + guilds.Add(1))}
	w.log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	storetest.Guild(t, s, w.guild, "World")
	return w
}

func eachWorld(t *testing.T, test func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) { test(t, newWorld(t, s, storetest.Redis(t))) })
}

func (w *world) bus() *store.Bus { return store.NewBus(w.client, w.log) }

// dashboard is one process of the dashboard.
func (w *world) dashboard(t *testing.T) *store.Commands {
	t.Helper()
	c := store.NewCommands(w.Store, w.client, w.bus(), w.log)
	c.MaxBlock, c.Expiry = 20*time.Millisecond, 2*patience // long enough for a busy machine
	running(t, c.Run)
	return c
}

// engine is one process of the bot.
func (w *world) engine() *bot.Engine {
	return bot.New(w.Store, w.client, w.bus(), w.discord, w.log).Brisk(10 * time.Second)
}

// runs has an engine run until the end of the test.
func (w *world) runs(t *testing.T) *bot.Engine {
	t.Helper()
	e := w.engine()
	running(t, e.Run)
	return e
}

// running has run go on until stop is called, or the test ends.
func running(t *testing.T, run func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	stop = sync.OnceFunc(func() {
		cancel()
		done.Wait()
	})
	t.Cleanup(stop)
	return stop
}

// alive says that there is a bot, for tests that ask before one runs.
func (w *world) alive(t *testing.T) {
	t.Helper()
	check(t, store.Heartbeat{Version: "1", Capabilities: store.Verbs}.Beat(t.Context(), w.client))
}

var ann = store.Person{ID: "10", Username: "Ann"}

// ask asks for verb as Ann.
func (w *world) ask(t *testing.T, c *store.Commands, verb store.Verb, target string, data any) store.Command {
	t.Helper()
	text, err := json.Marshal(data)
	check(t, err)
	if data == nil {
		text = []byte("{}")
	}
	asked, mine, err := c.Ask(t.Context(), store.Command{GuildID: w.guild, Actor: ann, Verb: verb, Target: target, Data: text})
	check(t, err)
	if !mine {
		t.Errorf("%s was asked for already", verb)
	}
	return asked
}

// answered waits until the command has its final answer.
func (w *world) answered(t *testing.T, id string) store.Command {
	t.Helper()
	var c store.Command
	eventually(t, "command "+id+" is answered", func() bool {
		var err error
		c, err = w.Command(t.Context(), w.guild, id)
		return err == nil && !c.UnderWay()
	})
	return c
}

// does asks, and waits for the answer, which must be "done".
func (w *world) does(t *testing.T, c *store.Commands, verb store.Verb, target string, data any) store.Command {
	t.Helper()
	done := w.answered(t, w.ask(t, c, verb, target, data).ID)
	if done.Status != store.CommandDone {
		t.Fatalf("%s is %s: %s %s", verb, done.Status, done.Code, done.Message)
	}
	return done
}

// finished waits until nobody has anything left to do.
func (w *world) finished(t *testing.T) {
	t.Helper()
	eventually(t, "all work is finished", func() bool {
		left, err := w.LeftWork(t.Context(), time.Now().Add(time.Hour))
		return err == nil && len(left) == 0
	})
}

// eventually waits until it is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

const channel = "100000000000000001"

// posted is a giveaway that has been posted, with people 100, 101, … in it.
func (w *world) posted(t *testing.T, people int, g store.Giveaway) store.Giveaway {
	t.Helper()
	g.ID, g.MaxRerolls, g.DMWinners = store.NewID(), 3, true
	g.MessageID = ptr(fmt.Sprint(time.Now().UnixNano()))
	g.ChannelID = cmp.Or(g.ChannelID, channel)
	g = storetest.Giveaway(t, w.Store, w.guild, g)
	w.discord.AddMessage(g.ChannelID, *g.MessageID, bot.Message{Button: &bot.Button{Label: "Enter"}})
	check(t, w.CommitDraw(t.Context(), w.guild, g.ID, 0, store.NewSeed()))
	for i := range people {
		m := storetest.Member(t, w.Store, w.guild, fmt.Sprint(100+i), fmt.Sprintf("User%d", i))
		check(t, w.EnterGiveaway(t.Context(), w.guild, g.ID, m.ID, 1+i%3, 0, nil))
	}
	return w.giveaway(t, g.ID)
}

// ended is a giveaway that an engine has ended.
func (w *world) ended(t *testing.T, c *store.Commands, people int, g store.Giveaway) store.Giveaway {
	t.Helper()
	g = w.posted(t, people, g)
	w.does(t, c, store.VerbGiveawayEnd, g.ID, nil)
	return w.giveaway(t, g.ID)
}

func (w *world) giveaway(t *testing.T, id string) store.Giveaway {
	t.Helper()
	g, err := w.Giveaway(t.Context(), w.guild, id)
	check(t, err)
	return g
}

// ticket is one that was opened through an engine.
func (w *world) ticket(t *testing.T, e *bot.Engine) store.Ticket {
	t.Helper()
	opened, err := e.OpenTicket(t.Context(), bot.Opening{ID: store.NewID(), GuildID: w.guild, Opener: store.Person{ID: "50", Username: "Bob"}})
	check(t, err)
	return opened
}

func (w *world) read(t *testing.T, id string) store.Ticket {
	t.Helper()
	got, err := w.Ticket(t.Context(), w.guild, id)
	check(t, err)
	return got
}

// events collects what is published about the guild.
func (w *world) events(t *testing.T) func(kind store.EventType) []store.Event {
	t.Helper()
	var (
		mu    sync.Mutex
		heard = map[store.EventType][]store.Event{}
		ready = make(chan struct{})
		once  = sync.OnceFunc(func() { close(ready) })
	)
	running(t, func(ctx context.Context) error {
		return w.bus().Listen(ctx, func(e store.Event, _ []byte) {
			mu.Lock()
			defer mu.Unlock()
			if e.GuildID == w.guild {
				heard[e.Type] = append(heard[e.Type], e)
			}
		}, func(bool) { once() })
	})
	<-ready
	return func(kind store.EventType) []store.Event {
		mu.Lock()
		defer mu.Unlock()
		return heard[kind]
	}
}

func form() store.GiveawayForm {
	f := store.NewGiveawayForm(time.Now())
	f.Prize, f.ChannelID = "Poster", channel
	return f
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func ptr[T any](v T) *T { return &v }

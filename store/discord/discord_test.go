package discord_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"golang.org/x/oauth2"

	"guildboard/store"
	"guildboard/store/discord"
	"guildboard/store/discord/discordtest"
)

// waitTimeout limits how long a test waits for something that takes a moment on an idle machine.
const waitTimeout = 5 * time.Minute

const redirectURL = "https://guildboard.test/login/callback"

func TestMain(m *testing.M) {
	logging.Disable() // go-redis logs each failed connection to a Redis that a test has stopped
	os.Exit(m.Run())
}

// eachRedis runs a test on an embedded Redis, and on a real one if REDIS_URL is set.
func eachRedis(t *testing.T, test func(t *testing.T, client redis.UniversalClient)) {
	t.Run("embedded", func(t *testing.T) {
		test(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	})
	t.Run("real", func(t *testing.T) {
		address := os.Getenv("REDIS_URL")
		if address == "" {
			t.Skip("REDIS_URL is not set")
		}
		test(t, openRedis(t, address))
	})
}

func openRedis(t *testing.T, address string) redis.UniversalClient {
	t.Helper()
	client, err := store.OpenRedis(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// fakeClock is a clock that tests advance.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// fakeTokens stores the token of one session, shared by all clients of a test.
type fakeTokens struct {
	mu           sync.Mutex
	token        *oauth2.Token
	err          error // returned by Token
	replaceErr   error // returned by ReplaceToken
	replaceCount int
}

func (p *fakeTokens) Token(context.Context) (*oauth2.Token, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.token, p.err
}

func (p *fakeTokens) ReplaceToken(_ context.Context, token *oauth2.Token) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.replaceErr != nil {
		return p.replaceErr
	}
	p.token = token
	p.replaceCount++
	return nil
}

func (p *fakeTokens) fail(err, replaceErr error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err, p.replaceErr = err, replaceErr
}

// fixture is a simulated Discord, a client of it and a user with a session.
type fixture struct {
	*discord.Client
	t      *testing.T
	fake   *discordtest.Server
	redis  redis.UniversalClient
	clock  *fakeClock
	user   string // unique on this Redis
	tokens *fakeTokens
}

func newFixture(t *testing.T, client redis.UniversalClient) *fixture {
	t.Helper()
	w := &fixture{t: t, fake: discordtest.New(t), redis: client, clock: &fakeClock{now: time.Now()}, user: rand.Text()}
	w.Client = w.newClient()
	w.fake.SetUser(discordtest.User{ID: w.user, Username: "alice"},
		discordtest.Guild{ID: "1", Name: "One", Icon: "i1", Owner: true, Permissions: "0"},
		discordtest.Guild{ID: "2", Name: "Two", Permissions: "32"},
		discordtest.Guild{ID: "3", Name: "Three", Permissions: "1024"},
	)
	w.tokens = &fakeTokens{token: w.fake.IssueToken(w.user)}
	return w
}

// newClient returns another client of the same Discord and Redis, as in another process.
func (w *fixture) newClient() *discord.Client {
	c := discord.New(w.fake.Config(redirectURL), w.redis, slog.New(slog.DiscardHandler))
	c.SetClock(w.clock.Now)
	c.SetTimeout(waitTimeout)
	return c
}

// wantFresh reads the guilds and fails the test if the list is not within f.MaxAge.
func (w *fixture) wantFresh(f discord.Freshness) discord.GuildList {
	w.t.Helper()
	list, err := w.Guilds(w.t.Context(), w.user, w.tokens, f)
	if err != nil {
		w.t.Fatal(err)
	}
	if list.IsStale {
		w.t.Fatal("Guilds() returned a stale list, want a fresh one")
	}
	return list
}

// wantStale reads the guilds and wants a stale list.
func (w *fixture) wantStale(f discord.Freshness) {
	w.t.Helper()
	list, err := w.Guilds(w.t.Context(), w.user, w.tokens, f)
	if err != nil {
		w.t.Errorf("Guilds() error = %v, want a stale list", err)
	} else if !list.IsStale || len(list.Guilds) == 0 {
		w.t.Errorf("Guilds() = %+v, want a stale list", list)
	}
}

// wantError reads the guilds, wants the error and returns it.
func (w *fixture) wantError(f discord.Freshness, want error) error {
	w.t.Helper()
	list, err := w.Guilds(w.t.Context(), w.user, w.tokens, f)
	if !errors.Is(err, want) {
		w.t.Errorf("Guilds() = %+v, %v, want error %v", list, err, want)
	}
	return err
}

// wantRequests wants that route has been requested want times since the start of the test.
func (w *fixture) wantRequests(route string, want int) {
	w.t.Helper()
	if got := w.fake.RequestCount(route); got != want {
		w.t.Errorf("requests for %s = %d, want %d", route, got, want)
	}
}

func TestGuildsAreReadAndShared(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		w := newFixture(t, client)
		list := w.wantFresh(discord.ReadFreshness)
		want := []discord.Guild{
			{ID: "1", Name: "One", Icon: "i1", Owner: true, CanManage: true}, {ID: "2", Name: "Two", CanManage: true},
			{ID: "3", Name: "Three"},
		}
		if fmt.Sprint(list.Guilds) != fmt.Sprint(want) || !list.FetchedAt.Equal(w.clock.Now()) {
			t.Errorf("Guilds() = %+v, want %+v", list, want)
		}
		if g, ok := list.Find("2"); !ok || g.Name != "Two" {
			t.Errorf("Find(2) = %+v, %t, want guild Two", g, ok)
		}
		if g, ok := list.Find("4"); ok {
			t.Errorf("Find(4) = %+v, want none", g)
		}
		// Another process reads the list from Redis.
		again, err := w.newClient().Guilds(t.Context(), w.user, w.tokens, discord.ReadFreshness)
		if err != nil || fmt.Sprint(again.Guilds) != fmt.Sprint(want) || !again.FetchedAt.Equal(list.FetchedAt) {
			t.Errorf("in another process: Guilds() = %+v, %v, want %+v", again, err, list)
		}
		w.wantRequests(discordtest.RouteGuilds, 1)
	})
}

func TestMalformedGuildsGrantNothing(t *testing.T) {
	w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	w.fake.FailNext(discordtest.RouteGuilds, discordtest.Body(`[
		{"id":"1","name":"A number","permissions":8},
		{"id":"2","name":"Missing"},
		{"id":"3","name":"More than 64 bits","permissions":"18446744073709551624"},
		{"id":"4","name":"Hex","permissions":"0x8"},
		{"id":"5","name":"Owner all the same","owner":true,"permissions":null},
		{"id":"6","name":"Good","permissions":"8","icon":null,"features":["X"]},
		{"id":"7","name":"Owner by word","owner":"true","permissions":"8"},
		{"name":"No id","permissions":"8"}, null, 5, "x", []
	]`))
	got := w.wantFresh(discord.ReadFreshness).Guilds
	want := []discord.Guild{
		{ID: "1", Name: "A number"}, {ID: "2", Name: "Missing"}, {ID: "3", Name: "More than 64 bits", CanManage: true},
		{ID: "4", Name: "Hex"},
		{ID: "5", Name: "Owner all the same", Owner: true, CanManage: true}, {ID: "6", Name: "Good", CanManage: true},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("guilds = %+v\nwant %+v", got, want)
	}
}

func TestEmptyGuildListIsCached(t *testing.T) {
	w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	w.fake.SetUser(discordtest.User{ID: w.user})
	if list := w.wantFresh(discord.ActFreshness); len(list.Guilds) != 0 {
		t.Errorf("Guilds() = %+v, want none", list)
	}
	if list := w.wantFresh(discord.ActFreshness); len(list.Guilds) != 0 {
		t.Errorf("cached: Guilds() = %+v, want none", list)
	}
	w.wantRequests(discordtest.RouteGuilds, 1)
}

func TestGuildsRespectFreshness(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		w := newFixture(t, client)
		w.wantFresh(discord.ReadFreshness)
		w.clock.advance(59 * time.Second)
		w.wantFresh(discord.ActFreshness)
		w.wantRequests(discordtest.RouteGuilds, 1)
		w.clock.advance(time.Second)
		w.wantFresh(discord.ReadFreshness)
		w.wantRequests(discordtest.RouteGuilds, 1)
		w.wantFresh(discord.ActFreshness)
		w.wantRequests(discordtest.RouteGuilds, 2)
		w.clock.advance(5*time.Minute - time.Second)
		w.wantFresh(discord.ReadFreshness)
		w.wantRequests(discordtest.RouteGuilds, 2)
		w.clock.advance(time.Second)
		w.wantFresh(discord.ReadFreshness)
		w.wantRequests(discordtest.RouteGuilds, 3)

		// ForcedFreshness sends a new request, but at most one per second across processes.
		w.clock.advance(time.Second)
		w.wantFresh(discord.ForcedFreshness)
		w.wantRequests(discordtest.RouteGuilds, 4)
		w.clock.advance(999 * time.Millisecond)
		w.wantFresh(discord.ForcedFreshness)
		if _, err := w.newClient().Guilds(t.Context(), w.user, w.tokens, discord.ForcedFreshness); err != nil {
			t.Error(err)
		}
		w.wantRequests(discordtest.RouteGuilds, 4)
		w.clock.advance(time.Millisecond)
		w.wantFresh(discord.ForcedFreshness)
		w.wantRequests(discordtest.RouteGuilds, 5)
	})
}

func TestConcurrentGuildsShareOneRequest(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		w := newFixture(t, client)
		other := w.newClient()
		arrived, ready := make(chan struct{}), make(chan struct{})
		w.fake.FailNext(discordtest.RouteGuilds, discordtest.DelayUntil(arrived, ready))

		// A caller whose context ends does not cancel the request for the others.
		ctx, cancel := context.WithCancel(t.Context())
		canceled := make(chan error)
		go func() {
			_, err := w.Guilds(ctx, w.user, w.tokens, discord.ActFreshness)
			canceled <- err
		}()
		<-arrived
		cancel()
		if err := <-canceled; !errors.Is(err, context.Canceled) {
			t.Errorf("Guilds() error = %v, want %v", err, context.Canceled)
		}

		var wg sync.WaitGroup
		for i := range 60 {
			c := w.Client
			if i%2 == 0 {
				c = other
			}
			wg.Go(func() {
				list, err := c.Guilds(t.Context(), w.user, w.tokens, discord.ActFreshness)
				if err != nil || len(list.Guilds) != 3 {
					t.Errorf("Guilds() = %+v, %v, want 3 guilds", list, err)
				}
			})
		}
		close(ready)
		wg.Wait()
		w.wantRequests(discordtest.RouteGuilds, 1)
	})
}

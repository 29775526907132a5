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

// waitTimeout is how long a test waits for what should take a moment, on a machine that has other work.
const waitTimeout = 5 * time.Minute

const redirectURL = "https://guildboard.test/login/callback"

func TestMain(m *testing.M) {
	logging.Disable() // go-redis says it each time when a Redis that a test has stopped does not answer
	os.Exit(m.Run())
}

// eachRedis runs a test on an embedded Redis, and on a real one where REDIS_URL names it.
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

// fakeClock is a time that tests turn on by hand.
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

// fakeTokens is one session's tokens, as all processes see them.
type fakeTokens struct {
	mu           sync.Mutex
	token        *oauth2.Token
	err          error // of Token, when set
	replaceErr   error // of ReplaceToken, when set
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

// fixture is a fake Discord, one person signed in, and a process that asks about them.
type fixture struct {
	*discord.Client
	t      *testing.T
	fake   *discordtest.Server
	redis  redis.UniversalClient
	clock  *fakeClock
	user   string // that nobody else on this Redis has
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

// newClient is one more that asks the same Discord and shares the same Redis.
func (w *fixture) newClient() *discord.Client {
	c := discord.New(w.fake.Config(redirectURL), w.redis, slog.New(slog.DiscardHandler))
	c.SetClock(w.clock.Now)
	c.SetTimeout(waitTimeout)
	return c
}

// wantFresh asks, and wants an answer that is as fresh as was asked for.
func (w *fixture) wantFresh(f discord.Freshness) discord.GuildList {
	w.t.Helper()
	list, err := w.Guilds(w.t.Context(), w.user, w.tokens, f)
	if err != nil {
		w.t.Fatal(err)
	}
	if list.Stale {
		w.t.Fatal("the answer is stale")
	}
	return list
}

// wantStale asks, and wants an old answer.
func (w *fixture) wantStale(f discord.Freshness) {
	w.t.Helper()
	list, err := w.Guilds(w.t.Context(), w.user, w.tokens, f)
	if err != nil {
		w.t.Errorf("%v, want an old answer", err)
	} else if !list.Stale || len(list.Guilds) == 0 {
		w.t.Errorf("got %+v, want an old answer", list)
	}
}

// wantError asks, and wants an error.
func (w *fixture) wantError(f discord.Freshness, want error) error {
	w.t.Helper()
	list, err := w.Guilds(w.t.Context(), w.user, w.tokens, f)
	if !errors.Is(err, want) {
		w.t.Errorf("got %+v, %v, want %v", list, err, want)
	}
	return err
}

// wantRequests wants so many requests for a route until now.
func (w *fixture) wantRequests(route string, want int) {
	w.t.Helper()
	if got := w.fake.RequestCount(route); got != want {
		w.t.Errorf("%d × %s, want %d", got, route, want)
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
			t.Errorf("got %+v, want %+v", list, want)
		}
		if g, ok := list.Find("2"); !ok || g.Name != "Two" {
			t.Errorf("found %+v, %t", g, ok)
		}
		if g, ok := list.Find("4"); ok {
			t.Errorf("found %+v", g)
		}
		// Another process has it from Redis.
		again, err := w.newClient().Guilds(t.Context(), w.user, w.tokens, discord.ReadFreshness)
		if err != nil || fmt.Sprint(again.Guilds) != fmt.Sprint(want) || !again.FetchedAt.Equal(list.FetchedAt) {
			t.Errorf("another process got %+v, %v", again, err)
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
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestEmptyGuildListIsCached(t *testing.T) {
	w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	w.fake.SetUser(discordtest.User{ID: w.user})
	if list := w.wantFresh(discord.ActFreshness); len(list.Guilds) != 0 {
		t.Errorf("got %+v", list)
	}
	if list := w.wantFresh(discord.ActFreshness); len(list.Guilds) != 0 {
		t.Errorf("got %+v from memory", list)
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

		// Asking anew asks anew, but not twice within a second, whichever process.
		w.clock.advance(time.Second)
		w.wantFresh(discord.RefreshFreshness)
		w.wantRequests(discordtest.RouteGuilds, 4)
		w.clock.advance(999 * time.Millisecond)
		w.wantFresh(discord.RefreshFreshness)
		if _, err := w.newClient().Guilds(t.Context(), w.user, w.tokens, discord.RefreshFreshness); err != nil {
			t.Error(err)
		}
		w.wantRequests(discordtest.RouteGuilds, 4)
		w.clock.advance(time.Millisecond)
		w.wantFresh(discord.RefreshFreshness)
		w.wantRequests(discordtest.RouteGuilds, 5)
	})
}

func TestConcurrentGuildsShareOneRequest(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		w := newFixture(t, client)
		other := w.newClient()
		arrived, ready := make(chan struct{}), make(chan struct{})
		w.fake.FailNext(discordtest.RouteGuilds, discordtest.DelayUntil(arrived, ready))

		// One that gives up waiting does not spoil it for the others.
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error)
		go func() {
			_, err := w.Guilds(ctx, w.user, w.tokens, discord.ActFreshness)
			gaveUp <- err
		}()
		<-arrived
		cancel()
		if err := <-gaveUp; !errors.Is(err, context.Canceled) {
			t.Errorf("gave up with %v", err)
		}

		var wg sync.WaitGroup
		for i := range 60 {
			c := w.Client
			if i%2 == 0 {
				c = other
			}
			wg.Go(func() {
				if list, err := c.Guilds(t.Context(), w.user, w.tokens, discord.ActFreshness); err != nil || len(list.Guilds) != 3 {
					t.Errorf("got %+v, %v", list, err)
				}
			})
		}
		close(ready)
		wg.Wait()
		w.wantRequests(discordtest.RouteGuilds, 1)
	})
}

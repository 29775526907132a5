package discord_test

import (
	"errors"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/discord"
	"guildboard/store/discord/discordtest"
)

func TestTokensAreRenewedWhenDiscordRefusesThem(t *testing.T) {
	w := newWorld(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	old := w.tokens.token
	w.fake.Expire()
	w.knows(discord.Acting)
	w.asked(discordtest.Guilds, 2)
	w.asked(discordtest.Token, 1)
	if w.tokens.kept != 1 || w.tokens.token.RefreshToken == old.RefreshToken {
		t.Errorf("kept %d times, %+v", w.tokens.kept, w.tokens.token)
	}
	w.clock.turn(time.Hour)
	w.knows(discord.Acting)
	w.asked(discordtest.Guilds, 3)
	w.asked(discordtest.Token, 1)
}

func TestTokensAreRenewedBeforeTheyExpire(t *testing.T) {
	w := newWorld(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	w.clock.turn(7*24*time.Hour - time.Second)
	w.knows(discord.Acting)
	w.asked(discordtest.Token, 1)
	w.asked(discordtest.Guilds, 1)
}

// Every renewal kills the old pair, so two at once would end the session.
func TestTokensAreRenewedByOneProcessOnly(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		w := newWorld(t, client)
		processes := []*discord.Client{w.Client, w.process(), w.process()}
		for round := range 5 {
			w.clock.turn(2 * time.Minute)
			w.fake.Expire()
			var wg sync.WaitGroup
			for i := range 30 {
				wg.Go(func() {
					if _, err := processes[i%3].Guilds(t.Context(), w.user, w.tokens, discord.Acting); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			w.asked(discordtest.Token, round+1)
		}
	})
}

func TestAnEndedAuthorizationIsNotAskedWithAgain(t *testing.T) {
	for name, end := range map[string]func(w *world){
		"the refresh token is dead":  func(w *world) { w.fake.Deauthorize(w.user) },
		"renewing does not help":     func(w *world) { w.fake.Break(discordtest.Guilds, discordtest.Status(401)) },
		"there is no refresh token":  func(w *world) { w.tokens.token.RefreshToken = ""; w.fake.Expire() },
		"the session ends meanwhile": func(w *world) { w.tokens.fail(nil, store.ErrNotFound); w.fake.Expire() },
		"the session has ended":      func(w *world) { w.tokens.fail(store.ErrNotFound, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
			w.knows(discord.Reading)
			w.clock.turn(6 * time.Minute)
			end(w)
			w.fails(discord.Reading, discord.ErrSignedOut) // though an old answer is known
			if guilds := w.fake.Requests(discordtest.Guilds); guilds > 3 {
				t.Errorf("asked %d times", guilds)
			}
			if name == "the session ends meanwhile" {
				return // its tokens are nobody's now
			}
			before := w.fake.Requests(discordtest.Guilds) + w.fake.Requests(discordtest.Token)
			for range 3 {
				w.clock.turn(time.Minute)
				w.fails(discord.Acting, discord.ErrSignedOut)
			}
			if _, err := w.process().Guilds(t.Context(), w.user, w.tokens, discord.Anew); !errors.Is(err, discord.ErrSignedOut) {
				t.Errorf("another process: %v", err)
			}
			if n := w.fake.Requests(discordtest.Guilds) + w.fake.Requests(discordtest.Token); n != before {
				t.Errorf("Discord was asked %d times more", n-before)
			}
			// Signing in again helps at once.
			w.fake.Mend()
			w.tokens = &pair{token: w.fake.Issue(w.user)}
			w.knows(discord.Acting)
		})
	}
}

func TestAnOutageWhileRenewingEndsNothing(t *testing.T) {
	for name, c := range map[string]struct {
		failure discordtest.Failure
		want    error
	}{
		"server error":   {discordtest.Status(500), discord.ErrUnavailable},
		"a page":         {discordtest.HTML(200), discord.ErrUnavailable},
		"rate limited":   {discordtest.Limited(time.Second, false), discord.ErrRateLimited},
		"a wrong secret": {discordtest.TokenError(401, "invalid_client", ""), discord.ErrSecretWrong},
		"a puzzle":       {discordtest.TokenError(400, "temporarily_unavailable", ""), discord.ErrUnavailable},
		"no answer":      {discordtest.Hang, discord.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
			w.knows(discord.Reading)
			w.clock.turn(6 * time.Minute)
			w.fake.Expire()
			w.fake.Fail(discordtest.Token, c.failure)
			if name == "no answer" { // that the token is refused is one, and comes before it
				w.SetTimeout(5 * time.Second)
			}
			w.fails(discord.Acting, c.want)
			w.SetTimeout(patience)
			w.stale(discord.Reading) // and leaves Discord alone for a while
			w.asked(discordtest.Token, 1)
			w.clock.turn(time.Minute)
			w.knows(discord.Acting)
			w.asked(discordtest.Token, 2)
		})
	}
}

// Between Discord's answer and the session record, the new pair exists in one place only.
func TestARenewedPairOutlivesRedisNotTakingIt(t *testing.T) {
	w := newWorld(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	w.fake.Expire()
	w.tokens.fail(nil, store.ErrUnavailable)
	w.fails(discord.Acting, discord.ErrUnavailable)
	w.fails(discord.Acting, discord.ErrUnavailable)
	w.tokens.fail(nil, nil)
	w.knows(discord.Acting)
	w.asked(discordtest.Token, 1)
	if w.tokens.kept != 1 {
		t.Errorf("kept %d times", w.tokens.kept)
	}
}

func TestOneSessionsEndIsNotAnothersOfTheSamePerson(t *testing.T) {
	w := newWorld(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	good := w.tokens
	dead := &pair{token: w.fake.Issue(w.user)}
	dead.token.RefreshToken, dead.token.AccessToken = "gone", "gone"
	arrived, ready := make(chan struct{}), make(chan struct{})
	w.fake.Fail(discordtest.Guilds, discordtest.Slow(arrived, ready))
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := w.Guilds(t.Context(), w.user, dead, discord.Acting); !errors.Is(err, discord.ErrSignedOut) {
			t.Errorf("the dead one: %v", err)
		}
	})
	<-arrived
	for range 10 {
		wg.Go(func() {
			if list, err := w.Guilds(t.Context(), w.user, good, discord.Acting); err != nil || len(list.Guilds) != 3 {
				t.Errorf("the good one: %+v, %v", list, err)
			}
		})
	}
	close(ready)
	wg.Wait()
}

// The whole of it: a session's own tokens, renewed while another process holds the same session.
func TestSessionsKeepTokensForDiscord(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		w := newWorld(t, client)
		seal, err := store.NewSealer("u2Jq7wq0ZbO0l5Q1m3m8x3XbYy6rQ5v9pKc4nB7tH1E=")
		if err != nil {
			t.Fatal(err)
		}
		sessions := store.NewSessions(client, seal, true, slog.New(slog.DiscardHandler))
		rec := httptest.NewRecorder()
		sess, err := sessions.Start(rec, httptest.NewRequest("GET", "/", nil), store.Session{UserID: w.user}, w.tokens.token)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(rec.Result().Cookies()[0])
		same, err := sessions.Load(nil, r)
		if err != nil || same == nil {
			t.Fatal(same, err)
		}
		w.fake.Expire()
		var wg sync.WaitGroup
		for i, c := range []*discord.Client{w.Client, w.process()} {
			wg.Go(func() {
				if _, err := c.Guilds(t.Context(), w.user, []*store.Session{sess, same}[i], discord.Acting); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		w.asked(discordtest.Token, 1)
		token, err := same.Token(t.Context())
		if err != nil || token.RefreshToken == w.tokens.token.RefreshToken {
			t.Errorf("the session has %+v, %v", token, err)
		}
	})
}

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
	"guildboard/store/session"
)

func TestRefusedTokensAreRenewed(t *testing.T) {
	w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	old := w.tokens.token
	w.fake.ExpireAccessTokens()
	w.wantFresh(discord.ActFreshness)
	w.wantRequests(discordtest.RouteGuilds, 2)
	w.wantRequests(discordtest.RouteToken, 1)
	if w.tokens.replaceCount != 1 || w.tokens.token.RefreshToken == old.RefreshToken {
		t.Errorf("token stored %d times, now %+v, want once and renewed", w.tokens.replaceCount, w.tokens.token)
	}
	w.clock.advance(time.Hour)
	w.wantFresh(discord.ActFreshness)
	w.wantRequests(discordtest.RouteGuilds, 3)
	w.wantRequests(discordtest.RouteToken, 1)
}

func TestExpiringTokensAreRenewed(t *testing.T) {
	w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	w.clock.advance(7*24*time.Hour - time.Second)
	w.wantFresh(discord.ActFreshness)
	w.wantRequests(discordtest.RouteToken, 1)
	w.wantRequests(discordtest.RouteGuilds, 1)
}

// A renewal invalidates the old token, so two at once would end the session.
func TestOnlyOneProcessRenewsTokens(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		w := newFixture(t, client)
		processes := []*discord.Client{w.Client, w.newClient(), w.newClient()}
		for round := range 5 {
			w.clock.advance(2 * time.Minute)
			w.fake.ExpireAccessTokens()
			var wg sync.WaitGroup
			for i := range 30 {
				wg.Go(func() {
					if _, err := processes[i%3].Guilds(t.Context(), w.user, w.tokens, discord.ActFreshness); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			w.wantRequests(discordtest.RouteToken, round+1)
		}
	})
}

func TestRevokedTokensAreNotUsedAgain(t *testing.T) {
	for name, end := range map[string]func(w *fixture){
		"refresh token revoked":       func(w *fixture) { w.fake.Deauthorize(w.user) },
		"renewed token refused":       func(w *fixture) { w.fake.FailAll(discordtest.RouteGuilds, discordtest.Status(401)) },
		"no refresh token":            func(w *fixture) { w.tokens.token.RefreshToken = ""; w.fake.ExpireAccessTokens() },
		"session ends during renewal": func(w *fixture) { w.tokens.fail(nil, store.ErrNotFound); w.fake.ExpireAccessTokens() },
		"session ended":               func(w *fixture) { w.tokens.fail(store.ErrNotFound, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
			w.wantFresh(discord.ReadFreshness)
			w.clock.advance(6 * time.Minute)
			end(w)
			w.wantError(discord.ReadFreshness, discord.ErrSignedOut) // although a list is cached
			if guilds := w.fake.RequestCount(discordtest.RouteGuilds); guilds > 3 {
				t.Errorf("requests for guilds = %d, want at most 3", guilds)
			}
			if name == "session ends during renewal" {
				return // the renewed token belongs to no session, so it is not marked revoked
			}
			before := w.fake.RequestCount(discordtest.RouteGuilds) + w.fake.RequestCount(discordtest.RouteToken)
			for range 3 {
				w.clock.advance(time.Minute)
				w.wantError(discord.ActFreshness, discord.ErrSignedOut)
			}
			_, err := w.newClient().Guilds(t.Context(), w.user, w.tokens, discord.ForcedFreshness)
			if !errors.Is(err, discord.ErrSignedOut) {
				t.Errorf("in another process: Guilds() error = %v, want %v", err, discord.ErrSignedOut)
			}
			if n := w.fake.RequestCount(discordtest.RouteGuilds) + w.fake.RequestCount(discordtest.RouteToken); n != before {
				t.Errorf("further requests = %d, want 0", n-before)
			}
			// A new sign-in works at once.
			w.fake.ClearFailures()
			w.tokens = &fakeTokens{token: w.fake.IssueToken(w.user)}
			w.wantFresh(discord.ActFreshness)
		})
	}
}

func TestOutageDuringRenewalKeepsSession(t *testing.T) {
	for name, c := range map[string]struct {
		failure discordtest.Failure
		want    error
	}{
		"server error":        {discordtest.Status(500), discord.ErrUnavailable},
		"HTML page":           {discordtest.HTML(200), discord.ErrUnavailable},
		"rate limited":        {discordtest.RateLimited(time.Second, false), discord.ErrRateLimited},
		"wrong client secret": {discordtest.TokenError(401, "invalid_client", ""), discord.ErrInvalidClient},
		"unknown error":       {discordtest.TokenError(400, "temporarily_unavailable", ""), discord.ErrUnavailable},
		"no response":         {discordtest.Hang, discord.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
			w.wantFresh(discord.ReadFreshness)
			w.clock.advance(6 * time.Minute)
			w.fake.ExpireAccessTokens()
			w.fake.FailNext(discordtest.RouteToken, c.failure)
			if name == "no response" { // long enough for the guilds request, which Discord refuses before the renewal
				w.SetTimeout(5 * time.Second)
			}
			w.wantError(discord.ActFreshness, c.want)
			w.SetTimeout(waitTimeout)
			w.wantStale(discord.ReadFreshness) // without another request, because requests are paused
			w.wantRequests(discordtest.RouteToken, 1)
			w.clock.advance(time.Minute)
			w.wantFresh(discord.ActFreshness)
			w.wantRequests(discordtest.RouteToken, 2)
		})
	}
}

// Until the session record has it, a renewed token exists only in the memory of one process.
func TestRenewedTokensSurviveFailedStore(t *testing.T) {
	w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	w.fake.ExpireAccessTokens()
	w.tokens.fail(nil, store.ErrUnavailable)
	w.wantError(discord.ActFreshness, discord.ErrUnavailable)
	w.wantError(discord.ActFreshness, discord.ErrUnavailable)
	w.tokens.fail(nil, nil)
	w.wantFresh(discord.ActFreshness)
	w.wantRequests(discordtest.RouteToken, 1)
	if w.tokens.replaceCount != 1 {
		t.Errorf("token stored %d times, want once", w.tokens.replaceCount)
	}
}

func TestEndedSessionDoesNotAffectOtherSessions(t *testing.T) {
	w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	good := w.tokens
	dead := &fakeTokens{token: w.fake.IssueToken(w.user)}
	dead.token.RefreshToken, dead.token.AccessToken = "gone", "gone"
	arrived, ready := make(chan struct{}), make(chan struct{})
	w.fake.FailNext(discordtest.RouteGuilds, discordtest.DelayUntil(arrived, ready))
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := w.Guilds(t.Context(), w.user, dead, discord.ActFreshness); !errors.Is(err, discord.ErrSignedOut) {
			t.Errorf("revoked session: Guilds() error = %v, want %v", err, discord.ErrSignedOut)
		}
	})
	<-arrived
	for range 10 {
		wg.Go(func() {
			list, err := w.Guilds(t.Context(), w.user, good, discord.ActFreshness)
			if err != nil || len(list.Guilds) != 3 {
				t.Errorf("valid session: Guilds() = %+v, %v, want 3 guilds", list, err)
			}
		})
	}
	close(ready)
	wg.Wait()
}

// Two processes with the same session of a session.Store renew its token.
func TestSessionsStoreRenewedTokens(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		w := newFixture(t, client)
		sealer, err := session.NewSealer("u2Jq7wq0ZbO0l5Q1m3m8x3XbYy6rQ5v9pKc4nB7tH1E=")
		if err != nil {
			t.Fatal(err)
		}
		sessions := session.NewStore(client, sealer, true, slog.New(slog.DiscardHandler))
		rec := httptest.NewRecorder()
		sess, err := sessions.Start(rec, httptest.NewRequest("GET", "/", nil), session.Session{UserID: w.user}, w.tokens.token)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(rec.Result().Cookies()[0])
		sameSession, err := sessions.Load(nil, r)
		if err != nil || sameSession == nil {
			t.Fatal(sameSession, err)
		}
		w.fake.ExpireAccessTokens()
		var wg sync.WaitGroup
		loaded := []*session.Session{sess, sameSession}
		for i, c := range []*discord.Client{w.Client, w.newClient()} {
			wg.Go(func() {
				if _, err := c.Guilds(t.Context(), w.user, loaded[i], discord.ActFreshness); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		w.wantRequests(discordtest.RouteToken, 1)
		token, err := sameSession.Token(t.Context())
		if err != nil || token.RefreshToken == w.tokens.token.RefreshToken {
			t.Errorf("Token() = %+v, %v, want a renewed token", token, err)
		}
	})
}

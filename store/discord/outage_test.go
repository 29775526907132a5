package discord_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"golang.org/x/oauth2"

	"guildboard/store"
	"guildboard/store/discord"
	"guildboard/store/discord/discordtest"
)

func TestOutageServesStaleGuildsForReadsOnly(t *testing.T) {
	for name, outage := range map[string]struct {
		failure discordtest.Failure
		want    error
	}{
		"forbidden":                {discordtest.Status(403), discord.ErrForbidden},
		"blocked by a proxy":       {discordtest.HTML(403), discord.ErrForbidden},
		"rate limited":             {discordtest.RateLimited(2*time.Hour, false), discord.ErrRateLimited},
		"limited by a proxy":       {discordtest.HTML(429), discord.ErrRateLimited},
		"server error":             {discordtest.Status(500), discord.ErrUnavailable},
		"bad gateway":              {discordtest.HTML(502), discord.ErrUnavailable},
		"not found":                {discordtest.Status(404), discord.ErrUnavailable},
		"HTML page":                {discordtest.HTML(200), discord.ErrUnavailable},
		"empty body":               {discordtest.Body(""), discord.ErrUnavailable},
		"invalid JSON":             {discordtest.Body("[{"), discord.ErrUnavailable},
		"object instead of a list": {discordtest.Body(`{"message":"x"}`), discord.ErrUnavailable},
		"no valid guild":           {discordtest.Body(`[null]`), discord.ErrUnavailable},
		"too large":                {discordtest.Body(`["` + strings.Repeat("x", 2<<20) + `"]`), discord.ErrUnavailable},
		"no response":              {discordtest.Hang, discord.ErrUnavailable},
		"redirect":                 {respondRedirect, discord.ErrUnavailable},
		"status 204":               {discordtest.Status(204), discord.ErrUnavailable},
		"status 600":               {discordtest.Status(600), discord.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
			startOutage := func() {
				w.fake.FailAll(discordtest.RouteGuilds, outage.failure)
				if name == "no response" { // the other cases must not time out on a slow machine
					w.SetTimeout(250 * time.Millisecond)
				}
			}
			endOutage := func() {
				w.fake.ClearFailures()
				w.SetTimeout(waitTimeout)
			}
			startOutage()
			w.wantError(discord.ReadFreshness, outage.want) // no list is cached yet
			endOutage()
			w.clock.advance(3 * time.Hour)
			w.wantFresh(discord.ReadFreshness)

			startOutage()
			w.clock.advance(4 * time.Minute)
			w.wantFresh(discord.ReadFreshness)
			w.wantError(discord.ActFreshness, outage.want)
			w.clock.advance(2 * time.Minute)
			w.wantStale(discord.ReadFreshness)
			w.wantError(discord.ActFreshness, outage.want)
			w.clock.advance(53 * time.Minute)
			w.wantStale(discord.ReadFreshness)
			w.clock.advance(time.Minute)
			w.wantError(discord.ReadFreshness, outage.want)

			endOutage()
			w.clock.advance(3 * time.Hour)
			w.wantFresh(discord.ActFreshness) // the token is still valid
			w.wantRequests(discordtest.RouteToken, 0)
		})
	}
}

func respondRedirect(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	http.Redirect(w, r, "/elsewhere", http.StatusFound)
}

func TestRateLimitPausesAllProcesses(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		w := newFixture(t, client)
		w.fake.FailNext(discordtest.RouteGuilds, discordtest.RateLimited(299500*time.Millisecond, false))
		err := w.wantError(discord.ActFreshness, discord.ErrRateLimited)
		if after, ok := discord.RetryAfter(err); !ok || after != 5*time.Minute { // the header has 300 s, the body 299.5 s
			t.Errorf("RetryAfter() = %v, %t, want 5m", after, ok)
		}
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("error = %v, want %v", err, store.ErrUnavailable)
		}
		w.clock.advance(5*time.Minute - time.Second) // Redis's own clock does not advance
		err = w.wantError(discord.ActFreshness, discord.ErrRateLimited)
		if after, ok := discord.RetryAfter(err); !ok || after != time.Second {
			t.Errorf("one second before the end: RetryAfter() = %v, %t, want 1s", after, ok)
		}
		_, err = w.newClient().Guilds(t.Context(), w.user, w.tokens, discord.ActFreshness)
		if !errors.Is(err, discord.ErrRateLimited) {
			t.Errorf("in another process: Guilds() error = %v, want %v", err, discord.ErrRateLimited)
		}
		w.wantRequests(discordtest.RouteGuilds, 1)
		w.clock.advance(time.Second)
		w.wantFresh(discord.ActFreshness)
	})
}

func TestGlobalRateLimitPausesAllUsers(t *testing.T) {
	m := miniredis.RunT(t)
	w := newFixture(t, openRedis(t, "redis://"+m.Addr()))
	w.fake.SetUser(discordtest.User{ID: "2", Username: "bob"}, discordtest.Guild{ID: "1", Permissions: "8"})
	bob := &fakeTokens{token: w.fake.IssueToken("2")}

	w.fake.FailNext(discordtest.RouteGuilds, discordtest.RateLimited(time.Minute, true))
	w.wantError(discord.ActFreshness, discord.ErrRateLimited)
	if _, err := w.Guilds(t.Context(), "2", bob, discord.ActFreshness); !errors.Is(err, discord.ErrRateLimited) {
		t.Errorf("another user: Guilds() error = %v, want %v", err, discord.ErrRateLimited)
	}
	if _, err := w.Me(t.Context(), bob.token); !errors.Is(err, discord.ErrRateLimited) {
		t.Errorf("Me() error = %v, want %v", err, discord.ErrRateLimited)
	}
	if _, err := w.Exchange(t.Context(), "code", "verifier"); !errors.Is(err, discord.ErrRateLimited) {
		t.Errorf("Exchange() error = %v, want %v", err, discord.ErrRateLimited)
	}
	w.wantRequests(discordtest.RouteGuilds, 1)
	w.wantRequests(discordtest.RouteMe, 0)
	w.wantRequests(discordtest.RouteToken, 0)
	w.clock.advance(time.Minute)
	if list, err := w.Guilds(t.Context(), "2", bob, discord.ActFreshness); err != nil || len(list.Guilds) != 1 {
		t.Errorf("after the limit: Guilds() = %+v, %v, want 1 guild", list, err)
	}
}

func TestParseRateLimit(t *testing.T) {
	for _, c := range []struct {
		header, body string
		after        time.Duration
		global       bool
	}{
		{"", "", time.Second, false},
		{"x", "<html>", time.Second, false},
		{"0", `{"retry_after":0}`, time.Second, false},
		{"-5", `{"retry_after":-5}`, time.Second, false},
		{"5", "", 5 * time.Second, false},
		{"1", `{"retry_after":1.25,"global":true}`, 1250 * time.Millisecond, true},
		{"3", `{"retry_after":2.5}`, 3 * time.Second, false},
		{"86400", "", time.Hour, false},
		{"NaN", `{"retry_after":1e300}`, time.Hour, false},
		{"Inf", "", time.Hour, false},
	} {
		after, global := discord.ParseRateLimit(http.Header{"Retry-After": {c.header}}, []byte(c.body))
		if after != c.after || global != c.global {
			t.Errorf("ParseRateLimit(%q, %s) = %v, %t, want %v, %t", c.header, c.body, after, global, c.after, c.global)
		}
	}
}

// Discord blocks an address after 10,000 refusals in ten minutes.
func TestRefusalsAreBounded(t *testing.T) {
	w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	dead := &oauth2.Token{AccessToken: "dead"}
	began := time.Now()
	err := discord.ErrSignedOut
	for requests := 0; errors.Is(err, discord.ErrSignedOut) && requests <= 10*discord.MaxRefusals; requests++ {
		_, err = w.Me(t.Context(), dead)
	}
	if after, ok := discord.RetryAfter(err); !errors.Is(err, discord.ErrUnavailable) || !ok || after <= 0 {
		t.Errorf("after too many refusals: error = %v, retry after %v, want %v and a wait", err, after, discord.ErrUnavailable)
	}
	// The budget refills during the test.
	allowed := discord.MaxRefusals + int(time.Since(began)*discord.MaxRefusals/(10*time.Minute)) + 1
	if n := w.fake.RequestCount(discordtest.RouteMe); n < discord.MaxRefusals || n > allowed {
		t.Errorf("refusals = %d, want %d to %d", n, discord.MaxRefusals, allowed)
	}
}

func TestGuildsWithoutRedis(t *testing.T) {
	m := miniredis.RunT(t)
	w := newFixture(t, openRedis(t, "redis://"+m.Addr()))
	w.wantFresh(discord.ReadFreshness)
	m.Close()
	w.tokens.fail(store.ErrUnavailable, nil)
	w.wantFresh(discord.ActFreshness)
	w.clock.advance(2 * time.Minute)
	w.wantFresh(discord.ReadFreshness)
	w.wantError(discord.ActFreshness, discord.ErrUnavailable)
	w.clock.advance(4 * time.Minute)
	w.wantStale(discord.ReadFreshness)
	w.clock.advance(time.Hour)
	w.wantError(discord.ReadFreshness, discord.ErrUnavailable)
	w.wantRequests(discordtest.RouteGuilds, 1)
}

func TestErrorsContainNoSecrets(t *testing.T) {
	var log strings.Builder
	m := miniredis.RunT(t)
	w := newFixture(t, openRedis(t, "redis://"+m.Addr()))
	c := discord.New(w.fake.Config(redirectURL), w.redis, slog.New(slog.NewTextHandler(&log, nil)))
	token := w.tokens.token
	w.fake.ExpireAccessTokens()
	w.fake.FailAll(discordtest.RouteToken, discordtest.Body(fmt.Sprintf(`{"access_token": %q, `, token.RefreshToken)))
	_, err := c.Guilds(t.Context(), w.user, w.tokens, discord.ActFreshness)
	for _, secret := range []string{token.AccessToken, token.RefreshToken, discordtest.ClientSecret} {
		if err == nil || strings.Contains(err.Error(), secret) || strings.Contains(log.String(), secret) {
			t.Errorf("error = %v, log = %s, want an error and no secrets", err, log.String())
		}
	}
}

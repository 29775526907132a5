package discord_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"golang.org/x/oauth2"

	"guildboard/store/discord"
	"guildboard/store/discord/discordtest"
)

// authorize requests the authorize page like a browser and returns the query of the URL that Discord redirects to.
func authorize(t *testing.T, address string) url.Values {
	t.Helper()
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	location, err := resp.Location()
	if err != nil {
		t.Fatalf("authorize page: status %d, Location: %v", resp.StatusCode, err)
	}
	if !strings.HasPrefix(location.String(), redirectURL+"?") {
		t.Fatalf("redirect to %s, want %s", location, redirectURL)
	}
	return location.Query()
}

func TestSignIn(t *testing.T) {
	w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	w.fake.RegisterRedirectURL(redirectURL)
	w.fake.SetBrowserUser(w.user)
	verifier := oauth2.GenerateVerifier()
	address := w.AuthURL("state & more+", verifier, false)
	if !strings.Contains(address, "scope=identify%20guilds") || strings.Contains(address, verifier) {
		t.Errorf("AuthURL() = %s, want both scopes and no verifier", address)
	}
	query := authorize(t, address)
	if query.Get("state") != "state & more+" {
		t.Errorf("state = %q, want %q", query.Get("state"), "state & more+")
	}
	token, err := w.Exchange(t.Context(), query.Get("code"), verifier)
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(token.Expiry); token.RefreshToken == "" || left < 6*24*time.Hour || left > 7*24*time.Hour {
		t.Errorf("token expires in %v, refresh token %q, want 7 days and a refresh token", left, token.RefreshToken)
	}
	user, err := w.Me(t.Context(), token)
	if err != nil || user.ID != w.user || user.Username != "alice" || user.DisplayName() != "alice" {
		t.Errorf("Me() = %+v, %v, want alice", user, err)
	}
	w.fake.SetUser(discordtest.User{ID: w.user, Username: "alice", GlobalName: "Alice 🎁", Avatar: "a1"})
	if user, err := w.Me(t.Context(), token); err != nil || user.DisplayName() != "Alice 🎁" || user.Avatar != "a1" {
		t.Errorf("with a display name: Me() = %+v, %v, want Alice 🎁 with avatar a1", user, err)
	}
	if got, want := w.fake.UserAgents(), []string{"DiscordBot (https://guildboard.test, test)"}; !slices.Equal(got, want) {
		t.Errorf("user agents = %q, want %q", got, want)
	}

	if _, err := w.Exchange(t.Context(), query.Get("code"), verifier); !errors.Is(err, discord.ErrInvalidCode) {
		t.Errorf("second use of a code: error = %v, want %v", err, discord.ErrInvalidCode)
	}
	if !strings.Contains(w.AuthURL("s", verifier, true), "prompt=consent") || !strings.Contains(address, "prompt=none") {
		t.Errorf("AuthURL() = %s, want prompt=none, and prompt=consent only if forced", address)
	}
	w.fake.DenyConsent()
	if query := authorize(t, w.AuthURL("s2", verifier, true)); query.Get("error") != "access_denied" ||
		query.Get("state") != "s2" || query.Has("code") {
		t.Errorf("canceled sign-in: query = %v, want error=access_denied, the state and no code", query)
	}
}

func TestExchangeErrors(t *testing.T) {
	w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	w.fake.SetBrowserUser(w.user)
	verifier := oauth2.GenerateVerifier()
	code := func() string { return authorize(t, w.AuthURL("s", verifier, false)).Get("code") }
	wantErr := func(label string, got, want error) {
		t.Helper()
		if !errors.Is(got, want) {
			t.Errorf("%s: Exchange() error = %v, want %v", label, got, want)
		}
	}
	client := func(change func(*discord.Config)) *discord.Client {
		config := w.fake.Config(redirectURL)
		change(&config)
		return discord.New(config, w.redis, slog.New(slog.DiscardHandler))
	}

	_, err := client(func(c *discord.Config) { c.RedirectURL += "/" }).Exchange(t.Context(), code(), verifier)
	wantErr("another redirect URL", err, discord.ErrRedirectMismatch)
	_, err = client(func(c *discord.Config) { c.ClientSecret = "x" }).Exchange(t.Context(), code(), verifier)
	wantErr("wrong client secret", err, discord.ErrInvalidClient)
	_, err = w.Exchange(t.Context(), code(), oauth2.GenerateVerifier())
	wantErr("wrong verifier", err, discord.ErrInvalidCode)
	_, err = w.Exchange(t.Context(), "made-up", verifier)
	wantErr("unknown code", err, discord.ErrInvalidCode)
	w.fake.SetGrantedScope("identify")
	_, err = w.Exchange(t.Context(), code(), verifier)
	wantErr("only one scope granted", err, discord.ErrMissingScope)

	for _, c := range []struct {
		failure discordtest.Failure
		want    error
	}{
		{discordtest.TokenError(400, "invalid_request", `Invalid "code" in request.`), discord.ErrInvalidCode},
		{discordtest.TokenError(400, "invalid_request", `Invalid "redirect_uri" in request.`), discord.ErrRedirectMismatch},
		{discordtest.TokenError(400, "invalid_client", ""), discord.ErrInvalidClient},
		{discordtest.TokenError(400, "unsupported_grant_type", ""), discord.ErrUnavailable},
		{discordtest.TokenError(200, "invalid_grant", ""), discord.ErrUnavailable},
		{discordtest.RateLimited(time.Second, false), discord.ErrRateLimited},
		{discordtest.HTML(429), discord.ErrRateLimited},
		{discordtest.HTML(403), discord.ErrForbidden},
		{discordtest.Status(500), discord.ErrUnavailable},
		{discordtest.HTML(502), discord.ErrUnavailable},
		{discordtest.HTML(200), discord.ErrUnavailable},
		{discordtest.Body(""), discord.ErrUnavailable},
		{discordtest.Body("{}"), discord.ErrUnavailable},
		{respondRedirect, discord.ErrUnavailable},
	} {
		w.fake.FailNext(discordtest.RouteToken, c.failure)
		_, err := w.Exchange(t.Context(), "code", verifier)
		wantErr(fmt.Sprint(err), err, c.want)
	}
	// RFC 6749, section 5.1: without a scope in the response, all scopes were granted.
	w.fake.FailNext(discordtest.RouteToken, discordtest.Body(`{"access_token":"a","token_type":"Bearer"}`))
	_, err = w.Exchange(t.Context(), "code", verifier)
	wantErr("no scope in the response", err, nil)
}

func TestMeErrors(t *testing.T) {
	w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	for _, c := range []struct {
		failure discordtest.Failure
		want    error
	}{
		{discordtest.Status(401), discord.ErrSignedOut},
		{discordtest.Status(403), discord.ErrForbidden},
		{discordtest.RateLimited(time.Second, false), discord.ErrRateLimited},
		{discordtest.Status(500), discord.ErrUnavailable},
		{discordtest.HTML(200), discord.ErrUnavailable},
		{discordtest.Body("{}"), discord.ErrUnavailable},
	} {
		w.fake.FailNext(discordtest.RouteMe, c.failure)
		if user, err := w.Me(t.Context(), w.tokens.token); !errors.Is(err, c.want) {
			t.Errorf("Me() = %+v, %v, want error %v", user, err, c.want)
		}
	}
	w.SetTimeout(250 * time.Millisecond)
	w.fake.FailNext(discordtest.RouteMe, discordtest.Hang)
	if user, err := w.Me(t.Context(), w.tokens.token); !errors.Is(err, discord.ErrUnavailable) {
		t.Errorf("without a response: Me() = %+v, %v, want error %v", user, err, discord.ErrUnavailable)
	}
}

func TestRevokeEndsAllTokensOfUser(t *testing.T) {
	w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	other := w.fake.IssueToken(w.user)
	w.fake.FailNext(discordtest.RouteRevoke, discordtest.Status(500))
	if err := w.Revoke(t.Context(), w.tokens.token); !errors.Is(err, discord.ErrUnavailable) {
		t.Errorf("during an outage: Revoke() error = %v, want %v", err, discord.ErrUnavailable)
	}
	if _, err := w.Me(t.Context(), other); err != nil {
		t.Errorf("after a failed Revoke: Me() error = %v, want nil", err)
	}
	if err := w.Revoke(t.Context(), w.tokens.token); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Me(t.Context(), other); !errors.Is(err, discord.ErrSignedOut) {
		t.Errorf("token of another session: Me() error = %v, want %v", err, discord.ErrSignedOut)
	}
	if err := w.Revoke(t.Context(), &oauth2.Token{AccessToken: "only"}); err != nil {
		t.Errorf("invalid token: Revoke() error = %v, want nil", err)
	}
	config := w.fake.Config(redirectURL)
	config.ClientSecret = "x"
	wrong := discord.New(config, w.redis, slog.New(slog.DiscardHandler))
	if err := wrong.Revoke(t.Context(), other); !errors.Is(err, discord.ErrInvalidClient) {
		t.Errorf("with a wrong client secret: Revoke() error = %v, want %v", err, discord.ErrInvalidClient)
	}
}

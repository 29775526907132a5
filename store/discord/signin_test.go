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

// authorize goes to an address as a browser does, and says where Discord sends it back to.
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
		t.Fatalf("status %d: %v", resp.StatusCode, err)
	}
	if !strings.HasPrefix(location.String(), redirectURL+"?") {
		t.Fatalf("sent back to %s", location)
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
		t.Errorf("address %s", address)
	}
	query := authorize(t, address)
	if query.Get("state") != "state & more+" {
		t.Errorf("state came back as %q", query.Get("state"))
	}
	token, err := w.Exchange(t.Context(), query.Get("code"), verifier)
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(token.Expiry); token.RefreshToken == "" || left < 6*24*time.Hour || left > 7*24*time.Hour {
		t.Errorf("token lasts %v, refresh token %q", left, token.RefreshToken)
	}
	user, err := w.Me(t.Context(), token)
	if err != nil || user.ID != w.user || user.Username != "alice" || user.DisplayName() != "alice" {
		t.Errorf("is %+v, %v", user, err)
	}
	w.fake.SetUser(discordtest.User{ID: w.user, Username: "alice", GlobalName: "Alice 🎁", Avatar: "a1"})
	if user, err := w.Me(t.Context(), token); err != nil || user.DisplayName() != "Alice 🎁" || user.Avatar != "a1" {
		t.Errorf("is %+v, %v", user, err)
	}
	if got := w.fake.UserAgents(); !slices.Equal(got, []string{"DiscordBot (https://guildboard.test, test)"}) {
		t.Errorf("called itself %q", got)
	}

	if _, err := w.Exchange(t.Context(), query.Get("code"), verifier); !errors.Is(err, discord.ErrInvalidCode) {
		t.Errorf("a code used twice: %v", err)
	}
	if !strings.Contains(w.AuthURL("s", verifier, true), "prompt=consent") || !strings.Contains(address, "prompt=none") {
		t.Error("consent is not asked for as told")
	}
	w.fake.DenyConsent()
	if query := authorize(t, w.AuthURL("s2", verifier, true)); query.Get("error") != "access_denied" ||
		query.Get("state") != "s2" || query.Has("code") {
		t.Errorf("cancelled: %v", query)
	}
}

func TestExchangeErrors(t *testing.T) {
	w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	w.fake.SetBrowserUser(w.user)
	verifier := oauth2.GenerateVerifier()
	code := func() string { return authorize(t, w.AuthURL("s", verifier, false)).Get("code") }
	wantErr := func(what string, got, want error) {
		t.Helper()
		if !errors.Is(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	client := func(change func(*discord.Config)) *discord.Client {
		config := w.fake.Config(redirectURL)
		change(&config)
		return discord.New(config, w.redis, slog.New(slog.DiscardHandler))
	}

	_, err := client(func(c *discord.Config) { c.RedirectURL += "/" }).Exchange(t.Context(), code(), verifier)
	wantErr("another address", err, discord.ErrRedirectMismatch)
	_, err = client(func(c *discord.Config) { c.ClientSecret = "x" }).Exchange(t.Context(), code(), verifier)
	wantErr("a wrong secret", err, discord.ErrInvalidClient)
	_, err = w.Exchange(t.Context(), code(), oauth2.GenerateVerifier())
	wantErr("a wrong verifier", err, discord.ErrInvalidCode)
	_, err = w.Exchange(t.Context(), "made-up", verifier)
	wantErr("a made-up code", err, discord.ErrInvalidCode)
	w.fake.SetGrantedScope("identify")
	_, err = w.Exchange(t.Context(), code(), verifier)
	wantErr("half of the scopes", err, discord.ErrMissingScope)

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
	// RFC 6749, section 5.1: without a word on the scope, all was granted.
	w.fake.FailNext(discordtest.RouteToken, discordtest.Body(`{"access_token":"a","token_type":"Bearer"}`))
	_, err = w.Exchange(t.Context(), "code", verifier)
	wantErr("no scope", err, nil)
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
			t.Errorf("%+v, %v, want %v", user, err, c.want)
		}
	}
	w.SetTimeout(250 * time.Millisecond)
	w.fake.FailNext(discordtest.RouteMe, discordtest.Hang)
	if user, err := w.Me(t.Context(), w.tokens.token); !errors.Is(err, discord.ErrUnavailable) {
		t.Errorf("without an answer: %+v, %v", user, err)
	}
}

func TestRevokeEndsAllTokensOfUser(t *testing.T) {
	w := newFixture(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	other := w.fake.IssueToken(w.user)
	w.fake.FailNext(discordtest.RouteRevoke, discordtest.Status(500))
	if err := w.Revoke(t.Context(), w.tokens.token); !errors.Is(err, discord.ErrUnavailable) {
		t.Errorf("while Discord is away: %v", err)
	}
	if _, err := w.Me(t.Context(), other); err != nil {
		t.Error(err)
	}
	if err := w.Revoke(t.Context(), w.tokens.token); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Me(t.Context(), other); !errors.Is(err, discord.ErrSignedOut) {
		t.Errorf("the other session's token: %v", err)
	}
	if err := w.Revoke(t.Context(), &oauth2.Token{AccessToken: "only"}); err != nil {
		t.Errorf("what is dead already: %v", err)
	}
	config := w.fake.Config(redirectURL)
	config.ClientSecret = "x"
	wrong := discord.New(config, w.redis, slog.New(slog.DiscardHandler))
	if err := wrong.Revoke(t.Context(), other); !errors.Is(err, discord.ErrInvalidClient) {
		t.Errorf("with a wrong secret: %v", err)
	}
}

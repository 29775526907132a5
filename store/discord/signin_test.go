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

// walk goes to an address as a browser does, and says where Discord sends it back to.
func walk(t *testing.T, address string) url.Values {
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
	back, err := resp.Location()
	if err != nil {
		t.Fatalf("status %d: %v", resp.StatusCode, err)
	}
	if !strings.HasPrefix(back.String(), redirectURL+"?") {
		t.Fatalf("sent back to %s", back)
	}
	return back.Query()
}

func TestSigningIn(t *testing.T) {
	w := newWorld(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	w.fake.Register(redirectURL)
	w.fake.SignIn(w.user)
	verifier := oauth2.GenerateVerifier()
	address := w.AuthURL("state & more+", verifier, false)
	if !strings.Contains(address, "scope=identify%20guilds") || strings.Contains(address, verifier) {
		t.Errorf("address %s", address)
	}
	back := walk(t, address)
	if back.Get("state") != "state & more+" {
		t.Errorf("state came back as %q", back.Get("state"))
	}
	token, err := w.Exchange(t.Context(), back.Get("code"), verifier)
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(token.Expiry); token.RefreshToken == "" || left < 6*24*time.Hour || left > 7*24*time.Hour {
		t.Errorf("token lasts %v, refresh token %q", left, token.RefreshToken)
	}
	me, err := w.Me(t.Context(), token)
	if err != nil || me.ID != w.user || me.Username != "alice" || me.Name() != "alice" {
		t.Errorf("is %+v, %v", me, err)
	}
	w.fake.SetUser(discordtest.User{ID: w.user, Username: "alice", GlobalName: "Alice 🎁", Avatar: "a1"})
	if me, err := w.Me(t.Context(), token); err != nil || me.Name() != "Alice 🎁" || me.Avatar != "a1" {
		t.Errorf("is %+v, %v", me, err)
	}
	if got := w.fake.Agents(); !slices.Equal(got, []string{"DiscordBot (https://guildboard.test, test)"}) {
		t.Errorf("called itself %q", got)
	}

	if _, err := w.Exchange(t.Context(), back.Get("code"), verifier); !errors.Is(err, discord.ErrCodeSpent) {
		t.Errorf("a code used twice: %v", err)
	}
	if !strings.Contains(w.AuthURL("s", verifier, true), "prompt=consent") || !strings.Contains(address, "prompt=none") {
		t.Error("consent is not asked for as told")
	}
	w.fake.Deny()
	if back := walk(t, w.AuthURL("s2", verifier, true)); back.Get("error") != "access_denied" || back.Get("state") != "s2" || back.Has("code") {
		t.Errorf("cancelled: %v", back)
	}
}

func TestExchangeSaysWhatIsWrong(t *testing.T) {
	w := newWorld(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	w.fake.SignIn(w.user)
	verifier := oauth2.GenerateVerifier()
	code := func() string { return walk(t, w.AuthURL("s", verifier, false)).Get("code") }
	is := func(what string, got, want error) {
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
	is("another address", err, discord.ErrAddressMismatch)
	_, err = client(func(c *discord.Config) { c.ClientSecret = "x" }).Exchange(t.Context(), code(), verifier)
	is("a wrong secret", err, discord.ErrSecretWrong)
	_, err = w.Exchange(t.Context(), code(), oauth2.GenerateVerifier())
	is("a wrong verifier", err, discord.ErrCodeSpent)
	_, err = w.Exchange(t.Context(), "made-up", verifier)
	is("a made-up code", err, discord.ErrCodeSpent)
	w.fake.Grant("identify")
	_, err = w.Exchange(t.Context(), code(), verifier)
	is("half of the scopes", err, discord.ErrScopeMissing)

	for _, c := range []struct {
		failure discordtest.Failure
		want    error
	}{
		{discordtest.TokenError(400, "invalid_request", `Invalid "code" in request.`), discord.ErrCodeSpent},
		{discordtest.TokenError(400, "invalid_request", `Invalid "redirect_uri" in request.`), discord.ErrAddressMismatch},
		{discordtest.TokenError(400, "invalid_client", ""), discord.ErrSecretWrong},
		{discordtest.TokenError(400, "unsupported_grant_type", ""), discord.ErrUnavailable},
		{discordtest.TokenError(200, "invalid_grant", ""), discord.ErrUnavailable},
		{discordtest.Limited(time.Second, false), discord.ErrRateLimited},
		{discordtest.HTML(429), discord.ErrRateLimited},
		{discordtest.HTML(403), discord.ErrForbidden},
		{discordtest.Status(500), discord.ErrUnavailable},
		{discordtest.HTML(502), discord.ErrUnavailable},
		{discordtest.HTML(200), discord.ErrUnavailable},
		{discordtest.Body(""), discord.ErrUnavailable},
		{discordtest.Body("{}"), discord.ErrUnavailable},
		{redirect, discord.ErrUnavailable},
	} {
		w.fake.Fail(discordtest.Token, c.failure)
		_, err := w.Exchange(t.Context(), "code", verifier)
		is(fmt.Sprint(err), err, c.want)
	}
	// RFC 6749, section 5.1: without a word on the scope, all was granted.
	w.fake.Fail(discordtest.Token, discordtest.Body(`{"access_token":"a","token_type":"Bearer"}`))
	_, err = w.Exchange(t.Context(), "code", verifier)
	is("no scope", err, nil)
}

func TestMeSaysWhatIsWrong(t *testing.T) {
	w := newWorld(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	for _, c := range []struct {
		failure discordtest.Failure
		want    error
	}{
		{discordtest.Status(401), discord.ErrSignedOut},
		{discordtest.Status(403), discord.ErrForbidden},
		{discordtest.Limited(time.Second, false), discord.ErrRateLimited},
		{discordtest.Status(500), discord.ErrUnavailable},
		{discordtest.HTML(200), discord.ErrUnavailable},
		{discordtest.Body("{}"), discord.ErrUnavailable},
	} {
		w.fake.Fail(discordtest.Me, c.failure)
		if me, err := w.Me(t.Context(), w.tokens.token); !errors.Is(err, c.want) {
			t.Errorf("%+v, %v, want %v", me, err, c.want)
		}
	}
	w.SetTimeout(250 * time.Millisecond)
	w.fake.Fail(discordtest.Me, discordtest.Hang)
	if me, err := w.Me(t.Context(), w.tokens.token); !errors.Is(err, discord.ErrUnavailable) {
		t.Errorf("without an answer: %+v, %v", me, err)
	}
}

func TestRevokingEndsAllOfAPersonsTokens(t *testing.T) {
	w := newWorld(t, openRedis(t, "redis://"+miniredis.RunT(t).Addr()))
	other := w.fake.Issue(w.user)
	w.fake.Fail(discordtest.Revoke, discordtest.Status(500))
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
	if err := wrong.Revoke(t.Context(), other); !errors.Is(err, discord.ErrSecretWrong) {
		t.Errorf("with a wrong secret: %v", err)
	}
}

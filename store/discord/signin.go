package discord

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// scopes is what people are asked to grant: who they are, and which guilds they are in.
var scopes = []string{"identify", "guilds"}

// User is a person as Discord knows them.
type User struct {
	ID         string `json:"id"` // snowflake
	Username   string `json:"username"`
	GlobalName string `json:"global_name"` // what Discord shows; "" when they have chosen none
	Avatar     string `json:"avatar"`      // hash, or ""
}

// DisplayName is what Discord shows.
func (u User) DisplayName() string {
	if u.GlobalName != "" {
		return u.GlobalName
	}
	return u.Username
}

// AuthURL is where to send a person to sign in. state comes back with them, and has to be theirs; verifier is the
// secret half of PKCE (oauth2.GenerateVerifier), to be given to Exchange. prompt asks for consent again even where it
// was given before. https://docs.discord.com/developers/topics/oauth2#authorization-code-grant
func (c *Client) AuthURL(state, verifier string, forceConsent bool) string {
	consent := "none"
	if forceConsent {
		consent = "consent"
	}
	address := c.oauth.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("prompt", consent))
	return strings.ReplaceAll(address, "+", "%20") // Discord writes spaces so; a plus sign itself is %2B already
}

// Exchange turns the code that a person came back with into a pair of tokens: ErrInvalidCode, ErrRedirectMismatch,
// ErrInvalidClient, ErrMissingScope, ErrRateLimited or ErrUnavailable.
func (c *Client) Exchange(ctx context.Context, code, verifier string) (*oauth2.Token, error) {
	if err := c.pauseError(ctx, allUsers); err != nil {
		return nil, fmt.Errorf("exchanging code: %w", err)
	}
	token, err := c.oauth.Exchange(c.withHTTP(ctx), code, oauth2.VerifierOption(verifier))
	if err != nil {
		err = c.tokenError(err)
		c.pauseIfGlobal(ctx, err)
		return nil, fmt.Errorf("exchanging code: %w", err)
	}
	granted, hasScope := token.Extra("scope").(string)
	for _, scope := range scopes {
		if hasScope && !slices.Contains(strings.Fields(granted), scope) { // unsaid: all (RFC 6749, section 5.1)
			return nil, fmt.Errorf("exchanging code: %w", ErrMissingScope)
		}
	}
	return token, nil
}

// Me asks who a token belongs to: ErrSignedOut, ErrForbidden, ErrRateLimited or ErrUnavailable.
// https://docs.discord.com/developers/resources/user#get-current-user
func (c *Client) Me(ctx context.Context, token *oauth2.Token) (User, error) {
	if err := c.pauseError(ctx, allUsers); err != nil {
		return User{}, fmt.Errorf("asking who signed in: %w", err)
	}
	var u User
	err := c.get(ctx, "/users/@me", token, &u)
	if err == nil && u.ID == "" {
		err = unavailable(errors.New("answer has no id"))
	}
	if errors.Is(err, errUnauthorized) {
		err = ErrSignedOut
	}
	if err != nil {
		c.pauseIfGlobal(ctx, err)
		return User{}, fmt.Errorf("asking who signed in: %w", err)
	}
	return u, nil
}

// Revoke ends a person's authorization: this token and all others that they have given us, so it is for their last
// sign-out only. https://docs.discord.com/developers/topics/oauth2#authorization-code-grant-token-revocation-example
func (c *Client) Revoke(ctx context.Context, token *oauth2.Token) error {
	form := url.Values{"token": {token.RefreshToken}, "token_type_hint": {"refresh_token"}}
	if token.RefreshToken == "" {
		form = url.Values{"token": {token.AccessToken}, "token_type_hint": {"access_token"}}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/oauth2/token/revoke", strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("revoking token: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(c.oauth.ClientID), url.QueryEscape(c.oauth.ClientSecret))
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("revoking token: %w", unavailable(err))
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxBodyBytes))
	err = c.statusError(resp, body)
	if errors.Is(err, errUnauthorized) {
		err = ErrInvalidClient
	}
	if err != nil {
		return fmt.Errorf("revoking token: %w", err)
	}
	return nil
}

// renew trades a pair of tokens for a new one; the old one is dead from then on. ErrSignedOut when Discord has ended
// the authorization; every other error leaves the old pair as good as it was.
func (c *Client) renew(ctx context.Context, old *oauth2.Token) (*oauth2.Token, error) {
	if old.RefreshToken == "" {
		return nil, ErrSignedOut
	}
	token, err := c.oauth.TokenSource(c.withHTTP(ctx), &oauth2.Token{RefreshToken: old.RefreshToken}).Token()
	if err != nil {
		err = c.tokenError(err)
		if errors.Is(err, ErrInvalidCode) {
			err = ErrSignedOut
		}
		return nil, err
	}
	return token, nil
}

// withHTTP has golang.org/x/oauth2 use our HTTP client.
func (c *Client) withHTTP(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, c.http)
}

// tokenError says what a refusal of the token endpoint means. Discord answers a bad code, refresh token and redirect
// address with invalid_grant, and at times invalid_request; which it was stands in the description only.
// https://github.com/discord/discord-api-docs/issues/4076
func (c *Client) tokenError(err error) error {
	oauthErr := (*oauth2.RetrieveError)(nil)
	if !errors.As(err, &oauthErr) {
		return unavailable(err)
	}
	switch status := oauthErr.Response.StatusCode; {
	case status == http.StatusTooManyRequests || status == http.StatusForbidden:
		return c.statusError(oauthErr.Response, oauthErr.Body)
	case status >= 500 || status == http.StatusOK:
		return unavailable(fmt.Errorf("status %d", status))
	case oauthErr.ErrorCode == "invalid_client":
		if status == http.StatusUnauthorized {
			c.refusalBudget.Allow()
		}
		return &pausedError{ErrInvalidClient, time.Minute}
	case strings.Contains(oauthErr.ErrorDescription, "redirect_uri"):
		return ErrRedirectMismatch
	case oauthErr.ErrorCode == "invalid_grant", strings.Contains(oauthErr.ErrorDescription, `"code"`):
		return ErrInvalidCode
	}
	return unavailable(fmt.Errorf("status %d %q", oauthErr.Response.StatusCode, oauthErr.ErrorCode))
}

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

// scopes are the requested OAuth2 scopes: the user's identity and guilds.
var scopes = []string{"identify", "guilds"}

// User is a Discord user.
type User struct {
	ID         string `json:"id"` // snowflake
	Username   string `json:"username"`
	GlobalName string `json:"global_name"` // display name; "" if not set
	Avatar     string `json:"avatar"`      // hash, or ""
}

// DisplayName returns the name that Discord shows.
func (u User) DisplayName() string {
	if u.GlobalName != "" {
		return u.GlobalName
	}
	return u.Username
}

// AuthURL returns the URL at which a user signs in. Discord returns state, which the caller must check; verifier is
// the PKCE code verifier (oauth2.GenerateVerifier), to be passed to Exchange. forceConsent asks for consent even if
// it was given before. https://docs.discord.com/developers/topics/oauth2#authorization-code-grant
func (c *Client) AuthURL(state, verifier string, forceConsent bool) string {
	consent := "none"
	if forceConsent {
		consent = "consent"
	}
	address := c.oauth.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("prompt", consent))
	return strings.ReplaceAll(address, "+", "%20") // Discord encodes spaces like this; a plus sign is already %2B
}

// Exchange exchanges the code of a sign-in for a token: ErrInvalidCode, ErrRedirectMismatch, ErrInvalidClient,
// ErrMissingScope, ErrRateLimited or ErrUnavailable.
func (c *Client) Exchange(ctx context.Context, code, verifier string) (*oauth2.Token, error) {
	if err := c.pauseError(ctx, allUsers); err != nil {
		return nil, fmt.Errorf("exchange code: %w", err)
	}
	token, err := c.oauth.Exchange(c.withHTTP(ctx), code, oauth2.VerifierOption(verifier))
	if err != nil {
		err = c.tokenError(err)
		c.pauseIfGlobal(ctx, err)
		return nil, fmt.Errorf("exchange code: %w", err)
	}
	granted, hasScope := token.Extra("scope").(string)
	for _, scope := range scopes {
		if hasScope && !slices.Contains(strings.Fields(granted), scope) { // missing: all were granted (RFC 6749, section 5.1)
			return nil, fmt.Errorf("exchange code: %w", ErrMissingScope)
		}
	}
	return token, nil
}

// Me returns the user of a token: ErrSignedOut, ErrForbidden, ErrRateLimited or ErrUnavailable.
// https://docs.discord.com/developers/resources/user#get-current-user
func (c *Client) Me(ctx context.Context, token *oauth2.Token) (User, error) {
	if err := c.pauseError(ctx, allUsers); err != nil {
		return User{}, fmt.Errorf("read user: %w", err)
	}
	var u User
	err := c.get(ctx, "/users/@me", token, &u)
	if err == nil && u.ID == "" {
		err = unavailable(errors.New("response has no id"))
	}
	if errors.Is(err, errUnauthorized) {
		err = ErrSignedOut
	}
	if err != nil {
		c.pauseIfGlobal(ctx, err)
		return User{}, fmt.Errorf("read user: %w", err)
	}
	return u, nil
}

// Revoke revokes this token and all other tokens of the same user, so it is only for the user's last sign-out.
// https://docs.discord.com/developers/topics/oauth2#authorization-code-grant-token-revocation-example
func (c *Client) Revoke(ctx context.Context, token *oauth2.Token) error {
	form := url.Values{"token": {token.RefreshToken}, "token_type_hint": {"refresh_token"}}
	if token.RefreshToken == "" {
		form = url.Values{"token": {token.AccessToken}, "token_type_hint": {"access_token"}}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/oauth2/token/revoke", strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(c.oauth.ClientID), url.QueryEscape(c.oauth.ClientSecret))
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("revoke token: %w", unavailable(err))
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxBodyBytes))
	err = c.statusError(resp, body)
	if errors.Is(err, errUnauthorized) {
		err = ErrInvalidClient
	}
	if err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	return nil
}

// renew exchanges a token for a new one, which invalidates the old one. ErrSignedOut means that the user's
// authorization has ended; after any other error the old token is unchanged.
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

// withHTTP makes golang.org/x/oauth2 use the Client's HTTP client.
func (c *Client) withHTTP(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, c.http)
}

// tokenError returns the error for a refusal of the token endpoint. Discord responds to an invalid code, refresh
// token or redirect URL with invalid_grant and sometimes invalid_request; only the description tells them apart.
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

package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/oauth2"

	"guildboard/store"
	"guildboard/store/access"
)

// Guild is a guild of a user.
type Guild struct {
	ID        string `json:"id"` // snowflake
	Name      string `json:"name"`
	Icon      string `json:"icon,omitempty"` // hash, or ""
	Owner     bool   `json:"owner,omitempty"`
	CanManage bool   `json:"canManage,omitempty"`
}

// GuildList is Discord's list of a user's guilds.
type GuildList struct {
	Guilds    []Guild // in Discord's order; must not be modified
	FetchedAt time.Time
	IsStale   bool // older than requested, because Discord does not answer
}

// Find returns the guild with the id.
func (l GuildList) Find(id string) (Guild, bool) {
	for _, g := range l.Guilds {
		if g.ID == id {
			return g, true
		}
	}
	return Guild{}, false
}

// Freshness limits the age of a guild list.
type Freshness struct {
	MaxAge   time.Duration // while Discord answers; 0 sends a new request, at most one per second
	MaxStale time.Duration // while Discord does not answer; 0 returns an error instead
}

var (
	// ReadFreshness shows pages during an outage of up to an hour.
	ReadFreshness = Freshness{MaxAge: 5 * time.Minute, MaxStale: time.Hour}
	// ActFreshness returns an error rather than a list from before a user lost access.
	ActFreshness = Freshness{MaxAge: time.Minute}
	// ForcedFreshness is for an explicit refresh by the user.
	ForcedFreshness = Freshness{MaxStale: time.Hour}
)

// Tokens stores the OAuth2 token of one session, shared by all processes.
type Tokens interface {
	// Token returns the current token; store.ErrNotFound when the session has ended.
	Token(ctx context.Context) (*oauth2.Token, error)
	// ReplaceToken replaces the token with a renewed one; store.ErrNotFound when the session has ended.
	ReplaceToken(ctx context.Context, token *oauth2.Token) error
}

// fetchTimeout limits one fetch of a user's guilds: waiting for other processes, renewing the token and up to two
// requests.
const fetchTimeout = 20 * time.Second

// minGuildsInterval is Discord's rate limit for the guilds of one token: measured, not documented.
const minGuildsInterval = time.Second

// Guilds returns the guilds of a user and whether the user may manage them, using the token of one of the user's
// sessions. Errors are ErrSignedOut, ErrForbidden, ErrRateLimited, ErrInvalidClient and ErrUnavailable. For all of
// them but ErrSignedOut it returns a list within f.MaxStale instead, if there is one, with IsStale set.
//
// However many callers there are, each user has at most one request in flight and one per second.
func (c *Client) Guilds(ctx context.Context, user string, tokens Tokens, f Freshness) (GuildList, error) {
	list, known := c.loadList(ctx, user, f.MaxAge)
	if known && c.now().Sub(list.FetchedAt) < f.MaxAge {
		return list, nil
	}
	fetched, err := c.fetchOnce(ctx, user, tokens)
	switch {
	case err == nil:
		return fetched, nil
	case errors.Is(err, ErrSignedOut), ctx.Err() != nil:
	case known && c.now().Sub(list.FetchedAt) < f.MaxStale:
		list.IsStale = true
		return list, nil
	}
	return GuildList{}, fmt.Errorf("read guilds: %w", err)
}

// fetchOnce shares one fetch among all callers for the same user. A caller whose ctx ends does not cancel it for the
// others.
func (c *Client) fetchOnce(ctx context.Context, user string, tokens Tokens) (GuildList, error) {
	for {
		isLeader := false
		results := c.inFlight.DoChan(user, func() (any, error) {
			isLeader = true
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
			defer cancel()
			return c.fetch(ctx, user, tokens)
		})
		select {
		case <-ctx.Done():
			return GuildList{}, ctx.Err()
		case result := <-results:
			// The end of another session of this user does not end this session.
			if !isLeader && errors.Is(result.Err, ErrSignedOut) {
				continue
			}
			list, _ := result.Val.(GuildList)
			return list, result.Err
		}
	}
}

// fetch requests the guilds unless another process has just done so, and shares the result.
func (c *Client) fetch(ctx context.Context, user string, tokens Tokens) (GuildList, error) {
	start := c.now()
	if err := c.pauseError(ctx, user); err != nil {
		return GuildList{}, err
	}
	unlock, err := c.lock(ctx, user)
	if err != nil {
		return GuildList{}, err
	}
	defer unlock()
	if list, ok := c.loadSharedList(ctx, user); ok && list.FetchedAt.After(start.Add(-minGuildsInterval)) {
		return list, nil
	}
	if err := c.pauseError(ctx, user); err != nil { // set by another process during the wait for the lock
		return GuildList{}, err
	}
	guilds, err := c.requestGuilds(ctx, tokens)
	if err != nil {
		c.pause(ctx, user, err)
		return GuildList{}, err
	}
	list := GuildList{Guilds: guilds, FetchedAt: c.now()}
	c.storeSharedList(ctx, user, list)
	return list, nil
}

// requestGuilds requests the guilds with the session's token, and once more with a renewed one if that may help. The
// caller holds the user's lock.
func (c *Client) requestGuilds(ctx context.Context, tokens Tokens) ([]Guild, error) {
	token, err := c.currentToken(ctx, tokens)
	if err != nil {
		return nil, err
	}
	renewed := false
	if !token.Expiry.IsZero() && c.now().After(token.Expiry.Add(-time.Minute)) {
		if token, err = c.renewAndStore(ctx, tokens, token); err != nil {
			return nil, err
		}
		renewed = true
	}
	var raw []json.RawMessage
	err = c.get(ctx, "/users/@me/guilds", token, &raw)
	if errors.Is(err, errUnauthorized) && !renewed {
		if token, err = c.renewAndStore(ctx, tokens, token); err != nil {
			return nil, err
		}
		err = c.get(ctx, "/users/@me/guilds", token, &raw)
	}
	if errors.Is(err, errUnauthorized) {
		c.markRevoked(ctx, token)
		return nil, ErrSignedOut
	}
	if err != nil {
		return nil, err
	}
	return c.decodeGuilds(ctx, raw)
}

// currentToken returns the session's token, or ErrSignedOut if Discord has revoked it.
func (c *Client) currentToken(ctx context.Context, tokens Tokens) (*oauth2.Token, error) {
	token, err := tokens.Token(ctx)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, fmt.Errorf("%w: %w", ErrSignedOut, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if renewed, _, ok := c.unsavedTokens.Get(tokenDigest(token), c.now()); ok {
		return renewed, c.storeToken(ctx, tokens, token, renewed)
	}
	if c.isRevoked(ctx, token) {
		return nil, ErrSignedOut
	}
	return token, nil
}

// renewAndStore renews a token and stores the new one under the lock, before another process can use the old one.
func (c *Client) renewAndStore(ctx context.Context, tokens Tokens, old *oauth2.Token) (*oauth2.Token, error) {
	renewed, err := c.renew(ctx, old)
	if errors.Is(err, ErrSignedOut) {
		c.markRevoked(ctx, old)
	}
	if err != nil {
		return nil, fmt.Errorf("renew token: %w", err)
	}
	return renewed, c.storeToken(ctx, tokens, old, renewed)
}

// storeToken stores a renewed token. If that fails, the only copy stays in memory until it can be stored, because the
// old token is no longer valid.
func (c *Client) storeToken(ctx context.Context, tokens Tokens, old, renewed *oauth2.Token) error {
	err := tokens.ReplaceToken(ctx, renewed)
	switch {
	case err == nil:
		c.unsavedTokens.Delete(tokenDigest(old))
		return nil
	case errors.Is(err, store.ErrNotFound):
		c.unsavedTokens.Delete(tokenDigest(old))
		return fmt.Errorf("%w: %w", ErrSignedOut, err)
	}
	c.unsavedTokens.Put(tokenDigest(old), renewed, c.now())
	c.log.WarnContext(ctx, "store renewed token failed, retrying later", "err", err)
	return fmt.Errorf("store token: %w: %w", ErrUnavailable, err)
}

// decodeGuilds decodes the guilds and omits those that are invalid. Invalid permissions grant nothing.
// https://docs.discord.com/developers/resources/user#get-current-user-guilds
func (c *Client) decodeGuilds(ctx context.Context, raw []json.RawMessage) ([]Guild, error) {
	guilds := make([]Guild, 0, len(raw))
	skipped := 0
	for _, r := range raw {
		var g struct {
			ID          string          `json:"id"`
			Name        string          `json:"name"`
			Icon        string          `json:"icon"`
			Owner       bool            `json:"owner"`
			Permissions json.RawMessage `json:"permissions"`
		}
		if err := json.Unmarshal(r, &g); err != nil || g.ID == "" {
			skipped++
			continue
		}
		var permissions string
		err := json.Unmarshal(g.Permissions, &permissions)
		if _, ok := access.ParsePermissions(permissions); err != nil || !ok {
			skipped++
		}
		guilds = append(guilds, Guild{g.ID, g.Name, g.Icon, g.Owner, access.CanManage(g.Owner, permissions)})
	}
	if skipped > 0 {
		c.log.WarnContext(ctx, "invalid guilds or permissions in response ignored", "count", skipped, "of", len(raw))
	}
	if skipped > 0 && len(guilds) == 0 {
		return nil, unavailable(errors.New("no valid guild in response"))
	}
	return guilds, nil
}

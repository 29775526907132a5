package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/oauth2"

	"guildboard/store"
)

// Guild is a guild that a person is in.
type Guild struct {
	ID        string `json:"id"` // snowflake
	Name      string `json:"name"`
	Icon      string `json:"icon,omitempty"` // hash, or ""
	Owner     bool   `json:"owner,omitempty"`
	CanManage bool   `json:"canManage,omitempty"`
}

// GuildList is what Discord said a person is in.
type GuildList struct {
	Guilds    []Guild // in Discord's order; not to be changed
	FetchedAt time.Time
	Stale     bool // Discord does not answer: this is older than was asked for
}

// Find gives the guild with the id.
func (l GuildList) Find(id string) (Guild, bool) {
	for _, g := range l.Guilds {
		if g.ID == id {
			return g, true
		}
	}
	return Guild{}, false
}

// Freshness is how old an answer may be.
type Freshness struct {
	MaxAge   time.Duration // when Discord answers; 0 asks anew, though never twice within a second
	MaxStale time.Duration // when it does not; 0 never makes do with an older one
}

var (
	// ReadFreshness shows pages through an hour of outage.
	ReadFreshness = Freshness{MaxAge: 5 * time.Minute, MaxStale: time.Hour}
	// ActFreshness waits rather than let somebody act who may have lost the right to.
	ActFreshness = Freshness{MaxAge: time.Minute}
	// RefreshFreshness is for a person who asks to look again.
	RefreshFreshness = Freshness{MaxStale: time.Hour}
)

// Tokens keeps one session's pair of tokens where all processes see it.
type Tokens interface {
	// Token gives the pair as it now stands; store.ErrNotFound when the session has ended.
	Token(ctx context.Context) (*oauth2.Token, error)
	// ReplaceToken puts a renewed pair in its place; store.ErrNotFound when the session has ended.
	ReplaceToken(ctx context.Context, token *oauth2.Token) error
}

// fetchTimeout bounds one look at a person's guilds: waiting for other processes, renewing tokens, asking twice.
const fetchTimeout = 20 * time.Second

// minGuildsInterval is the limit that Discord has for one token's guilds, met in practice and not documented.
const minGuildsInterval = time.Second

// Guilds says which guilds a person is in and whether they may manage them, asking with the tokens of one of their
// sessions: ErrSignedOut, ErrForbidden, ErrRateLimited, ErrInvalidClient or ErrUnavailable. Whatever the failure but
// ErrSignedOut, an answer within f.MaxStale is given instead, marked Stale.
//
// However many ask, one request per person is under way at a time, and at most one begins per second.
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
		list.Stale = true
		return list, nil
	}
	return GuildList{}, fmt.Errorf("asking for guilds: %w", err)
}

// fetchOnce asks once for all who wait for the same person's guilds. Who gives up waiting leaves it going for the others.
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
			// The end of another session of the same person is not the end of this one.
			if !isLeader && errors.Is(result.Err, ErrSignedOut) {
				continue
			}
			list, _ := result.Val.(GuildList)
			return list, result.Err
		}
	}
}

// fetch asks Discord, unless another process has just done so. What it learns, it shares.
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
	if list, ok := c.loadShared(ctx, user); ok && list.FetchedAt.After(start.Add(-minGuildsInterval)) {
		return list, nil
	}
	if err := c.pauseError(ctx, user); err != nil { // while we waited for the lock
		return GuildList{}, err
	}
	guilds, err := c.requestGuilds(ctx, tokens)
	if err != nil {
		c.pause(ctx, user, err)
		return GuildList{}, err
	}
	list := GuildList{Guilds: guilds, FetchedAt: c.now()}
	c.storeShared(ctx, user, list)
	return list, nil
}

// requestGuilds asks Discord with the session's tokens, renewing them once where that may help. The caller holds the person's lock.
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

// currentToken gives the session's pair, unless Discord is known to refuse it.
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

// renewAndStore renews a pair and stores the new one before anybody else can read the old one under the lock.
func (c *Client) renewAndStore(ctx context.Context, tokens Tokens, old *oauth2.Token) (*oauth2.Token, error) {
	renewed, err := c.renew(ctx, old)
	if errors.Is(err, ErrSignedOut) {
		c.markRevoked(ctx, old)
	}
	if err != nil {
		return nil, fmt.Errorf("renewing token: %w", err)
	}
	return renewed, c.storeToken(ctx, tokens, old, renewed)
}

// storeToken stores a renewed pair. Where that fails the only copy stays in memory until it can be stored, since the old pair
// is dead already.
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
	c.log.WarnContext(ctx, "discord: renewed token not stored yet", "error", err)
	return fmt.Errorf("storing token: %w: %w", ErrUnavailable, err)
}

// decodeGuilds reads the guilds, and leaves out what cannot be read rather than all of them. Permissions that make no
// sense grant nothing. https://docs.discord.com/developers/resources/user#get-current-user-guilds
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
		if _, ok := store.ParsePermissions(permissions); err != nil || !ok {
			skipped++
		}
		guilds = append(guilds, Guild{g.ID, g.Name, g.Icon, g.Owner, store.CanManage(g.Owner, permissions)})
	}
	if skipped > 0 {
		c.log.WarnContext(ctx, "discord: guilds or permissions not understood", "count", skipped, "of", len(raw))
	}
	if skipped > 0 && len(guilds) == 0 {
		return nil, unavailable(errors.New("no guild can be read"))
	}
	return guilds, nil
}

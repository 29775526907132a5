package discord

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/oauth2"
)

// Data shared by all processes in Redis. Expiry is checked against the local clock, so keys that Redis keeps for too
// long do no harm. Guild lists grant access and are sealed; the other keys can only prevent requests.

func listKey(user string) string        { return "discord:guilds:" + user }         // sealed sharedList
func lockKey(user string) string        { return "discord:lock:" + user }           // held during requests and token renewals
func pauseKey(user string) string       { return "discord:hold:" + user }           // sharedPause
func revokedKey(t *oauth2.Token) string { return "discord:dead:" + tokenDigest(t) } // present if Discord revoked the token

// allUsers is the user of a pause of all requests.
const allUsers = "*"

// redisTimeout limits one Redis operation; after that the client continues without Redis.
const redisTimeout = 2 * time.Second

// tokenDigest returns a name for a token that does not reveal it.
func tokenDigest(t *oauth2.Token) string {
	sum := sha256.Sum256([]byte(t.AccessToken + "\x00" + t.RefreshToken))
	return hex.EncodeToString(sum[:16])
}

// sharedList is a GuildList as stored in Redis: JSON, sealed so that write access to Redis does not make anyone a
// manager of a guild. The seal is bound to the user and covers the time, so a list of another user is rejected and a
// replayed list keeps its age.
type sharedList struct {
	Guilds    []Guild   `json:"guilds"`
	FetchedAt time.Time `json:"at"`
}

// loadList returns the newest known list: from memory if it is at most maxAge old, otherwise also from Redis.
func (c *Client) loadList(ctx context.Context, user string, maxAge time.Duration) (GuildList, bool) {
	guilds, at, known := c.guildCache.Get(user, c.now())
	list := GuildList{Guilds: guilds, FetchedAt: at}
	if known && c.now().Sub(at) < maxAge {
		return list, true
	}
	if shared, ok := c.loadSharedList(ctx, user); ok && shared.FetchedAt.After(list.FetchedAt) {
		return shared, true
	}
	return list, known
}

// loadSharedList returns the newest list of any process.
func (c *Client) loadSharedList(ctx context.Context, user string) (GuildList, bool) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	raw, err := c.redis.Get(ctx, listKey(user)).Bytes()
	if err != nil {
		return GuildList{}, false
	}
	l, err := c.openList(raw, user)
	if err != nil {
		c.log.DebugContext(ctx, "invalid shared guild list ignored", "user", user, "err", err)
		return GuildList{}, false
	}
	if _, at, known := c.guildCache.Get(user, c.now()); !known || at.Before(l.FetchedAt) {
		c.guildCache.Put(user, l.Guilds, l.FetchedAt)
	}
	return GuildList{Guilds: l.Guilds, FetchedAt: l.FetchedAt}, true
}

// openList decrypts a list that sealList sealed for the same user.
func (c *Client) openList(raw []byte, user string) (l sharedList, err error) {
	plain, err := c.sealer.Open(raw, listKey(user))
	if err != nil {
		return l, err
	}
	if err := json.Unmarshal(plain, &l); err != nil {
		return l, fmt.Errorf("decode guilds: %w", err)
	}
	if l.FetchedAt.After(c.now().Add(time.Minute)) {
		return l, errors.New("list time is in the future")
	}
	return l, nil
}

func (c *Client) sealList(l GuildList, user string) ([]byte, error) {
	plain, err := json.Marshal(sharedList{l.Guilds, l.FetchedAt})
	if err != nil {
		return nil, fmt.Errorf("encode guilds: %w", err)
	}
	return c.sealer.Seal(plain, listKey(user)), nil
}

// storeSharedList shares a list with all processes. If Redis fails, only this process has it.
func (c *Client) storeSharedList(ctx context.Context, user string, l GuildList) {
	c.guildCache.Put(user, l.Guilds, l.FetchedAt)
	raw, err := c.sealList(l, user)
	if err == nil {
		err = c.redis.Set(ctx, listKey(user), raw, ReadFreshness.MaxStale).Err()
	}
	if err != nil {
		c.log.WarnContext(ctx, "share guild list failed", "err", err)
	}
}

// sharedPause holds until when no requests are sent, and the reason.
type sharedPause struct {
	Until  time.Time `json:"until"`
	Reason string    `json:"why"` // key of pauseReasons
}

// pauseReasons are the errors that pause all processes.
var pauseReasons = map[string]error{
	"limit": ErrRateLimited, "forbidden": ErrForbidden, "secret": ErrInvalidClient, "down": ErrUnavailable,
}

// pause stops the requests of all processes for this user, or all requests for a global limit, for as long as err
// requires.
func (c *Client) pause(ctx context.Context, user string, err error) {
	after, ok := RetryAfter(err)
	if !ok {
		return
	}
	reason := "down"
	switch {
	case errors.Is(err, ErrRateLimited):
		reason = "limit"
	case errors.Is(err, ErrForbidden):
		reason = "forbidden"
	case errors.Is(err, ErrInvalidClient):
		reason = "secret"
	}
	if isGlobal(err) {
		user = allUsers
	}
	raw, err := json.Marshal(sharedPause{c.now().Add(after), reason})
	if err == nil {
		err = c.redis.Set(ctx, pauseKey(user), raw, after).Err()
	}
	if err != nil {
		c.log.WarnContext(ctx, "share pause failed", "err", err)
	}
}

// pauseIfGlobal stops all requests of all processes if err is a global limit.
func (c *Client) pauseIfGlobal(ctx context.Context, err error) {
	if isGlobal(err) {
		c.pause(ctx, allUsers, err)
	}
}

// pauseError returns the error that pauses requests for this user, or nil.
func (c *Client) pauseError(ctx context.Context, user string) error {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	var gets [2]*redis.StringCmd
	_, err := c.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		gets[0], gets[1] = p.Get(ctx, pauseKey(allUsers)), p.Get(ctx, pauseKey(user))
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	for _, get := range gets {
		var h sharedPause
		raw, err := get.Bytes()
		if err != nil || json.Unmarshal(raw, &h) != nil {
			continue
		}
		if remaining := h.Until.Sub(c.now()); remaining > 0 && pauseReasons[h.Reason] != nil {
			return &pausedError{pauseReasons[h.Reason], remaining}
		}
	}
	return nil
}

// markRevoked records that Discord has revoked a token, so that no process uses it again.
func (c *Client) markRevoked(ctx context.Context, token *oauth2.Token) {
	if err := c.redis.Set(ctx, revokedKey(token), "1", 24*time.Hour).Err(); err != nil {
		c.log.WarnContext(ctx, "share revoked token failed", "err", err)
	}
}

func (c *Client) isRevoked(ctx context.Context, token *oauth2.Token) bool {
	n, _ := c.redis.Exists(ctx, revokedKey(token)).Result()
	return n > 0
}

// lockTTL is when the lock of a crashed process expires; no process holds a lock for that long.
const lockTTL = fetchTimeout + 10*time.Second

// unlockScript deletes a lock unless it has expired and belongs to another process.
var unlockScript = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`)

// lock waits until no other process sends requests for this user; ErrUnavailable when that takes too long.
func (c *Client) lock(ctx context.Context, user string) (release func(), err error) {
	holderID := rand.Text()
	for {
		ok, err := c.redis.SetNX(ctx, lockKey(user), holderID, lockTTL).Result()
		if err != nil {
			return nil, fmt.Errorf("lock user: %w: %w", ErrUnavailable, err)
		}
		if ok {
			return func() {
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
				defer cancel()
				if err := unlockScript.Run(ctx, c.redis, []string{lockKey(user)}, holderID).Err(); err != nil {
					c.log.WarnContext(ctx, "release user lock failed, lock expires later", "err", err)
				}
			}, nil
		}
		timer := time.NewTimer(25*time.Millisecond + mathrand.N(50*time.Millisecond))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, fmt.Errorf("lock user: %w: %w", ErrUnavailable, ctx.Err())
		case <-timer.C:
		}
	}
}

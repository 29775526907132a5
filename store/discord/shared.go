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

// What all processes share, in Redis. Times are compared by our own clock, so that an entry that outlives its time
// there does no harm. Lists grant something and are sealed; all else can only keep us from asking Discord.

func listKey(user string) string        { return "discord:guilds:" + user }         // a sharedList, sealed for its key
func lockKey(user string) string        { return "discord:lock:" + user }           // who asks, or renews tokens, at present
func pauseKey(user string) string       { return "discord:hold:" + user }           // a sharedPause
func revokedKey(t *oauth2.Token) string { return "discord:dead:" + tokenDigest(t) } // there when Discord refuses the pair

// allUsers is the user of a hold that keeps us off Discord altogether.
const allUsers = "*"

// redisTimeout is how long Redis may take to answer a question, before we do without.
const redisTimeout = 2 * time.Second

// tokenDigest names a pair of tokens without giving it away.
func tokenDigest(t *oauth2.Token) string {
	sum := sha256.Sum256([]byte(t.AccessToken + "\x00" + t.RefreshToken))
	return hex.EncodeToString(sum[:16])
}

// sharedList is a GuildList at rest, as JSON. It is sealed: whoever can write Redis must not be able to make somebody
// manager of a guild. The seal names the user, and the time is within it, so another user's list does not count and an
// old one is as old as it was.
type sharedList struct {
	Guilds    []Guild   `json:"guilds"`
	FetchedAt time.Time `json:"at"`
}

// loadList gives the latest answer that is known: from memory when it is recent enough, else from Redis too.
func (c *Client) loadList(ctx context.Context, user string, maxAge time.Duration) (GuildList, bool) {
	guilds, at, known := c.guildCache.Get(user, c.now())
	list := GuildList{Guilds: guilds, FetchedAt: at}
	if known && c.now().Sub(at) < maxAge {
		return list, true
	}
	if shared, ok := c.loadShared(ctx, user); ok && shared.FetchedAt.After(list.FetchedAt) {
		return shared, true
	}
	return list, known
}

// loadShared gives the latest answer that any process had.
func (c *Client) loadShared(ctx context.Context, user string) (GuildList, bool) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	raw, err := c.redis.Get(ctx, listKey(user)).Bytes()
	if err != nil {
		return GuildList{}, false
	}
	l, err := c.openList(raw, user)
	if err != nil {
		c.log.DebugContext(ctx, "shared guilds ignored", "user", user, "error", err)
		return GuildList{}, false
	}
	if _, at, known := c.guildCache.Get(user, c.now()); !known || at.Before(l.FetchedAt) {
		c.guildCache.Put(user, l.Guilds, l.FetchedAt)
	}
	return GuildList{Guilds: l.Guilds, FetchedAt: l.FetchedAt}, true
}

// openList opens a list that sealList has sealed for the same user.
func (c *Client) openList(raw []byte, user string) (l sharedList, err error) {
	plain, err := c.sealer.Open(raw, listKey(user))
	if err != nil {
		return l, err
	}
	if err := json.Unmarshal(plain, &l); err != nil {
		return l, fmt.Errorf("decoding guilds: %w", err)
	}
	if l.FetchedAt.After(c.now().Add(time.Minute)) {
		return l, errors.New("guilds are from the future")
	}
	return l, nil
}

func (c *Client) sealList(l GuildList, user string) ([]byte, error) {
	plain, err := json.Marshal(sharedList{l.Guilds, l.FetchedAt})
	if err != nil {
		return nil, fmt.Errorf("encoding guilds: %w", err)
	}
	return c.sealer.Seal(plain, listKey(user)), nil
}

// storeShared tells all processes an answer; where Redis fails, this one knows it at least.
func (c *Client) storeShared(ctx context.Context, user string, l GuildList) {
	c.guildCache.Put(user, l.Guilds, l.FetchedAt)
	raw, err := c.sealList(l, user)
	if err == nil {
		err = c.redis.Set(ctx, listKey(user), raw, ReadFreshness.MaxStale).Err()
	}
	if err != nil {
		c.log.WarnContext(ctx, "discord: guilds not shared", "error", err)
	}
}

// sharedPause says until when not to ask, and why.
type sharedPause struct {
	Until  time.Time `json:"until"`
	Reason string    `json:"why"` // a key of holds
}

// pauseReasons are the failures that keep all processes off Discord.
var pauseReasons = map[string]error{
	"limit": ErrRateLimited, "forbidden": ErrForbidden, "secret": ErrInvalidClient, "down": ErrUnavailable,
}

// pause keeps all processes off this person's guilds, or with a global limit off Discord, for as long as the error says.
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
		c.log.WarnContext(ctx, "discord: hold not shared", "error", err)
	}
}

// pauseIfGlobal keeps all processes off Discord when the error is a limit on everything.
func (c *Client) pauseIfGlobal(ctx context.Context, err error) {
	if isGlobal(err) {
		c.pause(ctx, allUsers, err)
	}
}

// pauseError gives the error that keeps us off this person's guilds at present, if any.
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

// markRevoked notes that Discord refuses a pair for good. It is not asked again with it, by any process.
func (c *Client) markRevoked(ctx context.Context, token *oauth2.Token) {
	if err := c.redis.Set(ctx, revokedKey(token), "1", 24*time.Hour).Err(); err != nil {
		c.log.WarnContext(ctx, "discord: dead token not shared", "error", err)
	}
}

func (c *Client) isRevoked(ctx context.Context, token *oauth2.Token) bool {
	n, _ := c.redis.Exists(ctx, revokedKey(token)).Result()
	return n > 0
}

// lockTTL is when a lock lapses whose holder has died; longer than anybody holds it.
const lockTTL = fetchTimeout + 10*time.Second

// unlockScript removes a lock, unless it has lapsed and is another's now.
var unlockScript = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`)

// lock waits until no other process asks for this person; ErrUnavailable when that takes too long.
func (c *Client) lock(ctx context.Context, user string) (release func(), err error) {
	holderID := rand.Text()
	for {
		ok, err := c.redis.SetNX(ctx, lockKey(user), holderID, lockTTL).Result()
		if err != nil {
			return nil, fmt.Errorf("locking: %w: %w", ErrUnavailable, err)
		}
		if ok {
			return func() {
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
				defer cancel()
				if err := unlockScript.Run(ctx, c.redis, []string{lockKey(user)}, holderID).Err(); err != nil {
					c.log.WarnContext(ctx, "discord: lock not released, it will lapse", "error", err)
				}
			}, nil
		}
		timer := time.NewTimer(25*time.Millisecond + mathrand.N(50*time.Millisecond))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, fmt.Errorf("locking: %w: %w", ErrUnavailable, ctx.Err())
		case <-timer.C:
		}
	}
}

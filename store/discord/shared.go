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

func listKey(user string) string     { return "discord:guilds:" + user }    // a sharedList, sealed for its key
func lockKey(user string) string     { return "discord:lock:" + user }      // who asks, or renews tokens, at present
func holdKey(user string) string     { return "discord:hold:" + user }      // a sharedHold
func deadKey(t *oauth2.Token) string { return "discord:dead:" + digest(t) } // there when Discord refuses the pair

// everybody is the user of a hold that keeps us off Discord altogether.
const everybody = "*"

// redisWait is how long Redis may take to answer a question, before we do without.
const redisWait = 2 * time.Second

// digest names a pair of tokens without giving it away.
func digest(t *oauth2.Token) string {
	sum := sha256.Sum256([]byte(t.AccessToken + "\x00" + t.RefreshToken))
	return hex.EncodeToString(sum[:16])
}

// sharedList is a GuildList at rest, as JSON. It is sealed: whoever can write Redis must not be able to make somebody
// manager of a guild. The seal names the user, and the time is within it, so another user's list does not count and an
// old one is as old as it was.
type sharedList struct {
	Guilds []Guild   `json:"guilds"`
	At     time.Time `json:"at"`
}

// recall gives the latest answer that is known: from memory when it is recent enough, else from Redis too.
func (c *Client) recall(ctx context.Context, user string, enough time.Duration) (GuildList, bool) {
	guilds, at, known := c.recent.Get(user, c.now())
	list := GuildList{Guilds: guilds, At: at}
	if known && c.now().Sub(at) < enough {
		return list, true
	}
	if shared, ok := c.shared(ctx, user); ok && shared.At.After(list.At) {
		return shared, true
	}
	return list, known
}

// shared gives the latest answer that any process had.
func (c *Client) shared(ctx context.Context, user string) (GuildList, bool) {
	ctx, cancel := context.WithTimeout(ctx, redisWait)
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
	if _, at, known := c.recent.Get(user, c.now()); !known || at.Before(l.At) {
		c.recent.Put(user, l.Guilds, l.At)
	}
	return GuildList{Guilds: l.Guilds, At: l.At}, true
}

// openList opens a list that sealList has sealed for the same user.
func (c *Client) openList(raw []byte, user string) (l sharedList, err error) {
	plain, err := c.seal.Open(raw, listKey(user))
	if err != nil {
		return l, err
	}
	if err := json.Unmarshal(plain, &l); err != nil {
		return l, fmt.Errorf("decoding guilds: %w", err)
	}
	if l.At.After(c.now().Add(time.Minute)) {
		return l, errors.New("guilds are from the future")
	}
	return l, nil
}

func (c *Client) sealList(l GuildList, user string) ([]byte, error) {
	plain, err := json.Marshal(sharedList{l.Guilds, l.At})
	if err != nil {
		return nil, fmt.Errorf("encoding guilds: %w", err)
	}
	return c.seal.Seal(plain, listKey(user)), nil
}

// share tells all processes an answer; where Redis fails, this one knows it at least.
func (c *Client) share(ctx context.Context, user string, l GuildList) {
	c.recent.Put(user, l.Guilds, l.At)
	raw, err := c.sealList(l, user)
	if err == nil {
		err = c.redis.Set(ctx, listKey(user), raw, Reading.MaxStale).Err()
	}
	if err != nil {
		c.log.WarnContext(ctx, "discord: guilds not shared", "error", err)
	}
}

// sharedHold says until when not to ask, and why.
type sharedHold struct {
	Until time.Time `json:"until"`
	Why   string    `json:"why"` // a key of holds
}

// holds are the failures that keep all processes off Discord.
var holds = map[string]error{
	"limit": ErrRateLimited, "forbidden": ErrForbidden, "secret": ErrSecretWrong, "down": ErrUnavailable,
}

// hold keeps all processes off this person's guilds, or with a global limit off Discord, for as long as the error says.
func (c *Client) hold(ctx context.Context, user string, err error) {
	after, ok := RetryAfter(err)
	if !ok {
		return
	}
	why := "down"
	switch {
	case errors.Is(err, ErrRateLimited):
		why = "limit"
	case errors.Is(err, ErrForbidden):
		why = "forbidden"
	case errors.Is(err, ErrSecretWrong):
		why = "secret"
	}
	if isGlobal(err) {
		user = everybody
	}
	raw, err := json.Marshal(sharedHold{c.now().Add(after), why})
	if err == nil {
		err = c.redis.Set(ctx, holdKey(user), raw, after).Err()
	}
	if err != nil {
		c.log.WarnContext(ctx, "discord: hold not shared", "error", err)
	}
}

// holdIfGlobal keeps all processes off Discord when the error is a limit on everything.
func (c *Client) holdIfGlobal(ctx context.Context, err error) {
	if isGlobal(err) {
		c.hold(ctx, everybody, err)
	}
}

// held gives the error that keeps us off this person's guilds at present, if any.
func (c *Client) held(ctx context.Context, user string) error {
	ctx, cancel := context.WithTimeout(ctx, redisWait)
	defer cancel()
	var gets [2]*redis.StringCmd
	_, err := c.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		gets[0], gets[1] = p.Get(ctx, holdKey(everybody)), p.Get(ctx, holdKey(user))
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	for _, get := range gets {
		var h sharedHold
		raw, err := get.Bytes()
		if err != nil || json.Unmarshal(raw, &h) != nil {
			continue
		}
		if left := h.Until.Sub(c.now()); left > 0 && holds[h.Why] != nil {
			return &heldError{holds[h.Why], left}
		}
	}
	return nil
}

// bury notes that Discord refuses a pair for good. It is not asked again with it, by any process.
func (c *Client) bury(ctx context.Context, token *oauth2.Token) {
	if err := c.redis.Set(ctx, deadKey(token), "1", 24*time.Hour).Err(); err != nil {
		c.log.WarnContext(ctx, "discord: dead token not shared", "error", err)
	}
}

func (c *Client) buried(ctx context.Context, token *oauth2.Token) bool {
	n, _ := c.redis.Exists(ctx, deadKey(token)).Result()
	return n > 0
}

// lockLife is when a lock lapses whose holder has died; longer than anybody holds it.
const lockLife = fetchTimeout + 10*time.Second

// unlock removes a lock, unless it has lapsed and is another's now.
var unlock = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`)

// lock waits until no other process asks for this person; ErrUnavailable when that takes too long.
func (c *Client) lock(ctx context.Context, user string) (release func(), err error) {
	me := rand.Text()
	for {
		ok, err := c.redis.SetNX(ctx, lockKey(user), me, lockLife).Result()
		if err != nil {
			return nil, fmt.Errorf("locking: %w: %w", ErrUnavailable, err)
		}
		if ok {
			return func() {
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
				defer cancel()
				if err := unlock.Run(ctx, c.redis, []string{lockKey(user)}, me).Err(); err != nil {
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

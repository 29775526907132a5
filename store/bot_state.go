package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// How often a bot says that it is alive, and how long that holds.
const (
	HeartbeatInterval = 10 * time.Second
	HeartbeatTTL      = 30 * time.Second
)

// botStateMaxAge is how old what is known of the bot may be.
const botStateMaxAge = 2 * time.Second

// BotState is what is known of the bot.
type BotState struct {
	IsCurrent    bool      // Redis answered; else the rest is what was known before
	Alive        bool      // its heartbeat is fresh
	LastSeen     time.Time // zero when it never was
	Version      string
	Capabilities []Verb // of the last heartbeat; empty when there never was one
	GuildCount   int
}

// IsOffline tells whether a bot that was there once has not been heard for longer than its heartbeat holds.
func (b BotState) IsOffline() bool { return b.IsCurrent && !b.Alive && !b.LastSeen.IsZero() }

// extensionVerbs are the verbs that only our bot knows.
var extensionVerbs = []Verb{
	VerbEntrantDisqualify, VerbEntrantReinstate, VerbGiveawayRepeat, VerbGiveawayRepair,
	VerbTicketAssign, VerbTicketReply, VerbTicketRepair, VerbPanelPost,
}

// Supports tells whether asking for v makes sense: the bot says that it knows it. Where nothing is known of the bot, for
// there are bots without a heartbeat, it is every verb but those which only ours knows.
func (b BotState) Supports(v Verb) bool {
	if len(b.Capabilities) == 0 {
		return !slices.Contains(extensionVerbs, v)
	}
	return slices.Contains(b.Capabilities, v)
}

// Heartbeat is what a bot says of itself.
type Heartbeat struct {
	Version      string `json:"version"`
	Capabilities []Verb `json:"capabilities"`
	GuildCount   int    `json:"guilds"`
}

// Send says that the bot is alive.
func (h Heartbeat) Send(ctx context.Context, client redis.UniversalClient) error {
	value, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return client.Set(ctx, BotAliveKey, value, HeartbeatTTL).Err()
}

// lastHeartbeat is the last heartbeat, and when it was.
type lastHeartbeat struct {
	Heartbeat
	At int64 `json:"at"` // ms since the epoch
}

// ttlOfMissingKey is the answer of PTTL for a key that does not exist.
const ttlOfMissingKey = time.Duration(-2)

// truncated returns the heartbeat, cut to the limits of the contract.
func (h Heartbeat) truncated() Heartbeat {
	h.Version = truncate(h.Version, MaxVersion)
	h.Capabilities = slices.Clone(h.Capabilities[:min(len(h.Capabilities), MaxCapabilities)])
	for i, v := range h.Capabilities {
		h.Capabilities[i] = Verb(truncate(string(v), maxEventFieldBytes))
	}
	return h
}

// BotState tells what is known of the bot; the answer may be two seconds old.
func (c *CommandQueue) BotState(ctx context.Context) BotState {
	c.botMu.Lock()
	defer c.botMu.Unlock()
	if time.Since(c.botReadAt) > botStateMaxAge {
		// The answer is everybody's, whoever gives up waiting for it.
		c.bot = c.readBotState(context.WithoutCancel(ctx), time.Now(), c.bot)
		c.botReadAt = time.Now()
	}
	return c.bot
}

// readBotState looks at the heartbeat. Its key says how long it still holds, and so when it was made.
func (c *CommandQueue) readBotState(ctx context.Context, now time.Time, previous BotState) BotState {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	previous.IsCurrent = false
	pipe := c.client.Pipeline()
	aliveValue, aliveTTL := pipe.GetRange(ctx, BotAliveKey, 0, maxHeartbeatBytes), pipe.PTTL(ctx, BotAliveKey)
	storedValue := pipe.GetRange(ctx, BotLastSeenKey, 0, 2*maxHeartbeatBytes)
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return previous
	}
	var latest lastHeartbeat
	// What cannot be read was written by a stranger: the bot counts as alive, and nothing more is known of it.
	_ = json.Unmarshal([]byte(storedValue.Val()), &latest)
	if aliveTTL.Val() != ttlOfMissingKey {
		latest = lastHeartbeat{At: now.Add(min(aliveTTL.Val(), HeartbeatTTL) - HeartbeatTTL).UnixMilli()}
		if text := aliveValue.Val(); len(text) <= maxHeartbeatBytes {
			_ = json.Unmarshal([]byte(text), &latest.Heartbeat)
		}
		latest.Heartbeat = latest.truncated()
		if text, err := json.Marshal(latest); err == nil {
			_ = c.client.Set(ctx, BotLastSeenKey, text, 0).Err() // the next look tries again
		}
	}
	state := BotState{
		IsCurrent: true, Alive: aliveTTL.Val() != ttlOfMissingKey,
		Version: latest.Version, Capabilities: latest.Capabilities, GuildCount: latest.GuildCount,
	}
	if latest.At > 0 {
		state.LastSeen = time.UnixMilli(latest.At).UTC()
	}
	return state
}

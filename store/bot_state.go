package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store/contract"
)

// botStateMaxAge is the maximum age of a cached BotState.
const botStateMaxAge = 2 * time.Second

// BotState is the state of the bot, as far as Redis knows it.
type BotState struct {
	IsCurrent    bool      // Redis answered; otherwise the other fields are from an earlier answer
	Alive        bool      // the last heartbeat is valid
	LastSeen     time.Time // time of the last heartbeat; zero if there was none
	Version      string
	Capabilities []contract.Verb // of the last heartbeat; empty if there was none
	GuildCount   int
}

// IsOffline reports whether a bot that was connected before has no valid heartbeat now.
func (b BotState) IsOffline() bool { return b.IsCurrent && !b.Alive && !b.LastSeen.IsZero() }

// extensionVerbs are the verbs and capabilities that only Guildboard's own bot supports.
var extensionVerbs = []contract.Verb{
	contract.VerbEntrantDisqualify, contract.VerbEntrantReinstate, contract.VerbGiveawayRepeat, contract.VerbGiveawayRepair,
	contract.VerbTicketAssign, contract.VerbTicketReply, contract.VerbTicketRepair, contract.VerbPanelPost,
	contract.CapabilityNotifications,
}

// Supports reports whether the bot supports v according to its heartbeat. Some bots send no heartbeat; they are
// assumed to support all verbs except the extensions of Guildboard's own bot.
func (b BotState) Supports(v contract.Verb) bool {
	if len(b.Capabilities) == 0 {
		return !slices.Contains(extensionVerbs, v)
	}
	return slices.Contains(b.Capabilities, v)
}

// lastHeartbeat is the last heartbeat and its time.
type lastHeartbeat struct {
	contract.Heartbeat
	At int64 `json:"at"` // ms since the epoch
}

// ttlOfMissingKey is the reply of PTTL for a key that does not exist.
const ttlOfMissingKey = time.Duration(-2)

// BotState returns the state of the bot. It may be up to botStateMaxAge old.
func (c *CommandQueue) BotState(ctx context.Context) BotState {
	c.botMu.Lock()
	defer c.botMu.Unlock()
	if time.Since(c.botReadAt) > botStateMaxAge {
		// The result is shared, so a caller that gives up must not cancel the query.
		c.bot = c.readBotState(context.WithoutCancel(ctx), time.Now(), c.bot)
		c.botReadAt = time.Now()
	}
	return c.bot
}

// readBotState reads the heartbeat. The remaining TTL of its key shows when it was sent. previous is returned, with
// IsCurrent false, if Redis does not answer.
func (c *CommandQueue) readBotState(ctx context.Context, now time.Time, previous BotState) BotState {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	previous.IsCurrent = false
	pipe := c.client.Pipeline()
	aliveValue, aliveTTL := pipe.GetRange(ctx, contract.BotAliveKey, 0, contract.MaxHeartbeatBytes), pipe.PTTL(ctx, contract.BotAliveKey)
	storedValue := pipe.GetRange(ctx, contract.BotLastSeenKey, 0, 2*contract.MaxHeartbeatBytes)
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return previous
	}
	var latest lastHeartbeat
	// An unreadable heartbeat leaves the details unknown, but the bot counts as alive.
	_ = json.Unmarshal([]byte(storedValue.Val()), &latest)
	if aliveTTL.Val() != ttlOfMissingKey {
		latest = lastHeartbeat{At: now.Add(min(aliveTTL.Val(), contract.HeartbeatTTL) - contract.HeartbeatTTL).UnixMilli()}
		if text := aliveValue.Val(); len(text) <= contract.MaxHeartbeatBytes {
			_ = json.Unmarshal([]byte(text), &latest.Heartbeat)
		}
		latest.Heartbeat = latest.Truncated()
		if text, err := json.Marshal(latest); err == nil {
			_ = c.client.Set(ctx, contract.BotLastSeenKey, text, 0).Err() // the next read tries again
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

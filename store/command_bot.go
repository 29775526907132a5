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
	BeatEvery = 10 * time.Second
	BeatHolds = 30 * time.Second
)

// botAge is how old what is known of the bot may be.
const botAge = 2 * time.Second

// BotState is what is known of the bot.
type BotState struct {
	Known        bool      // Redis answered; else the rest is what was known before
	Alive        bool      // its heartbeat is fresh
	LastHeard    time.Time // zero when it never was
	Version      string
	Capabilities []Verb // of the last heartbeat; empty when there never was one
	Guilds       int
}

// Silent tells whether a bot that was there once has not been heard for longer than its heartbeat holds.
func (b BotState) Silent() bool { return b.Known && !b.Alive && !b.LastHeard.IsZero() }

// oursAlone are the verbs that only our bot knows.
var oursAlone = []Verb{
	VerbGiveawayRemove, VerbGiveawayReadmit, VerbGiveawayRepeat, VerbGiveawayRepair,
	VerbTicketAssign, VerbTicketReply, VerbTicketRepair, VerbPanelPost,
}

// Offers tells whether asking for v makes sense: the bot says that it knows it. Where nothing is known of the bot, for
// there are bots without a heartbeat, it is every verb but those which only ours knows.
func (b BotState) Offers(v Verb) bool {
	if len(b.Capabilities) == 0 {
		return !slices.Contains(oursAlone, v)
	}
	return slices.Contains(b.Capabilities, v)
}

// Heartbeat is what a bot says of itself.
type Heartbeat struct {
	Version      string `json:"version"`
	Capabilities []Verb `json:"capabilities"`
	Guilds       int    `json:"guilds"`
}

// Beat says that the bot is alive.
func (h Heartbeat) Beat(ctx context.Context, client redis.UniversalClient) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return client.Set(ctx, BotAliveKey, text, BeatHolds).Err()
}

// heard is the last heartbeat, and when it was.
type heard struct {
	Heartbeat
	At int64 `json:"at"` // ms since the epoch
}

// noKey is the answer of PTTL for a key that does not exist.
const noKey = time.Duration(-2)

// bounded returns the heartbeat, cut to the limits of the contract.
func (h Heartbeat) bounded() Heartbeat {
	h.Version = clip(h.Version, MaxVersion)
	h.Capabilities = slices.Clone(h.Capabilities[:min(len(h.Capabilities), MaxCapabilities)])
	for i, v := range h.Capabilities {
		h.Capabilities[i] = Verb(clip(string(v), maxEventWord))
	}
	return h
}

// Bot tells what is known of the bot; the answer may be two seconds old.
func (c *Commands) Bot(ctx context.Context) BotState {
	c.botMu.Lock()
	defer c.botMu.Unlock()
	if time.Since(c.botRead) > botAge {
		// The answer is everybody's, whoever gives up waiting for it.
		c.bot = c.askBot(context.WithoutCancel(ctx), time.Now(), c.bot)
		c.botRead = time.Now()
	}
	return c.bot
}

// askBot looks at the heartbeat. Its key says how long it still holds, and so when it was made.
func (c *Commands) askBot(ctx context.Context, now time.Time, before BotState) BotState {
	ctx, cancel := context.WithTimeout(ctx, redisAnswer)
	defer cancel()
	before.Known = false
	pipe := c.client.Pipeline()
	alive, holds := pipe.GetRange(ctx, BotAliveKey, 0, MaxHeartbeat), pipe.PTTL(ctx, BotAliveKey)
	last := pipe.GetRange(ctx, BotHeardKey, 0, 2*MaxHeartbeat)
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return before
	}
	var then heard
	// What cannot be read was written by a stranger: the bot counts as alive, and nothing more is known of it.
	_ = json.Unmarshal([]byte(last.Val()), &then)
	if holds.Val() != noKey {
		then = heard{At: now.Add(min(holds.Val(), BeatHolds) - BeatHolds).UnixMilli()}
		if text := alive.Val(); len(text) <= MaxHeartbeat {
			_ = json.Unmarshal([]byte(text), &then.Heartbeat)
		}
		then.Heartbeat = then.bounded()
		if text, err := json.Marshal(then); err == nil {
			_ = c.client.Set(ctx, BotHeardKey, text, 0).Err() // the next look tries again
		}
	}
	state := BotState{
		Known: true, Alive: holds.Val() != noKey,
		Version: then.Version, Capabilities: then.Capabilities, Guilds: then.Guilds,
	}
	if then.At > 0 {
		state.LastHeard = time.UnixMilli(then.At).UTC()
	}
	return state
}

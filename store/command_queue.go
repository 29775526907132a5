package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store/contract"
)

// botAbsentAfter is the time since its last heartbeat after which a bot counts as absent and commands are refused at
// once. Before that, commands wait in case the bot returns.
const botAbsentAfter = 10 * time.Minute

// CommandQueue is the dashboard's side of the contract with the bot: it sends commands and records their results.
//
// A command is written to the database before the stream, so a command is never carried out without a record of the
// user who requested it. The two can differ in one way: a row is missing in the stream because Redis was unavailable,
// or because the process crashed in between. In that case Run, in any process, sends the command again, or it
// expires. Sending a command twice is harmless because the bot carries out each id once.
type CommandQueue struct {
	// Expiry is the time that the bot has to respond; VerbExpiry overrides it for some verbs. Set them before use.
	Expiry     time.Duration
	VerbExpiry map[contract.Verb]time.Duration
	// Key signs commands; with a key, results without a valid signature are ignored. Set it before use.
	Key contract.Key
	// CountUnsigned, if set, is called for each result that is ignored. It must not block.
	CountUnsigned func()

	MaxBlock time.Duration // how long Run blocks in a read before it checks whether to stop; 0 means 1 s

	store   *Store
	client  redis.UniversalClient
	bus     *Bus
	log     *slog.Logger
	channel string // contract.BotCommandsChannel

	waiters resultWaiters

	botMu     sync.Mutex
	bot       BotState
	botReadAt time.Time
}

// NewCommandQueue returns a CommandQueue that uses s and client, which it does not close. It publishes results on
// bus.
func NewCommandQueue(s *Store, client redis.UniversalClient, bus *Bus, log *slog.Logger) *CommandQueue {
	return &CommandQueue{Expiry: time.Minute, store: s, client: client, bus: bus, log: log, channel: contract.BotCommandsChannel}
}

// Enqueue sends a command to the bot and returns it. Empty ID and Data are filled in, and so are the times. If the
// same verb is in progress on the same target, or the ID has been used, it returns that command and false, so that
// only the first of several simultaneous requests is sent. The caller must check that the user may request the
// command and that the target belongs to the guild.
func (c *CommandQueue) Enqueue(ctx context.Context, command contract.Command) (contract.Command, bool, error) {
	now := time.Now()
	command.ID = cmp.Or(command.ID, NewID())
	if len(command.Data) == 0 {
		command.Data = json.RawMessage("{}")
	}
	command.IssuedAt, command.ExpiresAt = now, now.Add(cmp.Or(c.VerbExpiry[command.Verb], c.Expiry))

	current, isNew, err := c.store.insertOrFindCommand(ctx, command)
	if err == nil && !isNew && current.Status == contract.CommandRequested && current.ExpiresAt.Before(now) {
		_ = c.expireUnanswered(ctx) // it has expired, but no process has marked it yet
		current, isNew, err = c.store.insertOrFindCommand(ctx, command)
	}
	if err != nil || !isNew {
		return current, false, err
	}
	c.publishResult(ctx, current)
	updated, err := c.send(ctx, current)
	if err != nil { // Run sends it again
		c.log.WarnContext(ctx, "send command failed, retrying later", "command", current.ID, "err", err)
	}
	return updated, true, nil
}

// send sends the command to the bot, or refuses it if no bot is connected. If Redis or the database is unavailable,
// the command stays as it is.
func (c *CommandQueue) send(ctx context.Context, command contract.Command) (contract.Command, error) {
	redisCtx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	receivers, err := c.publish(redisCtx, command)
	if err == nil && receivers == 0 && c.isBotAbsent(redisCtx) {
		return c.refuse(ctx, command, contract.RefusalNoBot, "Nobody is listening: the bot is not running.")
	}
	if err == nil {
		err = command.Send(redisCtx, c.client, c.Key)
	}
	if err == nil {
		err = c.store.markCommandSent(ctx, command.ID)
	}
	return command, err
}

// publish sends the command to bots that use pub/sub, and returns the number of subscribers. 0 is reliable; a
// positive number is no proof of a bot.
func (c *CommandQueue) publish(ctx context.Context, command contract.Command) (receivers int64, err error) {
	message, err := json.Marshal(struct {
		Type      contract.Verb   `json:"type"`
		GuildID   string          `json:"guildId"`
		UserID    string          `json:"userId"`
		Data      json.RawMessage `json:"data"`
		Timestamp int64           `json:"timestamp"`
		ID        string          `json:"id"`
		Target    string          `json:"target"`
		ExpiresAt int64           `json:"expiresAt"`
	}{
		command.Verb, command.GuildID, command.Actor.ID, command.Data, command.IssuedAt.UnixMilli(),
		command.ID, command.Target, command.ExpiresAt.UnixMilli(),
	})
	if err != nil {
		return 0, fmt.Errorf("encode command: %w", err)
	}
	return c.client.Publish(ctx, c.channel, c.Key.SignMessage(string(message))).Result()
}

// isBotAbsent reports whether the bot sent its last heartbeat more than botAbsentAfter ago, or never sent one. It is
// false if Redis does not answer.
func (c *CommandQueue) isBotAbsent(ctx context.Context) bool {
	now := time.Now()
	b := c.readBotState(ctx, now, BotState{})
	return b.IsCurrent && !b.Alive && now.Sub(b.LastSeen) > botAbsentAfter
}

// refuse records a refusal on behalf of the bot.
func (c *CommandQueue) refuse(ctx context.Context, command contract.Command, code, message string) (contract.Command, error) {
	result := contract.CommandResult{ID: command.ID, Status: contract.CommandRefused, Code: code, Message: message}
	refused, changed, err := c.store.recordResult(ctx, result, time.Now())
	if err != nil {
		return command, err
	}
	if changed {
		c.publishResult(ctx, refused)
	}
	return c.store.Command(ctx, command.GuildID, command.ID)
}

// publishResult publishes an event that invalidates all pages that show the command: handlers load the commands of the
// rows that a page shows again (loadBotRequests), and ui.CommandState shows the status. A lost event only delays them.
func (c *CommandQueue) publishResult(ctx context.Context, command contract.Command) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	event := contract.Event{Type: contract.CommandResultEvent, GuildID: command.GuildID, UserID: command.Actor.ID}
	data := contract.CommandResultData{CommandID: command.ID, Status: command.Status, Verb: command.Verb, Target: command.Target}
	if err := c.bus.Publish(ctx, event.WithData(data)); err != nil {
		c.log.DebugContext(ctx, "publish command result failed", "command", command.ID, "err", err)
	}
}

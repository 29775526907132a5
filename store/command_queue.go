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
)

// botAbsentAfter is how long after its last heartbeat a bot may still come back: what is asked meanwhile waits for it. One
// that is silent for longer, or never was there, is nobody.
const botAbsentAfter = 10 * time.Minute

// CommandQueue is the dashboard's end of the contract with the bot: it asks, and hears what came of it.
//
// The row comes first and the stream second, so a command is never carried out without a trace of who asked. The two can
// disagree in one way only, a row that is not in the stream, because Redis was away or the process died in between: then
// Run, in whatever process, sends it again, or it expires. Sending twice is harmless, since the bot carries out an id once.
type CommandQueue struct {
	// Expiry is how long the bot has to answer, and VerbExpiry how long where a verb has its own. Set them before use.
	Expiry     time.Duration
	VerbExpiry map[Verb]time.Duration
	// Key signs commands; with a key, results without a valid signature are ignored. Set it before use.
	Key ContractKey
	// CountUnsigned, if set, is called for each result that is ignored. It must not block.
	CountUnsigned func()

	MaxBlock time.Duration // how long Run may wait for the bot before it looks whether it is to end; 0 is a second

	store   *Store
	client  redis.UniversalClient
	bus     *Bus
	log     *slog.Logger
	channel string // BotCommandsChannel

	botMu     sync.Mutex
	bot       BotState
	botReadAt time.Time
}

// NewCommandQueue makes the dashboard's end over a store and a Redis, which it does not close. Results are told on bus.
func NewCommandQueue(s *Store, client redis.UniversalClient, bus *Bus, log *slog.Logger) *CommandQueue {
	return &CommandQueue{Expiry: time.Minute, store: s, client: client, bus: bus, log: log, channel: BotCommandsChannel}
}

// Enqueue sends a command to the bot, with ID, Data and times filled in where empty, and returns it as it stands. When the
// same verb is under way on the same target, or the ID has been used, it returns that command and false: of many people
// who click at once, one asks. Whether the person may, and whether the target is the guild's, is for the caller to know.
func (c *CommandQueue) Enqueue(ctx context.Context, command Command) (Command, bool, error) {
	now := time.Now()
	command.ID = cmp.Or(command.ID, NewID())
	if len(command.Data) == 0 {
		command.Data = json.RawMessage("{}")
	}
	command.IssuedAt, command.ExpiresAt = now, now.Add(cmp.Or(c.VerbExpiry[command.Verb], c.Expiry))

	current, isNew, err := c.store.insertOrFindCommand(ctx, command)
	if err == nil && !isNew && current.Status == CommandRequested && current.ExpiresAt.Before(now) {
		_ = c.expireUnanswered(ctx) // it only looks as if it were under way: nobody has swept
		current, isNew, err = c.store.insertOrFindCommand(ctx, command)
	}
	if err != nil || !isNew {
		return current, false, err
	}
	c.publishResult(ctx, current)
	updated, err := c.send(ctx, current)
	if err != nil { // Run tries again
		c.log.WarnContext(ctx, "commands: not sent", "command", current.ID, "error", err)
	}
	return updated, true, nil
}

// send brings the command to the bot, or answers it when there is none. When Redis or the database is away the command
// stays as it is.
func (c *CommandQueue) send(ctx context.Context, command Command) (Command, error) {
	redisCtx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	receivers, err := c.publish(redisCtx, command)
	if err == nil && receivers == 0 && c.isBotAbsent(redisCtx) {
		return c.refuse(ctx, command, RefusalNoBot, "Nobody is listening: the bot is not running.")
	}
	if err == nil {
		err = command.Send(redisCtx, c.client, c.Key)
	}
	if err == nil {
		err = c.store.markCommandSent(ctx, command.ID)
	}
	return command, err
}

// publish tells bots that know pub/sub only, in the envelope that they know, and returns how many heard it. None is a
// certain answer, some proves nothing.
func (c *CommandQueue) publish(ctx context.Context, command Command) (receivers int64, err error) {
	message, err := json.Marshal(struct {
		Type      Verb            `json:"type"`
		GuildID   string          `json:"guildId"`
		UserID    string          `json:"userId"`
		Data      json.RawMessage `json:"data"`
		Timestamp int64           `json:"timestamp"`
		ID        string          `json:"id"`
		Target    string          `json:"target"`
		ExpiresAt int64           `json:"expiresAt"`
	}{command.Verb, command.GuildID, command.Actor.ID, command.Data, command.IssuedAt.UnixMilli(), command.ID, command.Target, command.ExpiresAt.UnixMilli()})
	if err != nil {
		return 0, fmt.Errorf("writing command: %w", err)
	}
	return c.client.Publish(ctx, c.channel, c.Key.signMessage(string(message))).Result()
}

// isBotAbsent tells whether it is certain that no bot reads the stream, and unlikely that one comes back in time.
func (c *CommandQueue) isBotAbsent(ctx context.Context) bool {
	now := time.Now()
	b := c.readBotState(ctx, now, BotState{})
	return b.IsCurrent && !b.Alive && now.Sub(b.LastSeen) > botAbsentAfter
}

// refuse answers in the bot's place.
func (c *CommandQueue) refuse(ctx context.Context, command Command, code, message string) (Command, error) {
	refused, changed, err := c.store.recordResult(ctx, CommandResult{ID: command.ID, Status: CommandRefused, Code: code, Message: message}, time.Now())
	if err != nil {
		return command, err
	}
	if changed {
		c.publishResult(ctx, refused)
	}
	return c.store.Command(ctx, command.GuildID, command.ID)
}

// publishResult has every page that shows the command look again. It is a hint: one that is lost delays a page, no more.
func (c *CommandQueue) publishResult(ctx context.Context, command Command) {
	data, err := json.Marshal(map[string]string{
		"commandId": command.ID, "status": string(command.Status), "type": string(command.Verb), "target": command.Target,
	})
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, redisTimeout)
		defer cancel()
		err = c.bus.Publish(ctx, Event{Type: CommandResultEvent, GuildID: command.GuildID, UserID: command.Actor.ID, Data: data})
	}
	if err != nil {
		c.log.DebugContext(ctx, "commands: result not told", "command", command.ID, "error", err)
	}
}

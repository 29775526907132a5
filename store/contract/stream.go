package contract

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store/snowflake"
)

// Names of the contract with the bot in Redis.
const (
	CommandsStream = "bot:commands" // dashboard → bot; the bot reads as consumer group BotGroup
	ResultsStream  = "bot:results"  // bot → dashboard; dashboards read as consumer group DashboardGroup
	BotGroup       = "bot"
	DashboardGroup = "dashboard"

	BotAliveKey    = "bot:alive"     // the bot's heartbeat, a JSON Heartbeat: SET … EX 30 every 10 s
	BotLastSeenKey = "bot:last-seen" // the last heartbeat and its time, without expiry; written by dashboards

	EventsChannel      = "discord_events" // bot → dashboards: events
	BotCommandsChannel = "bot_commands"   // the same commands for bots that use pub/sub only
)

// maxStreamLength is the approximate maximum number of entries in a stream. Commands are also in the database, and
// expire after about a minute.
const maxStreamLength = 10_000

// CommandResult is the bot's response to a command.
type CommandResult struct {
	ID      string        // of the command
	Status  CommandStatus // accepted, done or refused
	Code    string
	Message string
	At      time.Time
}

// Send adds the result to the stream of results, signed with key.
func (r CommandResult) Send(ctx context.Context, client redis.UniversalClient, key Key) error {
	return addToStream(ctx, client, ResultsStream, key.SignResult([]string{
		"id", r.ID, "status", string(r.Status), "code", r.Code, "message", r.Message, "at", formatMillis(r.At),
	}))
}

// Send adds the command to the stream of commands, signed with key.
func (c Command) Send(ctx context.Context, client redis.UniversalClient, key Key) error {
	return addToStream(ctx, client, CommandsStream, key.SignCommand([]string{
		"id", c.ID, "type", string(c.Verb), "guildId", c.GuildID, "userId", c.Actor.ID, "target", c.Target,
		"data", string(c.Data), "issuedAt", formatMillis(c.IssuedAt), "expiresAt", formatMillis(c.ExpiresAt),
	}))
}

func formatMillis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

func addToStream(ctx context.Context, client redis.UniversalClient, stream string, values []string) error {
	err := client.XAdd(ctx, &redis.XAddArgs{Stream: stream, MaxLen: maxStreamLength, Approx: true, Values: values}).Err()
	if err != nil {
		return fmt.Errorf("add to %s: %w", stream, err)
	}
	return nil
}

// DecodeCommand decodes an entry of CommandsStream. If the entry has an id, the returned command has it even in case
// of an error, so that the command can be refused.
func DecodeCommand(values map[string]any) (Command, error) {
	field := func(name string) string { s, _ := values[name].(string); return s }
	c := Command{
		ID: field("id"), Verb: Verb(field("type")), GuildID: field("guildId"), Actor: User{ID: field("userId")},
		Target: field("target"), Data: []byte(field("data")), Status: CommandRequested,
	}
	if len(c.Data) == 0 {
		c.Data = []byte("{}")
	}
	if len(c.ID) > maxCommandIDBytes { // results can't refer to it
		c.ID = ""
	}
	issued, issuedErr := strconv.ParseInt(field("issuedAt"), 10, 64)
	expires, expiresErr := strconv.ParseInt(field("expiresAt"), 10, 64)
	c.IssuedAt, c.ExpiresAt = time.UnixMilli(issued).UTC(), time.UnixMilli(expires).UTC()
	switch {
	case c.ID == "":
		return c, errors.New("id is missing or too long")
	case len(c.Data) > maxCommandDataBytes:
		c.Data = []byte("{}")
		return c, fmt.Errorf("data is longer than %d bytes", maxCommandDataBytes)
	case c.Verb == "" || c.Target == "" || !snowflake.IsValid(c.GuildID):
		return c, errors.New("type, target or guildId is missing")
	case issuedErr != nil || expiresErr != nil:
		return c, errors.New("issuedAt and expiresAt must be milliseconds since the epoch")
	}
	return c, nil
}

// decodeResult decodes an entry of ResultsStream. It truncates values that are longer than the contract allows. An id
// that is too long becomes "".
func DecodeResult(values map[string]any) CommandResult {
	field := func(name string, maxRunes int) string { s, _ := values[name].(string); return truncate(s, maxRunes) }
	result := CommandResult{
		ID: field("id", maxCommandIDBytes+1), Status: CommandStatus(field("status", maxStatus)),
		Code: field("code", MaxResultCode), Message: field("message", MaxResultMessage),
	}
	if len(result.ID) > maxCommandIDBytes {
		result.ID = ""
	}
	return result
}

// truncate returns at most the first maxRunes characters of s, as a copy that does not keep s in memory.
func truncate(s string, maxRunes int) string {
	if len(s) <= maxRunes {
		return s
	}
	n := 0
	for i := range s {
		if n == maxRunes {
			return strings.Clone(s[:i])
		}
		n++
	}
	return s
}

package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Names of the contract with the bot in Redis.
const (
	CommandsStream = "bot:commands" // dashboard → bot; the bot reads as consumer group BotGroup
	ResultsStream  = "bot:results"  // bot → dashboard; dashboards read as consumer group DashboardGroup
	BotGroup       = "bot"
	DashboardGroup = "dashboard"

	BotAliveKey    = "bot:alive"     // the bot's heartbeat, a JSON Heartbeat: SET … EX 30 every 10 s
	BotLastSeenKey = "bot:last-seen" // the last heartbeat and its time, without expiry; written by dashboards

	BotCommandsChannel = "bot_commands" // the same commands for bots that use pub/sub only
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
func (r CommandResult) Send(ctx context.Context, client redis.UniversalClient, key ContractKey) error {
	return addToStream(ctx, client, ResultsStream, key.SignResult([]string{
		"id", r.ID, "status", string(r.Status), "code", r.Code, "message", r.Message, "at", formatMillis(r.At),
	}))
}

// Send adds the command to the stream of commands, signed with key.
func (c Command) Send(ctx context.Context, client redis.UniversalClient, key ContractKey) error {
	return addToStream(ctx, client, CommandsStream, key.SignCommand([]string{
		"id", c.ID, "type", string(c.Verb), "guildId", c.GuildID, "userId", c.Actor.ID, "target", c.Target,
		"data", string(c.Data), "issuedAt", formatMillis(c.IssuedAt), "expiresAt", formatMillis(c.ExpiresAt),
	}))
}

func formatMillis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

func addToStream(ctx context.Context, client redis.UniversalClient, stream string, values []string) error {
	err := client.XAdd(ctx, &redis.XAddArgs{Stream: stream, MaxLen: maxStreamLength, Approx: true, Values: values}).Err()
	if err != nil {
		return fmt.Errorf("add to %s: %w: %w", stream, ErrUnavailable, err)
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
	case c.Verb == "" || c.Target == "" || !IsSnowflake(c.GuildID):
		return c, errors.New("type, target or guildId is missing")
	case issuedErr != nil || expiresErr != nil:
		return c, errors.New("issuedAt and expiresAt must be milliseconds since the epoch")
	}
	return c, nil
}

// decodeResult decodes an entry of ResultsStream. It truncates values that are longer than the contract allows. An id
// that is too long becomes "".
func decodeResult(values map[string]any) CommandResult {
	field := func(name string, maxRunes int) string { s, _ := values[name].(string); return truncate(s, maxRunes) }
	result := CommandResult{
		ID: field("id", maxCommandIDBytes+1), Status: CommandStatus(field("status", maxStatus)),
		Code: field("code", maxResultCode), Message: field("message", maxResultMessage),
	}
	if len(result.ID) > maxCommandIDBytes {
		result.ID = ""
	}
	return result
}

// errStreamLost reports that Redis has lost a stream, for example because it evicts keys.
var errStreamLost = errors.New("the stream was lost with its entries, and has been created again")

// ConsumerGroup reads a stream as one consumer of a group. Each entry is delivered to one consumer and stays assigned
// to it until it is acknowledged, or until another consumer claims it after MinIdle.
type ConsumerGroup struct {
	Client   redis.UniversalClient
	Stream   string
	Name     string
	Consumer string        // unique among all processes
	existed  bool          // the group has existed
	MinIdle  time.Duration // how long an entry may be in progress until its consumer counts as crashed
	MaxBlock time.Duration // how long Read waits for entries; 0 means 1 s
}

// Read waits for new entries and returns up to count of them, or none after MaxBlock. It creates a missing group,
// which starts at the first entry of the stream. If the group has existed before, Read also returns an error.
func (g *ConsumerGroup) Read(ctx context.Context, count int) ([]redis.XMessage, error) {
	block := g.MaxBlock
	if block == 0 {
		block = time.Second
	}
	streams, err := g.Client.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: g.Name, Consumer: g.Consumer, Streams: []string{g.Stream, ">"}, Count: int64(count), Block: block,
	}).Result()
	if err := g.ensureExists(ctx, err); err != nil || len(streams) == 0 {
		return nil, err
	}
	return streams[0].Messages, nil
}

// Claim takes over entries that have been assigned to other consumers for longer than MinIdle.
func (g *ConsumerGroup) Claim(ctx context.Context, count int) ([]redis.XMessage, error) {
	entries, _, err := g.Client.XAutoClaim(ctx, &redis.XAutoClaimArgs{
		Stream: g.Stream, Group: g.Name, Consumer: g.Consumer, MinIdle: g.MinIdle, Start: "0-0", Count: int64(count),
	}).Result()
	return entries, g.ensureExists(ctx, err)
}

// Acknowledge marks entries as processed.
func (g *ConsumerGroup) Acknowledge(ctx context.Context, ids ...string) error {
	if err := g.Client.XAck(ctx, g.Stream, g.Name, ids...).Err(); err != nil {
		return fmt.Errorf("acknowledge %s: %w: %w", g.Stream, ErrUnavailable, err)
	}
	return nil
}

// ensureExists returns err, except for two cases: it returns nil if there are no new entries, and creates a missing
// group.
func (g *ConsumerGroup) ensureExists(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, redis.Nil) {
		g.existed = true
		return nil
	}
	if strings.HasPrefix(err.Error(), "NOGROUP") {
		err = g.Client.XGroupCreateMkStream(ctx, g.Stream, g.Name, "0").Err()
		if err == nil || strings.HasPrefix(err.Error(), "BUSYGROUP") {
			if err = nil; g.existed {
				// Redis has lost its data or evicts keys, so the caller must pause before the next read.
				err = errStreamLost
			}
			g.existed = true
		}
		if err == nil {
			return nil
		}
	}
	return fmt.Errorf("read %s: %w: %w", g.Stream, ErrUnavailable, err)
}

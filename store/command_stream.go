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

// The contract with the bot, in Redis.
const (
	CommandsStream = "bot:commands" // dashboard → bot; the bot reads as consumer group BotGroup
	ResultsStream  = "bot:results"  // bot → dashboard; dashboards read as consumer group DashboardGroup
	BotGroup       = "bot"
	DashboardGroup = "dashboard"

	BotAliveKey = "bot:alive" // the bot's heartbeat, a JSON Heartbeat: SET … EX 30 every 10 s
	BotHeardKey = "bot:heard" // the last one that was heard and when, kept for ever; dashboards write it, a bot may

	BotCommandsChannel = "bot_commands" // the same commands for bots that know pub/sub only
)

// streamLength is about how many entries a stream keeps. Commands are in the database, and lapse in a minute.
const streamLength = 10_000

// Answer is what the bot says of a command.
type Answer struct {
	ID      string        // the command's
	Status  CommandStatus // accepted, done or refused
	Code    string
	Message string
	At      time.Time
}

// Send adds the answer to the stream of results, signed with key.
func (a Answer) Send(ctx context.Context, client redis.UniversalClient, key ContractKey) error {
	return add(ctx, client, ResultsStream, key.SignResult([]string{
		"id", a.ID, "status", string(a.Status), "code", a.Code, "message", a.Message, "at", milliseconds(a.At),
	}))
}

// Send adds the command to the stream of commands, signed with key.
func (c Command) Send(ctx context.Context, client redis.UniversalClient, key ContractKey) error {
	return add(ctx, client, CommandsStream, key.SignCommand([]string{
		"id", c.ID, "type", string(c.Verb), "guildId", c.GuildID, "userId", c.Actor.ID, "target", c.Target,
		"data", string(c.Data), "issuedAt", milliseconds(c.IssuedAt), "expiresAt", milliseconds(c.ExpiresAt),
	}))
}

func milliseconds(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

func add(ctx context.Context, client redis.UniversalClient, stream string, values []string) error {
	err := client.XAdd(ctx, &redis.XAddArgs{Stream: stream, MaxLen: streamLength, Approx: true, Values: values}).Err()
	if err != nil {
		return fmt.Errorf("adding to %s: %w: %w", stream, ErrUnavailable, err)
	}
	return nil
}

// DecodeCommand reads an entry of CommandsStream. The command has an ID even when the rest of it cannot be read, if
// there was one, so that it can be refused.
func DecodeCommand(values map[string]any) (Command, error) {
	field := func(name string) string { s, _ := values[name].(string); return s }
	c := Command{
		ID: field("id"), Verb: Verb(field("type")), GuildID: field("guildId"), Actor: Person{ID: field("userId")},
		Target: field("target"), Data: []byte(field("data")), Status: CommandAsked,
	}
	if len(c.Data) == 0 {
		c.Data = []byte("{}")
	}
	if len(c.ID) > MaxCommandID { // too long to be answered
		c.ID = ""
	}
	issued, err1 := strconv.ParseInt(field("issuedAt"), 10, 64)
	expires, err2 := strconv.ParseInt(field("expiresAt"), 10, 64)
	c.IssuedAt, c.ExpiresAt = time.UnixMilli(issued).UTC(), time.UnixMilli(expires).UTC()
	switch {
	case c.ID == "":
		return c, errors.New("a command without a sensible id")
	case len(c.Data) > MaxCommandData:
		c.Data = []byte("{}")
		return c, fmt.Errorf("data is longer than %d bytes", MaxCommandData)
	case c.Verb == "" || c.Target == "" || !isSnowflake(c.GuildID):
		return c, errors.New("type, target or guildId is missing")
	case err1 != nil || err2 != nil:
		return c, errors.New("issuedAt and expiresAt must be milliseconds since the epoch")
	}
	return c, nil
}

// decodeAnswer reads an entry of ResultsStream, and cuts values that are longer than the contract allows. An ID that is
// too long becomes "".
func decodeAnswer(values map[string]any) Answer {
	field := func(name string, most int) string { s, _ := values[name].(string); return clip(s, most) }
	a := Answer{
		ID: field("id", MaxCommandID+1), Status: CommandStatus(field("status", maxStatus)),
		Code: field("code", MaxAnswerCode), Message: field("message", MaxAnswerMessage),
	}
	if len(a.ID) > MaxCommandID {
		a.ID = ""
	}
	return a
}

// errStreamGone reports that Redis has lost a stream, for example because it evicts keys.
var errStreamGone = errors.New("the stream was lost with its entries, and has been created again")

// Group reads a stream as one member of a consumer group: each entry goes to one member, and stays that member's until
// it is acknowledged or, after Idle, another claims it.
type Group struct {
	Client   redis.UniversalClient
	Stream   string
	Name     string
	Member   string        // unlike that of any other process
	known    bool          // the group has existed
	Idle     time.Duration // how long an entry may be worked on until its member counts as crashed
	MaxBlock time.Duration // how long Read waits for entries; 0 is a second
}

// Read waits for new entries and returns some of them; none when there were none in time. A missing group is created
// and begins with the first entry of the stream. If it has existed before, Read returns an error, too.
func (g *Group) Read(ctx context.Context, most int) ([]redis.XMessage, error) {
	block := g.MaxBlock
	if block == 0 {
		block = time.Second
	}
	streams, err := g.Client.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: g.Name, Consumer: g.Member, Streams: []string{g.Stream, ">"}, Count: int64(most), Block: block,
	}).Result()
	if err := g.made(ctx, err); err != nil || len(streams) == 0 {
		return nil, err
	}
	return streams[0].Messages, nil
}

// Claim takes over entries that their members have left for longer than Idle.
func (g *Group) Claim(ctx context.Context, most int) ([]redis.XMessage, error) {
	entries, _, err := g.Client.XAutoClaim(ctx, &redis.XAutoClaimArgs{
		Stream: g.Stream, Group: g.Name, Consumer: g.Member, MinIdle: g.Idle, Start: "0-0", Count: int64(most),
	}).Result()
	return entries, g.made(ctx, err)
}

// Done acknowledges entries.
func (g *Group) Done(ctx context.Context, ids ...string) error {
	if err := g.Client.XAck(ctx, g.Stream, g.Name, ids...).Err(); err != nil {
		return fmt.Errorf("acknowledging %s: %w: %w", g.Stream, ErrUnavailable, err)
	}
	return nil
}

// made is err, but for the two that are none: nothing new, and no group, which it makes.
func (g *Group) made(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, redis.Nil) {
		g.known = true
		return nil
	}
	if strings.HasPrefix(err.Error(), "NOGROUP") {
		err = g.Client.XGroupCreateMkStream(ctx, g.Stream, g.Name, "0").Err()
		if err == nil || strings.HasPrefix(err.Error(), "BUSYGROUP") {
			if err = nil; g.known { // Redis has lost its data or evicts keys: the caller must not read again at once
				err = errStreamGone
			}
			g.known = true
		}
		if err == nil {
			return nil
		}
	}
	return fmt.Errorf("reading %s: %w: %w", g.Stream, ErrUnavailable, err)
}

package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store/contract"
)

// commandExchange sends commands to a bot and observes its answers as a dashboard would. It reads the streams outside
// any consumer group, so it takes no entries from others.
type commandExchange struct {
	client       redis.UniversalClient
	lastResultID string       // id of the last entry read from ResultsStream
	key          contract.Key // signs entries
	sent         []*sentEntry
	received     []receivedAnswer
	group        *redis.XInfoGroup // the bot's group; nil if there is none
}

// sentEntry is an entry that the doctor added to CommandsStream.
type sentEntry struct {
	id                string // id of the entry
	commandID         string // id of the command; "" if it is not a command
	delivered         bool   // delivered to a consumer of the group
	pending           bool   // delivered and not acknowledged
	unsigned          bool   // signature missing or invalid, so there must be no answer
	acknowledgedEarly bool   // acknowledged before its answer
}

// receivedAnswer is an answer to a command of the doctor.
type receivedAnswer struct {
	contract.CommandResult
	fields     map[string]any
	receivedAt time.Time // time at which it was read
}

// isFinal reports whether the answer completes the command.
func (a receivedAnswer) isFinal() bool {
	return a.Status == contract.CommandDone || a.Status == contract.CommandRefused
}

func (a receivedAnswer) String() string {
	s := string(a.Status)
	if a.Code != "" {
		s += " (" + quote(a.Code) + ")"
	}
	if a.Message != "" {
		s += ": " + quote(a.Message)
	}
	return s
}

// newCommandExchange returns an exchange that reads answers added from now on.
func newCommandExchange(ctx context.Context, client redis.UniversalClient) (*commandExchange, error) {
	last, err := lastEntryID(ctx, client, contract.ResultsStream)
	if err != nil {
		return nil, err
	}
	t := &commandExchange{client: client, lastResultID: last}
	return t, t.poll(ctx)
}

// lastEntryID returns the id of a stream's newest entry.
func lastEntryID(ctx context.Context, client redis.UniversalClient, stream string) (string, error) {
	newest, err := client.XRevRangeN(ctx, stream, "+", "-", 1).Result()
	if err != nil {
		return "", fmt.Errorf("%w: read %s: %w", ErrRedisUnavailable, stream, err)
	}
	if len(newest) == 0 {
		return "0-0", nil
	}
	return newest[0].ID, nil
}

// sendCommand sends a command as a dashboard does.
func (t *commandExchange) sendCommand(ctx context.Context, c contract.Command) (*sentEntry, error) {
	if err := c.Send(ctx, t.client, t.key); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRedisUnavailable, err)
	}
	newest, err := t.client.XRevRangeN(ctx, contract.CommandsStream, "+", "-", 100).Result()
	if err != nil {
		return nil, fmt.Errorf("%w: read %s: %w", ErrRedisUnavailable, contract.CommandsStream, err)
	}
	for _, found := range newest {
		isTracked := slices.ContainsFunc(t.sent, func(e *sentEntry) bool { return e.id == found.ID })
		if id, _ := found.Values["id"].(string); id == c.ID && !isTracked {
			return t.track(found.ID, c.ID), nil
		}
	}
	return nil, fmt.Errorf("%s is trimmed to fewer than 100 entries: the command was removed", contract.CommandsStream)
}

// sendRaw adds an entry that may not be a valid command.
func (t *commandExchange) sendRaw(ctx context.Context, command string, values ...string) (*sentEntry, error) {
	id, err := t.client.XAdd(ctx, &redis.XAddArgs{Stream: contract.CommandsStream, Values: values}).Result()
	if err != nil {
		return nil, fmt.Errorf("%w: add to %s: %w", ErrRedisUnavailable, contract.CommandsStream, err)
	}
	return t.track(id, command), nil
}

func (t *commandExchange) track(id, command string) *sentEntry {
	e := &sentEntry{id: id, commandID: command}
	t.sent = append(t.sent, e)
	return e
}

// poll updates the state of the commands. It reads the pending entries before the answers: an entry acknowledged by
// then has its answer among those read, or was acknowledged before its answer.
func (t *commandExchange) poll(ctx context.Context) error {
	if err := t.pollGroup(ctx); err != nil {
		return fmt.Errorf("%w: inspect group %s of %s: %w", ErrRedisUnavailable, contract.BotGroup, contract.CommandsStream, err)
	}
	if err := t.readAnswers(ctx); err != nil {
		return fmt.Errorf("%w: read %s: %w", ErrRedisUnavailable, contract.ResultsStream, err)
	}
	for _, e := range t.sent {
		if e.commandID != "" && !e.unsigned && e.delivered && !e.pending && len(t.finalAnswers(e.commandID)) == 0 {
			e.acknowledgedEarly = true
		}
	}
	return nil
}

func (t *commandExchange) pollGroup(ctx context.Context) error {
	var err error
	if t.group, err = findGroup(ctx, t.client, contract.CommandsStream,
		contract.BotGroup); err != nil || t.group == nil || len(t.sent) == 0 {
		return err
	}
	for _, e := range t.sent {
		e.delivered = e.delivered || isAtOrBefore(e.id, t.group.LastDeliveredID)
	}
	pending, err := t.client.XPendingExt(ctx, &redis.XPendingExtArgs{
		Stream: contract.CommandsStream, Group: contract.BotGroup, Start: t.sent[0].id, End: t.sent[len(t.sent)-1].id, Count: 1000,
	}).Result()
	if err != nil {
		return err
	}
	for _, e := range t.sent {
		e.pending = slices.ContainsFunc(pending, func(p redis.XPendingExt) bool { return p.ID == e.id })
	}
	return nil
}

// readAnswers reads new answers.
func (t *commandExchange) readAnswers(ctx context.Context) error {
	for {
		streams, err := t.client.XRead(ctx, &redis.XReadArgs{
			Streams: []string{contract.ResultsStream, t.lastResultID}, Count: 500, Block: -1,
		}).Result()
		if errors.Is(err, redis.Nil) || err == nil && (len(streams) == 0 || len(streams[0].Messages) == 0) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, m := range streams[0].Messages {
			t.lastResultID = m.ID
			a := parseAnswer(m.Values)
			isOurs := func(e *sentEntry) bool { return e.commandID == a.ID && a.ID != "" }
			if slices.ContainsFunc(t.sent, isOurs) {
				t.received = append(t.received, a)
			}
		}
	}
}

func parseAnswer(fields map[string]any) receivedAnswer {
	field := func(name string) string { s, _ := fields[name].(string); return s }
	return receivedAnswer{
		CommandResult: contract.CommandResult{
			ID: field("id"), Status: contract.CommandStatus(field("status")), Code: field("code"), Message: field("message"),
		},
		fields: fields, receivedAt: time.Now(),
	}
}

// answersTo returns all answers to a command.
func (t *commandExchange) answersTo(command string) []receivedAnswer {
	var found []receivedAnswer
	for _, a := range t.received {
		if a.ID == command {
			found = append(found, a)
		}
	}
	return found
}

func (t *commandExchange) finalAnswers(command string) []receivedAnswer {
	return slices.DeleteFunc(t.answersTo(command), func(a receivedAnswer) bool { return !a.isFinal() })
}

// wait polls until done returns true, for at most the given time.
func (t *commandExchange) wait(ctx context.Context, timeout time.Duration, done func() bool) (bool, error) {
	return pollUntil(ctx, timeout, func() error { return t.poll(ctx) }, done)
}

// findGroup returns a consumer group of a stream; nil if there is none.
func findGroup(ctx context.Context, client redis.UniversalClient, stream, name string) (*redis.XInfoGroup, error) {
	groups, err := client.XInfoGroups(ctx, stream).Result()
	if err != nil && strings.Contains(err.Error(), "no such key") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		if g.Name == name {
			return &g, nil
		}
	}
	return nil, nil
}

// isAtOrBefore reports whether entry id a is b or precedes it in the stream.
func isAtOrBefore(a, b string) bool {
	aTime, aCount := splitEntryID(a)
	bTime, bCount := splitEntryID(b)
	return aTime < bTime || aTime == bTime && aCount <= bCount
}

// splitEntryID returns the milliseconds and the sequence number of an entry id.
func splitEntryID(id string) (ms, count uint64) {
	left, right, _ := strings.Cut(id, "-")
	ms, _ = strconv.ParseUint(left, 10, 64)
	count, _ = strconv.ParseUint(right, 10, 64)
	return ms, count
}

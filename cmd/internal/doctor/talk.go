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

	"guildboard/store"
)

// talk is what a dashboard would see of its talk with a bot. It reads the streams as nobody's consumer, so it takes
// nothing away from anyone.
type talk struct {
	client redis.UniversalClient
	last   string            // last entry that was read of ResultsStream
	key    store.ContractKey // signs entries
	said   []*entry
	heard  []answer
	group  *redis.XInfoGroup // of the bot; nil when there is none
}

// entry is one of ours in CommandsStream.
type entry struct {
	id        string // in the stream
	command   string // its id; "" when it is no command
	delivered bool   // to a member of the group
	pending   bool   // it is not acknowledged
	unsigned  bool   // its signature is missing or wrong, so there must be no answer
	early     bool   // it was acknowledged when there was no answer yet
}

// answer is one to a command of ours.
type answer struct {
	store.Answer
	fields map[string]any
	at     time.Time // when it was read
}

// final tells whether it ends the command's wait.
func (a answer) final() bool {
	return a.Status == store.CommandDone || a.Status == store.CommandRefused
}

func (a answer) String() string {
	s := string(a.Status)
	if a.Code != "" {
		s += " (" + quoted(a.Code) + ")"
	}
	if a.Message != "" {
		s += ": " + quoted(a.Message)
	}
	return s
}

// newTalk begins to listen for answers from now on.
func newTalk(ctx context.Context, client redis.UniversalClient) (*talk, error) {
	last, err := lastOf(ctx, client, store.ResultsStream)
	if err != nil {
		return nil, err
	}
	t := &talk{client: client, last: last}
	return t, t.look(ctx)
}

// lastOf is the newest entry of a stream.
func lastOf(ctx context.Context, client redis.UniversalClient, stream string) (string, error) {
	newest, err := client.XRevRangeN(ctx, stream, "+", "-", 1).Result()
	if err != nil {
		return "", fmt.Errorf("%w: reading %s: %w", ErrAway, stream, err)
	}
	if len(newest) == 0 {
		return "0-0", nil
	}
	return newest[0].ID, nil
}

// send sends a command as a dashboard does.
func (t *talk) send(ctx context.Context, c store.Command) (*entry, error) {
	if err := c.Send(ctx, t.client, t.key); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAway, err)
	}
	newest, err := t.client.XRevRangeN(ctx, store.CommandsStream, "+", "-", 100).Result()
	if err != nil {
		return nil, fmt.Errorf("%w: reading %s: %w", ErrAway, store.CommandsStream, err)
	}
	for _, found := range newest {
		known := slices.ContainsFunc(t.said, func(e *entry) bool { return e.id == found.ID })
		if id, _ := found.Values["id"].(string); id == c.ID && !known {
			return t.remember(found.ID, c.ID), nil
		}
	}
	return nil, fmt.Errorf("%s is trimmed to less than 100 entries by somebody: the command is gone", store.CommandsStream)
}

// sendRaw sends what may be no command.
func (t *talk) sendRaw(ctx context.Context, command string, values ...string) (*entry, error) {
	id, err := t.client.XAdd(ctx, &redis.XAddArgs{Stream: store.CommandsStream, Values: values}).Result()
	if err != nil {
		return nil, fmt.Errorf("%w: adding to %s: %w", ErrAway, store.CommandsStream, err)
	}
	return t.remember(id, command), nil
}

func (t *talk) remember(id, command string) *entry {
	e := &entry{id: id, command: command}
	t.said = append(t.said, e)
	return e
}

// look sees what has become of the commands. The order matters: what was acknowledged before the answers are read has
// its answer among them, or had none.
func (t *talk) look(ctx context.Context) error {
	if err := t.lookAtGroup(ctx); err != nil {
		return fmt.Errorf("%w: looking at group %s of %s: %w", ErrAway, store.BotGroup, store.CommandsStream, err)
	}
	if err := t.read(ctx); err != nil {
		return fmt.Errorf("%w: reading %s: %w", ErrAway, store.ResultsStream, err)
	}
	for _, e := range t.said {
		if e.command != "" && !e.unsigned && e.delivered && !e.pending && len(t.finals(e.command)) == 0 {
			e.early = true
		}
	}
	return nil
}

func (t *talk) lookAtGroup(ctx context.Context) error {
	var err error
	if t.group, err = groupOf(ctx, t.client, store.CommandsStream, store.BotGroup); err != nil || t.group == nil || len(t.said) == 0 {
		return err
	}
	for _, e := range t.said {
		e.delivered = e.delivered || notAfter(e.id, t.group.LastDeliveredID)
	}
	pending, err := t.client.XPendingExt(ctx, &redis.XPendingExtArgs{
		Stream: store.CommandsStream, Group: store.BotGroup, Start: t.said[0].id, End: t.said[len(t.said)-1].id, Count: 1000,
	}).Result()
	if err != nil {
		return err
	}
	for _, e := range t.said {
		e.pending = slices.ContainsFunc(pending, func(p redis.XPendingExt) bool { return p.ID == e.id })
	}
	return nil
}

// read reads new answers.
func (t *talk) read(ctx context.Context) error {
	for {
		streams, err := t.client.XRead(ctx, &redis.XReadArgs{Streams: []string{store.ResultsStream, t.last}, Count: 500, Block: -1}).Result()
		if errors.Is(err, redis.Nil) || err == nil && (len(streams) == 0 || len(streams[0].Messages) == 0) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, m := range streams[0].Messages {
			t.last = m.ID
			if a := answerIn(m.Values); slices.ContainsFunc(t.said, func(e *entry) bool { return e.command == a.ID && a.ID != "" }) {
				t.heard = append(t.heard, a)
			}
		}
	}
}

func answerIn(fields map[string]any) answer {
	field := func(name string) string { s, _ := fields[name].(string); return s }
	return answer{
		Answer: store.Answer{
			ID: field("id"), Status: store.CommandStatus(field("status")), Code: field("code"), Message: field("message"),
		},
		fields: fields, at: time.Now(),
	}
}

// answers are all that were given to a command.
func (t *talk) answers(command string) []answer {
	var found []answer
	for _, a := range t.heard {
		if a.ID == command {
			found = append(found, a)
		}
	}
	return found
}

func (t *talk) finals(command string) []answer {
	return slices.DeleteFunc(t.answers(command), func(a answer) bool { return !a.final() })
}

// wait waits until done, or for so long.
func (t *talk) wait(ctx context.Context, most time.Duration, done func() bool) (bool, error) {
	return until(ctx, most, func() error { return t.look(ctx) }, done)
}

// groupOf is a consumer group; nil when there is none.
func groupOf(ctx context.Context, client redis.UniversalClient, stream, name string) (*redis.XInfoGroup, error) {
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

// notAfter tells whether the entry a is b or comes before it in its stream.
func notAfter(a, b string) bool {
	aTime, aCount := parts(a)
	bTime, bCount := parts(b)
	return aTime < bTime || aTime == bTime && aCount <= bCount
}

// parts are the milliseconds and the count of an entry's id.
func parts(id string) (ms, count uint64) {
	left, right, _ := strings.Cut(id, "-")
	ms, _ = strconv.ParseUint(left, 10, 64)
	count, _ = strconv.ParseUint(right, 10, 64)
	return ms, count
}

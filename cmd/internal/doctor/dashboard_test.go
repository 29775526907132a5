package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// dashboardFault is a violation of the contract by a dashboard.
type dashboardFault int

const (
	noDashboardFault dashboardFault = iota
	subscribesToNothing
	usesOwnGroup
	leavesAnswersPending
	publishesUnknownCommands
	blocksOnMalformedAnswer
	ignoresHeartbeat
	sendsInvalidData
	publishesNoCommand
	hidesAccepted
	hidesFinal
	keepsLastAnswer
	publishesToOtherGuild
	sendsUnsignedCommands
	acceptsUnsignedAnswers
)

// miniDashboard is a minimal dashboard that keeps the contract, except for its fault.
type miniDashboard struct {
	client           redis.UniversalClient
	key              contract.Key
	events, commands string
	fault            dashboardFault
	statuses         map[string]contract.CommandStatus // only of one goroutine
}

const testGuild = "100000000000000001"

// startDashboard runs a dashboard with the fault. It sends a command when askSignal is closed.
func (p testRedis) startDashboard(t *testing.T, f dashboardFault, sendSignal <-chan struct{}) {
	t.Helper()
	d := &miniDashboard{
		client: p.client, key: p.key, events: p.channel, commands: p.channel + ":commands", fault: f,
		statuses: map[string]contract.CommandStatus{}}
	if f != subscribesToNothing {
		sub := p.client.Subscribe(t.Context(), d.events)
		t.Cleanup(func() { sub.Close() })
		_, err := sub.Receive(t.Context())
		must(t, err)
	}
	group := &store.ConsumerGroup{
		Client: d.client, Stream: contract.ResultsStream, Name: contract.DashboardGroup, Consumer: store.NewID(),
		MaxBlock: 20 * time.Millisecond,
	}
	if f == usesOwnGroup {
		group.Name = "mine"
	}
	_, err := group.Read(t.Context(), 1) // makes the group
	must(t, err)
	runUntilTestEnd(t, func(ctx context.Context) {
		sendSignals := sendSignal
		for ctx.Err() == nil {
			err := d.step(ctx, group, &sendSignals)
			if err != nil && ctx.Err() == nil {
				t.Errorf("dashboard step: %v", err)
				return
			}
		}
	})
}

func (d *miniDashboard) step(ctx context.Context, group *store.ConsumerGroup, sendSignal *<-chan struct{}) error {
	if d.fault != ignoresHeartbeat {
		var h struct {
			contract.Heartbeat
			At int64 `json:"at"`
		}
		text, err := d.client.Get(ctx, contract.BotAliveKey).Bytes()
		if err == nil && json.Unmarshal(text, &h) == nil {
			h.At = time.Now().UnixMilli()
			text, _ = json.Marshal(h)
			err = d.client.Set(ctx, contract.BotLastSeenKey, text, 0).Err()
		}
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
	}
	select {
	case <-*sendSignal:
		*sendSignal = nil
		if err := d.sendCommand(ctx); err != nil {
			return err
		}
	default:
	}
	entries, err := group.Read(ctx, 1)
	for _, entry := range entries {
		if err := d.handleAnswer(ctx, group, entry); err != nil {
			return err
		}
	}
	return err
}

// sendCommand sends a command to end a giveaway.
func (d *miniDashboard) sendCommand(ctx context.Context) error {
	now := time.Now()
	c := contract.Command{
		ID: store.NewID(), GuildID: testGuild, Actor: contract.User{ID: "7"}, Verb: contract.VerbGiveawayEnd, Target: testGiveaway,
		Data: json.RawMessage("{}"), IssuedAt: now, ExpiresAt: now.Add(time.Minute),
	}
	if d.fault == sendsInvalidData {
		c.Data = json.RawMessage(`"now"`)
	}
	d.statuses[c.ID] = contract.CommandRequested
	if d.fault != publishesNoCommand {
		text := fmt.Sprintf(`{"type":%q,"guildId":%q,"id":%q}`, c.Verb, c.GuildID, c.ID)
		if err := d.client.Publish(ctx, d.commands, text).Err(); err != nil {
			return err
		}
	}
	if d.fault == sendsUnsignedCommands {
		return c.Send(ctx, d.client, contract.Key{})
	}
	return c.Send(ctx, d.client, d.key)
}

// handleAnswer stores an answer and publishes it to all pages.
func (d *miniDashboard) handleAnswer(ctx context.Context, group *store.ConsumerGroup, entry redis.XMessage) error {
	a := parseAnswer(entry.Values)
	if !d.key.VerifyResult(entry.Values) && d.fault != acceptsUnsignedAnswers {
		return group.Acknowledge(ctx, entry.ID)
	}
	if a.Status != contract.CommandAccepted && !a.isFinal() {
		if d.fault == blocksOnMalformedAnswer {
			return nil
		}
		return group.Acknowledge(ctx, entry.ID)
	}
	before, known := d.statuses[a.ID]
	isOpen := before == contract.CommandRequested || before == contract.CommandAccepted
	if known && (isOpen || d.fault == keepsLastAnswer) || !known && d.fault == publishesUnknownCommands {
		d.statuses[a.ID] = a.Status
		isHidden := d.fault == hidesAccepted && !a.isFinal() || d.fault == hidesFinal && a.isFinal()
		if err := d.publishResult(ctx, a, isHidden); err != nil {
			return err
		}
	}
	if d.fault == leavesAnswersPending {
		return nil
	}
	return group.Acknowledge(ctx, entry.ID)
}

func (d *miniDashboard) publishResult(ctx context.Context, a receivedAnswer, isHidden bool) error {
	if isHidden {
		return nil
	}
	guild := testGuild
	if d.fault == publishesToOtherGuild && a.isFinal() {
		guild = "9"
	}
	text := fmt.Sprintf(`{"type":"COMMAND_RESULT","guildId":%q,"data":{"commandId":%q,"status":%q}}`, guild, a.ID, a.Status)
	return d.client.Publish(ctx, d.events, text).Err()
}

// commandWaitSignal is closed when the doctor starts to wait for a user's command.
type commandWaitSignal struct {
	io.Writer
	fired chan struct{}
	once  sync.Once
}

func (c *commandWaitSignal) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("waiting")) {
		c.once.Do(func() { close(c.fired) })
	}
	return c.Writer.Write(line)
}

func (p testRedis) newDashboardChecker(t *testing.T) (DashboardChecker, *Report, <-chan struct{}) {
	t.Helper()
	d := NewDashboardChecker(p.client)
	d.Key = p.key
	d.Wait, d.CommandWait, d.eventsChannel, d.commandsChannel = longWait, longWait, p.channel, p.channel+":commands"
	c := &commandWaitSignal{Writer: t.Output(), fired: make(chan struct{})}
	return d, &Report{Out: c}, c.fired
}

func TestDashboardCheckPassesCorrectDashboard(t *testing.T) {
	t.Parallel()
	p := newTestRedis(t)
	d, r, commandWait := p.newDashboardChecker(t)
	p.startDashboard(t, noDashboardFault, commandWait)
	d.Answer = true
	must(t, d.Check(t.Context(), r))
	r.wantRules(t, Fail)
	r.wantRules(t, Skip)
	heartbeats, err := p.client.Exists(t.Context(), contract.BotAliveKey).Result()
	must(t, err)
	if heartbeats != 0 {
		t.Error("the heartbeat key remains after the check")
	}
}

func TestDashboardCheckFailsBrokenRule(t *testing.T) {
	t.Parallel()
	for f, want := range map[dashboardFault]string{
		subscribesToNothing:      "subscribes to discord_events",
		usesOwnGroup:             "reads bot:results as group dashboard",
		leavesAnswersPending:     "acknowledges answers",
		publishesUnknownCommands: "ignores an answer to an unknown command",
		blocksOnMalformedAnswer:  "ignores malformed answers",
		ignoresHeartbeat:         "records the bot's heartbeat",
		sendsInvalidData:         ruleSendsValidCommands,
		publishesNoCommand:       rulePublishesCommands,
		hidesAccepted:            rulePublishesAccepted,
		hidesFinal:               rulePublishesResult,
		keepsLastAnswer:          ruleKeepsFirstAnswer,
		publishesToOtherGuild:    rulePublishesResult,
	} {
		t.Run(fmt.Sprint(f, " ", want), func(t *testing.T) {
			t.Parallel()
			p := newTestRedis(t)
			d, r, commandWait := p.newDashboardChecker(t)
			d.Answer = true
			if slices.Contains([]dashboardFault{leavesAnswersPending, blocksOnMalformedAnswer, ignoresHeartbeat,
				hidesAccepted, hidesFinal}, f) {
				d.Wait = shortWait
			}
			p.startDashboard(t, f, commandWait)
			must(t, d.Check(t.Context(), r))
			r.wantRules(t, Fail, want)
		})
	}
}

func TestDashboardCheckOnlyWatchesWithoutAnswer(t *testing.T) {
	t.Parallel()
	p := newTestRedis(t)
	p.startBot(t, noBotFault, nil)
	d, r, commandWait := p.newDashboardChecker(t)
	p.startDashboard(t, noDashboardFault, commandWait)
	must(t, d.Check(t.Context(), r))
	r.wantRules(t, Fail)
	r.wantRules(t, Skip, rulePublishesAccepted, ruleKeepsFirstAnswer)

	// The doctor does not answer while a bot is alive, either.
	d, r, _ = p.newDashboardChecker(t)
	d.Answer = true
	must(t, d.Check(t.Context(), r))
	r.wantRules(t, Fail)
	r.wantRules(t, Skip, ruleSendsValidCommands, rulePublishesCommands, rulePublishesAccepted, rulePublishesResult, ruleKeepsFirstAnswer)
}

func TestDashboardCheckLeavesNoKeysBehind(t *testing.T) {
	t.Parallel()
	p := newTestRedis(t)
	d, r, _ := p.newDashboardChecker(t)
	d.CommandWait = shortWait
	p.startDashboard(t, noDashboardFault, nil)
	must(t, d.Check(t.Context(), r))
	r.wantRules(t, Fail)
	r.wantRules(t, Skip, "records the bot's heartbeat", ruleSendsValidCommands, rulePublishesCommands,
		rulePublishesAccepted, rulePublishesResult, ruleKeepsFirstAnswer)
	keys, err := p.client.Keys(t.Context(), "*").Result()
	must(t, err)
	if want := []string{contract.ResultsStream}; !slices.Equal(keys, want) {
		t.Errorf("keys after the check = %q, want %q", keys, want)
	}
}

func TestDashboardCheckPassesGuildboard(t *testing.T) {
	t.Parallel()
	p := newSignedTestRedis(t)
	s := storetest.Open(t)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	var guild = fmt.Sprint(time.Now().UnixNano())
	storetest.Guild(t, s, guild, "Guild")
	g := storetest.Giveaway(t, s, guild, store.Giveaway{})

	d, r, commandWait := p.newDashboardChecker(t)
	d.eventsChannel, d.commandsChannel = contract.EventsChannel, contract.BotCommandsChannel
	d.Answer = true
	var dashboards []*store.CommandQueue
	for range 2 {
		bus := store.NewBus(p.client, log)
		c := store.NewCommandQueue(s, p.client, bus, log)
		c.MaxBlock, c.Key = 20*time.Millisecond, p.key
		dashboards = append(dashboards, c)
		subscribed := make(chan struct{})
		once := sync.OnceFunc(func() { close(subscribed) })
		runUntilTestEnd(t, func(ctx context.Context) {
			if err := bus.Listen(ctx, func(contract.Event, []byte) {}, func(bool) { once() }); err != nil {
				t.Error(err)
			}
		})
		<-subscribed
		_, err := (&store.ConsumerGroup{Client: p.client, Stream: contract.ResultsStream, Name: contract.DashboardGroup,
			Consumer: "x", MaxBlock: time.Millisecond}).Read(t.Context(), 1)
		must(t, err) // makes the group
		runUntilTestEnd(t, func(ctx context.Context) {
			if err := c.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	enqueued := make(chan contract.Command, 1)
	runUntilTestEnd(t, func(ctx context.Context) {
		select {
		case <-ctx.Done():
		case <-commandWait:
			c, _, err := dashboards[0].Enqueue(ctx, contract.Command{
				GuildID: guild, Actor: contract.User{ID: "7", Username: "Ann"}, Verb: contract.VerbGiveawayEnd, Target: g.ID,
			})
			if err != nil {
				t.Error(err)
			}
			enqueued <- c
		}
	})
	must(t, d.Check(t.Context(), r))
	r.wantRules(t, Fail)
	r.wantRules(t, Skip)
	c, err := s.Command(t.Context(), guild, (<-enqueued).ID)
	must(t, err)
	if c.Status != contract.CommandRefused || c.Message != refusalMessage {
		t.Errorf("command = %s: %q, want refused with the doctor's message", c.Status, c.Message)
	}
}

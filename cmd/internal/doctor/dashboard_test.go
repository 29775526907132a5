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
	"guildboard/store/storetest"
)

// fault is what a dashboard does wrong.
type fault int

const (
	faultless fault = iota
	deafToEvents
	readsForItself
	leavesPending
	tellsOfStrangers
	stopsAtGarbage
	deafToHeartbeat
	sendsNoObject
	sendsNoPublish
	hidesBegun
	hidesTheEnd
	believesTheLast
	tellsOtherGuild
	sendsUnsigned
	believesUnsigned
)

// miniDashboard is the smallest dashboard that keeps the contract, but for its fault.
type miniDashboard struct {
	client           redis.UniversalClient
	key              store.ContractKey
	events, commands string
	fault            fault
	asked            map[string]store.CommandStatus // only of one goroutine
}

const someGuild = "100000000000000001"

// startDashboard has a dashboard with the fault live on the Redis; somebody asks for something when ask is closed.
func (p patch) startDashboard(t *testing.T, f fault, ask <-chan struct{}) {
	t.Helper()
	d := &miniDashboard{
		client: p.client, key: p.key, events: p.channel, commands: p.channel + ":commands", fault: f, asked: map[string]store.CommandStatus{}}
	if f != deafToEvents {
		sub := p.client.Subscribe(t.Context(), d.events)
		t.Cleanup(func() { sub.Close() })
		_, err := sub.Receive(t.Context())
		check(t, err)
	}
	group := &store.Group{
		Client: d.client, Stream: store.ResultsStream, Name: store.DashboardGroup, Member: store.NewID(), MaxBlock: 20 * time.Millisecond,
	}
	if f == readsForItself {
		group.Name = "mine"
	}
	_, err := group.Read(t.Context(), 1) // makes the group
	check(t, err)
	runs(t, func(ctx context.Context) {
		asks := ask
		for ctx.Err() == nil {
			err := d.round(ctx, group, &asks)
			if err != nil && ctx.Err() == nil {
				t.Errorf("the dashboard: %v", err)
				return
			}
		}
	})
}

func (d *miniDashboard) round(ctx context.Context, group *store.Group, ask *<-chan struct{}) error {
	if d.fault != deafToHeartbeat {
		var h struct {
			store.Heartbeat
			At int64 `json:"at"`
		}
		text, err := d.client.Get(ctx, store.BotAliveKey).Bytes()
		if err == nil && json.Unmarshal(text, &h) == nil {
			h.At = time.Now().UnixMilli()
			text, _ = json.Marshal(h)
			err = d.client.Set(ctx, store.BotHeardKey, text, 0).Err()
		}
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
	}
	select {
	case <-*ask:
		*ask = nil
		if err := d.ask(ctx); err != nil {
			return err
		}
	default:
	}
	entries, err := group.Read(ctx, 1)
	for _, entry := range entries {
		if err := d.record(ctx, group, entry); err != nil {
			return err
		}
	}
	return err
}

// ask ends a giveaway.
func (d *miniDashboard) ask(ctx context.Context) error {
	now := time.Now()
	c := store.Command{
		ID: store.NewID(), GuildID: someGuild, Actor: store.Person{ID: "7"}, Verb: store.VerbGiveawayEnd, Target: theGiveaway,
		Data: json.RawMessage("{}"), IssuedAt: now, ExpiresAt: now.Add(time.Minute),
	}
	if d.fault == sendsNoObject {
		c.Data = json.RawMessage(`"now"`)
	}
	d.asked[c.ID] = store.CommandAsked
	if d.fault != sendsNoPublish {
		text := fmt.Sprintf(`{"type":%q,"guildId":%q,"id":%q}`, c.Verb, c.GuildID, c.ID)
		if err := d.client.Publish(ctx, d.commands, text).Err(); err != nil {
			return err
		}
	}
	if d.fault == sendsUnsigned {
		return c.Send(ctx, d.client, store.ContractKey{})
	}
	return c.Send(ctx, d.client, d.key)
}

// record keeps an answer and tells every page.
func (d *miniDashboard) record(ctx context.Context, group *store.Group, entry redis.XMessage) error {
	a := answerIn(entry.Values)
	if !d.key.VerifyResult(entry.Values) && d.fault != believesUnsigned {
		return group.Done(ctx, entry.ID)
	}
	if a.Status != store.CommandAccepted && !a.final() {
		if d.fault == stopsAtGarbage {
			return nil
		}
		return group.Done(ctx, entry.ID)
	}
	before, known := d.asked[a.ID]
	open := before == store.CommandAsked || before == store.CommandAccepted
	if known && (open || d.fault == believesTheLast) || !known && d.fault == tellsOfStrangers {
		d.asked[a.ID] = a.Status
		hides := d.fault == hidesBegun && !a.final() || d.fault == hidesTheEnd && a.final()
		if err := d.tell(ctx, a, hides); err != nil {
			return err
		}
	}
	if d.fault == leavesPending {
		return nil
	}
	return group.Done(ctx, entry.ID)
}

func (d *miniDashboard) tell(ctx context.Context, a answer, hides bool) error {
	if hides {
		return nil
	}
	guild := someGuild
	if d.fault == tellsOtherGuild && a.final() {
		guild = "9"
	}
	text := fmt.Sprintf(`{"type":"COMMAND_RESULT","guildId":%q,"data":{"commandId":%q,"status":%q}}`, guild, a.ID, a.Status)
	return d.client.Publish(ctx, d.events, text).Err()
}

// cue is closed when the doctor waits for somebody to ask for something.
type cue struct {
	io.Writer
	given chan struct{}
	once  sync.Once
}

func (c *cue) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("waiting")) {
		c.once.Do(func() { close(c.given) })
	}
	return c.Writer.Write(line)
}

func (p patch) dashboardDoctor(t *testing.T) (Dashboard, *Report, <-chan struct{}) {
	t.Helper()
	d := NewDashboard(p.client)
	d.Key = p.key
	d.Wait, d.Ask, d.events, d.commands = generous, generous, p.channel, p.channel+":commands"
	c := &cue{Writer: t.Output(), given: make(chan struct{})}
	return d, &Report{Out: c}, c.given
}

func TestDoctorPassesACorrectDashboard(t *testing.T) {
	t.Parallel()
	p := newPatch(t)
	d, r, cue := p.dashboardDoctor(t)
	p.startDashboard(t, faultless, cue)
	d.Answer = true
	check(t, d.Examine(t.Context(), r))
	r.wantRules(t, Fail)
	r.wantRules(t, Skip)
	if n := p.client.Exists(t.Context(), store.BotAliveKey).Val(); n != 0 {
		t.Error("it goes on being alive")
	}
}

func TestDoctorFailsTheRuleThatADashboardBreaks(t *testing.T) {
	t.Parallel()
	for f, want := range map[fault]string{
		deafToEvents:     "listens to discord_events",
		readsForItself:   "reads bot:results as group dashboard",
		leavesPending:    "acknowledges answers",
		tellsOfStrangers: "passes over an answer that nobody waits for",
		stopsAtGarbage:   "passes over answers that cannot be read",
		deafToHeartbeat:  "hears the bot's heartbeat",
		sendsNoObject:    ruleSends,
		sendsNoPublish:   rulePlain,
		hidesBegun:       ruleBegun,
		hidesTheEnd:      ruleTold,
		believesTheLast:  ruleFirst,
		tellsOtherGuild:  ruleTold,
	} {
		t.Run(fmt.Sprint(f, " ", want), func(t *testing.T) {
			t.Parallel()
			p := newPatch(t)
			d, r, cue := p.dashboardDoctor(t)
			d.Answer = true
			if slices.Contains([]fault{leavesPending, stopsAtGarbage, deafToHeartbeat, hidesBegun, hidesTheEnd}, f) {
				d.Wait = short
			}
			p.startDashboard(t, f, cue)
			check(t, d.Examine(t.Context(), r))
			r.wantRules(t, Fail, want)
		})
	}
}

func TestDoctorOnlyWatchesUnlessToldToAnswer(t *testing.T) {
	t.Parallel()
	p := newPatch(t)
	p.start(t, none, nil)
	d, r, cue := p.dashboardDoctor(t)
	p.startDashboard(t, faultless, cue)
	check(t, d.Examine(t.Context(), r))
	r.wantRules(t, Fail)
	r.wantRules(t, Skip, ruleBegun, ruleFirst)

	// Beside a bot that is alive it does not answer either.
	d, r, _ = p.dashboardDoctor(t)
	d.Answer = true
	check(t, d.Examine(t.Context(), r))
	r.wantRules(t, Fail)
	r.wantRules(t, Skip, ruleSends, rulePlain, ruleBegun, ruleTold, ruleFirst)
}

func TestDoctorWatchingWithoutABotLeavesNoTrace(t *testing.T) {
	t.Parallel()
	p := newPatch(t)
	d, r, _ := p.dashboardDoctor(t)
	d.Ask = short
	p.startDashboard(t, faultless, nil)
	check(t, d.Examine(t.Context(), r))
	r.wantRules(t, Fail)
	r.wantRules(t, Skip, "hears the bot's heartbeat", ruleSends, rulePlain, ruleBegun, ruleTold, ruleFirst)
	if keys := p.client.Keys(t.Context(), "*").Val(); !slices.Equal(keys, []string{store.ResultsStream}) {
		t.Errorf("it leaves %q", keys)
	}
}

func TestDoctorPassesOurDashboards(t *testing.T) {
	t.Parallel()
	p := signedPatch(t)
	s := storetest.Open(t)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	var guild = fmt.Sprint(time.Now().UnixNano())
	storetest.Guild(t, s, guild, "Guild")
	g := storetest.Giveaway(t, s, guild, store.Giveaway{})

	d, r, cue := p.dashboardDoctor(t)
	d.events, d.commands = store.EventsChannel, store.BotCommandsChannel
	d.Answer = true
	var dashboards []*store.Commands
	for range 2 {
		bus := store.NewBus(p.client, log)
		c := store.NewCommands(s, p.client, bus, log)
		c.MaxBlock, c.Key = 20*time.Millisecond, p.key
		dashboards = append(dashboards, c)
		subscribed := make(chan struct{})
		once := sync.OnceFunc(func() { close(subscribed) })
		runs(t, func(ctx context.Context) {
			if err := bus.Listen(ctx, func(store.Event, []byte) {}, func(bool) { once() }); err != nil {
				t.Error(err)
			}
		})
		<-subscribed
		_, err := (&store.Group{Client: p.client, Stream: store.ResultsStream, Name: store.DashboardGroup, Member: "x", MaxBlock: time.Millisecond}).Read(t.Context(), 1)
		check(t, err) // makes the group
		runs(t, func(ctx context.Context) {
			if err := c.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	asked := make(chan store.Command, 1)
	runs(t, func(ctx context.Context) {
		select {
		case <-ctx.Done():
		case <-cue:
			c, _, err := dashboards[0].Ask(ctx, store.Command{
				GuildID: guild, Actor: store.Person{ID: "7", Username: "Ann"}, Verb: store.VerbGiveawayEnd, Target: g.ID,
			})
			if err != nil {
				t.Error(err)
			}
			asked <- c
		}
	})
	check(t, d.Examine(t.Context(), r))
	r.wantRules(t, Fail)
	r.wantRules(t, Skip)
	c, err := s.Command(t.Context(), guild, (<-asked).ID)
	check(t, err)
	if c.Status != store.CommandRefused || c.Message != doctorSays {
		t.Errorf("its row says %s: %q", c.Status, c.Message)
	}
}

package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/storetest"
)

// waitTimeout is the longest time that a test waits for an event that is expected immediately.
const waitTimeout = 5 * time.Minute

// commandEnv is a guild whose dashboard processes and bot share a store and a Redis.
type commandEnv struct {
	s       *store.Store
	client  redis.UniversalClient
	guild   string
	channel string // the pub/sub channel
}

func forEachCommandEnv(t *testing.T, test func(t *testing.T, env commandEnv)) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		env := commandEnv{s: s, client: storetest.Redis(t), guild: fmt.Sprint(time.Now().UnixNano()), channel: store.NewID()}
		storetest.Guild(t, s, env.guild, "Office")
		test(t, env)
	})
}

// startDashboard starts a dashboard process, which runs until the end of the test.
func (env commandEnv) startDashboard(t *testing.T, change func(*store.CommandQueue)) *store.CommandQueue {
	t.Helper()
	c := env.newDashboard(change)
	runQueue(t, c)
	return c
}

// newDashboard returns a dashboard process that can enqueue commands but does not run yet: it neither receives results
// nor sweeps expired commands.
func (env commandEnv) newDashboard(change func(*store.CommandQueue)) *store.CommandQueue {
	c := store.NewCommandQueue(env.s, env.client, store.NewBus(env.client, slog.New(slog.DiscardHandler)),
		slog.New(slog.DiscardHandler)).WithChannel(env.channel)
	c.MaxBlock = 20 * time.Millisecond
	if change != nil {
		change(c)
	}
	return c
}

// runQueue runs a dashboard process until the end of the test.
func runQueue(t *testing.T, c *store.CommandQueue) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := c.Run(ctx); err != nil {
			t.Errorf("Run() error = %v, want nil", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		done.Wait()
	})
}

// sendHeartbeat sends a bot's heartbeat with the verbs as capabilities.
func (env commandEnv) sendHeartbeat(t *testing.T, verbs ...store.Verb) {
	t.Helper()
	noError(t, store.Heartbeat{Version: "1", Capabilities: verbs, GuildCount: 3}.Send(t.Context(), env.client))
}

// commandEvents subscribes to the guild's command events.
func (env commandEnv) commandEvents(t *testing.T) <-chan map[string]string {
	t.Helper()
	events := make(chan map[string]string, 100)
	subscribed := make(chan struct{})
	once := sync.OnceFunc(func() { close(subscribed) })
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		_ = store.NewBus(env.client, slog.New(slog.DiscardHandler)).Listen(ctx, func(e store.Event, _ []byte) {
			var data map[string]string
			if e.GuildID == env.guild && e.Type == store.CommandResultEvent && json.Unmarshal(e.Data, &data) == nil {
				events <- data
			}
		}, func(bool) { once() })
	})
	t.Cleanup(func() {
		cancel()
		done.Wait()
	})
	<-subscribed
	return events
}

func (env commandEnv) endCommand(target string) store.Command {
	return store.Command{GuildID: env.guild, Actor: store.User{ID: "10", Username: "Ann"}, Verb: store.VerbGiveawayEnd, Target: target}
}

// waitForStatus waits until the command has the status.
func (env commandEnv) waitForStatus(t *testing.T, id string, status store.CommandStatus) store.Command {
	t.Helper()
	until := time.Now().Add(waitTimeout)
	for {
		c, err := env.s.Command(t.Context(), env.guild, id)
		if err == nil && c.Status == status {
			return c
		}
		if time.Now().After(until) {
			t.Fatalf("command %s: status = %q (error %v), want %q", id, c.Status, err, status)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (env commandEnv) sendResult(t *testing.T, id string, status store.CommandStatus, code string) {
	t.Helper()
	noError(t, store.CommandResult{ID: id, Status: status, Code: code, Message: "said the bot", At: time.Now()}.
		Send(t.Context(), env.client, store.ContractKey{}))
}

func TestEnqueueStoresRowAndStreamEntry(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		env.sendHeartbeat(t)
		dashboard := env.startDashboard(t, func(c *store.CommandQueue) {
			c.VerbExpiry = map[store.Verb]time.Duration{store.VerbTicketClose: time.Hour}
		})
		request := env.endCommand("t1")
		request.Verb, request.Data = store.VerbTicketClose, json.RawMessage(`{"reason":"done"}`)
		command, isNew, err := dashboard.Enqueue(t.Context(), request)
		noError(t, err)
		wantEqual(t, "is new", isNew, true)
		wantEqual(t, "status", command.Status, store.CommandRequested)
		wantEqual(t, "actor", command.Actor, store.User{ID: "10", Username: "Ann"})
		wantEqual(t, "time until expiry", command.ExpiresAt.Sub(command.IssuedAt), time.Hour)

		entries := must(env.client.XRange(t.Context(), store.CommandsStream, "-", "+").Result())(t)
		wantEqual(t, "entries", len(entries), 1)
		sent := must(store.DecodeCommand(entries[0].Values))(t)
		wantEqual(t, "id", sent.ID, command.ID)
		wantEqual(t, "verb", sent.Verb, store.VerbTicketClose)
		wantEqual(t, "target", sent.Target, "t1")
		wantEqual(t, "actor", sent.Actor.ID, "10")
		wantEqual(t, "data", string(sent.Data), `{"reason":"done"}`)
		wantEqual(t, "expiry", sent.ExpiresAt, command.ExpiresAt)
	})
}

func TestConcurrentEnqueueCreatesOneCommand(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		env.sendHeartbeat(t)
		// The processes do not run, so none of them resends a command.
		dashboards := []*store.CommandQueue{env.newDashboard(nil), env.newDashboard(nil), env.newDashboard(nil)}
		var (
			wg       sync.WaitGroup
			enqueued atomic.Int32
			ids      sync.Map
		)
		for i := range 50 {
			wg.Go(func() {
				c, isNew, err := dashboards[i%3].Enqueue(t.Context(), env.endCommand("g1"))
				if err != nil {
					t.Error(err)
				}
				if isNew {
					enqueued.Add(1)
				}
				ids.Store(c.ID, true)
			})
		}
		wg.Wait()
		wantEqual(t, "new commands", enqueued.Load(), 1)
		distinct := 0
		var id string
		ids.Range(func(k, _ any) bool { distinct++; id = k.(string); return true })
		wantEqual(t, "different commands", distinct, 1)
		wantEqual(t, "entries", streamLength(t, env.client), 1)
		for _, d := range dashboards {
			runQueue(t, d)
		}

		// A different verb, a different row, and the same request after the result are new commands.
		pause := env.endCommand("g1")
		pause.Verb = store.VerbGiveawayPause
		for _, other := range []store.Command{pause, env.endCommand("g2")} {
			_, isNew, err := dashboards[0].Enqueue(t.Context(), other)
			noError(t, err)
			wantEqual(t, "is new", isNew, true)
		}
		env.sendResult(t, id, store.CommandDone, "")
		env.waitForStatus(t, id, store.CommandDone)
		_, isNew, err := dashboards[1].Enqueue(t.Context(), env.endCommand("g1"))
		noError(t, err)
		wantEqual(t, "is new after the result", isNew, true)
	})
}

func TestEnqueueIsIdempotentByID(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		env.sendHeartbeat(t)
		dashboard := env.startDashboard(t, nil)
		request := env.endCommand("g1")
		request.ID = store.NewID()
		first, _, err := dashboard.Enqueue(t.Context(), request)
		noError(t, err)
		env.sendResult(t, first.ID, store.CommandDone, "")
		env.waitForStatus(t, first.ID, store.CommandDone)
		again, isNew, err := dashboard.Enqueue(t.Context(), request)
		noError(t, err)
		wantEqual(t, "is new", isNew, false)
		wantEqual(t, "status", again.Status, store.CommandDone)
		request.GuildID = "1"
		_, _, err = dashboard.Enqueue(t.Context(), request)
		wantErrorIs(t, "the id of another guild's command", err, store.ErrConflict)
	})
}

func TestEnqueueCreateIsIdempotentByTarget(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		env.sendHeartbeat(t)
		dashboard := env.startDashboard(t, nil)
		request := env.endCommand(store.NewID())
		request.Verb, request.Data = store.VerbGiveawayCreate, json.RawMessage(`{"prize":"Nitro"}`)
		first, _, err := dashboard.Enqueue(t.Context(), request)
		noError(t, err)
		pending := must(env.s.PendingCreates(t.Context(), env.guild, time.Now()))(t)
		wantEqual(t, "pending creates", len(pending), 1)
		wantEqual(t, "prize", pending[0].TargetName, "Nitro")
		env.sendResult(t, first.ID, store.CommandDone, "")
		env.waitForStatus(t, first.ID, store.CommandDone)
		again, isNew, err := dashboard.Enqueue(t.Context(), request)
		noError(t, err)
		wantEqual(t, "is new", isNew, false)
		wantEqual(t, "id", again.ID, first.ID)

		// A refused command may be requested again, and is shown for a while.
		request.Target = store.NewID()
		refused, _, err := dashboard.Enqueue(t.Context(), request)
		noError(t, err)
		env.sendResult(t, refused.ID, store.CommandRefused, "discord.50013")
		env.waitForStatus(t, refused.ID, store.CommandRefused)
		pending = must(env.s.PendingCreates(t.Context(), env.guild, refused.IssuedAt))(t)
		wantEqual(t, "refused creates", len(pending), 1)
		wantEqual(t, "refused creates after a minute",
			len(must(env.s.PendingCreates(t.Context(), env.guild, time.Now().Add(time.Minute)))(t)), 0)
		_, isNew, err = dashboard.Enqueue(t.Context(), request)
		noError(t, err)
		wantEqual(t, "is new after the refusal", isNew, true)
	})
}

func TestCommandStatusChangesArePublishedOnce(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		env.sendHeartbeat(t)
		events := env.commandEvents(t)
		var dashboards []*store.CommandQueue
		for range 3 {
			dashboards = append(dashboards, env.startDashboard(t, nil))
		}
		command, _, err := dashboards[0].Enqueue(t.Context(), env.endCommand("g1"))
		noError(t, err)
		for _, status := range []store.CommandStatus{store.CommandRequested, store.CommandAccepted, store.CommandDone} {
			if status != store.CommandRequested {
				env.sendResult(t, command.ID, status, "")
			}
			got := nextEvent(t, events)
			wantEqual(t, "status", got["status"], string(status))
			wantEqual(t, "command", got["commandId"], command.ID)
			wantEqual(t, "target", got["target"], "g1")
		}
		env.sendResult(t, command.ID, store.CommandAccepted, "")
		env.sendResult(t, command.ID, store.CommandRefused, "")
		done := env.waitForStatus(t, command.ID, store.CommandDone)
		wantEqual(t, "message", done.Message, "said the bot")
		if done.AnsweredAt == nil {
			t.Error("AnsweredAt = nil, want a time")
		}
		env.waitUntilAcknowledged(t, store.ResultsStream, store.DashboardGroup)
		if len(events) > 0 {
			t.Errorf("unexpected event: %v", <-events)
		}
	})
}

// waitUntilAcknowledged waits until no entry of the stream is pending.
func (env commandEnv) waitUntilAcknowledged(t *testing.T, stream, group string) {
	t.Helper()
	for until := time.Now().Add(waitTimeout); ; time.Sleep(5 * time.Millisecond) {
		groups := must(env.client.XInfoGroups(t.Context(), stream).Result())(t)
		for _, g := range groups {
			if g.Name == group && g.Pending == 0 && g.LastDeliveredID == must(env.client.XRevRangeN(t.Context(), stream,
				"+", "-", 1).Result())(t)[0].ID {
				return
			}
		}
		if time.Now().After(until) {
			t.Fatalf("%s is not processed completely: %+v", stream, groups)
		}
	}
}

func TestUnansweredCommandExpiresOnce(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		env.sendHeartbeat(t)
		events := env.commandEvents(t)
		command, _, err := env.newDashboard(func(c *store.CommandQueue) { c.Expiry = 50 * time.Millisecond }).
			Enqueue(t.Context(), env.endCommand("g1"))
		noError(t, err)
		for range 3 { // they start, and sweep, after the command was enqueued
			env.startDashboard(t, nil)
		}
		wantEqual(t, "first event", nextEvent(t, events)["status"], "asked")
		wantEqual(t, "second event", nextEvent(t, events)["status"], "expired")
		expired := env.waitForStatus(t, command.ID, store.CommandExpired)
		wantEqual(t, "code", expired.Code, store.RefusalExpired)

		// A late result replaces the expiry.
		env.sendResult(t, command.ID, store.CommandAccepted, "")
		env.sendResult(t, command.ID, store.CommandDone, "")
		wantEqual(t, "last event", nextEvent(t, events)["status"], "done")
		if len(events) > 0 {
			t.Errorf("unexpected event: %v", <-events)
		}
	})
}

func TestEnqueueExpiresStaleConflictingCommand(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		env.sendHeartbeat(t)
		c := env.newDashboard(func(c *store.CommandQueue) { c.Expiry = time.Millisecond })
		first, _, err := c.Enqueue(t.Context(), env.endCommand("g1"))
		noError(t, err)
		for time.Now().UnixMilli() <= first.ExpiresAt.UnixMilli() { // rows store whole milliseconds
			time.Sleep(time.Millisecond)
		}
		_, isNew, err := c.Enqueue(t.Context(), env.endCommand("g1"))
		noError(t, err)
		wantEqual(t, "is new", isNew, true)
		env.waitForStatus(t, first.ID, store.CommandExpired)
	})
}

func TestEnqueueWithoutBotIsRefusedImmediately(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		dashboard := env.startDashboard(t, nil)
		command, isNew, err := dashboard.Enqueue(t.Context(), env.endCommand("g1"))
		noError(t, err)
		wantEqual(t, "is new", isNew, true)
		wantEqual(t, "status", command.Status, store.CommandRefused)
		wantEqual(t, "code", command.Code, store.RefusalNoBot)
		wantEqual(t, "entries", streamLength(t, env.client), 0) // so no bot executes it later

		// A bot that supports only pub/sub gets the older envelope.
		sub := env.client.Subscribe(t.Context(), env.channel)
		defer sub.Close()
		must(sub.Receive(t.Context()))(t)
		command, _, err = dashboard.Enqueue(t.Context(), env.endCommand("g1"))
		noError(t, err)
		wantEqual(t, "status", command.Status, store.CommandRequested)
		var envelope struct{ Type, GuildID, UserID, ID, Target string }
		message := must(sub.ReceiveMessage(t.Context()))(t)
		noError(t, json.Unmarshal([]byte(message.Payload), &envelope))
		wantEqual(t, "type", envelope.Type, "GIVEAWAY_END")
		wantEqual(t, "guild", envelope.GuildID, env.guild)
		wantEqual(t, "user", envelope.UserID, "10")
		wantEqual(t, "id", envelope.ID, command.ID)
	})
}

func TestEnqueueWaitsForRecentlySeenBot(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		dashboard := env.startDashboard(t, nil)
		initial := dashboard.BotState(t.Context())
		wantEqual(t, "state is current", initial.IsCurrent, true)
		wantEqual(t, "alive before the first heartbeat", initial.Alive, false)
		wantEqual(t, "last seen before the first heartbeat", initial.LastSeen, time.Time{})
		wantEqual(t, "supports a basic verb", initial.Supports(store.VerbGiveawayEnd), true)
		wantEqual(t, "supports a repair", initial.Supports(store.VerbGiveawayRepair), false)
		wantEqual(t, "supports to assign", initial.Supports(store.VerbTicketAssign), false)

		sentAt := time.Now()
		env.sendHeartbeat(t, store.VerbGiveawayEnd)
		// The first dashboard caches the state for two seconds.
		alive := env.startDashboard(t, nil).BotState(t.Context())
		wantEqual(t, "alive", alive.Alive, true)
		wantEqual(t, "version", alive.Version, "1")
		wantEqual(t, "guild count", alive.GuildCount, 3)
		wantEqual(t, "supports an announced verb", alive.Supports(store.VerbGiveawayEnd), true)
		wantEqual(t, "supports a verb that was not announced", alive.Supports(store.VerbTicketClose), false)
		// its resolution is one second
		if at := alive.LastSeen; at.Before(sentAt.Add(-time.Second)) || at.After(time.Now().Add(time.Second)) {
			t.Errorf("LastSeen = %v, want between %v and now", at, sentAt)
		}

		noError(t, env.client.Del(t.Context(), store.BotAliveKey).Err())
		dashboardWithoutBot := env.startDashboard(t, nil)
		state := dashboardWithoutBot.BotState(t.Context())
		wantEqual(t, "alive without a heartbeat", state.Alive, false)
		wantEqual(t, "version after the heartbeat expired", state.Version, "1")
		wantEqual(t, "last seen is zero", state.LastSeen.IsZero(), false)
		command, _, err := dashboardWithoutBot.Enqueue(t.Context(), env.endCommand("g1"))
		noError(t, err)
		wantEqual(t, "status", command.Status, store.CommandRequested)
	})
}

func TestUnsentCommandIsResentAfterRedisOutage(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		server, client, move := storetest.RelocatableRedis(t)
		env := commandEnv{s: s, client: client, guild: "1", channel: "c"}
		storetest.Guild(t, s, "1", "One")
		dashboard := env.startDashboard(t, nil)
		env.sendHeartbeat(t)
		server.Close()
		command, isNew, err := dashboard.Enqueue(t.Context(), env.endCommand("g1"))
		noError(t, err)
		wantEqual(t, "is new", isNew, true)
		wantEqual(t, "status", command.Status, store.CommandRequested)
		wantEqual(t, "state is current without Redis",
			env.startDashboard(t, nil).BotState(t.Context()).IsCurrent, false)
		// A new, empty Redis: a restarted miniredis does not answer XREADGROUP.
		move(storetest.RedisServer(t))
		env.sendHeartbeat(t)
		for until := time.Now().Add(waitTimeout); client.XLen(t.Context(), store.CommandsStream).
			Val() == 0; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatal("timeout waiting for the state")
			}
		}
		env.sendResult(t, command.ID, store.CommandDone, "")
		env.waitForStatus(t, command.ID, store.CommandDone)
	})
}

func TestCommandsFilterAndTargetNames(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		env.sendHeartbeat(t)
		dashboard := env.startDashboard(t, nil)
		ann := storetest.Member(t, env.s, env.guild, "10", "Annabel")
		g := storetest.Giveaway(t, env.s, env.guild, store.Giveaway{Prize: "Poster"})
		ticket := storetest.Ticket(t, env.s, ann, store.Ticket{})
		start := time.Now()
		for _, c := range []store.Command{
			env.endCommand(g.ID),
			{GuildID: env.guild, Actor: store.User{ID: "10"}, Verb: store.VerbTicketClose, Target: ticket.ID},
			{GuildID: env.guild, Actor: store.User{ID: "11"}, Verb: store.VerbTicketClaim, Target: ticket.ID},
			{GuildID: "2", Actor: store.User{ID: "10"}, Verb: store.VerbTicketClaim, Target: "x"},
		} {
			_, isNew, err := dashboard.Enqueue(t.Context(), c)
			noError(t, err)
			wantEqual(t, "is new", isNew, true)
			for now := time.Now().UnixMilli(); time.Now().UnixMilli() == now; { // gives each command a different time
				time.Sleep(time.Millisecond)
			}
		}
		latest := must(env.s.LatestCommands(t.Context(), env.guild, []string{g.ID, ticket.ID, "x"}, time.Now().Add(time.Hour)))(t)
		wantEqual(t, "targets", len(latest), 2)
		wantEqual(t, "newest command of the ticket", latest[ticket.ID].Verb, store.VerbTicketClaim)
		env.sendResult(t, latest[g.ID].ID, store.CommandDone, "")
		env.waitForStatus(t, latest[g.ID].ID, store.CommandDone)
		latest = must(env.s.LatestCommands(t.Context(), env.guild, []string{g.ID}, time.Now().Add(time.Hour)))(t)
		wantEqual(t, "old commands", len(latest), 0)

		for want, q := range map[string]store.CommandQuery{
			"#1 #1 Poster": {}, "#1 #1": {Status: store.CommandRequested}, "Poster": {Status: store.CommandDone},
			"#1": {Actor: "11"}, "#1 #1 ": {Target: ticket.ID}, " #1": {Verb: store.VerbTicketClose},
			"": {From: time.Now().Add(time.Hour)}, "#1 #1 Poster ": {From: start.Add(-time.Second), To: time.Now().Add(time.Second)},
			"Poster ": {Page: 9, PerPage: 2},
		} {
			list := must(env.s.Commands(t.Context(), env.guild, q))(t)
			got := ""
			for _, c := range list.Items {
				got += c.TargetName + " "
			}
			wantEqual(t, fmt.Sprintf("%+v", q), strings.TrimSpace(got), strings.TrimSpace(want))
		}
		all := must(env.s.Commands(t.Context(), env.guild, store.CommandQuery{}))(t)
		wantEqual(t, "total", all.Total, 3)
		wantEqual(t, "missing name of the actor", all.Items[1].Actor.Username, "Annabel")
		wantEqual(t, "name of the actor", all.Items[2].Actor.Username, "Ann")
		_, err := env.s.Commands(t.Context(), env.guild, store.CommandQuery{Status: "lost"})
		if err == nil {
			t.Error("no error for an unknown status, want one")
		}
	})
}

// nextEvent returns the next published event.
func nextEvent(t *testing.T, events <-chan map[string]string) map[string]string {
	t.Helper()
	select {
	case event := <-events:
		return event
	case <-time.After(waitTimeout):
		t.Fatal("timeout waiting for an event")
		return nil
	}
}

// streamLength returns the number of entries of the command stream.
func streamLength(t *testing.T, client redis.UniversalClient) int64 {
	t.Helper()
	n, err := client.XLen(t.Context(), store.CommandsStream).Result()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

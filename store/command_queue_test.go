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
	"guildboard/store/contract"
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
func (env commandEnv) sendHeartbeat(t *testing.T, verbs ...contract.Verb) {
	t.Helper()
	noError(t, contract.Heartbeat{Version: "1", Capabilities: verbs, GuildCount: 3}.Send(t.Context(), env.client))
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
		_ = store.NewBus(env.client, slog.New(slog.DiscardHandler)).Listen(ctx, func(e contract.Event, _ []byte) {
			var data map[string]string
			if e.GuildID == env.guild && e.Type == contract.CommandResultEvent && json.Unmarshal(e.Data, &data) == nil {
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

func (env commandEnv) endCommand(target string) contract.Command {
	return contract.Command{GuildID: env.guild, Actor: contract.User{ID: "10", Username: "Ann"},
		Verb: contract.VerbGiveawayEnd, Target: target}
}

// waitForStatus waits until the command has the status.
func (env commandEnv) waitForStatus(t *testing.T, id string, status contract.CommandStatus) contract.Command {
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

func (env commandEnv) sendResult(t *testing.T, id string, status contract.CommandStatus, code string) {
	t.Helper()
	noError(t, contract.CommandResult{ID: id, Status: status, Code: code, Message: "said the bot", At: time.Now()}.
		Send(t.Context(), env.client, contract.Key{}))
}

func TestEnqueueStoresRowAndStreamEntry(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		env.sendHeartbeat(t)
		dashboard := env.startDashboard(t, func(c *store.CommandQueue) {
			c.VerbExpiry = map[contract.Verb]time.Duration{contract.VerbTicketClose: time.Hour}
		})
		request := env.endCommand("t1")
		request.Verb, request.Data = contract.VerbTicketClose, json.RawMessage(`{"reason":"done"}`)
		command, isNew, err := dashboard.Enqueue(t.Context(), request)
		noError(t, err)
		wantEqual(t, "is new", isNew, true)
		wantEqual(t, "status", command.Status, contract.CommandRequested)
		wantEqual(t, "actor", command.Actor, contract.User{ID: "10", Username: "Ann"})
		wantEqual(t, "time until expiry", command.ExpiresAt.Sub(command.IssuedAt), time.Hour)

		entries := must(env.client.XRange(t.Context(), contract.CommandsStream, "-", "+").Result())(t)
		wantEqual(t, "entries", len(entries), 1)
		sent := must(contract.DecodeCommand(entries[0].Values))(t)
		wantEqual(t, "id", sent.ID, command.ID)
		wantEqual(t, "verb", sent.Verb, contract.VerbTicketClose)
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
		pause.Verb = contract.VerbGiveawayPause
		for _, other := range []contract.Command{pause, env.endCommand("g2")} {
			_, isNew, err := dashboards[0].Enqueue(t.Context(), other)
			noError(t, err)
			wantEqual(t, "is new", isNew, true)
		}
		env.sendResult(t, id, contract.CommandDone, "")
		env.waitForStatus(t, id, contract.CommandDone)
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
		env.sendResult(t, first.ID, contract.CommandDone, "")
		env.waitForStatus(t, first.ID, contract.CommandDone)
		again, isNew, err := dashboard.Enqueue(t.Context(), request)
		noError(t, err)
		wantEqual(t, "is new", isNew, false)
		wantEqual(t, "status", again.Status, contract.CommandDone)
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
		request.Verb, request.Data = contract.VerbGiveawayCreate, json.RawMessage(`{"prize":"Nitro"}`)
		first, _, err := dashboard.Enqueue(t.Context(), request)
		noError(t, err)
		pending := must(env.s.PendingCreates(t.Context(), env.guild, time.Now()))(t)
		wantEqual(t, "pending creates", len(pending), 1)
		wantEqual(t, "prize", pending[0].TargetName, "Nitro")
		env.sendResult(t, first.ID, contract.CommandDone, "")
		env.waitForStatus(t, first.ID, contract.CommandDone)
		again, isNew, err := dashboard.Enqueue(t.Context(), request)
		noError(t, err)
		wantEqual(t, "is new", isNew, false)
		wantEqual(t, "id", again.ID, first.ID)

		// A refused command may be requested again, and is shown for a while.
		request.Target = store.NewID()
		refused, _, err := dashboard.Enqueue(t.Context(), request)
		noError(t, err)
		env.sendResult(t, refused.ID, contract.CommandRefused, "discord.50013")
		env.waitForStatus(t, refused.ID, contract.CommandRefused)
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
		for _, status := range []contract.CommandStatus{contract.CommandRequested, contract.CommandAccepted, contract.CommandDone} {
			if status != contract.CommandRequested {
				env.sendResult(t, command.ID, status, "")
			}
			got := nextEvent(t, events)
			wantEqual(t, "status", got["status"], string(status))
			wantEqual(t, "command", got["commandId"], command.ID)
			wantEqual(t, "target", got["target"], "g1")
		}
		env.sendResult(t, command.ID, contract.CommandAccepted, "")
		env.sendResult(t, command.ID, contract.CommandRefused, "")
		done := env.waitForStatus(t, command.ID, contract.CommandDone)
		wantEqual(t, "message", done.Message, "said the bot")
		if done.AnsweredAt == nil {
			t.Error("AnsweredAt = nil, want a time")
		}
		env.waitUntilAcknowledged(t, contract.ResultsStream, contract.DashboardGroup)
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
		wantEqual(t, "first event", nextEvent(t, events)["status"], "requested")
		wantEqual(t, "second event", nextEvent(t, events)["status"], "expired")
		expired := env.waitForStatus(t, command.ID, contract.CommandExpired)
		wantEqual(t, "code", expired.Code, contract.RefusalExpired)

		// A late result replaces the expiry.
		env.sendResult(t, command.ID, contract.CommandAccepted, "")
		env.sendResult(t, command.ID, contract.CommandDone, "")
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
		env.waitForStatus(t, first.ID, contract.CommandExpired)
	})
}

func TestEnqueueWithoutBotIsRefusedImmediately(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		dashboard := env.startDashboard(t, nil)
		command, isNew, err := dashboard.Enqueue(t.Context(), env.endCommand("g1"))
		noError(t, err)
		wantEqual(t, "is new", isNew, true)
		wantEqual(t, "status", command.Status, contract.CommandRefused)
		wantEqual(t, "code", command.Code, contract.RefusalNoBot)
		wantEqual(t, "entries", streamLength(t, env.client), 0) // so no bot executes it later

		// A bot that supports only pub/sub gets the older envelope.
		sub := env.client.Subscribe(t.Context(), env.channel)
		defer sub.Close()
		must(sub.Receive(t.Context()))(t)
		command, _, err = dashboard.Enqueue(t.Context(), env.endCommand("g1"))
		noError(t, err)
		wantEqual(t, "status", command.Status, contract.CommandRequested)
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
		wantEqual(t, "supports a basic verb", initial.Supports(contract.VerbGiveawayEnd), true)
		wantEqual(t, "supports a repair", initial.Supports(contract.VerbGiveawayRepair), false)
		wantEqual(t, "supports to assign", initial.Supports(contract.VerbTicketAssign), false)

		sentAt := time.Now()
		env.sendHeartbeat(t, contract.VerbGiveawayEnd)
		// The first dashboard caches the state for two seconds.
		alive := env.startDashboard(t, nil).BotState(t.Context())
		wantEqual(t, "alive", alive.Alive, true)
		wantEqual(t, "version", alive.Version, "1")
		wantEqual(t, "guild count", alive.GuildCount, 3)
		wantEqual(t, "supports an announced verb", alive.Supports(contract.VerbGiveawayEnd), true)
		wantEqual(t, "supports a verb that was not announced", alive.Supports(contract.VerbTicketClose), false)
		// its resolution is one second
		if at := alive.LastSeen; at.Before(sentAt.Add(-time.Second)) || at.After(time.Now().Add(time.Second)) {
			t.Errorf("LastSeen = %v, want between %v and now", at, sentAt)
		}

		noError(t, env.client.Del(t.Context(), contract.BotAliveKey).Err())
		dashboardWithoutBot := env.startDashboard(t, nil)
		state := dashboardWithoutBot.BotState(t.Context())
		wantEqual(t, "alive without a heartbeat", state.Alive, false)
		wantEqual(t, "version after the heartbeat expired", state.Version, "1")
		wantEqual(t, "last seen is zero", state.LastSeen.IsZero(), false)
		command, _, err := dashboardWithoutBot.Enqueue(t.Context(), env.endCommand("g1"))
		noError(t, err)
		wantEqual(t, "status", command.Status, contract.CommandRequested)
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
		wantEqual(t, "status", command.Status, contract.CommandRequested)
		wantEqual(t, "state is current without Redis",
			env.startDashboard(t, nil).BotState(t.Context()).IsCurrent, false)
		// A new, empty Redis: a restarted miniredis does not answer XREADGROUP.
		move(storetest.RedisServer(t))
		env.sendHeartbeat(t)
		for until := time.Now().Add(waitTimeout); client.XLen(t.Context(), contract.CommandsStream).
			Val() == 0; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatal("timeout waiting for the state")
			}
		}
		env.sendResult(t, command.ID, contract.CommandDone, "")
		env.waitForStatus(t, command.ID, contract.CommandDone)
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
		for _, c := range []contract.Command{
			env.endCommand(g.ID),
			{GuildID: env.guild, Actor: contract.User{ID: "10"}, Verb: contract.VerbTicketClose, Target: ticket.ID},
			{GuildID: env.guild, Actor: contract.User{ID: "11"}, Verb: contract.VerbTicketClaim, Target: ticket.ID},
			{GuildID: "2", Actor: contract.User{ID: "10"}, Verb: contract.VerbTicketClaim, Target: "x"},
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
		wantEqual(t, "newest command of the ticket", latest[ticket.ID].Verb, contract.VerbTicketClaim)
		env.sendResult(t, latest[g.ID].ID, contract.CommandDone, "")
		env.waitForStatus(t, latest[g.ID].ID, contract.CommandDone)
		latest = must(env.s.LatestCommands(t.Context(), env.guild, []string{g.ID}, time.Now().Add(time.Hour)))(t)
		wantEqual(t, "old commands", len(latest), 0)

		for want, q := range map[string]store.CommandQuery{
			"#1 #1 Poster": {}, "#1 #1": {Status: contract.CommandRequested}, "Poster": {Status: contract.CommandDone},
			"#1": {Actor: "11"}, "#1 #1 ": {Target: ticket.ID}, " #1": {Verb: contract.VerbTicketClose},
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
	n, err := client.XLen(t.Context(), contract.CommandsStream).Result()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

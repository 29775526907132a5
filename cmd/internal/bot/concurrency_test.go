package bot_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/cmd/internal/bot"
	"guildboard/cmd/internal/bot/sim"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestConcurrentEndAndCloseTakeEffectOnce(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		events := env.recordEvents(t)
		env.sendHeartbeat(t)
		dashboards := []*store.CommandQueue{env.startDashboard(t), env.startDashboard(t), env.startDashboard(t)}
		engine := env.startEngine(t)
		env.startEngine(t)
		env.startEngine(t)
		g := env.addGiveaway(t, 20, store.Giveaway{WinnerCount: 3})
		ticket := env.openTicketWith(t, engine)
		for verb, target := range map[contract.Verb]string{contract.VerbGiveawayEnd: g.ID, contract.VerbTicketClose: ticket.ID} {
			var (
				wg  sync.WaitGroup
				ids sync.Map
			)
			for i := range 50 {
				wg.Go(func() {
					c, _, err := dashboards[i%3].Enqueue(t.Context(), contract.Command{
						GuildID: env.guild, Actor: contract.User{ID: fmt.Sprint(10 + i)}, Verb: verb, Target: target,
					})
					if err != nil {
						t.Error(err)
					}
					ids.Store(c.ID, true)
				})
			}
			wg.Wait()
			// A request after the answer is a new command and refused; the other requests joined the first one.
			done := 0
			ids.Range(func(id, _ any) bool {
				answer := env.awaitAnswer(t, id.(string))
				if answer.Status == contract.CommandDone {
					done++
				} else {
					wantEqual(t, "code", answer.Code, contract.RefusalWrongState)
				}
				return true
			})
			wantEqual(t, string(verb)+" done", done, 1)
		}
		wantEqual(t, "winners", len(env.loadGiveaway(t, g.ID).Winners), 3)
		eventually(t, "the event is published", func() bool {
			return len(events(contract.GiveawayEndEvent)) == 1 && len(events(contract.TicketCloseEvent)) == 1
		})
		wantEqual(t, "announcements", len(env.discord.Messages(channel)), 2)
	})
}

func TestConcurrentCommandsWithDistinctIDsTakeEffectOnce(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		for range 3 {
			env.startEngine(t)
		}
		g := env.addGiveaway(t, 20, store.Giveaway{WinnerCount: 3})
		for range 50 {
			now := time.Now()
			check(t, contract.Command{
				ID: store.NewID(), GuildID: env.guild, Actor: ann, Verb: contract.VerbGiveawayEnd, Target: g.ID, Data: []byte("{}"),
				IssuedAt: now, ExpiresAt: now.Add(time.Minute),
			}.Send(t.Context(), env.client, contract.Key{}))
		}
		done, refused := 0, 0
		eventually(t, "all commands are answered", func() bool {
			answers := map[any]any{} // a slow answer may be delivered twice
			for _, a := range env.results(t) {
				if a.Values["status"] != "accepted" {
					answers[a.Values["id"]] = a.Values["status"]
				}
			}
			done, refused = 0, 0
			for _, status := range answers {
				if status == "done" {
					done++
				} else {
					refused++
				}
			}
			return done+refused >= 50
		})
		wantEqual(t, "done", done, 1)
		wantEqual(t, "refused", refused, 49)
		wantEqual(t, "winners", len(env.loadGiveaway(t, g.ID).Winners), 3)
	})
}

func (env *testEnv) results(t *testing.T) []redis.XMessage {
	t.Helper()
	all, err := env.client.XRange(t.Context(), contract.ResultsStream, "-", "+").Result()
	check(t, err)
	return all
}

func TestConcurrentTicketsGetConsecutiveNumbers(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		engines := []*bot.Engine{env.startEngine(t), env.startEngine(t), env.startEngine(t)}
		var (
			wg      sync.WaitGroup
			numbers [200]int
		)
		for i := range numbers {
			wg.Go(func() {
				opened, err := engines[i%3].OpenTicket(t.Context(), bot.TicketRequest{
					ID: store.NewID(), GuildID: env.guild, Opener: contract.User{ID: fmt.Sprint(50 + i)},
				})
				if err != nil {
					t.Error(err)
				}
				numbers[i] = opened.Number
			})
		}
		wg.Wait()
		slices.Sort(numbers[:])
		for i, n := range numbers {
			if n != i+1 {
				t.Fatalf("ticket number %d = %d, want %[1]d", i+1, n)
			}
		}
		wantEqual(t, "channels", len(env.discord.CreatedChannels(env.guild)), 200)
	})
}

func TestRefusedTicketReleasesItsNumber(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), storetest.Redis(t))
	e := env.startEngine(t)
	env.discord.Refuse(sim.MethodCreateChannel, bot.ErrCodeTooManyChannels, "Maximum number of channels reached")
	_, err := e.OpenTicket(t.Context(), bot.TicketRequest{ID: "1", GuildID: env.guild, Opener: ann})
	wantRefusal(t, err, "discord.30013")
	_, err = e.OpenTicket(t.Context(), bot.TicketRequest{ID: "1", GuildID: env.guild, Opener: ann})
	wantRefusal(t, err, "discord.30013") // the first answer
	env.discord.Refuse(sim.MethodCreateChannel, 0, "")
	opened := env.openTicketWith(t, e)
	wantEqual(t, "number", opened.Number, 1)
}

func TestRepeatedCommandGetsFirstAnswer(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.startEngine(t)
		g := env.addGiveaway(t, 5, store.Giveaway{})
		now := time.Now()
		c := contract.Command{
			ID: store.NewID(), GuildID: env.guild, Actor: ann, Verb: contract.VerbGiveawayEnd, Target: g.ID, Data: []byte("{}"),
			IssuedAt: now, ExpiresAt: now.Add(time.Minute),
		}
		for n := range 3 {
			check(t, c.Send(t.Context(), env.client, contract.Key{}))
			eventually(t, "the command is answered", func() bool {
				done := 0
				for _, a := range env.results(t) {
					if a.Values["status"] == "done" {
						done++
					}
				}
				return done > n
			})
		}
	})
}

func TestExpiredCommandIsRefused(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.startEngine(t)
		g := env.addGiveaway(t, 5, store.Giveaway{})
		now := time.Now()
		c := contract.Command{
			ID: store.NewID(), GuildID: env.guild, Actor: ann, Verb: contract.VerbGiveawayEnd, Target: g.ID, Data: []byte("{}"),
			IssuedAt: now.Add(-2 * time.Minute), ExpiresAt: now.Add(-time.Minute),
		}
		check(t, c.Send(t.Context(), env.client, contract.Key{}))
		eventually(t, "the command is refused", func() bool {
			all := env.results(t)
			return len(all) == 1 && all[0].Values["status"] == "refused" && all[0].Values["code"] == contract.RefusalExpired
		})
		wantEqual(t, "status", env.loadGiveaway(t, g.ID).Status, store.GiveawayActive)
	})
}

func TestTargetOfAnotherGuildIsRefused(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		e, c := env.startEngine(t), env.startDashboard(t)
		g, ticket := env.addGiveaway(t, 5, store.Giveaway{}), env.openTicketWith(t, e)
		other := *env
		other.guild = env.guild + "1"
		storetest.Guild(t, env.Store, other.guild, "Other")
		for _, verb := range contract.Verbs {
			target, data := g.ID, any(nil)
			switch {
			case verb[0] == 'T':
				target = ticket.ID
			case verb == contract.VerbGiveawayCreate, verb == contract.VerbGiveawayEdit:
				data = newForm()
			case verb == contract.VerbGiveawayRepeat:
				data = contract.RepeatPayload{Days: new(7)}
			}
			answer := other.awaitAnswer(t, other.enqueueCommand(t, c, verb, target, data).ID)
			wantEqual(t, string(verb), answer.Status, contract.CommandRefused)
			wantEqual(t, string(verb), answer.Code, contract.RefusalNotFound)
		}
		wantEqual(t, "status", env.loadGiveaway(t, g.ID).Status, store.GiveawayActive)
		wantEqual(t, "messages", len(env.discord.Messages(channel)), 1)
		wantEqual(t, "ticket", env.loadTicket(t, ticket.ID).Status, store.TicketOpen)
	})
}

func TestInvalidCommandIsRefused(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), storetest.Redis(t))
	env.sendHeartbeat(t)
	c := env.startDashboard(t)
	env.startEngine(t)
	f := newForm()
	f.Prize, f.EndsAt = "", time.Now().Add(-time.Hour)
	for code, command := range map[string]struct {
		verb contract.Verb
		data any
	}{
		contract.RefusalInvalidForm:    {contract.VerbGiveawayCreate, f},
		contract.RefusalUnknownCommand: {"GIVEAWAY_DANCE", nil},
	} {
		answer := env.awaitAnswer(t, env.enqueueCommand(t, c, command.verb, store.NewID(), command.data).ID)
		wantEqual(t, "status", answer.Status, contract.CommandRefused)
		wantEqual(t, "code", answer.Code, code)
		if code == contract.RefusalInvalidForm {
			wantEqual(t, "message", answer.Message, "Not in order: endsAt, prize.")
		}
	}
	check(t, env.client.XAdd(t.Context(), &redis.XAddArgs{Stream: contract.CommandsStream,
		Values: []any{"id", "x", "type", "GIVEAWAY_END"}}).Err())
	check(t, env.client.XAdd(t.Context(), &redis.XAddArgs{Stream: contract.CommandsStream, Values: []any{"what", "?"}}).Err())
	eventually(t, "all commands are read", func() bool {
		pending, err := env.client.XPending(t.Context(), contract.CommandsStream, contract.BotGroup).Result()
		groups, err2 := env.client.XInfoGroups(t.Context(), contract.CommandsStream).Result()
		return err == nil && err2 == nil && pending.Count == 0 && groups[0].EntriesRead == 4 ||
			len(env.results(t)) >= 5 && pending != nil && pending.Count == 0
	})
}

func TestDiscordRefusalLeavesRowsUnchanged(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), storetest.Redis(t))
	env.sendHeartbeat(t)
	e, c := env.startEngine(t), env.startDashboard(t)
	g, ticket := env.addGiveaway(t, 5, store.Giveaway{}), env.openTicketWith(t, e)
	closed := env.addGiveaway(t, 0, store.Giveaway{Status: store.GiveawayCancelled, ChannelID: "100000000000000005"})
	edit := g.Form()
	edit.Prize = "Edited"
	for _, r := range []struct {
		method sim.Method
		code   int
		verb   contract.Verb
		target string
		data   any
	}{
		{sim.MethodPostMessage, bot.ErrCodeMissingPermission, contract.VerbGiveawayCreate, store.NewID(), newForm()},
		{sim.MethodPostMessage, bot.ErrCodeUnknownChannel, contract.VerbGiveawayCreate, store.NewID(), newForm()},
		{sim.MethodEditMessage, bot.ErrCodeMissingPermission, contract.VerbGiveawayEdit, g.ID, edit},
		{sim.MethodEditMessage, bot.ErrCodeUnknownMessage, contract.VerbGiveawayPause, g.ID, nil},
		{sim.MethodDeleteMessage, bot.ErrCodeMissingAccess, contract.VerbGiveawayDelete, closed.ID, nil},
		{sim.MethodLockChannel, bot.ErrCodeMissingPermission, contract.VerbTicketClose, ticket.ID, nil},
	} {
		env.discord.Refuse(r.method, r.code, "No")
		answer := env.awaitAnswer(t, env.enqueueCommand(t, c, r.verb, r.target, r.data).ID)
		env.discord.Refuse(r.method, 0, "")
		wantEqual(t, string(r.verb), answer.Status, contract.CommandRefused)
		wantEqual(t, string(r.verb), answer.Code, fmt.Sprint("discord.", r.code))
		if _, err := env.Giveaway(t.Context(), env.guild,
			r.target); r.verb == contract.VerbGiveawayCreate && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("after %s: %v", r.verb, err)
		}
	}
	wantEqual(t, "prize", env.loadGiveaway(t, g.ID).Prize, g.Prize)
	wantEqual(t, "status", env.loadGiveaway(t, g.ID).Status, store.GiveawayActive)
	wantEqual(t, "ticket", env.loadTicket(t, ticket.ID).Status, store.TicketOpen)

	// A refused best-effort step adds a warning to the answer.
	for method, verb := range map[sim.Method]contract.Verb{sim.MethodEditMessage: contract.VerbGiveawayEnd,
		sim.MethodPostMessage: contract.VerbTicketClaim} {
		target := g.ID
		if method == sim.MethodPostMessage {
			target = ticket.ID
		}
		env.discord.Refuse(method, bot.ErrCodeMissingPermission, "No")
		answer := env.awaitAnswer(t, env.enqueueCommand(t, c, verb, target, nil).ID)
		env.discord.Refuse(method, 0, "")
		wantEqual(t, string(verb), answer.Status, contract.CommandDone)
		wantEqual(t, string(verb), answer.Code, "discord.50013")
	}
	wantEqual(t, "winners", len(env.loadGiveaway(t, g.ID).Winners), 1)
}

func TestCloseTicketWithDeletedChannel(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), storetest.Redis(t))
	env.sendHeartbeat(t)
	e, c := env.startEngine(t), env.startDashboard(t)
	ticket := env.openTicketWith(t, e)
	env.discord.RemoveChannel(ticket.ChannelID)
	env.mustComplete(t, c, contract.VerbTicketClose, ticket.ID, nil)
	wantEqual(t, "status", env.loadTicket(t, ticket.ID).Status, store.TicketClosed)
	answer := env.awaitAnswer(t, env.enqueueCommand(t, c, contract.VerbTicketReopen, ticket.ID, nil).ID)
	wantEqual(t, "code", answer.Code, "discord.10003")
}

func TestDiscordOutageIsRetriedUntilCommandExpires(t *testing.T) {
	t.Parallel() // it mostly waits
	env := newTestEnv(t, storetest.Open(t), storetest.Redis(t))
	env.sendHeartbeat(t)
	c := env.startDashboard(t)
	env.startEngine(t)
	env.discord.SetDown(true)
	id := store.NewID()
	command := env.enqueueCommand(t, c, contract.VerbGiveawayCreate, id, newForm())
	eventually(t, "the step is tried", func() bool { return env.discord.CallCount(sim.MethodPostMessage) > 1 })
	accepted, err := env.Command(t.Context(), env.guild, command.ID)
	check(t, err)
	wantEqual(t, "status", accepted.Status, contract.CommandAccepted)
	env.discord.SetDown(false)
	wantEqual(t, "status", env.awaitAnswer(t, command.ID).Status, contract.CommandDone)

	env.discord.SetDown(true)
	c.Expiry = 15 * time.Second // the bot must start by then
	refused := env.awaitAnswer(t, env.enqueueCommand(t, c, contract.VerbGiveawayPause, id, nil).ID)
	wantEqual(t, "status", refused.Status, contract.CommandRefused)
	wantEqual(t, "code", refused.Code, contract.RefusalDiscordDown)
	wantEqual(t, "giveaway", env.loadGiveaway(t, id).Status, store.GiveawayActive)
}

func TestLeaseIsRenewedWhileWorkerRuns(t *testing.T) {
	t.Parallel() // it mostly waits

	const lease = 3 * time.Second // a worker that gets no CPU for this long counts as dead
	env := newTestEnv(t, storetest.Open(t), storetest.Redis(t))
	env.sendHeartbeat(t)
	c := env.startDashboard(t)
	resume := make(chan struct{})
	for range 2 {
		e := env.newEngine().WithShortIntervals(lease)
		e.CrashAfter(func(_ contract.Verb, step string) bool {
			if step == "check" {
				<-resume
			}
			return false
		})
		startBackground(t, e.Run)
	}
	command := env.enqueueCommand(t, c, contract.VerbGiveawayCreate, store.NewID(), newForm())
	eventually(t, "the lease is renewed", func() bool {
		unfinished, err := env.UnfinishedWork(t.Context(), command.IssuedAt.Add(3*lease))
		return err == nil && len(unfinished) == 0 && time.Since(command.IssuedAt) > 2*lease
	})
	close(resume)
	wantEqual(t, "status", env.awaitAnswer(t, command.ID).Status, contract.CommandDone)
	wantEqual(t, "posts", env.discord.CallCount(sim.MethodPostMessage), 1)
}

func TestRedisLossDuringCommandLosesNothing(t *testing.T) {
	server, client, move := storetest.RelocatableRedis(t)
	env := newTestEnv(t, storetest.Open(t), client)
	env.sendHeartbeat(t)
	c := env.startDashboard(t)
	e := env.newEngine()
	var redisClosed atomic.Bool
	e.CrashAfter(func(v contract.Verb, step string) bool { // no crash, only a hook
		if v == contract.VerbGiveawayEnd && step == "end" {
			server.Close()
			redisClosed.Store(true)
		}
		return false
	})
	startBackground(t, e.Run)
	g := env.addGiveaway(t, 5, store.Giveaway{})
	command := env.enqueueCommand(t, c, contract.VerbGiveawayEnd, g.ID, nil)
	eventually(t, "the command is done", func() bool { return redisClosed.Load() && len(env.loadGiveaway(t, g.ID).Winners) == 1 })
	current, err := env.Command(t.Context(), env.guild, command.ID)
	check(t, err)
	wantEqual(t, "row in progress", current.IsInProgress(), true)

	move(storetest.RedisServer(t)) // an empty Redis
	wantEqual(t, "status", env.awaitAnswer(t, command.ID).Status, contract.CommandDone)
	wantEqual(t, "announcements", len(env.discord.Messages(channel)), 2)
}

func TestHeartbeatListsCapabilities(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), storetest.Redis(t))
	env.startEngine(t)
	var h contract.Heartbeat
	eventually(t, "the heartbeat is sent", func() bool {
		text, err := env.client.Get(t.Context(), contract.BotAliveKey).Result()
		return err == nil && json.Unmarshal([]byte(text), &h) == nil
	})
	wantEqual(t, "guilds", h.GuildCount, 1)
	if want := append(slices.Clone(contract.Verbs), contract.CapabilityNotifications); !slices.Equal(h.Capabilities, want) {
		t.Errorf("capabilities = %v, want %v", h.Capabilities, want)
	}
	ttl, err := env.client.TTL(t.Context(), contract.BotAliveKey).Result()
	check(t, err)
	if ttl <= 20*time.Second || ttl > 30*time.Second {
		t.Errorf("TTL of the heartbeat = %v, want more than 20 s and at most 30 s", ttl)
	}
}

func TestStoppedEngineReleasesWorkImmediately(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), storetest.Redis(t))
	env.sendHeartbeat(t)
	c := env.startDashboard(t)
	first := env.newEngine().WithShortIntervals(time.Hour)
	stop := startBackground(t, first.Run)
	env.discord.SetDown(true)
	command := env.enqueueCommand(t, c, contract.VerbGiveawayCreate, store.NewID(), newForm())
	eventually(t, "the step is tried", func() bool { return env.discord.CallCount(sim.MethodPostMessage) > 0 })
	stop()
	env.discord.SetDown(false)
	env.startEngine(t)
	wantEqual(t, "status", env.awaitAnswer(t, command.ID).Status, contract.CommandDone)
}

func TestStaleWorkerCannotAnswer(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		c := contract.Command{ID: "c1", GuildID: "1", Verb: contract.VerbGiveawayEnd, Target: "g1", Data: []byte("{}"),
			ExpiresAt: time.Now().Add(time.Minute)}
		stale, err := s.StartWork(t.Context(), c, -time.Second)
		check(t, err)
		other := c
		other.ID = "c2"
		if _, err := s.StartWork(t.Context(), other, time.Minute); !errors.Is(err, store.ErrWorkLeased) {
			t.Errorf("StartWork() on a busy target = %v, want ErrWorkLeased", err)
		}
		fresh, err := s.StartWork(t.Context(), c, time.Minute)
		check(t, err)
		wantEqual(t, "resumed", fresh.IsResumed, true)
		answer := contract.CommandResult{ID: "c1", Status: contract.CommandDone, At: time.Now()}
		for label, err := range map[string]error{
			"answering": s.FinishWork(t.Context(), stale, answer), "renewing": s.RenewWorkLease(t.Context(), stale, time.Minute),
			"saving": s.SaveCheckpoint(t.Context(), stale),
		} {
			if !errors.Is(err, store.ErrWorkLeased) {
				t.Errorf("%s: %v", label, err)
			}
		}
		check(t, s.FinishWork(t.Context(), fresh, answer))
		again, err := s.StartWork(t.Context(), c, time.Minute)
		check(t, err)
		wantEqual(t, "answered", again.Status, contract.CommandDone)
		if _, err := s.StartWork(t.Context(), other, time.Minute); err != nil {
			t.Error(err)
		}
	})
}

func TestLongDrawDoesNotBlockOtherCommands(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		c, e := env.startDashboard(t), env.newEngine()
		drawing := make(chan struct{})
		big := env.addGiveaway(t, 20, store.Giveaway{})
		e.CrashAfter(func(v contract.Verb, step string) bool {
			if v == contract.VerbGiveawayEnd && step == "end" {
				<-drawing // blocks the draw
			}
			return false
		})
		startBackground(t, e.Run)
		command := env.enqueueCommand(t, c, contract.VerbGiveawayEnd, big.ID, nil)
		eventually(t, "entries are closed", func() bool { return env.loadGiveaway(t, big.ID).Status == store.GiveawayEnded })
		env.mustComplete(t, c, contract.VerbGiveawayCreate, store.NewID(), newForm())
		wantEqual(t, "winners so far", len(env.loadGiveaway(t, big.ID).Winners), 0)
		close(drawing)
		wantEqual(t, "long reply", env.awaitAnswer(t, command.ID).Status, contract.CommandDone)
	})
}

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
	"guildboard/store/storetest"
)

func TestFiftyWhoEndOrCloseAtOnceGetOneResult(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		events := w.events(t)
		w.alive(t)
		dashboards := []*store.Commands{w.dashboard(t), w.dashboard(t), w.dashboard(t)}
		engine := w.runs(t)
		w.runs(t)
		w.runs(t)
		g := w.posted(t, 20, store.Giveaway{WinnerCount: 3})
		ticket := w.ticket(t, engine)
		for verb, target := range map[store.Verb]string{store.VerbGiveawayEnd: g.ID, store.VerbTicketClose: ticket.ID} {
			var (
				all sync.WaitGroup
				ids sync.Map
			)
			for i := range 50 {
				all.Go(func() {
					c, _, err := dashboards[i%3].Ask(t.Context(), store.Command{
						GuildID: w.guild, Actor: store.Person{ID: fmt.Sprint(10 + i)}, Verb: verb, Target: target,
					})
					if err != nil {
						t.Error(err)
					}
					ids.Store(c.ID, true)
				})
			}
			all.Wait()
			// Who came after the answer asked anew, and is told that it is over; nobody else asked at all.
			done := 0
			ids.Range(func(id, _ any) bool {
				answer := w.answered(t, id.(string))
				if answer.Status == store.CommandDone {
					done++
				} else {
					same(t, "code", answer.Code, store.CodeState)
				}
				return true
			})
			same(t, string(verb)+" done", done, 1)
		}
		same(t, "winners", len(w.giveaway(t, g.ID).Winners), 3)
		eventually(t, "it is told", func() bool {
			return len(events(store.GiveawayEndEvent)) == 1 && len(events(store.TicketCloseEvent)) == 1
		})
		same(t, "announcements", len(w.discord.Messages(channel)), 2)
	})
}

func TestFiftyCommandsOfStrangersWithTheirOwnIDsGetOneResult(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for range 3 {
			w.runs(t)
		}
		g := w.posted(t, 20, store.Giveaway{WinnerCount: 3})
		for range 50 {
			now := time.Now()
			check(t, store.Command{
				ID: store.NewID(), GuildID: w.guild, Actor: ann, Verb: store.VerbGiveawayEnd, Target: g.ID, Data: []byte("{}"),
				IssuedAt: now, ExpiresAt: now.Add(time.Minute),
			}.Send(t.Context(), w.client, store.ContractKey{}))
		}
		done, refused := 0, 0
		eventually(t, "all are answered", func() bool {
			answers := map[any]any{} // one that took long may be given twice
			for _, a := range w.results(t) {
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
		same(t, "done", done, 1)
		same(t, "refused", refused, 49)
		same(t, "winners", len(w.giveaway(t, g.ID).Winners), 3)
	})
}

func (w *world) results(t *testing.T) []redis.XMessage {
	t.Helper()
	all, err := w.client.XRange(t.Context(), store.ResultsStream, "-", "+").Result()
	check(t, err)
	return all
}

func TestTwoHundredTicketsAtOnceHaveConsecutiveNumbers(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		engines := []*bot.Engine{w.runs(t), w.runs(t), w.runs(t)}
		var (
			all     sync.WaitGroup
			numbers [200]int
		)
		for i := range numbers {
			all.Go(func() {
				opened, err := engines[i%3].OpenTicket(t.Context(), bot.Opening{
					ID: store.NewID(), GuildID: w.guild, Opener: store.Person{ID: fmt.Sprint(50 + i)},
				})
				if err != nil {
					t.Error(err)
				}
				numbers[i] = opened.Number
			})
		}
		all.Wait()
		slices.Sort(numbers[:])
		for i, n := range numbers {
			if n != i+1 {
				t.Fatalf("number %d is %d", i+1, n)
			}
		}
		same(t, "channels", len(w.discord.Opened(w.guild)), 200)
	})
}

func TestATicketThatDiscordRefusesGivesItsNumberBack(t *testing.T) {
	w := newWorld(t, storetest.Open(t), storetest.Redis(t))
	e := w.runs(t)
	w.discord.Refuse(sim.Open, bot.TooManyChannels, "Maximum number of channels reached")
	_, err := e.OpenTicket(t.Context(), bot.Opening{ID: "1", GuildID: w.guild, Opener: ann})
	wantRefusal(t, err, "discord.30013")
	_, err = e.OpenTicket(t.Context(), bot.Opening{ID: "1", GuildID: w.guild, Opener: ann})
	wantRefusal(t, err, "discord.30013") // the first answer
	w.discord.Refuse(sim.Open, 0, "")
	opened := w.ticket(t, e)
	same(t, "number", opened.Number, 1)
}

func TestARepeatedCommandGetsTheFirstAnswer(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.runs(t)
		g := w.posted(t, 5, store.Giveaway{})
		now := time.Now()
		c := store.Command{
			ID: store.NewID(), GuildID: w.guild, Actor: ann, Verb: store.VerbGiveawayEnd, Target: g.ID, Data: []byte("{}"),
			IssuedAt: now, ExpiresAt: now.Add(time.Minute),
		}
		for n := range 3 {
			check(t, c.Send(t.Context(), w.client, store.ContractKey{}))
			eventually(t, "it is answered", func() bool {
				done := 0
				for _, a := range w.results(t) {
					if a.Values["status"] == "done" {
						done++
					}
				}
				return done > n
			})
		}
	})
}

func TestWhatHasExpiredIsNeverCarriedOut(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.runs(t)
		g := w.posted(t, 5, store.Giveaway{})
		now := time.Now()
		c := store.Command{
			ID: store.NewID(), GuildID: w.guild, Actor: ann, Verb: store.VerbGiveawayEnd, Target: g.ID, Data: []byte("{}"),
			IssuedAt: now.Add(-2 * time.Minute), ExpiresAt: now.Add(-time.Minute),
		}
		check(t, c.Send(t.Context(), w.client, store.ContractKey{}))
		eventually(t, "it is refused", func() bool {
			all := w.results(t)
			return len(all) == 1 && all[0].Values["status"] == "refused" && all[0].Values["code"] == store.CodeExpired
		})
		same(t, "status", w.giveaway(t, g.ID).Status, store.GiveawayActive)
	})
}

func TestATargetOfAnotherGuildIsRefused(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		e, c := w.runs(t), w.dashboard(t)
		g, ticket := w.posted(t, 5, store.Giveaway{}), w.ticket(t, e)
		other := *w
		other.guild = w.guild + "1"
		storetest.Guild(t, w.Store, other.guild, "Other")
		for _, verb := range store.Verbs {
			target, data := g.ID, any(nil)
			switch {
			case verb[0] == 'T':
				target = ticket.ID
			case verb == store.VerbGiveawayCreate, verb == store.VerbGiveawayEdit:
				data = form()
			case verb == store.VerbGiveawayRepeat:
				data = map[string]int{"days": 7}
			}
			answer := other.answered(t, other.ask(t, c, verb, target, data).ID)
			same(t, string(verb), answer.Status, store.CommandRefused)
			same(t, string(verb), answer.Code, store.CodeGone)
		}
		same(t, "status", w.giveaway(t, g.ID).Status, store.GiveawayActive)
		same(t, "messages", len(w.discord.Messages(channel)), 1)
		same(t, "ticket", w.read(t, ticket.ID).Status, store.TicketOpen)
	})
}

func TestWhatCannotBeReadIsRefused(t *testing.T) {
	w := newWorld(t, storetest.Open(t), storetest.Redis(t))
	w.alive(t)
	c := w.dashboard(t)
	w.runs(t)
	f := form()
	f.Prize, f.EndsAt = "", time.Now().Add(-time.Hour)
	for code, ask := range map[string]struct {
		verb store.Verb
		data any
	}{
		store.CodeForm:    {store.VerbGiveawayCreate, f},
		store.CodeUnknown: {"GIVEAWAY_DANCE", nil},
	} {
		answer := w.answered(t, w.ask(t, c, ask.verb, store.NewID(), ask.data).ID)
		same(t, "status", answer.Status, store.CommandRefused)
		same(t, "code", answer.Code, code)
		if code == store.CodeForm {
			same(t, "message", answer.Message, "Not in order: endsAt, prize.")
		}
	}
	check(t, w.client.XAdd(t.Context(), &redis.XAddArgs{Stream: store.CommandsStream, Values: []any{"id", "x", "type", "GIVEAWAY_END"}}).Err())
	check(t, w.client.XAdd(t.Context(), &redis.XAddArgs{Stream: store.CommandsStream, Values: []any{"what", "?"}}).Err())
	eventually(t, "all is read", func() bool {
		pending, err := w.client.XPending(t.Context(), store.CommandsStream, store.BotGroup).Result()
		groups, err2 := w.client.XInfoGroups(t.Context(), store.CommandsStream).Result()
		return err == nil && err2 == nil && pending.Count == 0 && groups[0].EntriesRead == 4 || len(w.results(t)) >= 5 && pending != nil && pending.Count == 0
	})
}

func TestWhatDiscordCanRefuseIsRefusedAndChangesNothing(t *testing.T) {
	w := newWorld(t, storetest.Open(t), storetest.Redis(t))
	w.alive(t)
	e, c := w.runs(t), w.dashboard(t)
	g, ticket := w.posted(t, 5, store.Giveaway{}), w.ticket(t, e)
	over := w.posted(t, 0, store.Giveaway{Status: store.GiveawayCancelled, ChannelID: "100000000000000005"})
	edit := store.FormOf(g)
	edit.Prize = "Edited"
	for _, r := range []struct {
		call   sim.Call
		code   int
		verb   store.Verb
		target string
		data   any
	}{
		{sim.Post, bot.MissingPermission, store.VerbGiveawayCreate, store.NewID(), form()},
		{sim.Post, bot.UnknownChannel, store.VerbGiveawayCreate, store.NewID(), form()},
		{sim.Edit, bot.MissingPermission, store.VerbGiveawayEdit, g.ID, edit},
		{sim.Edit, bot.UnknownMessage, store.VerbGiveawayPause, g.ID, nil},
		{sim.Remove, bot.MissingAccess, store.VerbGiveawayDelete, over.ID, nil},
		{sim.Lock, bot.MissingPermission, store.VerbTicketClose, ticket.ID, nil},
	} {
		w.discord.Refuse(r.call, r.code, "No")
		answer := w.answered(t, w.ask(t, c, r.verb, r.target, r.data).ID)
		w.discord.Refuse(r.call, 0, "")
		same(t, string(r.verb), answer.Status, store.CommandRefused)
		same(t, string(r.verb), answer.Code, fmt.Sprint("discord.", r.code))
		if _, err := w.Giveaway(t.Context(), w.guild, r.target); r.verb == store.VerbGiveawayCreate && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("after %s: %v", r.verb, err)
		}
	}
	same(t, "prize", w.giveaway(t, g.ID).Prize, g.Prize)
	same(t, "status", w.giveaway(t, g.ID).Status, store.GiveawayActive)
	same(t, "ticket", w.read(t, ticket.ID).Status, store.TicketOpen)

	// What is only told is a remark.
	for call, verb := range map[sim.Call]store.Verb{sim.Edit: store.VerbGiveawayEnd, sim.Post: store.VerbTicketClaim} {
		target := g.ID
		if call == sim.Post {
			target = ticket.ID
		}
		w.discord.Refuse(call, bot.MissingPermission, "No")
		answer := w.answered(t, w.ask(t, c, verb, target, nil).ID)
		w.discord.Refuse(call, 0, "")
		same(t, string(verb), answer.Status, store.CommandDone)
		same(t, string(verb), answer.Code, "discord.50013")
	}
	same(t, "winners", len(w.giveaway(t, g.ID).Winners), 1)
}

func TestAClosedChannelThatIsGoneDoesNotKeepItsTicketOpen(t *testing.T) {
	w := newWorld(t, storetest.Open(t), storetest.Redis(t))
	w.alive(t)
	e, c := w.runs(t), w.dashboard(t)
	ticket := w.ticket(t, e)
	w.discord.RemoveChannel(ticket.ChannelID)
	w.does(t, c, store.VerbTicketClose, ticket.ID, nil)
	same(t, "status", w.read(t, ticket.ID).Status, store.TicketClosed)
	answer := w.answered(t, w.ask(t, c, store.VerbTicketReopen, ticket.ID, nil).ID)
	same(t, "code", answer.Code, "discord.10003")
}

func TestDiscordIsWaitedForUntilTheCommandExpires(t *testing.T) {
	t.Parallel() // it mostly waits
	w := newWorld(t, storetest.Open(t), storetest.Redis(t))
	w.alive(t)
	c := w.dashboard(t)
	w.runs(t)
	w.discord.Down(true)
	id := store.NewID()
	asked := w.ask(t, c, store.VerbGiveawayCreate, id, form())
	eventually(t, "it is tried", func() bool { return w.discord.Calls(sim.Post) > 1 })
	accepted, err := w.Command(t.Context(), w.guild, asked.ID)
	check(t, err)
	same(t, "status", accepted.Status, store.CommandAccepted)
	w.discord.Down(false)
	same(t, "status", w.answered(t, asked.ID).Status, store.CommandDone)

	w.discord.Down(true)
	c.Expiry = 15 * time.Second // the bot must have begun by then
	refused := w.answered(t, w.ask(t, c, store.VerbGiveawayPause, id, nil).ID)
	same(t, "status", refused.Status, store.CommandRefused)
	same(t, "code", refused.Code, store.CodeDown)
	same(t, "giveaway", w.giveaway(t, id).Status, store.GiveawayActive)
}

func TestALeaseIsRenewedAsLongAsItsWorkerLives(t *testing.T) {
	t.Parallel() // it mostly waits

	const lease = 3 * time.Second // a worker that has nothing to run on for so long counts as dead
	w := newWorld(t, storetest.Open(t), storetest.Redis(t))
	w.alive(t)
	c := w.dashboard(t)
	on := make(chan struct{})
	for range 2 {
		e := w.engine().Brisk(lease)
		e.Stops(func(_ store.Verb, step string) bool {
			if step == "check" {
				<-on
			}
			return false
		})
		running(t, e.Run)
	}
	asked := w.ask(t, c, store.VerbGiveawayCreate, store.NewID(), form())
	eventually(t, "the lease ends later than it did", func() bool {
		left, err := w.LeftWork(t.Context(), asked.IssuedAt.Add(3*lease))
		return err == nil && len(left) == 0 && time.Since(asked.IssuedAt) > 2*lease
	})
	close(on)
	same(t, "status", w.answered(t, asked.ID).Status, store.CommandDone)
	same(t, "posts", w.discord.Calls(sim.Post), 1)
}

func TestRedisGoneBetweenClickAndAnswerLosesNothing(t *testing.T) {
	server, client, move := storetest.Moving(t)
	w := newWorld(t, storetest.Open(t), client)
	w.alive(t)
	c := w.dashboard(t)
	e := w.engine()
	var gone atomic.Bool
	e.Stops(func(v store.Verb, step string) bool { // no stop, but the moment
		if v == store.VerbGiveawayEnd && step == "end" {
			server.Close()
			gone.Store(true)
		}
		return false
	})
	running(t, e.Run)
	g := w.posted(t, 5, store.Giveaway{})
	asked := w.ask(t, c, store.VerbGiveawayEnd, g.ID, nil)
	eventually(t, "it is done", func() bool { return gone.Load() && len(w.giveaway(t, g.ID).Winners) == 1 })
	known, err := w.Command(t.Context(), w.guild, asked.ID)
	check(t, err)
	same(t, "the row says what is known", known.UnderWay(), true)

	move(storetest.RedisServer(t)) // and it has forgotten everything
	same(t, "status", w.answered(t, asked.ID).Status, store.CommandDone)
	same(t, "announcements", len(w.discord.Messages(channel)), 2)
}

func TestAHeartbeatSaysWhatTheBotCanDo(t *testing.T) {
	w := newWorld(t, storetest.Open(t), storetest.Redis(t))
	w.runs(t)
	var h store.Heartbeat
	eventually(t, "it beats", func() bool {
		text, err := w.client.Get(t.Context(), store.BotAliveKey).Result()
		return err == nil && json.Unmarshal([]byte(text), &h) == nil
	})
	same(t, "guilds", h.Guilds, 1)
	if !slices.Equal(h.Capabilities, store.Verbs) {
		t.Errorf("capabilities: %v", h.Capabilities)
	}
	if ttl := w.client.TTL(t.Context(), store.BotAliveKey).Val(); ttl <= 20*time.Second || ttl > 30*time.Second {
		t.Errorf("it holds for %v", ttl)
	}
}

func TestAStoppedEngineLeavesItsWorkToTheNextAtOnce(t *testing.T) {
	w := newWorld(t, storetest.Open(t), storetest.Redis(t))
	w.alive(t)
	c := w.dashboard(t)
	first := w.engine().Brisk(time.Hour)
	stop := running(t, first.Run)
	w.discord.Down(true)
	asked := w.ask(t, c, store.VerbGiveawayCreate, store.NewID(), form())
	eventually(t, "it is tried", func() bool { return w.discord.Calls(sim.Post) > 0 })
	stop()
	w.discord.Down(false)
	w.runs(t)
	same(t, "status", w.answered(t, asked.ID).Status, store.CommandDone)
}

func TestAStaleWorkerCannotAnswer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		c := store.Command{ID: "c1", GuildID: "1", Verb: store.VerbGiveawayEnd, Target: "g1", Data: []byte("{}"), ExpiresAt: time.Now().Add(time.Minute)}
		stale, err := s.BeginWork(t.Context(), c, -time.Second)
		check(t, err)
		other := c
		other.ID = "c2"
		if _, err := s.BeginWork(t.Context(), other, time.Minute); !errors.Is(err, store.ErrTaken) {
			t.Errorf("two pieces of work on one target: %v", err)
		}
		fresh, err := s.BeginWork(t.Context(), c, time.Minute)
		check(t, err)
		same(t, "resumed", fresh.Resumed, true)
		answer := store.Answer{ID: "c1", Status: store.CommandDone, At: time.Now()}
		for what, err := range map[string]error{
			"answering": s.AnswerWork(t.Context(), stale, answer), "renewing": s.RenewWork(t.Context(), stale, time.Minute),
			"saving": s.SaveMemo(t.Context(), stale),
		} {
			if !errors.Is(err, store.ErrTaken) {
				t.Errorf("%s: %v", what, err)
			}
		}
		check(t, s.AnswerWork(t.Context(), fresh, answer))
		again, err := s.BeginWork(t.Context(), c, time.Minute)
		check(t, err)
		same(t, "answered", again.Status, store.CommandDone)
		if _, err := s.BeginWork(t.Context(), other, time.Minute); err != nil {
			t.Error(err)
		}
	})
}

func TestALongDrawHoldsUpNobodyElse(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		c, e := w.dashboard(t), w.engine()
		drawing := make(chan struct{})
		big := w.posted(t, 20, store.Giveaway{})
		e.Stops(func(v store.Verb, step string) bool {
			if v == store.VerbGiveawayEnd && step == "end" {
				<-drawing // it takes its time
			}
			return false
		})
		running(t, e.Run)
		asked := w.ask(t, c, store.VerbGiveawayEnd, big.ID, nil)
		eventually(t, "entries are stopped", func() bool { return w.giveaway(t, big.ID).Status == store.GiveawayEnded })
		w.does(t, c, store.VerbGiveawayCreate, store.NewID(), form())
		same(t, "winners so far", len(w.giveaway(t, big.ID).Winners), 0)
		close(drawing)
		same(t, "the long one", w.answered(t, asked.ID).Status, store.CommandDone)
	})
}

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

// patience is how long a test waits for what should take a moment, on a machine that has other work.
const patience = 5 * time.Minute

// office is a guild whose dashboards and bot share a store and a Redis.
type office struct {
	s      *store.Store
	client redis.UniversalClient
	guild  string
	name   string // of the pub/sub channel
}

func eachOffice(t *testing.T, test func(t *testing.T, o office)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := office{s: s, client: storetest.Redis(t), guild: fmt.Sprint(time.Now().UnixNano()), name: store.NewID()}
		storetest.Guild(t, s, o.guild, "Office")
		test(t, o)
	})
}

// dashboard is one process of the dashboard; its Run ends with the test.
func (o office) dashboard(t *testing.T, change func(*store.Commands)) *store.Commands {
	t.Helper()
	c := o.asker(change)
	runs(t, c)
	return c
}

// asker is a process of the dashboard that asks, and does not hear and sweep yet.
func (o office) asker(change func(*store.Commands)) *store.Commands {
	c := store.NewCommands(o.s, o.client, store.NewBus(o.client, slog.New(slog.DiscardHandler)), slog.New(slog.DiscardHandler)).OnChannel(o.name)
	c.MaxBlock = 20 * time.Millisecond
	if change != nil {
		change(c)
	}
	return c
}

// runs has a process of the dashboard hear and sweep until the end of the test.
func runs(t *testing.T, c *store.Commands) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := c.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		done.Wait()
	})
}

// alive has a bot say that it is there.
func (o office) alive(t *testing.T, verbs ...store.Verb) {
	t.Helper()
	check(t, store.Heartbeat{Version: "1", Capabilities: verbs, Guilds: 3}.Beat(t.Context(), o.client))
}

// told are the events about commands of the guild.
func (o office) told(t *testing.T) <-chan map[string]string {
	t.Helper()
	heard := make(chan map[string]string, 100)
	subscribed := make(chan struct{})
	once := sync.OnceFunc(func() { close(subscribed) })
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		_ = store.NewBus(o.client, slog.New(slog.DiscardHandler)).Listen(ctx, func(e store.Event, _ []byte) {
			var data map[string]string
			if e.GuildID == o.guild && e.Type == store.CommandResultEvent && json.Unmarshal(e.Data, &data) == nil {
				heard <- data
			}
		}, func(bool) { once() })
	})
	t.Cleanup(func() {
		cancel()
		done.Wait()
	})
	<-subscribed
	return heard
}

func (o office) end(target string) store.Command {
	return store.Command{GuildID: o.guild, Actor: store.Person{ID: "10", Username: "Ann"}, Verb: store.VerbGiveawayEnd, Target: target}
}

// becomes waits until the command has the status.
func (o office) becomes(t *testing.T, id string, status store.CommandStatus) store.Command {
	t.Helper()
	until := time.Now().Add(patience)
	for {
		c, err := o.s.Command(t.Context(), o.guild, id)
		if err == nil && c.Status == status {
			return c
		}
		if time.Now().After(until) {
			t.Fatalf("command %s is %q (%v), want %q", id, c.Status, err, status)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (o office) answer(t *testing.T, id string, status store.CommandStatus, code string) {
	t.Helper()
	check(t, store.Answer{ID: id, Status: status, Code: code, Message: "said the bot", At: time.Now()}.
		Send(t.Context(), o.client, store.ContractKey{}))
}

func TestACommandIsARowAndAnEntryOfTheStream(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		o.alive(t)
		dashboard := o.dashboard(t, func(c *store.Commands) {
			c.ExpiryOf = map[store.Verb]time.Duration{store.VerbTicketClose: time.Hour}
		})
		ask := o.end("t1")
		ask.Verb, ask.Data = store.VerbTicketClose, json.RawMessage(`{"reason":"done"}`)
		asked, mine, err := dashboard.Ask(t.Context(), ask)
		check(t, err)
		same(t, "mine", mine, true)
		same(t, "status", asked.Status, store.CommandAsked)
		same(t, "actor", asked.Actor, store.Person{ID: "10", Username: "Ann"})
		same(t, "waits", asked.ExpiresAt.Sub(asked.IssuedAt), time.Hour)

		entries := must(o.client.XRange(t.Context(), store.CommandsStream, "-", "+").Result())(t)
		same(t, "entries", len(entries), 1)
		sent := must(store.DecodeCommand(entries[0].Values))(t)
		same(t, "id", sent.ID, asked.ID)
		same(t, "verb", sent.Verb, store.VerbTicketClose)
		same(t, "target", sent.Target, "t1")
		same(t, "actor", sent.Actor.ID, "10")
		same(t, "data", string(sent.Data), `{"reason":"done"}`)
		same(t, "expires", sent.ExpiresAt, asked.ExpiresAt)
	})
}

func TestOfManyWhoAskTheSameOneAsks(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		o.alive(t)
		dashboards := []*store.Commands{o.asker(nil), o.asker(nil), o.asker(nil)} // nobody sends again what is slow to be sent
		var (
			all   sync.WaitGroup
			asked atomic.Int32
			ids   sync.Map
		)
		for i := range 50 {
			all.Go(func() {
				c, mine, err := dashboards[i%3].Ask(t.Context(), o.end("g1"))
				if err != nil {
					t.Error(err)
				}
				if mine {
					asked.Add(1)
				}
				ids.Store(c.ID, true)
			})
		}
		all.Wait()
		same(t, "asked", asked.Load(), 1)
		different := 0
		var id string
		ids.Range(func(k, _ any) bool { different++; id = k.(string); return true })
		same(t, "different commands", different, 1)
		same(t, "entries", o.client.XLen(t.Context(), store.CommandsStream).Val(), 1)
		for _, d := range dashboards {
			runs(t, d)
		}

		// Another verb, another row, and the same again after the answer, are other commands.
		pause := o.end("g1")
		pause.Verb = store.VerbGiveawayPause
		for _, other := range []store.Command{pause, o.end("g2")} {
			_, mine, err := dashboards[0].Ask(t.Context(), other)
			check(t, err)
			same(t, "mine", mine, true)
		}
		o.answer(t, id, store.CommandDone, "")
		o.becomes(t, id, store.CommandDone)
		_, mine, err := dashboards[1].Ask(t.Context(), o.end("g1"))
		check(t, err)
		same(t, "mine after the answer", mine, true)
	})
}

func TestAnIDIsAskedOnce(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		o.alive(t)
		dashboard := o.dashboard(t, nil)
		ask := o.end("g1")
		ask.ID = store.NewID()
		first, _, err := dashboard.Ask(t.Context(), ask)
		check(t, err)
		o.answer(t, first.ID, store.CommandDone, "")
		o.becomes(t, first.ID, store.CommandDone)
		again, mine, err := dashboard.Ask(t.Context(), ask)
		check(t, err)
		same(t, "mine", mine, false)
		same(t, "status", again.Status, store.CommandDone)
		ask.GuildID = "1"
		_, _, err = dashboard.Ask(t.Context(), ask)
		wantError(t, "the id of another guild's command", err, store.ErrConflict)
	})
}

func TestAGiveawayIsCreatedOnceHoweverOftenItsFormIsSent(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		o.alive(t)
		dashboard := o.dashboard(t, nil)
		ask := o.end(store.NewID())
		ask.Verb, ask.Data = store.VerbGiveawayCreate, json.RawMessage(`{"prize":"Nitro"}`)
		first, _, err := dashboard.Ask(t.Context(), ask)
		check(t, err)
		under := must(o.s.CreatesUnderWay(t.Context(), o.guild, time.Now()))(t)
		same(t, "under way", len(under), 1)
		same(t, "prize", under[0].TargetName, "Nitro")
		o.answer(t, first.ID, store.CommandDone, "")
		o.becomes(t, first.ID, store.CommandDone)
		again, mine, err := dashboard.Ask(t.Context(), ask)
		check(t, err)
		same(t, "mine", mine, false)
		same(t, "id", again.ID, first.ID)

		// One that was refused may be tried again, and is shown for a while.
		ask.Target = store.NewID()
		refused, _, err := dashboard.Ask(t.Context(), ask)
		check(t, err)
		o.answer(t, refused.ID, store.CommandRefused, "discord.50013")
		o.becomes(t, refused.ID, store.CommandRefused)
		under = must(o.s.CreatesUnderWay(t.Context(), o.guild, refused.IssuedAt))(t)
		same(t, "refused creates", len(under), 1)
		same(t, "refused long ago", len(must(o.s.CreatesUnderWay(t.Context(), o.guild, time.Now().Add(time.Minute)))(t)), 0)
		_, mine, err = dashboard.Ask(t.Context(), ask)
		check(t, err)
		same(t, "mine after the refusal", mine, true)
	})
}

func TestEveryChangeOfACommandIsToldOnce(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		o.alive(t)
		told := o.told(t)
		var dashboards []*store.Commands
		for range 3 {
			dashboards = append(dashboards, o.dashboard(t, nil))
		}
		asked, _, err := dashboards[0].Ask(t.Context(), o.end("g1"))
		check(t, err)
		for _, status := range []store.CommandStatus{store.CommandAsked, store.CommandAccepted, store.CommandDone} {
			if status != store.CommandAsked {
				o.answer(t, asked.ID, status, "")
			}
			got := next(t, told)
			same(t, "status", got["status"], string(status))
			same(t, "command", got["commandId"], asked.ID)
			same(t, "target", got["target"], "g1")
		}
		o.answer(t, asked.ID, store.CommandAccepted, "")
		o.answer(t, asked.ID, store.CommandRefused, "")
		done := o.becomes(t, asked.ID, store.CommandDone)
		same(t, "message", done.Message, "said the bot")
		if done.AnsweredAt == nil {
			t.Error("does not say when it was answered")
		}
		o.acknowledged(t, store.ResultsStream, store.DashboardGroup)
		if len(told) > 0 {
			t.Errorf("told more: %v", <-told)
		}
	})
}

// acknowledged waits until nothing of the stream is pending.
func (o office) acknowledged(t *testing.T, stream, group string) {
	t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		groups := must(o.client.XInfoGroups(t.Context(), stream).Result())(t)
		for _, g := range groups {
			if g.Name == group && g.Pending == 0 && g.LastDeliveredID == must(o.client.XRevRangeN(t.Context(), stream, "+", "-", 1).Result())(t)[0].ID {
				return
			}
		}
		if time.Now().After(until) {
			t.Fatalf("%s is not read to its end: %+v", stream, groups)
		}
	}
}

func TestASilentBotLetsACommandExpireOnce(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		o.alive(t)
		told := o.told(t)
		asked, _, err := o.asker(func(c *store.Commands) { c.Expiry = 50 * time.Millisecond }).Ask(t.Context(), o.end("g1"))
		check(t, err)
		for range 3 { // who sweep once it is asked for, however long that took
			o.dashboard(t, nil)
		}
		same(t, "first", next(t, told)["status"], "asked")
		same(t, "then", next(t, told)["status"], "expired")
		expired := o.becomes(t, asked.ID, store.CommandExpired)
		same(t, "code", expired.Code, store.CodeExpired)

		// What happened all the same, happened.
		o.answer(t, asked.ID, store.CommandAccepted, "")
		o.answer(t, asked.ID, store.CommandDone, "")
		same(t, "at last", next(t, told)["status"], "done")
		if len(told) > 0 {
			t.Errorf("told more: %v", <-told)
		}
	})
}

func TestWhatHasExpiredUnsweptDoesNotStandInTheWay(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		o.alive(t)
		c := o.asker(func(c *store.Commands) { c.Expiry = time.Millisecond })
		first, _, err := c.Ask(t.Context(), o.end("g1"))
		check(t, err)
		for time.Now().UnixMilli() <= first.ExpiresAt.UnixMilli() { // rows count whole milliseconds
			time.Sleep(time.Millisecond)
		}
		_, mine, err := c.Ask(t.Context(), o.end("g1"))
		check(t, err)
		same(t, "mine", mine, true)
		o.becomes(t, first.ID, store.CommandExpired)
	})
}

func TestNobodyListeningIsToldAtOnce(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		dashboard := o.dashboard(t, nil)
		asked, mine, err := dashboard.Ask(t.Context(), o.end("g1"))
		check(t, err)
		same(t, "mine", mine, true)
		same(t, "status", asked.Status, store.CommandRefused)
		same(t, "code", asked.Code, store.CodeNobody)
		same(t, "entries", o.client.XLen(t.Context(), store.CommandsStream).Val(), 0) // so nobody carries it out later

		// A bot that knows pub/sub only gets the envelope it knows.
		sub := o.client.Subscribe(t.Context(), o.name)
		defer sub.Close()
		must(sub.Receive(t.Context()))(t)
		asked, _, err = dashboard.Ask(t.Context(), o.end("g1"))
		check(t, err)
		same(t, "status", asked.Status, store.CommandAsked)
		var envelope struct{ Type, GuildID, UserID, ID, Target string }
		message := must(sub.ReceiveMessage(t.Context()))(t)
		check(t, json.Unmarshal([]byte(message.Payload), &envelope))
		same(t, "type", envelope.Type, "GIVEAWAY_END")
		same(t, "guild", envelope.GuildID, o.guild)
		same(t, "user", envelope.UserID, "10")
		same(t, "id", envelope.ID, asked.ID)
	})
}

func TestABotThatWasHeardLatelyIsWaitedFor(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		dashboard := o.dashboard(t, nil)
		before := dashboard.Bot(t.Context())
		same(t, "known", before.Known, true)
		same(t, "alive before", before.Alive, false)
		same(t, "heard before", before.LastHeard, time.Time{})
		same(t, "offers what any bot may", before.Offers(store.VerbGiveawayEnd), true)
		same(t, "offers a repair", before.Offers(store.VerbGiveawayRepair), false)
		same(t, "offers to assign", before.Offers(store.VerbTicketAssign), false)

		beat := time.Now()
		o.alive(t, store.VerbGiveawayEnd)
		// Not the dashboard from before: it remembers for two seconds.
		alive := o.dashboard(t, nil).Bot(t.Context())
		same(t, "alive", alive.Alive, true)
		same(t, "version", alive.Version, "1")
		same(t, "guilds", alive.Guilds, 3)
		same(t, "offers what it said", alive.Offers(store.VerbGiveawayEnd), true)
		same(t, "offers what it did not say", alive.Offers(store.VerbTicketClose), false)
		if at := alive.LastHeard; at.Before(beat.Add(-time.Second)) || at.After(time.Now().Add(time.Second)) { // it counts seconds
			t.Errorf("LastHeard = %v, want between %v and now", at, beat)
		}

		check(t, o.client.Del(t.Context(), store.BotAliveKey).Err())
		silent := o.dashboard(t, nil)
		state := silent.Bot(t.Context())
		same(t, "alive without a heartbeat", state.Alive, false)
		same(t, "still known", state.Version, "1")
		same(t, "last heard", state.LastHeard.IsZero(), false)
		asked, _, err := silent.Ask(t.Context(), o.end("g1"))
		check(t, err)
		same(t, "status", asked.Status, store.CommandAsked)
	})
}

func TestWhatRedisDidNotTakeIsSentWhenItIsBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		server, client, move := storetest.Moving(t)
		o := office{s: s, client: client, guild: "1", name: "c"}
		storetest.Guild(t, s, "1", "One")
		dashboard := o.dashboard(t, nil)
		o.alive(t)
		server.Close()
		asked, mine, err := dashboard.Ask(t.Context(), o.end("g1"))
		check(t, err)
		same(t, "mine", mine, true)
		same(t, "status", asked.Status, store.CommandAsked)
		same(t, "the bot is known", o.dashboard(t, nil).Bot(t.Context()).Known, false)
		// One that has forgotten everything; besides, a miniredis that was restarted does not answer XREADGROUP.
		move(storetest.RedisServer(t))
		o.alive(t)
		for until := time.Now().Add(patience); client.XLen(t.Context(), store.CommandsStream).Val() == 0; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatal("it never was")
			}
		}
		o.answer(t, asked.ID, store.CommandDone, "")
		o.becomes(t, asked.ID, store.CommandDone)
	})
}

func TestTheAuditFiltersAndNames(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		o.alive(t)
		dashboard := o.dashboard(t, nil)
		ann := storetest.Member(t, o.s, o.guild, "10", "Annabel")
		g := storetest.Giveaway(t, o.s, o.guild, store.Giveaway{Prize: "Poster"})
		ticket := storetest.Ticket(t, o.s, ann, store.Ticket{})
		began := time.Now()
		for _, c := range []store.Command{
			o.end(g.ID),
			{GuildID: o.guild, Actor: store.Person{ID: "10"}, Verb: store.VerbTicketClose, Target: ticket.ID},
			{GuildID: o.guild, Actor: store.Person{ID: "11"}, Verb: store.VerbTicketClaim, Target: ticket.ID},
			{GuildID: "2", Actor: store.Person{ID: "10"}, Verb: store.VerbTicketClaim, Target: "x"},
		} {
			_, mine, err := dashboard.Ask(t.Context(), c)
			check(t, err)
			same(t, "mine", mine, true)
			for now := time.Now().UnixMilli(); time.Now().UnixMilli() == now; { // so that one is the newest
				time.Sleep(time.Millisecond)
			}
		}
		of := must(o.s.CommandsOf(t.Context(), o.guild, []string{g.ID, ticket.ID, "x"}, time.Now().Add(time.Hour)))(t)
		same(t, "targets", len(of), 2)
		same(t, "newest of the ticket", of[ticket.ID].Verb, store.VerbTicketClaim)
		o.answer(t, of[g.ID].ID, store.CommandDone, "")
		o.becomes(t, of[g.ID].ID, store.CommandDone)
		of = must(o.s.CommandsOf(t.Context(), o.guild, []string{g.ID}, time.Now().Add(time.Hour)))(t)
		same(t, "long done", len(of), 0)

		for want, q := range map[string]store.CommandQuery{
			"#1 #1 Poster": {}, "#1 #1": {Status: store.CommandAsked}, "Poster": {Status: store.CommandDone},
			"#1": {Actor: "11"}, "#1 #1 ": {Target: ticket.ID}, " #1": {Verb: store.VerbTicketClose},
			"": {From: time.Now().Add(time.Hour)}, "#1 #1 Poster ": {From: began.Add(-time.Second), To: time.Now().Add(time.Second)},
			"Poster ": {Page: 9, PerPage: 2},
		} {
			list := must(o.s.Commands(t.Context(), o.guild, q))(t)
			got := ""
			for _, c := range list.Items {
				got += c.TargetName + " "
			}
			same(t, fmt.Sprintf("%+v", q), strings.TrimSpace(got), strings.TrimSpace(want))
		}
		all := must(o.s.Commands(t.Context(), o.guild, store.CommandQuery{}))(t)
		same(t, "total", all.Total, 3)
		same(t, "a name that was not given", all.Items[1].Actor.Username, "Annabel")
		same(t, "a name that was", all.Items[2].Actor.Username, "Ann")
		_, err := o.s.Commands(t.Context(), o.guild, store.CommandQuery{Status: "lost"})
		if err == nil {
			t.Error("a status that is none is taken")
		}
	})
}

// next is the next event told.
func next(t *testing.T, told <-chan map[string]string) map[string]string {
	t.Helper()
	select {
	case event := <-told:
		return event
	case <-time.After(patience):
		t.Fatal("nothing more is told")
		return nil
	}
}

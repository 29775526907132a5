package demo

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/discord"
	"guildboard/store/storetest"
)

// newSeededWorld returns a seeded World, another one on the same store and Redis, the store, and the published events.
func newSeededWorld(t *testing.T) (w, second *World, s *store.Store, published <-chan string) {
	t.Helper()
	s = storetest.Open(t)
	server := storetest.RedisServer(t)
	client, err := store.OpenRedis("redis://" + server.Addr())
	must(t, err)
	t.Cleanup(func() { client.Close() })
	log := slog.New(slog.DiscardHandler)
	w, second = New(s, client, store.NewBus(client, log), log), New(s, client, store.NewBus(client, log), log)
	must(t, w.Seed(t.Context()))

	events := client.Subscribe(t.Context(), contract.EventsChannel)
	t.Cleanup(func() { events.Close() })
	if _, err := events.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	raw := make(chan string, 1000)
	go func() {
		defer close(raw)
		for m := range events.Channel() {
			raw <- m.Payload
		}
	}()
	return w, second, s, raw
}

func TestDemoWorld(t *testing.T) {
	w, second, s, published := newSeededWorld(t)
	ctx := t.Context()

	t.Run("has data of every status", func(t *testing.T) {
		giveaways, tickets := loadTiles(t, s, busyGuild)
		for _, status := range store.GiveawayStatuses {
			if giveaways.Count(status) == 0 {
				t.Errorf("giveaways with status %s = 0, want some", status)
			}
		}
		for _, status := range store.TicketStatuses {
			if tickets.Count(status) == 0 {
				t.Errorf("tickets with status %s = 0, want some", status)
			}
		}
		for _, state := range store.RatingStates {
			list, _, err := s.Ratings(ctx, busyGuild, store.RatingQuery{State: state, HasReview: true}, time.Now())
			if err != nil || len(list.Items) == 0 {
				t.Errorf("ratings with state %s = 0, error %v, want some", state, err)
			}
		}
		if giveaways.Total() < 50 || tickets.Total() < 200 || giveaways.Entries < 100 {
			t.Errorf("giveaways = %d with %d entries, tickets = %d, want at least 50, 100 and 200",
				giveaways.Total(), giveaways.Entries, tickets.Total())
		}
	})
	t.Run("manager manages all guilds but one", func(t *testing.T) {
		list, err := w.Guilds(ctx, w.Manager().ID, nil, discord.ReadFreshness)
		must(t, err)
		for _, g := range list.Guilds {
			if g.CanManage != (g.ID != unmanagedGuild) || g.Name == "" {
				t.Errorf("%+v", g)
			}
		}
		for _, id := range []string{busyGuild, smallGuild, emptyGuild, guildWithoutBot, unmanagedGuild} {
			g, err := s.Guild(ctx, id)
			if hasBot := err == nil && g.LeftAt == nil; hasBot != (id != guildWithoutBot) {
				t.Errorf("Guild(%s) = %+v, %v, want the bot in all but %s", id, g, err, guildWithoutBot)
			}
		}
		if list, err := w.Guilds(ctx, "1", nil, discord.ReadFreshness); err != nil || len(list.Guilds) > 0 {
			t.Errorf("guilds of an unknown user = %v, %v, want none", list, err)
		}
		if g, tk := loadTiles(t, s, emptyGuild); g.Total()+tk.Total() > 0 {
			t.Error("the guild without activity has giveaways or tickets, want none")
		}
	})
	t.Run("has names in many scripts, and long and empty texts", func(t *testing.T) {
		all := strings.Join(memberNames, "")
		for _, script := range []string{"ễ", "ゆ", "О", "陈", "김", "ف", "न", "🦊"} {
			if !strings.Contains(all, script) {
				t.Errorf("member names with script %s = 0, want some", script)
			}
		}
		if slices.Contains(memberNames, "") {
			t.Error("a member has no name, want a name for all of them")
		}
		if !slices.Contains(subjects, "") {
			t.Error("no subject is empty, want one")
		}
		if !slices.ContainsFunc(prizes, func(p prize) bool { return len(p.name) > 150 }) ||
			!slices.ContainsFunc(subjects, func(s string) bool { return len(s) > 120 }) {
			t.Error("no prize is over 150 bytes or no subject over 120, want one of each")
		}
	})
	t.Run("guilds share no channels and roles", func(t *testing.T) {
		guilds := []string{busyGuild, smallGuild, emptyGuild, unmanagedGuild}
		ids := map[string][]string{}
		for _, guild := range guilds {
			named, err := w.discord.AllChannels(ctx, guild)
			must(t, err)
			for _, c := range named {
				ids[guild] = append(ids[guild], c.ID)
				if c.Name == "" {
					t.Errorf("channel %s of %s has no name", c.ID, guild)
				}
			}
			for _, r := range guildRoles(guild) {
				ids[guild] = append(ids[guild], r.ID)
			}
			must(t, s.EachGiveaway(ctx, guild, store.GiveawayQuery{}, func(g store.Giveaway) error {
				var named []string
				for _, of := range g.Form().DiscordIDs() {
					named = append(named, of...)
				}
				named = slices.DeleteFunc(named, func(id string) bool { return id == "" })
				foreign, err := w.discord.ForeignIDs(ctx, guild, named...)
				if len(foreign) > 0 {
					t.Errorf("giveaway %s of %s refers to foreign ids %v, want none", g.ID, guild, foreign)
				}
				return err
			}))
		}
		for _, guild := range guilds {
			for _, other := range guilds {
				foreign, err := w.discord.ForeignIDs(ctx, guild, ids[other]...)
				must(t, err)
				if want := len(ids[other]); guild != other && len(foreign) != want || guild == other && len(foreign) != 0 {
					t.Errorf("foreign ids = %d of the %d ids of %s in guild %s, want all or, in the same guild, none",
						len(foreign), want, other, guild)
				}
			}
		}
		answer, err := w.bot.Execute(ctx, contract.Command{
			ID: store.NewID(), GuildID: smallGuild, Actor: w.Manager(), Verb: contract.VerbGiveawayCreate, Target: store.NewID(),
			Data: []byte(`{"prize":"Lamp","channelId":"` + giveawayChannel + `"}`),
		})
		if err != nil || answer.Code != contract.RefusalInvalidForm {
			t.Errorf("create in another guild's channel: code = %q, error = %v, want %q", answer.Code, err, contract.RefusalInvalidForm)
		}
	})
	t.Run("is not seeded twice", func(t *testing.T) {
		g, tk := loadTiles(t, s, busyGuild)
		must(t, w.Seed(ctx))
		must(t, second.Seed(ctx)) // like a restart
		if g2, tk2 := loadTiles(t, s, busyGuild); g2 != g || tk2.Total() != tk.Total() {
			t.Errorf("giveaways before and after = %+v and %+v, tickets = %d and %d, want them unchanged", g, g2, tk.Total(), tk2.Total())
		}
	})
	t.Run("publishes events after changes", func(t *testing.T) {
		seen := map[contract.EventType]bool{}
		wanted := []contract.EventType{contract.GiveawayCreateEvent, contract.GiveawayEntryEvent,
			contract.TicketCreateEvent, contract.TicketClaimEvent, contract.TicketCloseEvent,
			contract.TicketMessageEvent}
		for range 400 {
			if err := w.simulateEvent(ctx); err != nil && !errors.As(err, new(*bot.Refusal)) {
				t.Fatal(err)
			}
			for len(published) > 0 {
				recordEvent(t, seen, <-published)
			}
			if !slices.ContainsFunc(wanted, func(kind contract.EventType) bool { return !seen[kind] }) {
				break
			}
		}
		// Events may still be in flight; an event published last marks the end.
		must(t, w.bus.Publish(ctx, contract.Event{Type: "LAST", GuildID: busyGuild}))
		for raw := range published {
			if strings.Contains(raw, `"LAST"`) {
				break
			}
			recordEvent(t, seen, raw)
		}
		for _, kind := range wanted {
			if !seen[kind] {
				t.Errorf("events of type %s = 0, want some", kind)
			}
		}
	})
	t.Run("has a deleted channel and a missing permission", func(t *testing.T) {
		ctx, stop := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		for raw := range published {
			e, err := contract.DecodeEvent([]byte(raw))
			must(t, err)
			if e.GuildID == busyGuild && e.Type == contract.TicketUpdateEvent && strings.Contains(raw, `"drift"`) {
				break
			}
		}
		stop()
		must(t, <-done)
		issues, err := s.SyncIssues(t.Context(), busyGuild)
		must(t, err)
		var kinds []store.SyncIssueKind
		for _, d := range issues {
			kinds = append(kinds, d.Kind)
		}
		if want := []store.SyncIssueKind{store.SyncIssueChannelDeleted, store.SyncIssueTicketPermissions}; !slices.Equal(kinds, want) {
			t.Errorf("sync issues = %v, want %v", kinds, want)
		}
	})
	t.Run("ends due giveaways and announces the winners", func(t *testing.T) {
		g := storetest.Giveaway(t, s, smallGuild, store.Giveaway{Prize: "Over", EndsAt: longAgo, WinnerCount: 2})
		for _, m := range w.members[smallGuild][:5] {
			must(t, s.EnterGiveaway(ctx, smallGuild, g.ID, m.ID, 1, 0, nil))
		}
		ctx, stop := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		for raw := range published {
			e, err := contract.DecodeEvent([]byte(raw))
			must(t, err)
			if e.Type == contract.GiveawayEndEvent && strings.Contains(raw, g.ID) {
				if len(e.WinnerIDs()) != 2 {
					t.Errorf("event = %s, want one with 2 winners", raw)
				}
				break
			}
		}
		stop()
		must(t, <-done)
		ended, err := s.Giveaway(t.Context(), smallGuild, g.ID)
		if err != nil || ended.Status != store.GiveawayEnded || len(ended.Winners) != 2 {
			t.Errorf("giveaway = %s with %d winners, error %v, want ended with 2", ended.Status, len(ended.Winners), err)
		}
	})
	t.Run("has claimed and expired prizes", func(t *testing.T) {
		must(t, w.addExpiringClaims(ctx, busyGuild))
		states := map[string]int{}
		must(t, s.EachGiveaway(ctx, busyGuild, store.GiveawayQuery{Status: store.GiveawayEnded}, func(g store.Giveaway) error {
			for _, winner := range g.Winners {
				switch {
				case winner.Claimed:
					states["claimed"]++
				case winner.ClaimExpiredAt != nil && winner.Rerolled:
					states["replaced"]++
				case winner.ClaimExpiredAt != nil:
					states["late"]++
				case winner.IsClaimPending() && winner.ClaimDeadline.Before(time.Now().Add(3*time.Minute)):
					states["nearly late"]++
				}
			}
			return nil
		}))
		if states["claimed"] == 0 || states["replaced"] == 0 || states["late"] == 0 || states["nearly late"] != 3 {
			t.Errorf("winners by claim state = %v, want some in each and 3 nearly late", states)
		}
		must(t, w.claimRecentPrize(ctx, busyGuild))
		late, err := s.DueClaims(ctx, time.Now().Add(3*time.Minute))
		must(t, err)
		if len(late) != 1 {
			t.Errorf("giveaways with claims due in 3 minutes = %d, want 1", len(late))
		}
	})
	t.Run("stops when the context ends", func(t *testing.T) {
		ctx, stop := context.WithCancel(ctx)
		stop()
		must(t, w.Simulate(ctx))
	})
}

// longAgo is a time in the past, before all seeded data.
var longAgo = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// recordEvent decodes an event as a dashboard does.
func recordEvent(t *testing.T, seen map[contract.EventType]bool, raw string) {
	t.Helper()
	e, err := contract.DecodeEvent([]byte(raw))
	if err != nil {
		t.Fatalf("DecodeEvent(%s) error = %v", raw, err)
	}
	seen[e.Type] = true
	want := contract.TicketsTopic(e.GuildID)
	if strings.HasPrefix(string(e.Type), "GIVEAWAY") {
		want = contract.GiveawaysTopic(e.GuildID)
	}
	if !slices.Equal(e.Topics(), []string{want}) || e.ID == "" || e.Timestamp.IsZero() {
		t.Errorf("event %s: topics = %v, want its guild's only, an id and a time", raw, e.Topics())
	}
}

func loadTiles(t *testing.T, s *store.Store, guild string) (store.GiveawayStats, store.TicketStats) {
	t.Helper()
	giveaways, err := s.GiveawayStats(t.Context(), guild)
	must(t, err)
	tickets, err := s.TicketStats(t.Context(), guild, longAgo)
	must(t, err)
	return giveaways, tickets
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package bot_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
)

// windowed has ended, with two winners of five who may claim until then.
func (w *world) windowed(t *testing.T, channel string, until time.Time, g store.Giveaway) store.Giveaway {
	t.Helper()
	g.ChannelID, g.WinnerCount, g.WinnerClaimTimeout, g.Prize = channel, 2, 1, "Prize "+channel
	id := w.posted(t, 5, g).ID
	w.draws(t, id, &until)
	return w.giveaway(t, id)
}

func soon() time.Time { return time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond) }

func TestAWinnerClaimsOnceAndNobodyElseDoes(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		events, e := w.events(t), w.engine()
		g := w.windowed(t, "420000000000000001", soon(), store.Giveaway{})
		first := g.Winners[0]
		wantRefusal(t, e.Claim(t.Context(), w.guild, g.ID, "999"), bot.CodeNoWinner)
		if err := e.Claim(t.Context(), "1", g.ID, first.User.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("claiming in another guild: %v", err)
		}
		var presses sync.WaitGroup
		for range 8 {
			presses.Go(func() {
				if err := e.Claim(t.Context(), w.guild, g.ID, first.User.ID); err != nil {
					t.Errorf("pressing again: %v", err)
				}
			})
		}
		presses.Wait()
		after := w.giveaway(t, g.ID)
		same(t, "first", after.Winners[0].Claimed, true)
		same(t, "second", after.Winners[1].Claimed, false)
		check(t, e.Claim(t.Context(), w.guild, g.ID, first.User.ID))
		same(t, "when", *w.giveaway(t, g.ID).Winners[0].ClaimedAt, *after.Winners[0].ClaimedAt)
		eventually(t, "it is told", func() bool { return len(events(store.GiveawayUpdateEvent)) > 0 })
		check(t, w.bus().Publish(t.Context(), store.Event{Type: store.GiveawayEndEvent, GuildID: w.guild}))
		eventually(t, "all is told", func() bool { return len(events(store.GiveawayEndEvent)) > 0 })
		told := events(store.GiveawayUpdateEvent)
		same(t, "times told", len(told), 1)
		same(t, "of whom", told[0].UserID, first.User.ID)
		if !strings.Contains(string(told[0].Data), g.ID) {
			t.Errorf("it is told of %s", told[0].Data)
		}

		over := w.windowed(t, "420000000000000002", time.Now().Add(-time.Second), store.Giveaway{})
		wantRefusal(t, e.Claim(t.Context(), w.guild, over.ID, over.Winners[0].User.ID), bot.CodeLate)
		same(t, "claimed too late", w.giveaway(t, over.ID).Winners[0].Claimed, false)
	})
}

// A giveaway without a window can be claimed whenever.
func TestWithoutAWindowNobodyIsLate(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		e, c := w.runs(t), w.dashboard(t)
		g := w.ended(t, c, 3, store.Giveaway{ChannelID: "420000000000000003", AutoReroll: true})
		if until := g.Winners[0].ClaimUntil; until != nil {
			t.Errorf("they may claim until %v", until)
		}
		said := w.discord.Messages(g.ChannelID)[1]
		same(t, "button", said.Button.ID, "claim:"+w.guild+":"+g.ID)
		if strings.Contains(said.Content, "at the latest") {
			t.Errorf("it says %q", said.Content)
		}
		check(t, e.Claim(t.Context(), w.guild, g.ID, g.Winners[0].User.ID))
		same(t, "claimed", w.giveaway(t, g.ID).Winners[0].Claimed, true)
	})
}

func TestWinnersAreToldUntilWhenTheyMayClaim(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		w.runs(t)
		c := w.dashboard(t)
		g := w.ended(t, c, 3, store.Giveaway{ChannelID: "420000000000000004", WinnerClaimTimeout: 24})
		winner := g.Winners[0]
		same(t, "window", winner.ClaimUntil.Sub(winner.CreatedAt), 24*time.Hour)
		until := fmt.Sprintf("<t:%d:R>", winner.ClaimUntil.Unix())
		for _, m := range append(w.discord.Messages(g.ChannelID)[1:], w.discord.DMs(winner.User.ID)...) {
			if m.Button == nil || !strings.Contains(m.Content, until) {
				t.Errorf("%+v does not say %s", m, until)
			}
		}
		w.does(t, c, store.VerbGiveawayReroll, g.ID, nil)
		again := w.giveaway(t, g.ID).Winners[0]
		same(t, "window of who was drawn by hand", again.ClaimUntil.Sub(again.CreatedAt), 24*time.Hour)
	})
}

func TestWhoIsLateIsReplacedAndWhoHasClaimedIsNot(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		g := w.windowed(t, "420000000000000005", time.Now().Add(-time.Second), store.Giveaway{AutoReroll: true})
		kept, late := g.Winners[0], g.Winners[1]
		claims(t, w, g, kept)
		w.runs(t)
		eventually(t, "another is drawn", func() bool { return w.giveaway(t, g.ID).RerollCount == 1 })
		w.finished(t)
		after := w.giveaway(t, g.ID)
		same(t, "winners", len(after.Winners), 3)
		same(t, "place 1", after.Winners[0].User.ID, kept.User.ID)
		next, gone := after.Winners[1], after.Winners[2]
		same(t, "place", next.Place, late.Place)
		same(t, "whose", gone.User.ID, late.User.ID)
		if !gone.Rerolled || gone.LapsedAt == nil || next.ClaimUntil == nil || !next.ClaimUntil.After(time.Now().Add(50*time.Minute)) {
			t.Errorf("gone: %+v, next: %+v", gone, next)
		}
		proof, err := w.DrawProof(t.Context(), w.guild, g.ID)
		check(t, err)
		check(t, proof.Verify())
		same(t, "drawn in round 1", proof.Rounds[1].Places, 1)
		wantClocked(t, w, g.ID)
		said := w.discord.Messages(g.ChannelID)
		if last := said[len(said)-1]; len(said) != 2 || !slices.Equal(last.Mention, []string{next.User.ID}) || !strings.Contains(last.Content, "not claimed in time") {
			t.Errorf("the channel has %+v", said)
		}
		same(t, "told", len(withPrize(w, next.User.ID, g.Prize)), 1)
	})
}

func TestARerollOfNobodyInParticularKeepsWhoHasClaimed(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		e, c := w.runs(t), w.dashboard(t)
		g := w.ended(t, c, 9, store.Giveaway{ChannelID: "420000000000000012", WinnerCount: 2, WinnerClaimTimeout: 24})
		kept, gone := g.Winners[0], g.Winners[1]
		check(t, e.Claim(t.Context(), w.guild, g.ID, kept.User.ID))
		w.does(t, c, store.VerbGiveawayReroll, g.ID, nil)
		after := w.giveaway(t, g.ID).Winners
		same(t, "winners", len(after), 3)
		same(t, "who stays", after[0].ID, kept.ID)
		same(t, "who is replaced", after[2].ID, gone.ID)

		check(t, e.Claim(t.Context(), w.guild, g.ID, after[1].User.ID))
		answer := w.answered(t, w.ask(t, c, store.VerbGiveawayReroll, g.ID, nil).ID)
		same(t, "all have claimed", answer.Code+": "+answer.Message, "state: All have claimed their prize.")
		same(t, "rerolls", w.giveaway(t, g.ID).RerollCount, 1)

		w.does(t, c, store.VerbGiveawayReroll, g.ID, map[string]any{"userIds": []string{kept.User.ID}, "claimedIds": []string{kept.User.ID}}) // by name even they
		same(t, "rerolls", w.giveaway(t, g.ID).RerollCount, 2)
	})
}

// Whoever asked did not know of it, whether they named them or not.
func TestNobodyIsRerolledWhoHasClaimedSinceThatWasAskedFor(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for step, named := range map[string]bool{"asked": true, "check": false} {
			g, e := w.windowed(t, "42000000000000002"+fmt.Sprint(len(step)), soon(), store.Giveaway{}), w.engine()
			claim := func() {
				check(t, w.ClaimPrize(t.Context(), w.guild, g.ID, g.Winners[0].User.ID, time.Now().Add(-time.Minute))) // by a clock that is late
			}
			c := store.Command{ID: store.NewID(), GuildID: w.guild, Verb: store.VerbGiveawayReroll, Target: g.ID, IssuedAt: time.Now(), Data: []byte(`{}`)}
			if named {
				c.Data = []byte(`{"userIds":["` + g.Winners[0].User.ID + `"]}`)
				claim()
			} else {
				e.Stops(func(_ store.Verb, done string) bool {
					if done == step {
						claim()
					}
					return false
				})
			}
			answer, err := e.Do(t.Context(), c)
			check(t, err)
			same(t, step+": answer", answer.Code+": "+answer.Message, "state: Somebody has claimed their prize meanwhile.")
			same(t, step+": rerolls", w.giveaway(t, g.ID).RerollCount, 0)
		}
	})
}

func TestWhoIsLateAndCannotBeReplacedIsSaidToBeLate(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		past := time.Now().Add(-time.Second)
		byHand := w.windowed(t, "420000000000000006", past, store.Giveaway{})
		spent := w.posted(t, 5, store.Giveaway{ChannelID: "420000000000000007", WinnerCount: 2, WinnerClaimTimeout: 1, AutoReroll: true})
		spent.MaxRerolls = 0
		check(t, w.EditGiveaway(t.Context(), spent))
		w.draws(t, spent.ID, &past)
		nobody := w.posted(t, 2, store.Giveaway{ChannelID: "420000000000000008", WinnerCount: 2, WinnerClaimTimeout: 1, AutoReroll: true})
		w.draws(t, nobody.ID, &past)
		one := w.posted(t, 3, store.Giveaway{ChannelID: "420000000000000009", WinnerCount: 2, WinnerClaimTimeout: 1, AutoReroll: true})
		w.draws(t, one.ID, &past)
		for range 2 {
			w.runs(t)
		}
		for what, g := range map[string]store.Giveaway{"by hand only": byHand, "rerolled as often as it may be": spent, "nobody is left": nobody} {
			eventually(t, what, func() bool { return w.giveaway(t, g.ID).Winners[1].LapsedAt != nil })
			after := w.giveaway(t, g.ID)
			same(t, what+": winners", len(after.Winners), 2)
			same(t, what+": rerolls", after.RerollCount, 0)
			same(t, what+": replaced", after.Winners[0].Rerolled || after.Winners[1].Rerolled, false)
		}
		eventually(t, "one of two is replaced", func() bool { return w.giveaway(t, one.ID).RerollCount == 1 })
		after := w.giveaway(t, one.ID).Winners
		same(t, "winners", len(after), 3)
		same(t, "new at place 1", after[0].LapsedAt == nil && after[0].Place == 1, true)
		same(t, "late at place 2, and still theirs", after[1].LapsedAt != nil && !after[1].Rerolled && after[1].Place == 2, true)
		w.finished(t)
		for _, g := range []store.Giveaway{byHand, spent, nobody} {
			same(t, "announcements", len(w.discord.Messages(g.ChannelID)), 1)
			if text := w.discord.Message(*g.MessageID).Embed.Description; strings.Count(text, "did not claim in time") != 2 {
				t.Errorf("the message says %q", text)
			}
		}
	})
}

func TestWhoIsLateSoonAfterAnotherIsFoundAsSoon(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		g := w.windowed(t, "420000000000000011", time.Now(), store.Giveaway{})
		w.runs(t)
		eventually(t, "two are late", func() bool { return w.giveaway(t, g.ID).Winners[1].LapsedAt != nil })
		check(t, w.AddWinners(t.Context(), w.guild, g.ID, []store.Winner{{User: store.Person{ID: "900"}, Place: 3, ClaimUntil: ptr(time.Now())}}))
		eventually(t, "the third is late", func() bool { return w.giveaway(t, g.ID).Winners[2].LapsedAt != nil })
	})
}

// A window that is over is over for whoever carries it out, though their clock may be slow; and until then it is not.
func TestNobodyIsLateBeforeTheirTime(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		until := soon()
		g := w.windowed(t, "420000000000000010", until, store.Giveaway{AutoReroll: true})
		e := w.runs(t)
		answer, err := e.Do(t.Context(), store.Command{ID: store.NewID(), GuildID: w.guild, Verb: bot.VerbLapse, Target: g.ID, Data: lapsing(t, until.Add(-time.Millisecond))})
		check(t, err)
		same(t, "before", answer.Code, store.CodeState)
		answer, err = e.Do(t.Context(), store.Command{ID: store.NewID(), GuildID: w.guild, Verb: bot.VerbLapse, Target: g.ID, Data: lapsing(t, until)})
		check(t, err)
		same(t, "then", answer.Status, store.CommandDone)
		same(t, "rerolls", w.giveaway(t, g.ID).RerollCount, 1)
	})
}

func lapsing(t *testing.T, until time.Time) json.RawMessage {
	t.Helper()
	data, err := json.Marshal(store.Lapsing{Until: until})
	check(t, err)
	return data
}

// claims has a winner claim while they could.
func claims(t *testing.T, w *world, g store.Giveaway, winner store.Winner) {
	t.Helper()
	check(t, w.ClaimPrize(t.Context(), w.guild, g.ID, winner.User.ID, winner.ClaimUntil.Add(-time.Minute)))
}

// withPrize are the direct messages about the prize.
func withPrize(w *world, user, prize string) []bot.Message {
	return slices.DeleteFunc(w.discord.DMs(user), func(m bot.Message) bool { return !strings.Contains(m.Content, prize) })
}

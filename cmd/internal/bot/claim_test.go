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
	"guildboard/store/contract"
)

// addClaimableGiveaway adds an ended giveaway with five entrants and two winners, who may claim until the deadline.
func (env *testEnv) addClaimableGiveaway(t *testing.T, channel string, until time.Time, g store.Giveaway) store.Giveaway {
	t.Helper()
	g.ChannelID, g.WinnerCount, g.WinnerClaimTimeout, g.Prize = channel, 2, 1, "Prize "+channel
	id := env.addGiveaway(t, 5, g).ID
	env.endAndDraw(t, id, &until)
	return env.loadGiveaway(t, id)
}

func inOneHour() time.Time { return time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond) }

func TestClaimPrizeIsIdempotentAndLimitedToWinners(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		events, e := env.recordEvents(t), env.newEngine()
		g := env.addClaimableGiveaway(t, "420000000000000001", inOneHour(), store.Giveaway{})
		first := g.Winners[0]
		wantRefusal(t, e.ClaimPrize(t.Context(), env.guild, g.ID, "999"), bot.RefusalNotWinner)
		if err := e.ClaimPrize(t.Context(), "1", g.ID, first.User.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("ClaimPrize() in another guild = %v, want an error", err)
		}
		var presses sync.WaitGroup
		for range 8 {
			presses.Go(func() {
				if err := e.ClaimPrize(t.Context(), env.guild, g.ID, first.User.ID); err != nil {
					t.Errorf("second ClaimPrize() = %v, want nil", err)
				}
			})
		}
		presses.Wait()
		after := env.loadGiveaway(t, g.ID)
		wantEqual(t, "first", after.Winners[0].Claimed, true)
		wantEqual(t, "second", after.Winners[1].Claimed, false)
		check(t, e.ClaimPrize(t.Context(), env.guild, g.ID, first.User.ID))
		wantEqual(t, "when", *env.loadGiveaway(t, g.ID).Winners[0].ClaimedAt, *after.Winners[0].ClaimedAt)
		eventually(t, "the event is published", func() bool { return len(events(contract.GiveawayUpdateEvent)) > 0 })
		check(t, env.bus().Publish(t.Context(), contract.Event{Type: contract.GiveawayEndEvent, GuildID: env.guild}))
		eventually(t, "all events are published", func() bool { return len(events(contract.GiveawayEndEvent)) > 0 })
		published := events(contract.GiveawayUpdateEvent)
		wantEqual(t, "events", len(published), 1)
		wantEqual(t, "user", published[0].UserID, first.User.ID)
		if !strings.Contains(string(published[0].Data), g.ID) {
			t.Errorf("event data = %s, want the claim", published[0].Data)
		}

		expired := env.addClaimableGiveaway(t, "420000000000000002", time.Now().Add(-time.Second), store.Giveaway{})
		wantRefusal(t, e.ClaimPrize(t.Context(), env.guild, expired.ID, expired.Winners[0].User.ID), bot.RefusalClaimExpired)
		wantEqual(t, "late claim", env.loadGiveaway(t, expired.ID).Winners[0].Claimed, false)
	})
}

// Without a claim deadline a prize can be claimed at any time.
func TestClaimWithoutDeadlineNeverExpires(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		e, c := env.startEngine(t), env.startDashboard(t)
		g := env.addEndedGiveaway(t, c, 3, store.Giveaway{ChannelID: "420000000000000003", AutoReroll: true})
		if until := g.Winners[0].ClaimDeadline; until != nil {
			t.Errorf("claim deadline = %v, want none", until)
		}
		message := env.discord.Messages(g.ChannelID)[1]
		wantEqual(t, "button", message.Button.ID, "claim:"+env.guild+":"+g.ID)
		if strings.Contains(message.Content, "at the latest") {
			t.Errorf("message = %q, want no deadline", message.Content)
		}
		check(t, e.ClaimPrize(t.Context(), env.guild, g.ID, g.Winners[0].User.ID))
		wantEqual(t, "claimed", env.loadGiveaway(t, g.ID).Winners[0].Claimed, true)
	})
}

func TestWinnerMessagesShowClaimDeadline(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		env.startEngine(t)
		c := env.startDashboard(t)
		g := env.addEndedGiveaway(t, c, 3, store.Giveaway{ChannelID: "420000000000000004", WinnerClaimTimeout: 24})
		winner := g.Winners[0]
		wantEqual(t, "claim deadline", winner.ClaimDeadline.Sub(winner.CreatedAt), 24*time.Hour)
		until := fmt.Sprintf("<t:%d:R>", winner.ClaimDeadline.Unix())
		for _, m := range append(env.discord.Messages(g.ChannelID)[1:], env.discord.DirectMessages(winner.User.ID)...) {
			if m.Button == nil || !strings.Contains(m.Content, until) {
				t.Errorf("message = %+v, want the deadline %s", m, until)
			}
		}
		env.mustComplete(t, c, contract.VerbGiveawayReroll, g.ID, nil)
		rerolled := env.loadGiveaway(t, g.ID).Winners[0]
		wantEqual(t, "claim deadline after a manual reroll", rerolled.ClaimDeadline.Sub(rerolled.CreatedAt), 24*time.Hour)
	})
}

func TestExpiredClaimIsRerolledAndClaimedPrizeIsKept(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		g := env.addClaimableGiveaway(t, "420000000000000005", time.Now().Add(-time.Second), store.Giveaway{AutoReroll: true})
		kept, expired := g.Winners[0], g.Winners[1]
		claimBeforeDeadline(t, env, g, kept)
		env.startEngine(t)
		eventually(t, "a replacement is drawn", func() bool { return env.loadGiveaway(t, g.ID).RerollCount == 1 })
		env.awaitIdle(t)
		after := env.loadGiveaway(t, g.ID)
		wantEqual(t, "winners", len(after.Winners), 3)
		wantEqual(t, "place 1", after.Winners[0].User.ID, kept.User.ID)
		replacement, replaced := after.Winners[1], after.Winners[2]
		wantEqual(t, "place", replacement.Place, expired.Place)
		wantEqual(t, "whose", replaced.User.ID, expired.User.ID)
		if !replaced.Rerolled || replaced.ClaimExpiredAt == nil || replacement.ClaimDeadline == nil ||
			!replacement.ClaimDeadline.After(time.Now().Add(50*time.Minute)) {
			t.Errorf("replaced winner = %+v, replacement = %+v, want an expired claim and a new deadline", replaced, replacement)
		}
		proof, err := env.DrawProof(t.Context(), env.guild, g.ID)
		check(t, err)
		check(t, proof.Verify())
		wantEqual(t, "drawn in round 1", proof.Rounds[1].Places, 1)
		wantAutomaticReroll(t, env, g.ID)
		messages := env.discord.Messages(g.ChannelID)
		if last := messages[len(messages)-1]; len(messages) != 2 || !slices.Equal(last.MentionUserIDs,
			[]string{replacement.User.ID}) || !strings.Contains(last.Content, "not claimed in time") {
			t.Errorf("messages = %+v, want an announcement of the replacement", messages)
		}
		wantEqual(t, "events", len(directMessagesAbout(env, replacement.User.ID, g.Prize)), 1)
	})
}

func TestRerollWithoutUserIDsKeepsClaimedWinners(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		e, c := env.startEngine(t), env.startDashboard(t)
		g := env.addEndedGiveaway(t, c, 9, store.Giveaway{ChannelID: "420000000000000012", WinnerCount: 2, WinnerClaimTimeout: 24})
		kept, replaced := g.Winners[0], g.Winners[1]
		check(t, e.ClaimPrize(t.Context(), env.guild, g.ID, kept.User.ID))
		env.mustComplete(t, c, contract.VerbGiveawayReroll, g.ID, nil)
		after := env.loadGiveaway(t, g.ID).Winners
		wantEqual(t, "winners", len(after), 3)
		wantEqual(t, "kept winner", after[0].ID, kept.ID)
		wantEqual(t, "replaced winner", after[2].ID, replaced.ID)

		check(t, e.ClaimPrize(t.Context(), env.guild, g.ID, after[1].User.ID))
		answer := env.awaitAnswer(t, env.enqueueCommand(t, c, contract.VerbGiveawayReroll, g.ID, nil).ID)
		wantEqual(t, "refusal", answer.Code+": "+answer.Message, "state: All winners have claimed their prizes.")
		wantEqual(t, "rerolls", env.loadGiveaway(t, g.ID).RerollCount, 1)

		// A winner with a known claim is only replaced if named.
		data := contract.RerollPayload{UserIDs: []string{kept.User.ID}, ClaimedIDs: []string{kept.User.ID}}
		env.mustComplete(t, c, contract.VerbGiveawayReroll, g.ID, data)
		wantEqual(t, "rerolls", env.loadGiveaway(t, g.ID).RerollCount, 2)
	})
}

// The claim is not known to the actor of the reroll, whether the command names the winner or not.
func TestRerollIsRefusedWhenPrizeWasClaimedSinceRequest(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		for step, withUserIDs := range map[string]bool{"request": true, "check": false} {
			g, e := env.addClaimableGiveaway(t, "42000000000000002"+fmt.Sprint(len(step)), inOneHour(), store.Giveaway{}), env.newEngine()
			claim := func() {
				// The claim was recorded by a process with a slow clock.
				claimedAt := time.Now().Add(-time.Minute)
				check(t, env.ClaimPrize(t.Context(), env.guild, g.ID, g.Winners[0].User.ID, claimedAt))
			}
			c := contract.Command{ID: store.NewID(), GuildID: env.guild, Verb: contract.VerbGiveawayReroll,
				Target: g.ID, IssuedAt: time.Now(), Data: []byte(`{}`)}
			if withUserIDs {
				c.Data = []byte(`{"userIds":["` + g.Winners[0].User.ID + `"]}`)
				claim()
			} else {
				e.CrashAfter(func(_ contract.Verb, done string) bool {
					if done == step {
						claim()
					}
					return false
				})
			}
			answer, err := e.Execute(t.Context(), c)
			check(t, err)
			wantEqual(t, step+": answer", answer.Code+": "+answer.Message, "state: A winner has claimed their prize in the meantime.")
			wantEqual(t, step+": rerolls", env.loadGiveaway(t, g.ID).RerollCount, 0)
		}
	})
}

func TestExpiredClaimWithoutReplacementIsMarkedExpired(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		past := time.Now().Add(-time.Second)
		manualOnly := env.addClaimableGiveaway(t, "420000000000000006", past, store.Giveaway{})
		exhausted := env.addGiveaway(t, 5, store.Giveaway{ChannelID: "420000000000000007", WinnerCount: 2,
			WinnerClaimTimeout: 1, AutoReroll: true})
		exhausted.MaxRerolls = 0
		check(t, env.EditGiveaway(t.Context(), exhausted))
		env.endAndDraw(t, exhausted.ID, &past)
		noCandidates := env.addGiveaway(t, 2, store.Giveaway{ChannelID: "420000000000000008", WinnerCount: 2,
			WinnerClaimTimeout: 1, AutoReroll: true})
		env.endAndDraw(t, noCandidates.ID, &past)
		oneCandidate := env.addGiveaway(t, 3, store.Giveaway{ChannelID: "420000000000000009", WinnerCount: 2,
			WinnerClaimTimeout: 1, AutoReroll: true})
		env.endAndDraw(t, oneCandidate.ID, &past)
		for range 2 {
			env.startEngine(t)
		}
		for label, g := range map[string]store.Giveaway{
			"without automatic reroll": manualOnly, "with the maximum of rerolls": exhausted, "without candidates": noCandidates,
		} {
			eventually(t, label, func() bool { return env.loadGiveaway(t, g.ID).Winners[1].ClaimExpiredAt != nil })
			after := env.loadGiveaway(t, g.ID)
			wantEqual(t, label+": winners", len(after.Winners), 2)
			wantEqual(t, label+": rerolls", after.RerollCount, 0)
			wantEqual(t, label+": replaced", after.Winners[0].Rerolled || after.Winners[1].Rerolled, false)
		}
		eventually(t, "one of two winners is replaced", func() bool { return env.loadGiveaway(t, oneCandidate.ID).RerollCount == 1 })
		after := env.loadGiveaway(t, oneCandidate.ID).Winners
		wantEqual(t, "winners", len(after), 3)
		wantEqual(t, "new at place 1", after[0].ClaimExpiredAt == nil && after[0].Place == 1, true)
		wantEqual(t, "expired claim at place 2", after[1].ClaimExpiredAt != nil && !after[1].Rerolled && after[1].Place == 2, true)
		env.awaitIdle(t)
		for _, g := range []store.Giveaway{manualOnly, exhausted, noCandidates} {
			wantEqual(t, "announcements", len(env.discord.Messages(g.ChannelID)), 1)
			if text := env.discord.Message(*g.MessageID).Embed.Description; strings.Count(text, "not claimed in time") != 2 {
				t.Errorf("message = %q, want the expired claim", text)
			}
		}
	})
}

func TestSecondClaimExpiryIsDetectedWithoutDelay(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		g := env.addClaimableGiveaway(t, "420000000000000011", time.Now(), store.Giveaway{})
		env.startEngine(t)
		eventually(t, "two claims have expired", func() bool { return env.loadGiveaway(t, g.ID).Winners[1].ClaimExpiredAt != nil })
		check(t, env.AddWinners(t.Context(), env.guild, g.ID, []store.Winner{{User: contract.User{ID: "900"}, Place: 3,
			ClaimDeadline: ptr(time.Now())}}))
		eventually(t, "the third claim has expired", func() bool { return env.loadGiveaway(t, g.ID).Winners[2].ClaimExpiredAt != nil })
	})
}

// Claims expire as of the time in the command, even for a worker with a slow clock, and not before.
func TestClaimDoesNotExpireBeforeDeadline(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		until := inOneHour()
		g := env.addClaimableGiveaway(t, "420000000000000010", until, store.Giveaway{AutoReroll: true})
		e := env.startEngine(t)
		answer, err := e.Execute(t.Context(), contract.Command{ID: store.NewID(), GuildID: env.guild,
			Verb: bot.VerbExpireClaims, Target: g.ID, Data: claimExpiryData(t, until.Add(-time.Millisecond))})
		check(t, err)
		wantEqual(t, "before", answer.Code, contract.RefusalWrongState)
		answer, err = e.Execute(t.Context(), contract.Command{ID: store.NewID(), GuildID: env.guild,
			Verb: bot.VerbExpireClaims, Target: g.ID, Data: claimExpiryData(t, until)})
		check(t, err)
		wantEqual(t, "then", answer.Status, contract.CommandDone)
		wantEqual(t, "rerolls", env.loadGiveaway(t, g.ID).RerollCount, 1)
	})
}

func claimExpiryData(t *testing.T, until time.Time) json.RawMessage {
	t.Helper()
	data, err := json.Marshal(store.ExpiringClaims{Deadline: until})
	check(t, err)
	return data
}

// claimBeforeDeadline records a claim before the deadline.
func claimBeforeDeadline(t *testing.T, env *testEnv, g store.Giveaway, winner store.Winner) {
	t.Helper()
	check(t, env.ClaimPrize(t.Context(), env.guild, g.ID, winner.User.ID, winner.ClaimDeadline.Add(-time.Minute)))
}

// directMessagesAbout returns the direct messages about the prize.
func directMessagesAbout(env *testEnv, user, prize string) []bot.Message {
	return slices.DeleteFunc(env.discord.DirectMessages(user), func(m bot.Message) bool { return !strings.Contains(m.Content, prize) })
}

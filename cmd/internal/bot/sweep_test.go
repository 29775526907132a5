package bot_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/cmd/internal/bot/sim"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestSweepFindsEverySyncIssueAndRepairResolvesIt(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		e, c := env.newEngine(), env.startDashboard(t)
		hourAgo := time.Now().Add(-time.Hour)
		withActiveButton := env.addGiveaway(t, 0, store.Giveaway{Prize: "Taking", Status: store.GiveawayCancelled})
		overdue := env.addGiveaway(t, 3, store.Giveaway{Prize: "Overdue", EndsAt: hourAgo})
		unposted := storetest.Giveaway(t, env.Store, env.guild,
			store.Giveaway{Prize: "Unposted", Status: store.GiveawayPending, StartsAt: &hourAgo})
		withoutChannel, unlocked := openTicket(t, env, "81"), closedTicket(t, env, "82")
		env.discord.RemoveChannel("81")
		env.discord.AddChannel(env.guild, "82", true)
		// Rows without sync issues.
		env.addGiveaway(t, 0, store.Giveaway{})
		openTicket(t, env, "83")
		closedTicket(t, env, "84")

		check(t, e.SweepGuild(t.Context(), env.guild))
		found := env.syncIssues(t)
		want := map[store.SyncIssueKind]string{
			store.SyncIssueAcceptsEntries: withActiveButton.ID, store.SyncIssueOverdue: overdue.ID, store.SyncIssueUnposted: unposted.ID,
			store.SyncIssueChannelDeleted: withoutChannel, store.SyncIssueChannelOpen: unlocked,
		}
		for _, d := range found {
			wantEqual(t, string(d.Kind), d.Target, want[d.Kind])
		}
		wantEqual(t, "found", len(found), len(want))
		first := found[0].FoundAt
		check(t, e.SweepGuild(t.Context(), env.guild))
		wantEqual(t, "found first", env.syncIssues(t)[0].FoundAt, first)

		e.ClockInterval = time.Hour // the clock would be faster
		startBackground(t, e.Run)
		for _, d := range found {
			_, err := env.Command(t.Context(), env.guild, d.Target)
			if d.Kind == store.SyncIssueOverdue || d.Kind == store.SyncIssueUnposted || err == nil {
				continue // the clock ran it at the start
			}
			env.mustComplete(t, c, d.RepairVerb, d.Target, nil)
		}
		eventually(t, "the clock has caught up", func() bool {
			return env.loadGiveaway(t, overdue.ID).Status == store.GiveawayEnded &&
				env.loadGiveaway(t, unposted.ID).Status == store.GiveawayActive
		})
		check(t, e.SweepGuild(t.Context(), env.guild))
		eventually(t, "no work is left", func() bool { return len(env.syncIssues(t)) == 0 })
		wantEqual(t, "button disabled", env.discord.Message(*withActiveButton.MessageID).Button.Disabled, true)
		wantEqual(t, "ticket whose channel was gone", env.loadTicket(t, withoutChannel).Status, store.TicketClosed)
		wantEqual(t, "existing channel", env.discord.IsLocked("82"), true)
	})
}

func (env *testEnv) syncIssues(t *testing.T) []store.SyncIssue {
	t.Helper()
	found, err := env.SyncIssues(t.Context(), env.guild)
	check(t, err)
	return found
}

func TestSweepClearsResolvedSyncIssue(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), storetest.Redis(t))
	e := env.newEngine()
	openTicket(t, env, "81")
	env.discord.RemoveChannel("81")
	check(t, e.SweepGuild(t.Context(), env.guild))
	wantEqual(t, "found", len(env.syncIssues(t)), 1)
	env.discord.AddChannel(env.guild, "81", true)
	check(t, e.SweepGuild(t.Context(), env.guild))
	wantEqual(t, "found", len(env.syncIssues(t)), 0)
}

// racingDiscord is a Discord in which a row changes during the sweep.
type racingDiscord struct {
	*sim.Discord
	afterRead func()
}

func (d racingDiscord) ChannelWriteAccess(ctx context.Context, guild string) (map[string]bool, error) {
	channels, err := d.Discord.ChannelWriteAccess(ctx, guild)
	d.afterRead()
	return channels, err
}

func TestSweepIgnoresIssueResolvedDuringSweep(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), storetest.Redis(t))
	id := openTicket(t, env, "81")
	env.discord.RemoveChannel("81")
	resolve := sync.OnceFunc(func() {
		check(t, env.CloseTicket(t.Context(), env.guild, id, "10", time.Now()))
		check(t, env.DeleteSyncIssues(t.Context(), env.guild, id))
	})
	e := bot.New(env.Store, env.client, env.bus(), racingDiscord{env.discord, resolve}, env.log)
	check(t, e.SweepGuild(t.Context(), env.guild))
	wantEqual(t, "found", len(env.syncIssues(t)), 0)
}

func TestRerollDrawsDistinctWinnersUpToMaxRerolls(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		c := env.startDashboard(t)
		env.startEngine(t)
		g := env.addEndedGiveaway(t, c, 20, store.Giveaway{WinnerCount: 2})
		for range g.MaxRerolls {
			env.mustComplete(t, c, contract.VerbGiveawayReroll, g.ID, nil)
		}
		answer := env.awaitAnswer(t, env.enqueueCommand(t, c, contract.VerbGiveawayReroll, g.ID, nil).ID)
		wantEqual(t, "code", answer.Code, contract.RefusalMaxRerolls)
		var ids []string
		for _, winner := range env.loadGiveaway(t, g.ID).Winners {
			ids = append(ids, winner.User.ID)
		}
		slices.Sort(ids)
		wantEqual(t, "distinct winners", len(slices.Compact(ids)), 2*(1+g.MaxRerolls))
		proof, err := env.DrawProof(t.Context(), env.guild, g.ID)
		check(t, err)
		check(t, proof.Verify())
		wantEqual(t, "rounds, and the next", len(proof.Rounds), g.MaxRerolls+2)
		wantEqual(t, "seed of the next", proof.Rounds[len(proof.Rounds)-1].Seed, "")

		oneEntrant := env.addEndedGiveaway(t, c, 1, store.Giveaway{})
		answer = env.awaitAnswer(t, env.enqueueCommand(t, c, contract.VerbGiveawayReroll, oneEntrant.ID, nil).ID)
		wantEqual(t, "code", answer.Code, contract.RefusalNoEntries)
		wantEqual(t, "winner stays", env.loadGiveaway(t, oneEntrant.ID).Winners[0].Rerolled, false)
		noEntrants := env.addEndedGiveaway(t, c, 0, store.Giveaway{})
		wantEqual(t, "winners without entries", len(noEntrants.Winners), 0)
		answer = env.awaitAnswer(t, env.enqueueCommand(t, c, contract.VerbGiveawayReroll, noEntrants.ID, nil).ID)
		wantEqual(t, "code", answer.Code, contract.RefusalWrongState)
	})
}

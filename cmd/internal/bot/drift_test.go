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
	"guildboard/store/storetest"
)

func TestEveryDriftIsFoundAndItsRepairMendsIt(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		e, c := w.engine(), w.dashboard(t)
		hour := time.Now().Add(-time.Hour)
		taking := w.posted(t, 0, store.Giveaway{Prize: "Taking", Status: store.GiveawayCancelled})
		overdue := w.posted(t, 3, store.Giveaway{Prize: "Overdue", EndsAt: hour})
		unposted := storetest.Giveaway(t, w.Store, w.guild, store.Giveaway{Prize: "Unposted", Status: store.GiveawayPending, StartsAt: &hour})
		gone, standing := openTicket(t, w, "81"), closedTicket(t, w, "82")
		w.discord.RemoveChannel("81")
		w.discord.AddChannel(w.guild, "82", true)
		// And what is in order.
		w.posted(t, 0, store.Giveaway{})
		openTicket(t, w, "83")
		closedTicket(t, w, "84")

		check(t, e.Sweep(t.Context(), w.guild))
		found := w.drifts(t)
		want := map[store.DriftKind]string{
			store.DriftTaking: taking.ID, store.DriftOverdue: overdue.ID, store.DriftUnposted: unposted.ID,
			store.DriftGone: gone, store.DriftStanding: standing,
		}
		for _, d := range found {
			same(t, string(d.Kind), d.Target, want[d.Kind])
		}
		same(t, "found", len(found), len(want))
		first := found[0].FoundAt
		check(t, e.Sweep(t.Context(), w.guild))
		same(t, "found first", w.drifts(t)[0].FoundAt, first)

		e.ClockEvery = time.Hour // it would be faster
		running(t, e.Run)
		for _, d := range found {
			if _, err := w.Command(t.Context(), w.guild, d.Target); d.Kind == store.DriftOverdue || d.Kind == store.DriftUnposted || err == nil {
				continue // the clock has begun it when it was started
			}
			w.does(t, c, d.Repair, d.Target, nil)
		}
		eventually(t, "the clock has caught up", func() bool {
			return w.giveaway(t, overdue.ID).Status == store.GiveawayEnded && w.giveaway(t, unposted.ID).Status == store.GiveawayActive
		})
		check(t, e.Sweep(t.Context(), w.guild))
		eventually(t, "nothing is left", func() bool { return len(w.drifts(t)) == 0 })
		same(t, "button is off", w.discord.Message(*taking.MessageID).Button.Disabled, true)
		same(t, "ticket whose channel was gone", w.read(t, gone).Status, store.TicketClosed)
		same(t, "channel that stood", w.discord.Locked("82"), true)
	})
}

func (w *world) drifts(t *testing.T) []store.Drift {
	t.Helper()
	found, err := w.Drifts(t.Context(), w.guild)
	check(t, err)
	return found
}

func TestADriftThatMendsItselfIsForgotten(t *testing.T) {
	w := newWorld(t, storetest.Open(t), storetest.Redis(t))
	e := w.engine()
	openTicket(t, w, "81")
	w.discord.RemoveChannel("81")
	check(t, e.Sweep(t.Context(), w.guild))
	same(t, "found", len(w.drifts(t)), 1)
	w.discord.AddChannel(w.guild, "81", true)
	check(t, e.Sweep(t.Context(), w.guild))
	same(t, "found", len(w.drifts(t)), 0)
}

// acted is a Discord in which somebody acts while the bot looks.
type acted struct {
	*sim.Discord
	act func()
}

func (d acted) Channels(ctx context.Context, guild string) (map[string]bool, error) {
	channels, err := d.Discord.Channels(ctx, guild)
	d.act()
	return channels, err
}

func TestWhatIsMendedDuringASweepIsNotFound(t *testing.T) {
	w := newWorld(t, storetest.Open(t), storetest.Redis(t))
	id := openTicket(t, w, "81")
	w.discord.RemoveChannel("81")
	mends := sync.OnceFunc(func() {
		check(t, w.CloseTicket(t.Context(), w.guild, id, "10", time.Now()))
		check(t, w.ClearDrift(t.Context(), w.guild, id))
	})
	e := bot.New(w.Store, w.client, w.bus(), acted{w.discord, mends}, w.log)
	check(t, e.Sweep(t.Context(), w.guild))
	same(t, "found", len(w.drifts(t)), 0)
}

func TestARerollDrawsNobodyTwiceAndEndsWhereItMay(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		c := w.dashboard(t)
		w.runs(t)
		g := w.ended(t, c, 20, store.Giveaway{WinnerCount: 2})
		for range g.MaxRerolls {
			w.does(t, c, store.VerbGiveawayReroll, g.ID, nil)
		}
		answer := w.answered(t, w.ask(t, c, store.VerbGiveawayReroll, g.ID, nil).ID)
		same(t, "code", answer.Code, store.CodeMaxRerolls)
		var ids []string
		for _, winner := range w.giveaway(t, g.ID).Winners {
			ids = append(ids, winner.User.ID)
		}
		slices.Sort(ids)
		same(t, "different people", len(slices.Compact(ids)), 2*(1+g.MaxRerolls))
		proof, err := w.DrawProof(t.Context(), w.guild, g.ID)
		check(t, err)
		check(t, proof.Verify())
		same(t, "rounds, and the next", len(proof.Rounds), g.MaxRerolls+2)
		same(t, "seed of the next", proof.Rounds[len(proof.Rounds)-1].Seed, "")

		few := w.ended(t, c, 1, store.Giveaway{})
		answer = w.answered(t, w.ask(t, c, store.VerbGiveawayReroll, few.ID, nil).ID)
		same(t, "code", answer.Code, store.CodeNoEntries)
		same(t, "winner stays", w.giveaway(t, few.ID).Winners[0].Rerolled, false)
		none := w.ended(t, c, 0, store.Giveaway{})
		same(t, "winners of nobody", len(none.Winners), 0)
		answer = w.answered(t, w.ask(t, c, store.VerbGiveawayReroll, none.ID, nil).ID)
		same(t, "code", answer.Code, store.CodeState)
	})
}

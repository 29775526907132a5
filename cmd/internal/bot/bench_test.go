package bot_test

import (
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// A reroll of a giveaway that 100,000 people entered, from the command to the answer, and then the verification of all
// that was drawn.
func BenchmarkRerollOf100000(b *testing.B) {
	w := newWorld(b, storetest.At(b, storetest.Address(b)), storetest.Redis(b))
	g := storetest.Giveaway(b, w.Store, w.guild, store.Giveaway{WinnerCount: 3, MaxRerolls: 1 << 30})
	storetest.Crowd(b, w.Store, g, 100_000)
	e := w.engine()
	e.Lease = time.Minute
	carry := func(verb store.Verb) {
		answer, err := e.Do(b.Context(), store.Command{
			ID: store.NewID(), GuildID: w.guild, Verb: verb, Target: g.ID,
		})
		if err != nil || answer.Status != store.CommandDone {
			b.Fatal(answer, err)
		}
	}
	carry(store.VerbGiveawayEnd)
	for b.Loop() {
		carry(store.VerbGiveawayReroll)
	}
	b.StopTimer()
	proof, err := w.DrawProof(b.Context(), w.guild, g.ID)
	check(b, err)
	began := time.Now()
	check(b, proof.Verify())
	b.ReportMetric(float64(time.Since(began).Milliseconds())/float64(len(proof.Rounds)), "ms/verified-round")
}

package bot_test

import (
	"fmt"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// A reroll of a giveaway that 100,000 people entered, from the command to the answer, and then the verification of all
// that was drawn.
func BenchmarkRerollOf100000(b *testing.B) {
	w := newWorld(b, storetest.Open(b), storetest.Redis(b))
	g := crowded(b, w, 100_000)
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

// crowded is a running giveaway with so many entries, made at once.
func crowded(t testing.TB, w *world, people int) store.Giveaway {
	t.Helper()
	g := storetest.Giveaway(t, w.Store, w.guild, store.Giveaway{WinnerCount: 3, MaxRerolls: 1 << 30})
	for i := range people {
		m := storetest.Member(t, w.Store, w.guild, fmt.Sprint(1_000_000+i), "")
		check(t, w.EnterGiveaway(t.Context(), w.guild, g.ID, m.ID, 1+i%3, 0, nil))
	}
	return g
}

package bot_test

import (
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// This benchmark measures a reroll of a giveaway with 100,000 entries, from the command to the answer, and the
// verification of its draws.
func BenchmarkRerollWith100000Entries(b *testing.B) {
	env := newTestEnv(b, storetest.OpenAt(b, storetest.DatabaseURL(b)), storetest.Redis(b))
	g := storetest.Giveaway(b, env.Store, env.guild, store.Giveaway{WinnerCount: 3, MaxRerolls: 1 << 30})
	storetest.AddEntrants(b, env.Store, g, 100_000)
	e := env.newEngine()
	e.Lease = time.Minute
	execute := func(verb contract.Verb) {
		answer, err := e.Execute(b.Context(), contract.Command{
			ID: store.NewID(), GuildID: env.guild, Verb: verb, Target: g.ID,
		})
		if err != nil || answer.Status != contract.CommandDone {
			b.Fatal(answer, err)
		}
	}
	execute(contract.VerbGiveawayEnd)
	for b.Loop() {
		execute(contract.VerbGiveawayReroll)
	}
	b.StopTimer()
	proof, err := env.DrawProof(b.Context(), env.guild, g.ID)
	check(b, err)
	start := time.Now()
	check(b, proof.Verify())
	b.ReportMetric(float64(time.Since(start).Milliseconds())/float64(len(proof.Rounds)), "ms/verified-round")
}

package bot_test

import (
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// A giveaway that 200,000 people entered, with -short 50,000, ends while other giveaways are in progress: on the same
// engine, in the same guild, and on the page that lists them all.
func TestLargeDrawDoesNotBlockOtherCommands(t *testing.T) {
	entrants := 200_000
	if testing.Short() {
		entrants = 50_000
	}
	env := newTestEnv(t, storetest.OpenAt(t, storetest.DatabaseURL(t)), storetest.Redis(t))
	big := env.addGiveaway(t, 0, store.Giveaway{WinnerCount: 3})
	storetest.AddEntrants(t, env.Store, big, entrants)
	env.sendHeartbeat(t) // after the entrants, whose insertion can take longer than a heartbeat is valid
	env.startEngine(t)
	c := env.startDashboard(t)

	start := time.Now()
	command := env.enqueueCommand(t, c, contract.VerbGiveawayEnd, big.ID, nil)
	isDrawing := func() bool {
		now, err := env.Command(t.Context(), env.guild, command.ID)
		check(t, err)
		return now.IsInProgress()
	}
	others, slowest, slowestPage := 0, time.Duration(0), time.Duration(0)
	for isDrawing() {
		start := time.Now()
		env.mustComplete(t, c, contract.VerbGiveawayCreate, store.NewID(), newForm())
		took := time.Since(start)
		start = time.Now()
		_, _, err := env.Giveaways(t.Context(), env.guild, store.GiveawayQuery{})
		check(t, err)
		if isDrawing() { // entries continue during the draw
			others, slowest, slowestPage = others+1, max(slowest, took), max(slowestPage, time.Since(start))
		}
	}
	elapsed := time.Since(start)
	wantEqual(t, "long reply", env.awaitAnswer(t, command.ID).Status, contract.CommandDone)
	ended := env.loadGiveaway(t, big.ID)
	wantEqual(t, "winners", len(ended.Winners), 3)
	wantEqual(t, "entries", ended.Draws[0].Entries, entrants)
	if others == 0 {
		t.Errorf("no other command completed during the draw of %v, want at least one", elapsed)
	}
	t.Logf("draw took %v; meanwhile %d giveaways were created, the slowest in %v, and the list was read in %v",
		elapsed.Round(time.Millisecond), others, slowest.Round(time.Millisecond), slowestPage.Round(time.Microsecond))
}

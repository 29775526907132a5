package bot_test

import (
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// A giveaway that 200,000 people entered, with -short 50,000, is ended while others go on with theirs: on the same
// engine, in the same guild, and on the page that lists them all.
func TestTwoHundredThousandEntriesHoldUpNobodyElse(t *testing.T) {
	people := 200_000
	if testing.Short() {
		people = 50_000
	}
	w := newWorld(t, storetest.At(t, storetest.Address(t)), storetest.Redis(t))
	w.alive(t)
	big := w.posted(t, 0, store.Giveaway{WinnerCount: 3})
	storetest.Crowd(t, w.Store, big, people)
	w.runs(t)
	c := w.dashboard(t)

	began := time.Now()
	asked := w.ask(t, c, store.VerbGiveawayEnd, big.ID, nil)
	drawing := func() bool {
		now, err := w.Command(t.Context(), w.guild, asked.ID)
		check(t, err)
		return now.UnderWay()
	}
	others, slowest, slowestPage := 0, time.Duration(0), time.Duration(0)
	for drawing() {
		began := time.Now()
		w.does(t, c, store.VerbGiveawayCreate, store.NewID(), form())
		took := time.Since(began)
		began = time.Now()
		_, _, err := w.Giveaways(t.Context(), w.guild, store.GiveawayQuery{})
		check(t, err)
		if drawing() { // all the time
			others, slowest, slowestPage = others+1, max(slowest, took), max(slowestPage, time.Since(began))
		}
	}
	whole := time.Since(began)
	same(t, "the long one", w.answered(t, asked.ID).Status, store.CommandDone)
	ended := w.giveaway(t, big.ID)
	same(t, "winners", len(ended.Winners), 3)
	same(t, "entries", ended.Draws[0].Entries, people)
	if others == 0 {
		t.Errorf("nothing else was done in the %v of the draw", whole)
	}
	t.Logf("ended in %v; meanwhile %d others were created, the slowest in %v, and their list read in %v",
		whole.Round(time.Millisecond), others, slowest.Round(time.Millisecond), slowestPage.Round(time.Microsecond))
}

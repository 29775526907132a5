package live

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// wantConditions compares what b was told so far.
func wantConditions(t *testing.T, b *browser, want ...string) {
	t.Helper()
	synctest.Wait()
	if got := b.conditions(); !slices.Equal(got, want) {
		t.Errorf("conditions = %v, want %v", got, want)
	}
}

func TestAStreamIsLiveOnceItsViewHasBeenRendered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		wantConditions(t, connect(e, db.view("a"), "", Viewer{}), "live")

		db.cost = time.Second // the second browser shows another version: it waits for a new render
		b := connect(e, db.view("a"), "a-9", Viewer{})
		wantConditions(t, b)
		time.Sleep(time.Second)
		wantConditions(t, b, "live")
	})
}

func TestStreamsAreStaleAsLongAsTheEngineIsAndUntilTheirViewIsRenderedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		feed := open("", func(w http.ResponseWriter, r *http.Request) error { return e.ServeEvents(w, r, "a", Viewer{}) })
		wantConditions(t, b, "live")

		e.SetCondition(Stale)
		db.change("a")
		wantConditions(t, b, "live", "stale")
		wantConditions(t, feed, "live", "stale")
		wantConditions(t, connect(e, db.view("a"), "a-0", Viewer{}), "stale") // one that comes meanwhile

		db.cost = time.Second
		e.SetCondition(Live)
		wantConditions(t, b, "live", "stale")
		wantConditions(t, feed, "live", "stale", "live")
		time.Sleep(time.Second)
		wantConditions(t, b, "live", "stale", "live")
		if b.shows() != "a-1" {
			t.Errorf("shows %s, want a-1", b.shows())
		}
	})
}

func TestARenderThatBeganDuringAnOutageMakesNoStreamLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		synctest.Wait()
		e.SetCondition(Stale)
		db.cost = 200 * time.Millisecond
		e.Touch("a")
		synctest.Wait()
		db.change("a") // after the render has read
		e.SetCondition(Live)
		time.Sleep(200 * time.Millisecond)
		wantConditions(t, b, "live", "stale")
		time.Sleep(time.Second)
		wantConditions(t, b, "live", "stale", "live")
		if b.shows() != "a-1" {
			t.Errorf("shows %s, want a-1", b.shows())
		}
	})
}

func TestAFailedRenderIsStaleUntilOneSucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		b, other := connect(e, db.view("a"), "", Viewer{}), connect(e, db.view("b"), "", Viewer{})
		synctest.Wait()
		db.fail(down)
		e.Touch("a")
		wantConditions(t, b, "live", "stale")
		wantConditions(t, other, "live")
		db.fail(nil)
		time.Sleep(maxBackoff)
		wantConditions(t, b, "live", "stale", "live")
	})
}

func TestARenderThatHangsIsStaleBeforeItIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		synctest.Wait()
		db.cost = time.Hour
		e.Touch("a")
		time.Sleep(2 * time.Second)
		wantConditions(t, b, "live")
		time.Sleep(2 * time.Second)
		wantConditions(t, b, "live", "stale")

		db.mu.Lock()
		db.cost = 0
		db.mu.Unlock()
		e.SetCondition(Stale)
		e.SetCondition(Live) // what the render waits for may be lost: it is given up at once
		time.Sleep(time.Second)
		wantConditions(t, b, "live", "stale", "live")
	})
}

func TestAViewThatRestsIsNotLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		db.cost = time.Second // rests ten seconds after each
		b := connect(e, db.view("a"), "", Viewer{})
		for range 600 {
			e.Touch("a")
			time.Sleep(100 * time.Millisecond)
		}
		wantConditions(t, b, "live")
	})
}

func TestADatabaseThatAcceptsNoChangesIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		synctest.Wait()
		looked := db.looked("a")
		e.SetCondition(ReadOnly)
		wantConditions(t, b, "live", "readonly")
		e.SetCondition(Live)
		wantConditions(t, b, "live", "readonly", "live")
		if db.looked("a") != looked {
			t.Errorf("rendered %d times, want none: nothing was missed", db.looked("a")-looked)
		}
	})
}

func TestEveryPingRepeatsTheCondition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		synctest.Wait()
		e.SetCondition(Stale)
		synctest.Wait()
		before := b.pinged()
		time.Sleep(time.Minute + time.Second)
		if b.pinged() != before+4 {
			t.Errorf("%d pings in a minute, want 4", b.pinged()-before)
		}
		wantConditions(t, b, "live", "stale")
	})
}

func TestAConditionIsNeverAheadOfTheFrame(t *testing.T) {
	e, db := newEngine(t, Config{}), newDatabase()
	b := connect(e, db.view("a"), "", Viewer{})
	until(t, "the stream is live", func() bool { return len(b.conditions()) > 0 })
	for range 200 {
		e.SetCondition(Stale)
		until(t, "the stream is stale", func() bool { return slices.Equal(b.conditions()[len(b.conditions())-1:], []string{"stale"}) })
		db.change("a")
		want := db.page("a").Version
		e.SetCondition(Live)
		var shown string
		until(t, "the stream is live again", func() bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			shown = b.shown
			return b.said[len(b.said)-1] == "live"
		})
		if shown != want {
			t.Fatalf("live while showing %s, want %s", shown, want)
		}
	}
}

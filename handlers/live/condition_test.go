package live

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// wantConditions compares the conditions that b has received so far.
func wantConditions(t *testing.T, b *browser, want ...string) {
	t.Helper()
	synctest.Wait()
	if got := b.conditions(); !slices.Equal(got, want) {
		t.Errorf("conditions = %v, want %v", got, want)
	}
}

func TestStreamBecomesLiveAfterFirstRender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		wantConditions(t, connect(e, db.view("a"), "", Viewer{}), "live")

		db.latency = time.Second // the second browser shows another version: it waits for a new render
		b := connect(e, db.view("a"), "a-9", Viewer{})
		wantConditions(t, b)
		time.Sleep(time.Second)
		wantConditions(t, b, "live")
	})
}

func TestStreamsStayStaleUntilRerendered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		feed := connectFeed(e, "a", Viewer{})
		wantConditions(t, b, "live")

		e.SetCondition(Stale)
		db.update("a")
		wantConditions(t, b, "live", "stale")
		wantConditions(t, feed, "live", "stale")
		wantConditions(t, connect(e, db.view("a"), "a-0", Viewer{}), "stale") // a new stream

		db.latency = time.Second
		e.SetCondition(Live)
		wantConditions(t, b, "live", "stale")
		wantConditions(t, feed, "live", "stale", "live")
		time.Sleep(time.Second)
		wantConditions(t, b, "live", "stale", "live")
		if b.version() != "a-1" {
			t.Errorf("version = %s, want a-1", b.version())
		}
	})
}

func TestRenderStartedDuringOutageDoesNotClearStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		synctest.Wait()
		e.SetCondition(Stale)
		db.latency = 200 * time.Millisecond
		e.Invalidate("a")
		synctest.Wait()
		db.update("a") // after the render has read
		e.SetCondition(Live)
		time.Sleep(200 * time.Millisecond)
		wantConditions(t, b, "live", "stale")
		time.Sleep(time.Second)
		wantConditions(t, b, "live", "stale", "live")
		if b.version() != "a-1" {
			t.Errorf("version = %s, want a-1", b.version())
		}
	})
}

func TestFailedRenderIsStaleUntilSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		b, other := connect(e, db.view("a"), "", Viewer{}), connect(e, db.view("b"), "", Viewer{})
		synctest.Wait()
		db.failWith(databaseDown)
		e.Invalidate("a")
		wantConditions(t, b, "live", "stale")
		wantConditions(t, other, "live")
		db.failWith(nil)
		time.Sleep(maxBackoff)
		wantConditions(t, b, "live", "stale", "live")
	})
}

func TestHangingRenderIsStaleBeforeTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		synctest.Wait()
		db.latency = time.Hour
		e.Invalidate("a")
		time.Sleep(2 * time.Second)
		wantConditions(t, b, "live")
		time.Sleep(2 * time.Second)
		wantConditions(t, b, "live", "stale")

		db.mu.Lock()
		db.latency = 0
		db.mu.Unlock()
		e.SetCondition(Stale)
		e.SetCondition(Live) // cancels the render, whose connection may be lost
		time.Sleep(time.Second)
		wantConditions(t, b, "live", "stale", "live")
	})
}

func TestCooldownDoesNotMakeViewOverdue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		db.latency = time.Second // the cooldown is ten seconds
		b := connect(e, db.view("a"), "", Viewer{})
		for range 600 {
			e.Invalidate("a")
			time.Sleep(100 * time.Millisecond)
		}
		wantConditions(t, b, "live")
	})
}

func TestReadOnlyConditionIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		synctest.Wait()
		queries := db.queryCount("a")
		e.SetCondition(ReadOnly)
		wantConditions(t, b, "live", "readonly")
		e.SetCondition(Live)
		wantConditions(t, b, "live", "readonly", "live")
		if db.queryCount("a") != queries {
			t.Errorf("got %d queries, want none", db.queryCount("a")-queries)
		}
	})
}

func TestPingRepeatsCondition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		synctest.Wait()
		e.SetCondition(Stale)
		synctest.Wait()
		before := b.pingCount()
		time.Sleep(time.Minute + time.Second)
		if b.pingCount() != before+4 {
			t.Errorf("got %d pings in a minute, want 4", b.pingCount()-before)
		}
		wantConditions(t, b, "live", "stale")
	})
}

func TestConditionIsNotSentBeforeFrame(t *testing.T) {
	e, db := newEngine(t, Config{}), newFakeDatabase()
	b := connect(e, db.view("a"), "", Viewer{})
	waitUntil(t, "stream is live", func() bool { return len(b.conditions()) > 0 })
	for range 200 {
		e.SetCondition(Stale)
		waitUntil(t, "stream is stale", func() bool {
			conditions := b.conditions()
			return conditions[len(conditions)-1] == "stale"
		})
		db.update("a")
		want := db.frame("a").Version
		e.SetCondition(Live)
		var shown string
		waitUntil(t, "stream is live again", func() bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			shown = b.shownVersion
			return b.receivedConditions[len(b.receivedConditions)-1] == "live"
		})
		if shown != want {
			t.Fatalf("live with version %s, want %s", shown, want)
		}
	}
}

package live

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// connectFiltered connects to n views of the same topic that share one query, whose runs it counts in totals.
func connectFiltered(e *Engine, db *fakeDatabase, n int, totals *atomic.Int64, failure func() error) (browsers []*browser) {
	for i := range n {
		key := fmt.Sprintf("filter-%d", i)
		render := func(ctx context.Context) (Frame, error) {
			version, err := ShareQuery(ctx, "total", func(ctx context.Context) (string, error) {
				totals.Add(1)
				f := db.frame("guild")
				return f.Version, errors.Join(sleepContext(ctx, 5*time.Millisecond), failure())
			})
			if err == nil {
				err = sleepContext(ctx, db.latency)
			}
			return Frame{Version: version, Body: []byte(version)}, err
		}
		browsers = append(browsers, connect(e, View{Key: key, Topics: []string{"guild"}, Render: render}, "", Viewer{}))
	}
	return browsers
}

func noFailure() error { return nil }

func TestSharedQueryRunsOncePerInvalidation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{MaxStreamsPerUser: 500}), newFakeDatabase()
		var totals atomic.Int64
		browsers := connectFiltered(e, db, 200, &totals, noFailure)
		time.Sleep(10 * time.Second)
		before := totals.Load()
		db.update("guild")
		e.Invalidate("guild")
		time.Sleep(10 * time.Second)
		if n := totals.Load() - before; n != 1 {
			t.Errorf("got %d queries for 200 views, want 1", n)
		}
		for _, b := range browsers {
			if b.version() != "guild-1" {
				t.Fatalf("version = %s, want guild-1", b.version())
			}
		}
	})
}

func TestLaterInvalidationRepeatsSharedQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{MaxStreamsPerUser: 500}), newFakeDatabase()
		db.latency = 3 * time.Millisecond
		var totals atomic.Int64
		browsers := connectFiltered(e, db, 20, &totals, noFailure)
		time.Sleep(10 * time.Second)
		for range 50 {
			db.update("guild")
			e.Invalidate("guild")
			time.Sleep(7 * time.Millisecond)
		}
		time.Sleep(10 * time.Second)
		for _, b := range browsers {
			if b.version() != "guild-50" {
				t.Errorf("version = %s, want guild-50", b.version())
			}
		}
	})
}

func TestFailedSharedQueryIsRetriedByOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{MaxStreamsPerUser: 500}), newFakeDatabase()
		var totals, fails atomic.Int64
		browsers := connectFiltered(e, db, 10, &totals, func() error {
			if fails.Add(-1) >= 0 {
				return errDatabaseDown
			}
			return nil
		})
		time.Sleep(10 * time.Second)
		fails.Store(1)
		db.update("guild")
		e.Invalidate("guild")
		time.Sleep(10 * time.Second)
		for _, b := range browsers {
			if b.version() != "guild-1" {
				t.Errorf("version = %s, want guild-1", b.version())
			}
		}
	})
}

func TestShareQueryOutsideRenderIsNotShared(t *testing.T) {
	n := 0
	for range 2 {
		_, _ = ShareQuery(t.Context(), "key", func(context.Context) (int, error) { n++; return n, nil })
	}
	if n != 2 || ShouldShareQuery(t.Context()) {
		t.Errorf("got %d queries, ShouldShareQuery = %t; want 2, false", n, ShouldShareQuery(t.Context()))
	}
}

// TestViewsOfOneTopicStayWithinTopicShare renders 200 views of one topic at 2 ms each. MaxRenders equals the number of
// cores, so that the duration of a render is its cost.
func TestViewsOfOneTopicStayWithinTopicShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := Config{MaxStreamsPerUser: 500, TopicShare: 0.5, MaxRenders: runtime.GOMAXPROCS(0)}
		e, db := newEngine(t, config), newFakeDatabase()
		db.latency = 2 * time.Millisecond
		for i := range 200 {
			v := db.view(fmt.Sprint(i))
			v.Topics = []string{"guild"}
			connect(e, v, "", Viewer{})
		}
		time.Sleep(time.Minute)
		before := e.Stats().RenderTime
		for range 10_000 {
			e.Invalidate("guild")
			time.Sleep(time.Millisecond)
		}
		if busy := e.Stats().RenderTime - before; busy > 6*time.Second {
			t.Errorf("rendered for %v in 10s, want at most 6s", busy)
		}
	})
}

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

// filters are views of the same topic that have a total in common, which is asked for once for all of them.
func filters(e *Engine, db *database, n int, totals *atomic.Int64, ask func() error) (all []*browser) {
	for i := range n {
		key := fmt.Sprintf("filter-%d", i)
		all = append(all, connect(e, View{Key: key, Topics: []string{"guild"}, Render: func(ctx context.Context) (Frame, error) {
			version, err := Share(ctx, "total", func(ctx context.Context) (string, error) {
				totals.Add(1)
				f := db.page("guild")
				return f.Version, errors.Join(pass(ctx, 5*time.Millisecond), ask())
			})
			if err == nil {
				err = pass(ctx, db.cost)
			}
			return Frame{Version: version, Body: []byte(version)}, err
		}}, "", Viewer{}))
	}
	return all
}

func never() error { return nil }

func TestWhatViewsHaveInCommonIsAskedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{PerUser: 500}), newDatabase()
		var totals atomic.Int64
		all := filters(e, db, 200, &totals, never)
		time.Sleep(10 * time.Second)
		before := totals.Load()
		db.change("guild")
		e.Touch("guild")
		time.Sleep(10 * time.Second)
		if n := totals.Load() - before; n != 1 {
			t.Errorf("asked %d times for 200 views", n)
		}
		for _, b := range all {
			if b.shows() != "guild-1" {
				t.Fatalf("a view shows %s", b.shows())
			}
		}
	})
}

func TestAViewThatIsTouchedLaterAsksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{PerUser: 500}), newDatabase()
		db.cost = 3 * time.Millisecond
		var totals atomic.Int64
		all := filters(e, db, 20, &totals, never)
		time.Sleep(10 * time.Second)
		for range 50 {
			db.change("guild")
			e.Touch("guild")
			time.Sleep(7 * time.Millisecond)
		}
		time.Sleep(10 * time.Second)
		for _, b := range all {
			if b.shows() != "guild-50" {
				t.Errorf("a view shows %s", b.shows())
			}
		}
	})
}

func TestWhoAskedForAllMayFailAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{PerUser: 500}), newDatabase()
		var totals, fails atomic.Int64
		all := filters(e, db, 10, &totals, func() error {
			if fails.Add(-1) >= 0 {
				return errDown
			}
			return nil
		})
		time.Sleep(10 * time.Second)
		fails.Store(1)
		db.change("guild")
		e.Touch("guild")
		time.Sleep(10 * time.Second)
		for _, b := range all {
			if b.shows() != "guild-1" {
				t.Errorf("a view shows %s", b.shows())
			}
		}
	})
}

func TestOutsideOfALookNothingIsShared(t *testing.T) {
	n := 0
	for range 2 {
		_, _ = Share(t.Context(), "key", func(context.Context) (int, error) { n++; return n, nil })
	}
	if n != 2 || Crowded(t.Context()) {
		t.Errorf("asked %d times", n)
	}
}

// 200 filters of one guild, each of them 2 ms of work, cost an event no more of a core than a topic may. Each look has a core
// to itself here, so that its time is its cost.
func TestManyFiltersOfAGuildKeepToTheirShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{PerUser: 500, TopicShare: 0.5, Renders: runtime.GOMAXPROCS(0)}), newDatabase()
		db.cost = 2 * time.Millisecond
		for i := range 200 {
			v := db.view(fmt.Sprint(i))
			v.Topics = []string{"guild"}
			connect(e, v, "", Viewer{})
		}
		time.Sleep(time.Minute)
		before := e.Stats().RenderTime
		for range 10_000 {
			e.Touch("guild")
			time.Sleep(time.Millisecond)
		}
		if busy := e.Stats().RenderTime - before; busy > 6*time.Second {
			t.Errorf("%v of looks in 10 s", busy)
		}
	})
}

package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestBrowsersOfOneViewShareRender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		a, b, other := connect(e, db.view("a"), "", Viewer{}), connect(e, db.view("a"), "", Viewer{}), connect(e, db.view("b"), "", Viewer{})
		synctest.Wait()
		db.update("a")
		e.Invalidate("a")
		time.Sleep(time.Second)

		for _, browser := range []*browser{a, b} {
			if got := browser.versions(); !slices.Equal(got, []string{"a-0", "a-1"}) {
				t.Errorf("a browser got %v", got)
			}
		}
		if got := other.versions(); !slices.Equal(got, []string{"b-0"}) {
			t.Errorf("a browser with another view got %v", got)
		}
		if db.queryCount("a") != 2 || db.queryCount("b") != 1 {
			t.Errorf("%d and %d looks, want 2 and 1", db.queryCount("a"), db.queryCount("b"))
		}
		if s := e.Stats(); s.Views != 2 || s.Streams != 3 || s.Renders != 3 || s.Frames != 5 {
			t.Errorf("stats: %+v", s)
		}
	})
}

func TestSimultaneousConnectsShareRender(t *testing.T) {
	for _, version := range []string{"", "a-0", "old"} {
		t.Run("showing "+version, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, db := newEngine(t, Config{MaxStreamsPerUser: 500}), newFakeDatabase()
				db.latency = 20 * time.Millisecond
				for range 500 {
					connect(e, db.view("a"), version, Viewer{})
				}
				time.Sleep(time.Second)
				if s := e.Stats(); db.queryCount("a") != 1 || s.Streams != 500 {
					t.Errorf("%d looks for %d streams", db.queryCount("a"), s.Streams)
				}
			})
		})
	}
}

func TestViewIsRemovedWithLastBrowser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		v := db.view("a")
		v.RefreshInterval = time.Second
		a, b := connect(e, v, "", Viewer{}), connect(e, v, "", Viewer{})
		synctest.Wait()
		a.hangUp()
		synctest.Wait()
		if e.Stats().Views != 1 {
			t.Error("the view went with the first of two")
		}
		b.hangUp()
		synctest.Wait()
		before := db.queryCount("a")
		e.Invalidate("a")
		e.InvalidateAll()
		time.Sleep(time.Minute)
		if db.queryCount("a") != before || !e.isEmpty() {
			t.Errorf("left behind: %+v, %d looks", e.Stats(), db.queryCount("a")-before)
		}
	})
}

func TestRenderIsCancelledWithoutSubscribers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, Config{})
		b := connect(e, View{Key: "a", Render: func(ctx context.Context) (Frame, error) {
			<-ctx.Done()
			return Frame{}, ctx.Err()
		}}, "", Viewer{})
		time.Sleep(time.Second)
		b.hangUp()
		<-b.done
		synctest.Wait()
		if n := e.Stats().Renders; n != 0 || !e.isEmpty() || !errors.Is(b.err, context.Canceled) {
			t.Errorf("%d renders counted, %v", n, b.err)
		}
	})
}

func TestFirstInvalidationIsNotDelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		time.Sleep(time.Second)
		db.update("a")
		e.Invalidate("a")
		synctest.Wait() // no time passes
		if b.version() != "a-1" {
			t.Errorf("shows %s", b.version())
		}
	})
}

func TestUnchangedVersionIsNotResent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		for range 10 {
			time.Sleep(time.Second)
			e.Invalidate("a")
		}
		time.Sleep(time.Second)
		if db.queryCount("a") != 11 || len(b.versions()) != 1 {
			t.Errorf("%d looks, sent %v", db.queryCount("a"), b.versions())
		}
	})
}

func TestInvalidationsDuringRenderAreCoalesced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{ViewShare: 0.5}), newFakeDatabase()
		db.latency = 100 * time.Millisecond
		b := connect(e, db.view("a"), "", Viewer{})
		time.Sleep(50 * time.Millisecond)
		for range 10_000 {
			db.update("a")
			e.Invalidate("a")
		}
		time.Sleep(time.Minute)
		if db.queryCount("a") != 2 || b.version() != "a-10000" {
			t.Errorf("%d looks, shows %s", db.queryCount("a"), b.version())
		}
	})
}

func TestInvalidationStormStaysWithinViewShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{ViewShare: 0.1}), newFakeDatabase()
		db.latency = 10 * time.Millisecond
		b := connect(e, db.view("a"), "", Viewer{})
		for range 10_000 {
			db.update("a")
			e.Invalidate("a")
			time.Sleep(time.Millisecond)
		}
		if n := db.queryCount("a"); n < 95 || n > 103 { // 10 s at 10 ms each, and the first, which is hardly counted
			t.Errorf("%d looks", n)
		}
		time.Sleep(time.Second)
		if b.version() != "a-10000" {
			t.Errorf("shows %s", b.version())
		}
	})
}

func TestInvalidationStormRespectsFrameInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{MinFrameInterval: 50 * time.Millisecond}), newFakeDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		for range 1000 {
			db.update("a")
			e.Invalidate("a")
			time.Sleep(time.Millisecond)
		}
		if n := len(b.versions()); n < 20 || n > 22 { // a burst, and then one in 50 ms
			t.Errorf("%d frames in a second", n)
		}
	})
}

func TestConcurrentRendersAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, Config{MaxRenders: 3, MaxStreamsPerUser: 100})
		var mu sync.Mutex
		running, peak := 0, 0
		for i := range 20 {
			connect(e, View{Key: fmt.Sprint(i), Render: func(context.Context) (Frame, error) {
				mu.Lock()
				running++
				peak = max(peak, running)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				defer mu.Unlock()
				running--
				return Frame{Version: "1"}, nil
			}}, "", Viewer{})
		}
		time.Sleep(7*time.Second + time.Millisecond)
		if n := e.Stats().Renders; peak != 3 || n != 20 {
			t.Errorf("%d at a time, %d of 20 done", peak, n)
		}
	})
}

func TestViewIsRefreshedPeriodically(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		v := db.view("a")
		v.RefreshInterval = 15 * time.Second
		b := connect(e, v, "", Viewer{})
		for want := range 20 {
			synctest.Wait()
			if wanted := fmt.Sprintf("a-%d", want); b.version() != wanted {
				t.Fatalf("shows %s, want %s", b.version(), wanted)
			}
			db.update("a") // and nobody says so
			time.Sleep(v.RefreshInterval)
		}
	})
}

func TestRefreshesAreSpreadOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{MaxStreamsPerUser: 1000, MaxRenders: 1000}), newFakeDatabase()
		for i := range 500 {
			v := db.view(fmt.Sprint(i))
			v.RefreshInterval = time.Minute
			connect(e, v, "", Viewer{})
		}
		time.Sleep(48 * time.Second)
		var peak, before uint64 = 0, 500
		for range 120 {
			time.Sleep(100 * time.Millisecond)
			now := e.Stats().Renders
			peak, before = max(peak, now-before), now
		}
		if before != 1000 || peak > 25 {
			t.Errorf("%d looks, up to %d of them in a tenth of a second", before, peak)
		}
	})
}

func TestFailingRenderKeepsLastFrameAndRecovers(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error":           databaseDown,
		"panic":           func() error { panic("at the render") },
		"bad version":     func() error { return nil },
		"nil dereference": func() error { var v *View; return errors.New(v.Key) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				e, db := newEngine(t, Config{Log: slog.New(slog.NewTextHandler(&log, nil))}), newFakeDatabase()
				b := connect(e, db.view("a"), "", Viewer{})
				time.Sleep(time.Second)

				db.failWith(fail)
				db.update("a")
				for range 600 {
					e.Invalidate("a")
					time.Sleep(100 * time.Millisecond)
				}
				if n := db.queryCount("a"); n < 6 || n > 30 {
					t.Errorf("%d looks in a minute of outage", n)
				}
				if got := b.versions(); !slices.Equal(got, []string{"a-0"}) || b.hasEnded() {
					t.Errorf("during the outage: %v", got)
				}
				if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "view=a") {
					t.Errorf("%d errors logged for one outage:\n%s", n, &log)
				}

				db.failWith(nil)
				time.Sleep(maxBackoff)
				if b.version() != "a-1" {
					t.Errorf("after the outage: %s", b.version())
				}
				if n := strings.Count(log.String(), "level=INFO"); n != 1 {
					t.Errorf("the end of the outage was logged %d times", n)
				}
			})
		})
	}
}

func TestFailedRenderIsRetriedWithoutInvalidation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		time.Sleep(time.Second)
		db.update("a")
		db.failWith(databaseDown)
		e.Invalidate("a")
		synctest.Wait()
		db.failWith(nil)
		time.Sleep(time.Second)
		if b.version() != "a-1" || db.queryCount("a") != 3 {
			t.Errorf("shows %s after %d looks", b.version(), db.queryCount("a"))
		}
	})
}

func TestConnectDuringOutageGetsLastFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		connect(e, db.view("a"), "", Viewer{})
		time.Sleep(time.Second)
		db.failWith(databaseDown)
		e.Invalidate("a")
		synctest.Wait()
		b := connect(e, db.view("a"), "", Viewer{})
		synctest.Wait()
		if b.version() != "a-0" {
			t.Errorf("shows %q", b.version())
		}
	})
}

func TestServeReturnsRenderErrorWithoutFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		db.failWith(databaseDown)
		for range 3 {
			b := connect(e, db.view("a"), "", Viewer{})
			<-b.done
			if !errors.Is(b.err, errDatabaseDown) || b.status != 0 {
				t.Errorf("status %d, %v", b.status, b.err)
			}
		}
		db.failWith(nil)
		b := connect(e, db.view("a"), "", Viewer{})
		synctest.Wait()
		if b.version() != "a-0" {
			t.Errorf("after the outage: %q", b.version())
		}
	})
}

func TestHangingRenderTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, Config{RenderTimeout: 3 * time.Second})
		start := time.Now()
		b := connect(e, View{Key: "a", Render: func(ctx context.Context) (Frame, error) {
			<-ctx.Done()
			return Frame{}, ctx.Err()
		}}, "", Viewer{})
		<-b.done
		if took := time.Since(start); took != 3*time.Second || !errors.Is(b.err, context.DeadlineExceeded) {
			t.Errorf("after %v: %v", took, b.err)
		}
	})
}

// Sixteen publishers, twenty-five browsers that read and twenty-five that never do. In a bubble time stands still unless
// everybody waits, so that no time passed means that no publisher waited for a browser.
func TestStalledBrowsersDoNotBlockOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{MaxStreamsPerUser: 50}), newFakeDatabase()
		var reading, stalled []*browser
		for range 25 {
			reading = append(reading, connect(e, db.view("a"), "", Viewer{}))
			b := connect(e, db.view("a"), "a-0", Viewer{})
			b.setStalled(true)
			stalled = append(stalled, b)
		}
		time.Sleep(time.Second)

		start := time.Now()
		var publishers sync.WaitGroup
		for range 16 {
			publishers.Go(func() {
				for range 128 {
					db.update("a")
					e.Invalidate("a")
					runtime.Gosched()
				}
			})
		}
		publishers.Wait()
		if took := time.Since(start); took > 0 {
			t.Errorf("publishing took %v", took)
		}
		time.Sleep(time.Second)
		for _, b := range reading {
			if b.version() != "a-2048" {
				t.Errorf("a reader ends at %s", b.version())
			}
		}
		time.Sleep(10 * time.Second)
		for _, b := range stalled {
			if !b.hasEnded() {
				t.Error("a browser that never reads is still held")
			}
		}
		if s := e.Stats(); s.Stalled != 25 || s.Streams != 25 {
			t.Errorf("stats: %+v", s)
		}
	})
}

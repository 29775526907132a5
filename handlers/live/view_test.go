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
		a, b := connect(e, db.view("a"), "", Viewer{}), connect(e, db.view("a"), "", Viewer{})
		other := connect(e, db.view("b"), "", Viewer{})
		synctest.Wait()
		db.update("a")
		e.Invalidate("a")
		time.Sleep(time.Second)

		for _, browser := range []*browser{a, b} {
			if got := browser.versions(); !slices.Equal(got, []string{"a-0", "a-1"}) {
				t.Errorf("versions = %v, want [a-0 a-1]", got)
			}
		}
		if got := other.versions(); !slices.Equal(got, []string{"b-0"}) {
			t.Errorf("versions of the other view = %v, want [b-0]", got)
		}
		if db.queryCount("a") != 2 || db.queryCount("b") != 1 {
			t.Errorf("queries = %d and %d, want 2 and 1", db.queryCount("a"), db.queryCount("b"))
		}
		if s := e.Stats(); s.Views != 2 || s.Streams != 3 || s.Renders != 3 || s.Frames != 5 {
			t.Errorf("stats = %+v, want 2 views, 3 streams, 3 renders, 5 frames", s)
		}
	})
}

func TestSimultaneousConnectsShareRender(t *testing.T) {
	for _, version := range []string{"", "a-0", "old"} {
		t.Run("version="+version, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, db := newEngine(t, Config{MaxStreamsPerUser: 500}), newFakeDatabase()
				db.latency = 20 * time.Millisecond
				for range 500 {
					connect(e, db.view("a"), version, Viewer{})
				}
				time.Sleep(time.Second)
				if s := e.Stats(); db.queryCount("a") != 1 || s.Streams != 500 {
					t.Errorf("got %d queries for %d streams, want 1 for 500", db.queryCount("a"), s.Streams)
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
		a.disconnect()
		synctest.Wait()
		if e.Stats().Views != 1 {
			t.Error("view was removed with the first of two browsers")
		}
		b.disconnect()
		synctest.Wait()
		before := db.queryCount("a")
		e.Invalidate("a")
		e.InvalidateAll()
		time.Sleep(time.Minute)
		if db.queryCount("a") != before || !e.isEmpty() {
			t.Errorf("after the last disconnect: %d queries, want 0; stats = %+v, want none open", db.queryCount("a")-before, e.Stats())
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
		b.disconnect()
		<-b.done
		synctest.Wait()
		if n := e.Stats().Renders; n != 0 || !e.isEmpty() || !errors.Is(b.err, context.Canceled) {
			t.Errorf("got %d renders, error %v; want 0, context.Canceled", n, b.err)
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
			t.Errorf("version = %s, want a-1", b.version())
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
			t.Errorf("got %d queries, versions %v; want 11, one version", db.queryCount("a"), b.versions())
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
			t.Errorf("got %d queries, version %s; want 2, a-10000", db.queryCount("a"), b.version())
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
		if n := db.queryCount("a"); n < 95 || n > 103 { // 10 % of 10 s at 10 ms each; the first render counts less
			t.Errorf("got %d queries, want 95 to 103", n)
		}
		time.Sleep(time.Second)
		if b.version() != "a-10000" {
			t.Errorf("version = %s, want a-10000", b.version())
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
		if n := len(b.versions()); n < 20 || n > 22 { // a burst, then one per 50 ms
			t.Errorf("got %d frames in a second, want 20 to 22", n)
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
			t.Errorf("got %d concurrent renders, %d in all; want 3, 20", peak, n)
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
				t.Fatalf("version = %s, want %s", b.version(), wanted)
			}
			db.update("a") // without an invalidation
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
			t.Errorf("got %d renders, at most %d in 100 ms; want 1000, at most 25", before, peak)
		}
	})
}

func TestFailingRenderKeepsLastFrameAndRecovers(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error":           databaseDown,
		"panic":           func() error { panic("render") },
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
					t.Errorf("got %d queries in a minute of outage, want 6 to 30", n)
				}
				if got := b.versions(); !slices.Equal(got, []string{"a-0"}) || b.hasEnded() {
					t.Errorf("during the outage: versions = %v, ended = %t; want [a-0], false", got, b.hasEnded())
				}
				if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "view=a") {
					t.Errorf("got %d error logs for one outage, want 1:\n%s", n, &log)
				}

				db.failWith(nil)
				time.Sleep(maxBackoff)
				if b.version() != "a-1" {
					t.Errorf("after the outage: version = %s, want a-1", b.version())
				}
				if n := strings.Count(log.String(), "level=INFO"); n != 1 {
					t.Errorf("got %d logs of the recovery, want 1", n)
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
			t.Errorf("version = %s after %d queries, want a-1 after 3", b.version(), db.queryCount("a"))
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
			t.Errorf("version = %q, want a-0", b.version())
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
				t.Errorf("status = %d, error = %v; want 0, %v", b.status, b.err, errDatabaseDown)
			}
		}
		db.failWith(nil)
		b := connect(e, db.view("a"), "", Viewer{})
		synctest.Wait()
		if b.version() != "a-0" {
			t.Errorf("after the outage: version = %q, want a-0", b.version())
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
			t.Errorf("got error %v after %v, want DeadlineExceeded after 3s", b.err, took)
		}
	})
}

// TestStalledBrowsersDoNotBlockOthers runs 16 publishers, 25 browsers that read and 25 that do not. In a synctest
// bubble time passes only when all goroutines are blocked, so if no time has passed, no publisher has waited for a
// browser.
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
			t.Errorf("publishing took %v, want 0s", took)
		}
		time.Sleep(time.Second)
		for _, b := range reading {
			if b.version() != "a-2048" {
				t.Errorf("version of a reading browser = %s, want a-2048", b.version())
			}
		}
		time.Sleep(10 * time.Second)
		for _, b := range stalled {
			if !b.hasEnded() {
				t.Error("stream of a stalled browser is open, want it ended")
			}
		}
		if s := e.Stats(); s.Stalled != 25 || s.Streams != 25 {
			t.Errorf("stats = %+v, want 25 stalled, 25 streams", s)
		}
	})
}

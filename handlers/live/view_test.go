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

func TestTwoBrowsersWithTheSameViewShareOneRender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		a, b, other := connect(e, db.view("a"), "", Viewer{}), connect(e, db.view("a"), "", Viewer{}), connect(e, db.view("b"), "", Viewer{})
		synctest.Wait()
		db.change("a")
		e.Touch("a")
		time.Sleep(time.Second)

		for _, browser := range []*browser{a, b} {
			if got := browser.got(); !slices.Equal(got, []string{"a-0", "a-1"}) {
				t.Errorf("a browser got %v", got)
			}
		}
		if got := other.got(); !slices.Equal(got, []string{"b-0"}) {
			t.Errorf("a browser with another view got %v", got)
		}
		if db.looked("a") != 2 || db.looked("b") != 1 {
			t.Errorf("%d and %d looks, want 2 and 1", db.looked("a"), db.looked("b"))
		}
		if s := e.Stats(); s.Views != 2 || s.Streams != 3 || s.Renders != 3 || s.Frames != 5 {
			t.Errorf("stats: %+v", s)
		}
	})
}

func TestFiveHundredArrivingTogetherShareOneRender(t *testing.T) {
	for _, version := range []string{"", "a-0", "old"} {
		t.Run("showing "+version, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, db := newEngine(t, Config{PerUser: 500}), newDatabase()
				db.cost = 20 * time.Millisecond
				for range 500 {
					connect(e, db.view("a"), version, Viewer{})
				}
				time.Sleep(time.Second)
				if s := e.Stats(); db.looked("a") != 1 || s.Streams != 500 {
					t.Errorf("%d looks for %d streams", db.looked("a"), s.Streams)
				}
			})
		})
	}
}

func TestAViewGoesWithItsLastBrowser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		v := db.view("a")
		v.Every = time.Second
		a, b := connect(e, v, "", Viewer{}), connect(e, v, "", Viewer{})
		synctest.Wait()
		a.hangUp()
		synctest.Wait()
		if e.Stats().Views != 1 {
			t.Error("the view went with the first of two")
		}
		b.hangUp()
		synctest.Wait()
		before := db.looked("a")
		e.Touch("a")
		e.TouchAll()
		time.Sleep(time.Minute)
		if db.looked("a") != before || !e.isEmpty() {
			t.Errorf("left behind: %+v, %d looks", e.Stats(), db.looked("a")-before)
		}
	})
}

func TestARenderIsCancelledWhenNobodyWaitsForIt(t *testing.T) {
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

func TestTheFirstEventIsNotHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		time.Sleep(time.Second)
		db.change("a")
		e.Touch("a")
		synctest.Wait() // no time passes
		if b.shows() != "a-1" {
			t.Errorf("shows %s", b.shows())
		}
	})
}

func TestTheSameVersionIsNotSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		for range 10 {
			time.Sleep(time.Second)
			e.Touch("a")
		}
		time.Sleep(time.Second)
		if db.looked("a") != 11 || len(b.got()) != 1 {
			t.Errorf("%d looks, sent %v", db.looked("a"), b.got())
		}
	})
}

func TestEventsDuringARenderFoldIntoTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{Share: 0.5}), newDatabase()
		db.cost = 100 * time.Millisecond
		b := connect(e, db.view("a"), "", Viewer{})
		time.Sleep(50 * time.Millisecond)
		for range 10_000 {
			db.change("a")
			e.Touch("a")
		}
		time.Sleep(time.Minute)
		if db.looked("a") != 2 || b.shows() != "a-10000" {
			t.Errorf("%d looks, shows %s", db.looked("a"), b.shows())
		}
	})
}

func TestAStormCostsAViewNoMoreThanItsShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{Share: 0.1}), newDatabase()
		db.cost = 10 * time.Millisecond
		b := connect(e, db.view("a"), "", Viewer{})
		for range 10_000 {
			db.change("a")
			e.Touch("a")
			time.Sleep(time.Millisecond)
		}
		if n := db.looked("a"); n < 95 || n > 103 { // 10 s at 10 ms each, and the first, which is hardly counted
			t.Errorf("%d looks", n)
		}
		time.Sleep(time.Second)
		if b.shows() != "a-10000" {
			t.Errorf("shows %s", b.shows())
		}
	})
}

func TestAStormOfCheapRendersSendsNoMoreFramesThanABrowserCanSwap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{Rest: 50 * time.Millisecond}), newDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		for range 1000 {
			db.change("a")
			e.Touch("a")
			time.Sleep(time.Millisecond)
		}
		if n := len(b.got()); n < 20 || n > 22 { // a burst, and then one in 50 ms
			t.Errorf("%d frames in a second", n)
		}
	})
}

func TestTheProcessRendersOnlySoManyViewsAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, Config{Renders: 3, PerUser: 100})
		var mu sync.Mutex
		now, most := 0, 0
		for i := range 20 {
			connect(e, View{Key: fmt.Sprint(i), Render: func(context.Context) (Frame, error) {
				mu.Lock()
				now++
				most = max(most, now)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				defer mu.Unlock()
				now--
				return Frame{Version: "1"}, nil
			}}, "", Viewer{})
		}
		time.Sleep(7*time.Second + time.Millisecond)
		if n := e.Stats().Renders; most != 3 || n != 20 {
			t.Errorf("%d at a time, %d of 20 done", most, n)
		}
	})
}

func TestAWatchedViewIsLookedAtByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		v := db.view("a")
		v.Every = 15 * time.Second
		b := connect(e, v, "", Viewer{})
		for want := range 20 {
			synctest.Wait()
			if wanted := fmt.Sprintf("a-%d", want); b.shows() != wanted {
				t.Fatalf("shows %s, want %s", b.shows(), wanted)
			}
			db.change("a") // and nobody says so
			time.Sleep(v.Every)
		}
	})
}

func TestViewsThatBeganTogetherAreNotLookedAtTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{PerUser: 1000, Renders: 1000}), newDatabase()
		for i := range 500 {
			v := db.view(fmt.Sprint(i))
			v.Every = time.Minute
			connect(e, v, "", Viewer{})
		}
		time.Sleep(48 * time.Second)
		var most, before uint64 = 0, 500
		for range 120 {
			time.Sleep(100 * time.Millisecond)
			now := e.Stats().Renders
			most, before = max(most, now-before), now
		}
		if before != 1000 || most > 25 {
			t.Errorf("%d looks, up to %d of them in a tenth of a second", before, most)
		}
	})
}

func TestAFailingRenderKeepsTheLastFrameAndComesBackByItself(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error":           down,
		"panic":           func() error { panic("at the render") },
		"bad version":     func() error { return nil },
		"nil dereference": func() error { var v *View; return errors.New(v.Key) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				e, db := newEngine(t, Config{Log: slog.New(slog.NewTextHandler(&log, nil))}), newDatabase()
				b := connect(e, db.view("a"), "", Viewer{})
				time.Sleep(time.Second)

				db.fail(fail)
				db.change("a")
				for range 600 {
					e.Touch("a")
					time.Sleep(100 * time.Millisecond)
				}
				if n := db.looked("a"); n < 6 || n > 30 {
					t.Errorf("%d looks in a minute of outage", n)
				}
				if got := b.got(); !slices.Equal(got, []string{"a-0"}) || b.ended() {
					t.Errorf("during the outage: %v", got)
				}
				if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "view=a") {
					t.Errorf("%d errors logged for one outage:\n%s", n, &log)
				}

				db.fail(nil)
				time.Sleep(maxBackoff)
				if b.shows() != "a-1" {
					t.Errorf("after the outage: %s", b.shows())
				}
				if n := strings.Count(log.String(), "level=INFO"); n != 1 {
					t.Errorf("the end of the outage was logged %d times", n)
				}
			})
		})
	}
}

func TestALookThatFailedIsMadeAgainThoughNobodyTouchesTheView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		time.Sleep(time.Second)
		db.change("a")
		db.fail(down)
		e.Touch("a")
		synctest.Wait()
		db.fail(nil)
		time.Sleep(time.Second)
		if b.shows() != "a-1" || db.looked("a") != 3 {
			t.Errorf("shows %s after %d looks", b.shows(), db.looked("a"))
		}
	})
}

func TestDuringAnOutageABrowserGetsTheLastFrameAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		connect(e, db.view("a"), "", Viewer{})
		time.Sleep(time.Second)
		db.fail(down)
		e.Touch("a")
		synctest.Wait()
		b := connect(e, db.view("a"), "", Viewer{})
		synctest.Wait()
		if b.shows() != "a-0" {
			t.Errorf("shows %q", b.shows())
		}
	})
}

func TestWithoutAnyFrameTheRendersErrorIsTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		db.fail(down)
		for range 3 {
			b := connect(e, db.view("a"), "", Viewer{})
			<-b.done
			if !errors.Is(b.err, errDown) || b.status != 0 {
				t.Errorf("status %d, %v", b.status, b.err)
			}
		}
		db.fail(nil)
		b := connect(e, db.view("a"), "", Viewer{})
		synctest.Wait()
		if b.shows() != "a-0" {
			t.Errorf("after the outage: %q", b.shows())
		}
	})
}

func TestARenderThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, Config{RenderTimeout: 3 * time.Second})
		began := time.Now()
		b := connect(e, View{Key: "a", Render: func(ctx context.Context) (Frame, error) {
			<-ctx.Done()
			return Frame{}, ctx.Err()
		}}, "", Viewer{})
		<-b.done
		if took := time.Since(began); took != 3*time.Second || !errors.Is(b.err, context.DeadlineExceeded) {
			t.Errorf("after %v: %v", took, b.err)
		}
	})
}

// Sixteen publishers, twenty-five browsers that read and twenty-five that never do. In a bubble time stands still unless
// everybody waits, so that no time passed means that no publisher waited for a browser.
func TestBrowsersThatNeverReadHoldNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{PerUser: 50}), newDatabase()
		var reading, deaf []*browser
		for range 25 {
			reading = append(reading, connect(e, db.view("a"), "", Viewer{}))
			b := connect(e, db.view("a"), "a-0", Viewer{})
			b.stall(true)
			deaf = append(deaf, b)
		}
		time.Sleep(time.Second)

		began := time.Now()
		var publishers sync.WaitGroup
		for range 16 {
			publishers.Go(func() {
				for range 128 {
					db.change("a")
					e.Touch("a")
					runtime.Gosched()
				}
			})
		}
		publishers.Wait()
		if took := time.Since(began); took > 0 {
			t.Errorf("publishing took %v", took)
		}
		time.Sleep(time.Second)
		for _, b := range reading {
			if b.shows() != "a-2048" {
				t.Errorf("a reader ends at %s", b.shows())
			}
		}
		time.Sleep(10 * time.Second)
		for _, b := range deaf {
			if !b.ended() {
				t.Error("a browser that never reads is still held")
			}
		}
		if s := e.Stats(); s.Cut != 25 || s.Streams != 25 {
			t.Errorf("stats: %+v", s)
		}
	})
}

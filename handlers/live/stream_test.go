package live

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhatABrowserGetsWhenItConnects(t *testing.T) {
	for _, c := range []struct {
		name   string
		shows  string
		before func(*Engine, *database) // what happens between the view's last look and the connect
		want   []string
	}{
		{name: "nothing when it shows the newest version", shows: "a-0", want: []string{}},
		{name: "the whole frame when it shows another version", shows: "a-old", want: []string{"a-0"}},
		{name: "the whole frame when it shows nothing", want: []string{"a-0"}},
		{name: "only the newest when the view was touched", shows: "a-0", want: []string{"a-1"},
			before: func(e *Engine, db *database) { db.change("a"); e.Touch("a") }},
		{name: "nothing when its page is newer than the touched view's frame", shows: "a-1", want: []string{},
			before: func(e *Engine, db *database) { db.change("a"); e.Touch("a") }},
		{name: "nothing when its page is newer than the look that is under way", shows: "a-1", want: []string{},
			before: func(e *Engine, db *database) {
				e.Touch("a")
				time.Sleep(db.cost / 2)
				db.change("a")
				e.Touch("a")
			}},
		{name: "nothing when its page is newer than the view, and nobody said so", shows: "a-1", want: []string{},
			before: func(_ *Engine, db *database) { db.change("a") }},
	} {
		for _, watched := range []bool{false, true} {
			t.Run(c.name+map[bool]string{false: ", on a new view", true: ", on a watched view"}[watched], func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					e, db := newEngine(t, Config{}), newDatabase()
					db.cost = 20 * time.Millisecond
					if watched {
						connect(e, db.view("a"), "", Viewer{})
						time.Sleep(time.Second)
					}
					if c.before != nil {
						c.before(e, db)
					}
					b := connect(e, db.view("a"), c.shows, Viewer{})
					time.Sleep(time.Second)
					if got := b.got(); !slices.Equal(got, c.want) || b.ended() || b.status != http.StatusOK {
						t.Errorf("got %v (status %d), want %v", got, b.status, c.want)
					}
				})
			})
		}
	}
}

func TestAConnectDuringAStormIsAnsweredWithinOneRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		db.cost = 10 * time.Millisecond
		connect(e, db.view("a"), "", Viewer{})
		for range 500 {
			db.change("a")
			e.Touch("a")
			time.Sleep(time.Millisecond)
		}
		b := connect(e, db.view("a"), "a-0", Viewer{})
		for range 250 {
			db.change("a")
			e.Touch("a")
			time.Sleep(time.Millisecond)
		}
		if len(b.got()) == 0 {
			t.Error("a browser waits for the storm to end")
		}
	})
}

func TestASlowBrowserGetsTheNewestNextAndNothingBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		synctest.Wait()
		b.stall(true)
		for range 20 {
			db.change("a")
			e.Touch("a")
			time.Sleep(100 * time.Millisecond)
		}
		b.stall(false)
		synctest.Wait()
		if got := b.got(); !slices.Equal(got, []string{"a-0", "a-1", "a-20"}) {
			t.Errorf("got %v", got)
		}
		if s := e.Stats(); s.Replaced != 18 {
			t.Errorf("%d frames replaced", s.Replaced)
		}
	})
}

func TestAStreamShowsASignOfLifeEveryPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		b := connect(e, db.view("a"), "a-0", Viewer{})
		time.Sleep(time.Minute + time.Second)
		if b.pinged() != 5 || len(b.got()) != 0 { // one of them at once
			t.Errorf("%d pings in a minute, and %v", b.pinged(), b.got())
		}
	})
}

func TestWhoLosesTheRightLosesTheStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		began := time.Now()
		allowed := ok(func() bool { return time.Since(began) < 5*time.Minute })
		b := connect(e, db.view("a"), "", Viewer{Allowed: allowed})
		other := connect(e, db.view("a"), "", Viewer{})
		<-b.done
		if took := time.Since(began); took < 5*time.Minute || took > 5*time.Minute+DefaultRecheck || b.err != nil {
			t.Errorf("ended after %v: %v", took, b.err)
		}
		if s := e.Stats(); s.Denied != 1 || s.Streams != 1 || other.ended() {
			t.Errorf("stats: %+v", s)
		}
	})
}

func TestAnOutageOfTheQuestionEndsNoStreamForAWhile(t *testing.T) {
	for name, ask := range map[string]func(context.Context) (bool, error){
		"error": func(context.Context) (bool, error) { return false, errDown },
		"panic": func(context.Context) (bool, error) { panic("asking") },
		"hangs": func(ctx context.Context) (bool, error) { <-ctx.Done(); return false, ctx.Err() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, db := newEngine(t, Config{Grace: 10 * time.Minute}), newDatabase()
				began := time.Now()
				b := connect(e, db.view("a"), "", Viewer{Allowed: func(ctx context.Context) (bool, error) {
					if time.Since(began) < time.Hour {
						return true, nil
					}
					return ask(ctx)
				}})
				time.Sleep(time.Hour + 8*time.Minute)
				db.change("a")
				e.Touch("a")
				synctest.Wait()
				if b.ended() || b.shows() != "a-1" {
					t.Errorf("ended %v, shows %s", b.ended(), b.shows())
				}
				<-b.done
				if took := time.Since(began) - time.Hour; took > 13*time.Minute {
					t.Errorf("went on for %v without a yes", took)
				}
			})
		})
	}
}

func TestAThousandStreamsDoNotAskTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{PerUser: 1000}), newDatabase()
		asked := make(chan time.Time, 2000)
		for range 500 {
			connect(e, db.view("a"), "", Viewer{Allowed: func(context.Context) (bool, error) {
				asked <- time.Now()
				return true, nil
			}})
		}
		time.Sleep(DefaultRecheck)
		perSecond := map[int64]int{}
		for range len(asked) {
			perSecond[(<-asked).Unix()]++
		}
		if len(perSecond) < 8 {
			t.Errorf("all asked within %d seconds", len(perSecond))
		}
	})
}

func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{PerUser: 2, PerProcess: 3}), newDatabase()
		refused := func(b *browser) Refusal {
			t.Helper()
			<-b.done
			var no *Refusal
			if !errors.As(b.err, &no) || b.status != 0 {
				t.Fatalf("status %d, %v; want a refusal", b.status, b.err)
			}
			if no.RetryAfter < time.Second || no.RetryAfter%time.Second != 0 {
				t.Errorf("retry after %v", no.RetryAfter)
			}
			no.RetryAfter = 0
			return *no
		}
		ann, bob, cid := Viewer{User: "ann"}, Viewer{User: "bob"}, Viewer{User: "cid"}
		first := connect(e, db.view("a"), "", ann)
		feed := open("", func(w http.ResponseWriter, r *http.Request) error { return e.ServeEvents(w, r, "a", ann) })
		synctest.Wait()
		if got := refused(connect(e, db.view("a"), "", ann)); got != (Refusal{Reason: "user", Status: 429}) {
			t.Errorf("the third stream of a user: %+v", got)
		}
		connect(e, db.view("b"), "", bob)
		synctest.Wait()
		if got := refused(connect(e, db.view("a"), "", cid)); got != (Refusal{Reason: "process", Status: 503}) {
			t.Errorf("the fourth stream of the process: %+v", got)
		}
		first.hangUp()
		feed.hangUp()
		synctest.Wait()
		again := connect(e, db.view("a"), "", ann)
		synctest.Wait()
		if again.ended() {
			t.Errorf("after another has gone: %v", again.err)
		}
		e.Close()
		if got := refused(connect(e, db.view("a"), "", cid)); got != (Refusal{Reason: "closed", Status: 503}) {
			t.Errorf("after Close: %+v", got)
		}
		synctest.Wait()
		if s := e.Stats(); s.RefusedUser != 1 || s.RefusedProcess != 1 || s.RefusedClosed != 1 || s.Streams != 0 {
			t.Errorf("stats: %+v", s)
		}
	})
}

func TestThoseRefusedDoNotComeBackTogether(t *testing.T) {
	e, seen := newEngine(t, Config{}), map[time.Duration]bool{}
	for range 1000 {
		seen[e.Refuse(TooMany).RetryAfter] = true
	}
	if len(seen) != 16 {
		t.Errorf("%d different times", len(seen))
	}
}

func TestAWriterWithoutDeadlineIsAnErrorAndNotAStream(t *testing.T) {
	e, db := newEngine(t, Config{}), newDatabase()
	w := httptest.NewRecorder()
	err := e.Serve(w, httptest.NewRequest("GET", "/", nil), db.view("a"), Viewer{})
	if !errors.Is(err, http.ErrNotSupported) || w.Flushed || w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Errorf("%v; wrote %v %q", err, w.Header(), w.Body)
	}
}

func TestCloseEndsWhoStillWaitsForTheFirstFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, Config{})
		b := connect(e, View{Key: "a", Render: func(ctx context.Context) (Frame, error) {
			time.Sleep(time.Hour) // heeds nothing
			return Frame{Version: "1"}, nil
		}}, "", Viewer{})
		synctest.Wait()
		e.Close()
		synctest.Wait()
		var no *Refusal
		if !b.ended() || !errors.As(b.err, &no) || no.Reason != "closed" {
			t.Errorf("ended %v: %v", b.ended(), b.err)
		}
		time.Sleep(2 * time.Hour)
	})
}

// A listener connects the two halves of net/http in memory, so that all of it runs in a bubble.
type listener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error   { close(l.done); return nil }
func (l *listener) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

func (l *listener) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	l.conns <- far
	return near, nil
}

// handler answers with the stream of v, or with its error as a handler would.
func handler(e *Engine, v View) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := e.Serve(w, r, v, Viewer{})
		var no *Refusal
		switch {
		case errors.As(err, &no):
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(no.RetryAfter.Seconds()))))
			w.WriteHeader(no.Status)
		case err != nil:
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
}

// inMemory serves h by HTTP/1.1 and by HTTP/2.
func inMemory(t *testing.T, test func(t *testing.T, s *http.Server, c *http.Client, h func(http.Handler))) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
		t.Run(protocol, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var protocols http.Protocols
				protocols.SetHTTP1(protocol == "HTTP/1.1")
				protocols.SetUnencryptedHTTP2(protocol == "HTTP/2")
				l := &listener{make(chan net.Conn), make(chan struct{})}
				s := &http.Server{Protocols: &protocols}
				transport := &http.Transport{Protocols: &protocols, DialContext: l.dial}
				t.Cleanup(func() {
					_ = s.Close()
					transport.CloseIdleConnections()
				})
				test(t, s, &http.Client{Transport: transport}, func(h http.Handler) {
					s.Handler = h
					go s.Serve(l)
				})
			})
		})
	}
}

func get(t *testing.T, c *http.Client, version string) (*http.Response, *bufio.Reader) {
	t.Helper()
	r, _ := http.NewRequestWithContext(t.Context(), "GET", "http://memory/live", nil)
	r.Header.Set("Last-Event-ID", version)
	r.Header.Set("Accept-Encoding", "gzip")
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer, bufio.NewReader(answer.Body)
}

func TestABrowserThatIsUpToDateIsSentHeadersAndConditionAtOnce(t *testing.T) {
	inMemory(t, func(t *testing.T, _ *http.Server, c *http.Client, serve func(http.Handler)) {
		e, db := newEngine(t, Config{}), newDatabase()
		serve(handler(e, db.view("a")))
		began := time.Now()
		answer, events := get(t, c, "a-0 a-before")
		if took := time.Since(began); took > 0 || answer.StatusCode != http.StatusOK {
			t.Errorf("status %d after %v", answer.StatusCode, took)
		}
		for name, want := range map[string]string{
			"Content-Type":      "text/event-stream",
			"Cache-Control":     "no-store",
			"X-Accel-Buffering": "no",
			"Content-Encoding":  "",
		} {
			if got := answer.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		for _, want := range []time.Duration{0, 15 * time.Second} {
			got, err := readEvent(events)
			if err != nil || got != (event{name: "ping", data: "live"}) || time.Since(began) != want {
				t.Errorf("got %v, %v after %v; want a ping after %v", got, err, time.Since(began), want)
			}
		}
	})
}

func TestAStreamOutlivesTheServersWriteTimeout(t *testing.T) {
	inMemory(t, func(t *testing.T, s *http.Server, c *http.Client, serve func(http.Handler)) {
		s.ReadTimeout, s.WriteTimeout, s.IdleTimeout = time.Second, 2*time.Second, 3*time.Second
		e, db := newEngine(t, Config{}), newDatabase()
		serve(handler(e, db.view("a")))
		_, events := get(t, c, "")
		for want := range 20 {
			for {
				got, err := readEvent(events)
				if err != nil {
					t.Fatalf("after %d frames: %v", want, err)
				}
				if got.name == "ping" {
					continue
				}
				if got.id != db.page("a").Version || got.data != string(db.page("a").Body) {
					t.Fatalf("got %q", got)
				}
				break
			}
			time.Sleep(7 * time.Second)
			db.change("a")
			e.Touch("a")
		}
	})
}

func TestABrowserThatDoesNotReadIsCutWhenItsWriteHasTakenTooLong(t *testing.T) {
	inMemory(t, func(t *testing.T, _ *http.Server, c *http.Client, serve func(http.Handler)) {
		e := newEngine(t, Config{WriteTimeout: 4 * time.Second})
		huge := make([]byte, 16<<20) // more than any window of HTTP/2
		serve(handler(e, View{Key: "a", Render: func(context.Context) (Frame, error) { return Frame{Version: "1", Body: huge}, nil }}))
		get(t, c, "")
		time.Sleep(4*time.Second - 1)
		if e.Stats().Streams != 1 {
			t.Error("cut too early")
		}
		time.Sleep(2 * time.Nanosecond)
		synctest.Wait()
		if s := e.Stats(); s.Streams != 0 || s.Cut != 1 || s.Views != 0 {
			t.Errorf("stats: %+v", s)
		}
	})
}

func TestShutdownEndsStreamsFirst(t *testing.T) {
	inMemory(t, func(t *testing.T, s *http.Server, c *http.Client, serve func(http.Handler)) {
		e, db := newEngine(t, Config{}), newDatabase()
		s.RegisterOnShutdown(e.Close)
		serve(handler(e, db.view("a")))
		_, events := get(t, c, "a-0")
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			if rest, err := io.ReadAll(events); err != nil || string(rest) != opening+string(pings[Live]) {
				t.Errorf("the stream ended with %q, %v; want a clean end", rest, err)
			}
		}()
		synctest.Wait()
		began := time.Now()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 2*time.Second { // net/http itself looks again with growing pauses
			t.Errorf("shutting down took %v", took)
		}
		<-ended
	})
}

func TestShutdownDoesNotWaitForABrowserThatDoesNotRead(t *testing.T) {
	inMemory(t, func(t *testing.T, _ *http.Server, c *http.Client, serve func(http.Handler)) {
		e := newEngine(t, Config{WriteTimeout: time.Hour})
		huge := make([]byte, 16<<20)
		serve(handler(e, View{Key: "a", Render: func(context.Context) (Frame, error) { return Frame{Version: "1", Body: huge}, nil }}))
		get(t, c, "")
		synctest.Wait()
		e.Close()
		time.Sleep(2 * time.Second)
		if s := e.Stats(); s.Streams != 0 {
			t.Errorf("%d streams are stuck", s.Streams)
		}
		if answer, _ := get(t, c, ""); answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
			t.Errorf("afterwards: %d %v", answer.StatusCode, answer.Header)
		}
	})
}

// net/http has a last chunk to write when a handler returns, and the browser may not read that either.
func TestAStreamThatEndsDoesNotWaitForABrowserThatDoesNotRead(t *testing.T) {
	inMemory(t, func(t *testing.T, s *http.Server, c *http.Client, serve func(http.Handler)) {
		e, db := newEngine(t, Config{}), newDatabase()
		over := make(chan time.Time, 10)
		s.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateIdle || state == http.StateClosed {
				over <- time.Now()
			}
		}
		serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			who := Viewer{Allowed: ok(func() bool { return false })}
			if r.ProtoMajor == 1 { // net/http knows no more of the connection
				who.Left = func() { over <- time.Now() }
			}
			_ = e.Serve(w, r, db.view("a"), who)
		}))
		began := time.Now()
		_, events := get(t, c, "a-0")
		for range 3 {
			_, _ = readEvent(events) // the pings, and then it reads no more
		}
		if took := (<-over).Sub(began); took > time.Minute {
			t.Errorf("the connection was held for %v", took)
		}
	})
}

func TestRecheckEndsStreamsOfViewersThatLostAccess(t *testing.T) {
	for name, recheck := range map[string]struct {
		call   func(e *Engine)
		within time.Duration
	}{
		"topic": {func(e *Engine) { e.Recheck("guild 1") }, recheckTopic + 2*time.Second},
		"user":  {func(e *Engine) { e.RecheckUser("kim") }, 0},
		"all":   {func(e *Engine) { e.RecheckAll() }, recheckAll + 2*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, db := newEngine(t, Config{}), newDatabase()
				view := db.view("a")
				view.Access = []string{"guild 1"}
				var allowed atomic.Bool
				allowed.Store(true)
				kim := Viewer{User: "kim", Allowed: ok(allowed.Load)}
				b := connect(e, view, "", kim)
				feed := open("", func(w http.ResponseWriter, r *http.Request) error { return e.ServeEvents(w, r, "guild 1", kim) })
				other := connect(e, db.view("b"), "", Viewer{User: "lee", Allowed: ok(func() bool { return true })})
				synctest.Wait()

				recheck.call(e) // nothing has changed
				time.Sleep(recheck.within)
				synctest.Wait()
				if b.ended() || feed.ended() {
					t.Fatal("a stream ended whose viewer is allowed")
				}
				allowed.Store(false)
				recheck.call(e)
				time.Sleep(recheck.within)
				synctest.Wait()
				if !b.ended() || !feed.ended() || other.ended() {
					t.Errorf("ended: view %t, feed %t, another viewer's %t; want true, true, false", b.ended(), feed.ended(), other.ended())
				}
			})
		})
	}
}

func TestAChangeBetweenTheGuardAndTheStreamIsChecked(t *testing.T) {
	for name, recheck := range map[string]func(e *Engine){
		"topic": func(e *Engine) { e.Recheck("guild 1") },
		"user":  func(e *Engine) { e.RecheckUser("kim") },
		"all":   (*Engine).RecheckAll,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, db := newEngine(t, Config{}), newDatabase()
				guarded := time.Now()
				time.Sleep(time.Second)
				recheck(e)
				time.Sleep(time.Second)
				out := Viewer{User: "kim", Guarded: guarded, Allowed: ok(func() bool { return false })}
				b := connect(e, db.view("a"), "", out)
				feed := open("", func(w http.ResponseWriter, r *http.Request) error { return e.ServeEvents(w, r, "guild 1", out) })
				later := out
				later.Guarded = time.Now()
				unchanged := connect(e, db.view("b"), "", later)
				synctest.Wait()
				if !b.ended() || !feed.ended() || unchanged.ended() {
					t.Errorf("ended: view %t, feed %t, one whose guard asked after the change %t; want true, true, false",
						b.ended(), feed.ended(), unchanged.ended())
				}
			})
		})
	}
}

func TestAChangeDuringAnAccessCheckIsFollowedByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newDatabase()
		var asked atomic.Int64
		b := connect(e, db.view("a"), "", Viewer{User: "kim", Allowed: func(ctx context.Context) (bool, error) {
			is := asked.Add(1) == 1 // read before the change below
			time.Sleep(time.Second)
			return is, nil
		}})
		synctest.Wait()
		e.RecheckUser("kim")
		synctest.Wait()
		e.RecheckUser("kim")
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if !b.ended() {
			t.Errorf("the stream goes on after %d checks", asked.Load())
		}
	})
}

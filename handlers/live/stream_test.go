package live

import (
	"bufio"
	"context"
	"errors"
	"fmt"
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

func TestFramesSentOnConnect(t *testing.T) {
	for _, c := range []struct {
		name    string
		version string
		before  func(*Engine, *fakeDatabase) // runs between the view's last render and the connect
		want    []string
	}{
		{name: "none for the newest version", version: "a-0", want: []string{}},
		{name: "full frame for another version", version: "a-old", want: []string{"a-0"}},
		{name: "full frame without a version", want: []string{"a-0"}},
		{name: "only the newest frame after an invalidation", version: "a-0", want: []string{"a-1"},
			before: func(e *Engine, db *fakeDatabase) { db.update("a"); e.Invalidate("a") }},
		{name: "none for a page newer than the invalidated frame", version: "a-1", want: []string{},
			before: func(e *Engine, db *fakeDatabase) { db.update("a"); e.Invalidate("a") }},
		{name: "none for a page newer than the running render", version: "a-1", want: []string{},
			before: func(e *Engine, db *fakeDatabase) {
				e.Invalidate("a")
				time.Sleep(db.latency / 2)
				db.update("a")
				e.Invalidate("a")
			}},
		{name: "none for a page newer than the view without invalidation", version: "a-1", want: []string{},
			before: func(_ *Engine, db *fakeDatabase) { db.update("a") }},
	} {
		for _, watched := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, watched=%t", c.name, watched), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					e, db := newEngine(t, Config{}), newFakeDatabase()
					db.latency = 20 * time.Millisecond
					if watched {
						connect(e, db.view("a"), "", Viewer{})
						time.Sleep(time.Second)
					}
					if c.before != nil {
						c.before(e, db)
					}
					b := connect(e, db.view("a"), c.version, Viewer{})
					time.Sleep(time.Second)
					if got := b.versions(); !slices.Equal(got, c.want) || b.hasEnded() || b.status != http.StatusOK {
						t.Errorf("versions = %v (status %d, ended %t), want %v (status 200)", got, b.status, b.hasEnded(), c.want)
					}
				})
			})
		}
	}
}

func TestConnectDuringInvalidationStormGetsFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		db.latency = 10 * time.Millisecond
		connect(e, db.view("a"), "", Viewer{})
		for range 500 {
			db.update("a")
			e.Invalidate("a")
			time.Sleep(time.Millisecond)
		}
		b := connect(e, db.view("a"), "a-0", Viewer{})
		for range 250 {
			db.update("a")
			e.Invalidate("a")
			time.Sleep(time.Millisecond)
		}
		if len(b.versions()) == 0 {
			t.Error("got no frame during the invalidations, want at least one")
		}
	})
}

func TestSlowBrowserSkipsSupersededFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		b := connect(e, db.view("a"), "", Viewer{})
		synctest.Wait()
		b.setStalled(true)
		for range 20 {
			db.update("a")
			e.Invalidate("a")
			time.Sleep(100 * time.Millisecond)
		}
		b.setStalled(false)
		synctest.Wait()
		if got, want := b.versions(), []string{"a-0", "a-1", "a-20"}; !slices.Equal(got, want) {
			t.Errorf("versions = %v, want %v", got, want)
		}
		if s := e.Stats(); s.Superseded != 18 {
			t.Errorf("Superseded = %d, want 18", s.Superseded)
		}
	})
}

func TestStreamSendsPingEveryInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		b := connect(e, db.view("a"), "a-0", Viewer{})
		time.Sleep(time.Minute + time.Second)
		if b.pingCount() != 5 || len(b.versions()) != 0 { // one of them at once
			t.Errorf("got %d pings in a minute and versions %v, want 5 and none", b.pingCount(), b.versions())
		}
	})
}

func TestStreamEndsWhenAccessIsRevoked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		start := time.Now()
		allowed := allowIf(func() bool { return time.Since(start) < 5*time.Minute })
		b := connect(e, db.view("a"), "", Viewer{CheckAccess: allowed})
		other := connect(e, db.view("a"), "", Viewer{})
		<-b.done
		if took := time.Since(start); took < 5*time.Minute || took > 5*time.Minute+DefaultRecheckInterval || b.err != nil {
			t.Errorf("ended after %v (error %v), want 5 minutes plus at most %v", took, b.err, DefaultRecheckInterval)
		}
		if s := e.Stats(); s.Denied != 1 || s.Streams != 1 || other.hasEnded() {
			t.Errorf("other stream ended = %t, stats = %+v; want false, 1 denied, 1 stream", other.hasEnded(), s)
		}
	})
}

func TestFailingAccessCheckEndsStreamAfterGrace(t *testing.T) {
	for name, check := range map[string]func(context.Context) (bool, error){
		"error": func(context.Context) (bool, error) { return false, errDatabaseDown },
		"panic": func(context.Context) (bool, error) { panic("check") },
		"hangs": func(ctx context.Context) (bool, error) { <-ctx.Done(); return false, ctx.Err() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, db := newEngine(t, Config{AccessGrace: 10 * time.Minute}), newFakeDatabase()
				start := time.Now()
				b := connect(e, db.view("a"), "", Viewer{CheckAccess: func(ctx context.Context) (bool, error) {
					if time.Since(start) < time.Hour {
						return true, nil
					}
					return check(ctx)
				}})
				time.Sleep(time.Hour + 8*time.Minute)
				db.update("a")
				e.Invalidate("a")
				synctest.Wait()
				if b.hasEnded() || b.version() != "a-1" {
					t.Errorf("within grace: ended = %t, version = %s; want false, a-1", b.hasEnded(), b.version())
				}
				<-b.done
				if took := time.Since(start) - time.Hour; took > 13*time.Minute {
					t.Errorf("ended %v after the last successful check, want at most 13m", took)
				}
			})
		})
	}
}

func TestAccessChecksAreSpreadOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{MaxStreamsPerUser: 1000}), newFakeDatabase()
		checks := make(chan time.Time, 2000)
		for range 500 {
			connect(e, db.view("a"), "", Viewer{CheckAccess: func(context.Context) (bool, error) {
				checks <- time.Now()
				return true, nil
			}})
		}
		time.Sleep(DefaultRecheckInterval)
		perSecond := map[int64]int{}
		for range len(checks) {
			perSecond[(<-checks).Unix()]++
		}
		if len(perSecond) < 8 {
			t.Errorf("checks ran in %d different seconds, want at least 8", len(perSecond))
		}
	})
}

func TestStreamLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{MaxStreamsPerUser: 2, MaxStreams: 3}), newFakeDatabase()
		refused := func(b *browser) Refusal {
			t.Helper()
			<-b.done
			var refusal *Refusal
			if !errors.As(b.err, &refusal) || b.status != 0 {
				t.Fatalf("status %d, error %v; want a *Refusal", b.status, b.err)
			}
			if refusal.RetryAfter < time.Second || refusal.RetryAfter%time.Second != 0 {
				t.Errorf("RetryAfter = %v, want whole seconds, at least 1", refusal.RetryAfter)
			}
			refusal.RetryAfter = 0
			return *refusal
		}
		ann, bob, cid := Viewer{UserID: "ann"}, Viewer{UserID: "bob"}, Viewer{UserID: "cid"}
		first := connect(e, db.view("a"), "", ann)
		feed := connectFeed(e, "a", ann)
		synctest.Wait()
		if got := refused(connect(e, db.view("a"), "", ann)); got != (Refusal{Reason: "user", Status: 429}) {
			t.Errorf("third stream of a user: refusal = %+v", got)
		}
		connect(e, db.view("b"), "", bob)
		synctest.Wait()
		if got := refused(connect(e, db.view("a"), "", cid)); got != (Refusal{Reason: "process", Status: 503}) {
			t.Errorf("fourth stream of the process: refusal = %+v", got)
		}
		first.disconnect()
		feed.disconnect()
		synctest.Wait()
		again := connect(e, db.view("a"), "", ann)
		synctest.Wait()
		if again.hasEnded() {
			t.Errorf("stream after a disconnect: error = %v, want none", again.err)
		}
		e.Close()
		if got := refused(connect(e, db.view("a"), "", cid)); got != (Refusal{Reason: "closed", Status: 503}) {
			t.Errorf("after Close: refusal = %+v", got)
		}
		synctest.Wait()
		if s := e.Stats(); s.RefusedUser != 1 || s.RefusedProcess != 1 || s.RefusedClosed != 1 || s.Streams != 0 {
			t.Errorf("stats = %+v, want one refusal of each kind and no streams", s)
		}
	})
}

func TestRefusalRetryAfterIsRandomized(t *testing.T) {
	e, seen := newEngine(t, Config{}), map[time.Duration]bool{}
	for range 1000 {
		seen[e.Refuse(ReasonUserLimit).RetryAfter] = true
	}
	if len(seen) != 16 {
		t.Errorf("got %d different times, want 16", len(seen))
	}
}

func TestServeRejectsWriterWithoutDeadline(t *testing.T) {
	e, db := newEngine(t, Config{}), newFakeDatabase()
	w := httptest.NewRecorder()
	err := e.Serve(w, httptest.NewRequest("GET", "/", nil), db.view("a"), Viewer{})
	if !errors.Is(err, http.ErrNotSupported) || w.Flushed || w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Errorf("error = %v, want ErrNotSupported; wrote %v %q, want nothing", err, w.Header(), w.Body)
	}
}

func TestCloseEndsStreamWaitingForFirstFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, Config{})
		b := connect(e, View{Key: "a", Render: func(ctx context.Context) (Frame, error) {
			time.Sleep(time.Hour) // ignores ctx
			return Frame{Version: "1"}, nil
		}}, "", Viewer{})
		synctest.Wait()
		e.Close()
		synctest.Wait()
		var refusal *Refusal
		if !b.hasEnded() || !errors.As(b.err, &refusal) || refusal.Reason != "closed" {
			t.Errorf("ended = %t, error = %v; want true, a refusal", b.hasEnded(), b.err)
		}
		time.Sleep(2 * time.Hour)
	})
}

// A memoryListener connects an HTTP client and server in memory, so that both run in a synctest bubble.
type memoryListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error   { close(l.done); return nil }
func (l *memoryListener) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

func (l *memoryListener) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	l.conns <- far
	return near, nil
}

// newHandler returns a handler that streams v, and responds with an error status if that fails.
func newHandler(e *Engine, v View) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := e.Serve(w, r, v, Viewer{})
		var refusal *Refusal
		switch {
		case errors.As(err, &refusal):
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(refusal.RetryAfter.Seconds()))))
			w.WriteHeader(refusal.Status)
		case err != nil:
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
}

// testInMemory runs test with a server and client for HTTP/1.1, then for HTTP/2.
func testInMemory(t *testing.T, test func(t *testing.T, s *http.Server, c *http.Client, h func(http.Handler))) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
		t.Run(protocol, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var protocols http.Protocols
				protocols.SetHTTP1(protocol == "HTTP/1.1")
				protocols.SetUnencryptedHTTP2(protocol == "HTTP/2")
				l := &memoryListener{make(chan net.Conn), make(chan struct{})}
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
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp, bufio.NewReader(resp.Body)
}

func TestUpToDateBrowserGetsHeadersAndConditionImmediately(t *testing.T) {
	testInMemory(t, func(t *testing.T, _ *http.Server, c *http.Client, serve func(http.Handler)) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		serve(newHandler(e, db.view("a")))
		start := time.Now()
		resp, events := get(t, c, "a-0 a-before")
		if took := time.Since(start); took > 0 || resp.StatusCode != http.StatusOK {
			t.Errorf("got status %d after %v, want 200 after 0s", resp.StatusCode, took)
		}
		for name, want := range map[string]string{
			"Content-Type":      "text/event-stream",
			"Cache-Control":     "no-store",
			"X-Accel-Buffering": "no",
			"Content-Encoding":  "",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s = %q, want %q", name, got, want)
			}
		}
		for _, want := range []time.Duration{0, 15 * time.Second} {
			got, err := readEvent(events)
			if err != nil || got != (event{name: "ping", data: "live"}) || time.Since(start) != want {
				t.Errorf("got %v, error %v after %v; want a ping after %v", got, err, time.Since(start), want)
			}
		}
	})
}

func TestStreamOutlivesServerWriteTimeout(t *testing.T) {
	testInMemory(t, func(t *testing.T, s *http.Server, c *http.Client, serve func(http.Handler)) {
		s.ReadTimeout, s.WriteTimeout, s.IdleTimeout = time.Second, 2*time.Second, 3*time.Second
		e, db := newEngine(t, Config{}), newFakeDatabase()
		serve(newHandler(e, db.view("a")))
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
				if got.id != db.frame("a").Version || got.data != string(db.frame("a").Body) {
					t.Fatalf("got event %q, want version %s", got, db.frame("a").Version)
				}
				break
			}
			time.Sleep(7 * time.Second)
			db.update("a")
			e.Invalidate("a")
		}
	})
}

func TestStalledBrowserIsClosedAfterWriteTimeout(t *testing.T) {
	testInMemory(t, func(t *testing.T, _ *http.Server, c *http.Client, serve func(http.Handler)) {
		e := newEngine(t, Config{WriteTimeout: 4 * time.Second})
		huge := make([]byte, 16<<20) // more than any HTTP/2 window
		serve(newHandler(e, View{Key: "a", Render: func(context.Context) (Frame, error) {
			return Frame{Version: "1", Body: huge}, nil
		}}))
		get(t, c, "")
		time.Sleep(4*time.Second - 1)
		if n := e.Stats().Streams; n != 1 {
			t.Errorf("before the timeout: %d streams, want 1", n)
		}
		time.Sleep(2 * time.Nanosecond)
		synctest.Wait()
		if s := e.Stats(); s.Streams != 0 || s.Stalled != 1 || s.Views != 0 {
			t.Errorf("after the timeout: stats = %+v, want no streams and views, 1 stalled", s)
		}
	})
}

func TestShutdownEndsStreams(t *testing.T) {
	testInMemory(t, func(t *testing.T, s *http.Server, c *http.Client, serve func(http.Handler)) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		s.RegisterOnShutdown(e.Close)
		serve(newHandler(e, db.view("a")))
		_, events := get(t, c, "a-0")
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			want := streamPreamble + string(pingEvents[Live])
			if got, err := io.ReadAll(events); err != nil || string(got) != want {
				t.Errorf("stream = %q, error %v; want %q", got, err, want)
			}
		}()
		synctest.Wait()
		start := time.Now()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took > 2*time.Second { // net/http polls with growing pauses
			t.Errorf("Shutdown took %v, want at most 2s", took)
		}
		<-ended
	})
}

func TestShutdownDoesNotWaitForStalledBrowser(t *testing.T) {
	testInMemory(t, func(t *testing.T, _ *http.Server, c *http.Client, serve func(http.Handler)) {
		e := newEngine(t, Config{WriteTimeout: time.Hour})
		huge := make([]byte, 16<<20)
		serve(newHandler(e, View{Key: "a", Render: func(context.Context) (Frame, error) {
			return Frame{Version: "1", Body: huge}, nil
		}}))
		get(t, c, "")
		synctest.Wait()
		e.Close()
		time.Sleep(2 * time.Second)
		if s := e.Stats(); s.Streams != 0 {
			t.Errorf("after Close: %d streams, want 0", s.Streams)
		}
		resp, _ := get(t, c, "")
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			t.Errorf("after Close: status %d, header %v; want 503 with Retry-After", resp.StatusCode, resp.Header)
		}
	})
}

// TestStreamEndDoesNotWaitForStalledBrowser covers the last chunk that net/http writes when a handler returns, which
// the browser may not read either.
func TestStreamEndDoesNotWaitForStalledBrowser(t *testing.T) {
	testInMemory(t, func(t *testing.T, s *http.Server, c *http.Client, serve func(http.Handler)) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		ended := make(chan time.Time, 10)
		s.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateIdle || state == http.StateClosed {
				ended <- time.Now()
			}
		}
		serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			viewer := Viewer{CheckAccess: allowIf(func() bool { return false })}
			if r.ProtoMajor == 1 { // hijacked: net/http no longer reports its state
				viewer.OnEnd = func() { ended <- time.Now() }
			}
			_ = e.Serve(w, r, db.view("a"), viewer)
		}))
		start := time.Now()
		_, events := get(t, c, "a-0")
		for range 3 {
			_, _ = readEvent(events) // read the pings, then stop reading
		}
		if took := (<-ended).Sub(start); took > time.Minute {
			t.Errorf("connection ended after %v, want at most 1m", took)
		}
	})
}

func TestRecheckEndsStreamsOfViewersThatLostAccess(t *testing.T) {
	for name, recheck := range map[string]struct {
		call   func(e *Engine)
		within time.Duration
	}{
		"topic": {func(e *Engine) { e.Recheck("guild 1") }, topicRecheckSpread + 2*time.Second},
		"user":  {func(e *Engine) { e.RecheckUser("kim") }, 0},
		"all":   {func(e *Engine) { e.RecheckAll() }, fullRecheckSpread + 2*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, db := newEngine(t, Config{}), newFakeDatabase()
				view := db.view("a")
				view.AccessTopics = []string{"guild 1"}
				var allowed atomic.Bool
				allowed.Store(true)
				kim := Viewer{UserID: "kim", CheckAccess: allowIf(allowed.Load)}
				b := connect(e, view, "", kim)
				feed := connectFeed(e, "guild 1", kim)
				other := connect(e, db.view("b"), "", Viewer{UserID: "lee", CheckAccess: allowIf(func() bool { return true })})
				synctest.Wait()

				recheck.call(e) // nothing has changed
				time.Sleep(recheck.within)
				synctest.Wait()
				if b.hasEnded() || feed.hasEnded() {
					t.Fatalf("with access: ended = view %t, feed %t; want false, false", b.hasEnded(), feed.hasEnded())
				}
				allowed.Store(false)
				recheck.call(e)
				time.Sleep(recheck.within)
				synctest.Wait()
				if !b.hasEnded() || !feed.hasEnded() || other.hasEnded() {
					t.Errorf("ended = view %t, feed %t, other viewer's view %t; want true, true, false",
						b.hasEnded(), feed.hasEnded(), other.hasEnded())
				}
			})
		})
	}
}

func TestAccessChangeBeforeStreamStartIsChecked(t *testing.T) {
	for name, recheck := range map[string]func(e *Engine){
		"topic": func(e *Engine) { e.Recheck("guild 1") },
		"user":  func(e *Engine) { e.RecheckUser("kim") },
		"all":   (*Engine).RecheckAll,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, db := newEngine(t, Config{}), newFakeDatabase()
				authorizedAt := time.Now()
				time.Sleep(time.Second)
				recheck(e)
				time.Sleep(time.Second)
				denied := Viewer{
					UserID:       "kim",
					AuthorizedAt: authorizedAt,
					CheckAccess:  allowIf(func() bool { return false }),
				}
				b := connect(e, db.view("a"), "", denied)
				feed := connectFeed(e, "guild 1", denied)
				later := denied
				later.AuthorizedAt = time.Now()
				unchanged := connect(e, db.view("b"), "", later)
				synctest.Wait()
				if !b.hasEnded() || !feed.hasEnded() || unchanged.hasEnded() {
					t.Errorf("ended = view %t, feed %t, view authorized after the change %t; want true, true, false",
						b.hasEnded(), feed.hasEnded(), unchanged.hasEnded())
				}
			})
		})
	}
}

func TestAccessChangeDuringCheckTriggersAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, db := newEngine(t, Config{}), newFakeDatabase()
		var checks atomic.Int64
		b := connect(e, db.view("a"), "", Viewer{UserID: "kim", CheckAccess: func(ctx context.Context) (bool, error) {
			allowed := checks.Add(1) == 1 // read before the change below
			time.Sleep(time.Second)
			return allowed, nil
		}})
		synctest.Wait()
		e.RecheckUser("kim")
		synctest.Wait()
		e.RecheckUser("kim")
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if !b.hasEnded() {
			t.Errorf("stream is open after %d checks, want it ended", checks.Load())
		}
	})
}

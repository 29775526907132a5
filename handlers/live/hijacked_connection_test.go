package live

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

// testOverSockets runs test over real sockets, for each kind of hijacked connection.
func testOverSockets(t *testing.T, c Config, test func(t *testing.T, e *Engine, db *fakeDatabase, openConn func() net.Conn)) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/1.1 with TLS"} {
		t.Run(protocol, func(t *testing.T) {
			e, db := newEngine(t, c), newFakeDatabase()
			s := httptest.NewUnstartedServer(newHandler(e, db.view("a")))
			dial := func() (net.Conn, error) { return net.Dial("tcp", s.Listener.Addr().String()) }
			if protocol == "HTTP/1.1" {
				s.Start()
			} else {
				s.StartTLS()
				dial = func() (net.Conn, error) {
					return tls.Dial("tcp", s.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
				}
			}
			t.Cleanup(s.Close)
			test(t, e, db, func() net.Conn {
				t.Helper()
				conn, err := dial()
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = conn.Close() })
				if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
					t.Fatal(err)
				}
				return conn
			})
		})
	}
}

// waitUntil waits until isDone returns true. The test fails with what after testTimeout.
func waitUntil(t *testing.T, label string, isDone func() bool) {
	t.Helper()
	for deadline := time.Now().Add(testTimeout); !isDone(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting until %s", label)
		}
	}
}

// openEvents reads the response header and returns a reader of the events.
func openEvents(t *testing.T, conn net.Conn) *bufio.Reader {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" || !resp.Close {
		t.Fatalf("got status %s, header %v; want 200, an event stream until close", resp.Status, resp.Header)
	}
	return bufio.NewReader(resp.Body)
}

func TestServeOverSockets(t *testing.T) {
	config := Config{PingInterval: 150 * time.Millisecond}
	testOverSockets(t, config, func(t *testing.T, e *Engine, db *fakeDatabase, openConn func() net.Conn) {
		conn := openConn()
		reader := openEvents(t, conn)
		pings := 0
		for want := range 20 {
			for {
				got, err := readEvent(reader)
				if err != nil {
					t.Fatal(err)
				}
				if got.name == "ping" {
					pings++
					continue
				}
				if got.id != fmt.Sprintf("a-%d", want) {
					t.Fatalf("got %v, want a-%d", got, want)
				}
				break
			}
			db.update("a")
			e.Invalidate("a")
		}
		for pings < 3 {
			if got, err := readEvent(reader); err != nil {
				t.Fatal(got, err)
			} else if got.name == "ping" {
				pings++
			}
		}
		e.Close()
		remaining, err := io.ReadAll(reader)
		withoutPings := strings.ReplaceAll(string(remaining), string(pingEvents[Live]), "")
		onlyPings := strings.ReplaceAll(withoutPings, "\n", "") == ""
		if err != nil || !onlyPings && !strings.Contains(string(remaining), "id: a-20") {
			t.Errorf("stream ended with %q, error %v; want nothing but pings and version a-20", remaining, err)
		}
	})
}

func TestDisconnectIsDetected(t *testing.T) {
	config := Config{PingInterval: 1500 * time.Millisecond}
	testOverSockets(t, config, func(t *testing.T, e *Engine, _ *fakeDatabase, openConn func() net.Conn) {
		closing, talking := openConn(), openConn()
		openEvents(t, closing)
		openEvents(t, talking)
		waitUntil(t, "two streams are open", func() bool { return e.Stats().Streams == 2 })
		if _, err := talking.Write([]byte("unexpected data")); err != nil {
			t.Fatal(err)
		}
		_ = closing.Close()
		waitUntil(t, "one stream is open", func() bool { return e.Stats().Streams == 1 })
		_ = talking.Close()
		waitUntil(t, "the engine is empty", e.isEmpty)
	})
}

// TestDisconnectedStreamsDoNotCountTowardsLimit simulates a user who moves quickly from page to page: each leaves a
// stream behind that the heartbeat has not ended yet.
func TestDisconnectedStreamsDoNotCountTowardsLimit(t *testing.T) {
	e, db := newEngine(t, Config{MaxStreamsPerUser: 2, PingInterval: time.Hour}), newFakeDatabase()
	s := httptest.NewServer(newHandler(e, db.view("a")))
	t.Cleanup(s.Close)
	for range 50 {
		if err := connectOnce(s.Listener.Addr().String(), "/"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestIdleStreamHasNoGoroutine(t *testing.T) {
	if !hasNonblockingIO {
		t.Skip("no non-blocking writes on this platform")
	}
	const streams = 200
	e, db := newEngine(t, Config{MaxStreamsPerUser: streams}), newFakeDatabase()
	s := httptest.NewServer(newHandler(e, db.view("a")))
	t.Cleanup(s.Close)
	before := runtime.NumGoroutine()
	for range streams {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if _, err := readEvent(openEvents(t, conn)); err != nil {
			t.Fatal(err)
		}
	}
	waitUntil(t, "the goroutines have ended", func() bool { return runtime.NumGoroutine() < before+streams/10 })
	if e.Stats().Streams != streams {
		t.Errorf("got %d streams, want %d", e.Stats().Streams, streams)
	}
}

func TestStalledConnectionIsClosed(t *testing.T) {
	config := Config{WriteTimeout: 200 * time.Millisecond}
	testOverSockets(t, config, func(t *testing.T, e *Engine, db *fakeDatabase, openConn func() net.Conn) {
		db.padding = 16 << 20
		openConn()
		waitUntil(t, "the stalled stream has ended", func() bool { return e.Stats().Stalled == 1 && e.Stats().Streams == 0 })
		openConn()
		waitUntil(t, "the second stream is stalled", func() bool { return e.Stats().Frames == 2 })
		e.Close()
		waitUntil(t, "the engine is empty after Close", e.isEmpty)
	})
}

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

// testOverSockets runs a test over real sockets, once for each way to a browser.
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

// waitUntil waits for something to become true.
func waitUntil(t *testing.T, what string, isDone func() bool) {
	t.Helper()
	for deadline := time.Now().Add(testTimeout); !isDone(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// openEvents reads past the headers of an answer.
func openEvents(t *testing.T, conn net.Conn) *bufio.Reader {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" || !resp.Close {
		t.Fatalf("%s, %v", resp.Status, resp.Header)
	}
	return bufio.NewReader(resp.Body)
}

func TestServeOverSockets(t *testing.T) {
	testOverSockets(t, Config{PingInterval: 150 * time.Millisecond}, func(t *testing.T, e *Engine, db *fakeDatabase, openConn func() net.Conn) {
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
		if remaining, err := io.ReadAll(reader); err != nil || strings.ReplaceAll(strings.ReplaceAll(string(remaining), string(pingEvents[Live]), ""), "\n", "") != "" && !strings.Contains(string(remaining), "id: a-20") {
			t.Errorf("the end is %q, %v", remaining, err)
		}
	})
}

func TestDisconnectIsDetected(t *testing.T) {
	testOverSockets(t, Config{PingInterval: 1500 * time.Millisecond}, func(t *testing.T, e *Engine, _ *fakeDatabase, openConn func() net.Conn) {
		closing, talking := openConn(), openConn()
		openEvents(t, closing)
		openEvents(t, talking)
		waitUntil(t, "both are counted", func() bool { return e.Stats().Streams == 2 })
		if _, err := talking.Write([]byte("what a browser would never say")); err != nil {
			t.Fatal(err)
		}
		_ = closing.Close()
		waitUntil(t, "one is left", func() bool { return e.Stats().Streams == 1 })
		_ = talking.Close()
		waitUntil(t, "none is left", e.isEmpty)
	})
}

// Somebody who goes from page to page leaves a stream behind at each, and must not have to wait until that is seen.
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
		t.Skip("connections cannot be taken over here")
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
	waitUntil(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() < before+streams/10 })
	if e.Stats().Streams != streams {
		t.Errorf("%d streams", e.Stats().Streams)
	}
}

func TestStalledConnectionIsClosed(t *testing.T) {
	testOverSockets(t, Config{WriteTimeout: 200 * time.Millisecond}, func(t *testing.T, e *Engine, db *fakeDatabase, openConn func() net.Conn) {
		db.padding = 16 << 20
		openConn()
		waitUntil(t, "it is cut", func() bool { return e.Stats().Stalled == 1 && e.Stats().Streams == 0 })
		openConn()
		waitUntil(t, "the next is stuck too", func() bool { return e.Stats().Frames == 2 })
		e.Close()
		waitUntil(t, "closing does not wait for it", e.isEmpty)
	})
}

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

// overTheWire runs a test over real sockets, once for each way to a browser.
func overTheWire(t *testing.T, c Config, test func(t *testing.T, e *Engine, db *database, visit func() net.Conn)) {
	for _, way := range []string{"HTTP/1.1", "HTTP/1.1 with TLS"} {
		t.Run(way, func(t *testing.T) {
			e, db := newEngine(t, c), newDatabase()
			s := httptest.NewUnstartedServer(handler(e, db.view("a")))
			dial := func() (net.Conn, error) { return net.Dial("tcp", s.Listener.Addr().String()) }
			if way == "HTTP/1.1" {
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

// until waits for something to become true.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// events reads past the headers of an answer.
func events(t *testing.T, conn net.Conn) *bufio.Reader {
	t.Helper()
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" || !answer.Close {
		t.Fatalf("%s, %v", answer.Status, answer.Header)
	}
	return bufio.NewReader(answer.Body)
}

func TestOverTheWire(t *testing.T) {
	overTheWire(t, Config{Ping: 150 * time.Millisecond}, func(t *testing.T, e *Engine, db *database, visit func() net.Conn) {
		conn := visit()
		from := events(t, conn)
		seen := 0
		for want := range 20 {
			for {
				got, err := readEvent(from)
				if err != nil {
					t.Fatal(err)
				}
				if got.name == "ping" {
					seen++
					continue
				}
				if got.id != fmt.Sprintf("a-%d", want) {
					t.Fatalf("got %v, want a-%d", got, want)
				}
				break
			}
			db.change("a")
			e.Touch("a")
		}
		for seen < 3 {
			if got, err := readEvent(from); err != nil {
				t.Fatal(got, err)
			} else if got.name == "ping" {
				seen++
			}
		}
		e.Close()
		if rest, err := io.ReadAll(from); err != nil || strings.ReplaceAll(strings.ReplaceAll(string(rest), string(pings[Live]), ""), "\n", "") != "" && !strings.Contains(string(rest), "id: a-20") {
			t.Errorf("the end is %q, %v", rest, err)
		}
	})
}

func TestABrowserThatHangsUpIsNoticed(t *testing.T) {
	overTheWire(t, Config{Ping: 1500 * time.Millisecond}, func(t *testing.T, e *Engine, _ *database, visit func() net.Conn) {
		gone, talks := visit(), visit()
		events(t, gone)
		events(t, talks)
		until(t, "both are counted", func() bool { return e.Stats().Streams == 2 })
		if _, err := talks.Write([]byte("what a browser would never say")); err != nil {
			t.Fatal(err)
		}
		_ = gone.Close()
		until(t, "one is left", func() bool { return e.Stats().Streams == 1 })
		_ = talks.Close()
		until(t, "none is left", e.isEmpty)
	})
}

// Somebody who goes from page to page leaves a stream behind at each, and must not have to wait until that is seen.
func TestStreamsThatWereLeftDoNotCount(t *testing.T) {
	e, db := newEngine(t, Config{PerUser: 2, Ping: time.Hour}), newDatabase()
	s := httptest.NewServer(handler(e, db.view("a")))
	t.Cleanup(s.Close)
	for range 50 {
		if err := visit(s.Listener.Addr().String(), "/"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAStreamThatWaitsHasNoGoroutine(t *testing.T) {
	if !canCall {
		t.Skip("connections cannot be taken over here")
	}
	const streams = 200
	e, db := newEngine(t, Config{PerUser: streams}), newDatabase()
	s := httptest.NewServer(handler(e, db.view("a")))
	t.Cleanup(s.Close)
	before := runtime.NumGoroutine()
	for range streams {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if _, err := readEvent(events(t, conn)); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() < before+streams/10 })
	if e.Stats().Streams != streams {
		t.Errorf("%d streams", e.Stats().Streams)
	}
}

func TestAConnectionThatTakesNothingIsCut(t *testing.T) {
	overTheWire(t, Config{WriteTimeout: 200 * time.Millisecond}, func(t *testing.T, e *Engine, db *database, visit func() net.Conn) {
		db.padding = 16 << 20
		visit()
		until(t, "it is cut", func() bool { return e.Stats().Cut == 1 && e.Stats().Streams == 0 })
		visit()
		until(t, "the next is stuck too", func() bool { return e.Stats().Frames == 2 })
		e.Close()
		until(t, "closing does not wait for it", e.isEmpty)
	})
}

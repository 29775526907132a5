package live

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"
)

func TestHTTP2WithTLS(t *testing.T) {
	e, db := newEngine(t, Config{PerUser: 100}), newDatabase()
	s := httptest.NewUnstartedServer(handler(e, db.view("a")))
	s.EnableHTTP2 = true
	s.Config.RegisterOnShutdown(e.Close)
	s.StartTLS()
	t.Cleanup(s.Close)

	var streams []*bufio.Reader
	for range 20 { // more than a browser may have with HTTP/1.1
		answer, err := s.Client().Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = answer.Body.Close() })
		if answer.ProtoMajor != 2 {
			t.Fatalf("got %s", answer.Proto)
		}
		streams = append(streams, bufio.NewReader(answer.Body))
	}
	for i := range 3 {
		for _, events := range streams {
			got, err := readEvent(events)
			if got.name == "ping" { // the condition, behind the first frame
				got, err = readEvent(events)
			}
			if err != nil || got.id != fmt.Sprintf("a-%d", i) {
				t.Fatalf("got %v, %v", got, err)
			}
		}
		db.change("a")
		e.Touch("a")
	}
	if err := s.Config.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// held is what the process holds that a leak would add to.
type held struct {
	goroutines, files int
	heap              uint64
}

func holds(t *testing.T) held {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("files can be counted on Linux only")
	}
	var memory runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&memory)
	return held{runtime.NumGoroutine(), len(files), memory.HeapAlloc}
}

func TestTenThousandConnectsLeaveNothingBehind(t *testing.T) {
	cycles := 10_000
	if testing.Short() {
		cycles = 500
	}
	e, db := newEngine(t, Config{PerUser: 2 * cycles}), newDatabase() // a busy machine notices late that clients have gone
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := e.Serve(w, r, db.view(r.URL.Path[1:]), Viewer{User: "u", Allowed: ok(func() bool { return true })})
		if err != nil {
			t.Errorf("no stream: %v", err)
		}
	}))
	t.Cleanup(s.Close)
	settled := func() {
		for !e.isEmpty() {
			runtime.Gosched()
		}
	}
	visitAll(t, s, 200) // what is made once is made now
	settled()
	before := holds(t)
	visitAll(t, s, cycles)
	settled()

	after := holds(t)
	for until := time.Now().Add(patience); time.Now().Before(until); after = holds(t) {
		if after.goroutines <= before.goroutines && after.files <= before.files { // net/http is not done when its handler is
			break
		}
	}
	if after.goroutines > before.goroutines || after.files > before.files || after.heap > before.heap+1<<20 {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

// isEmpty reports whether the engine holds nothing, not even a map's entry.
func (e *Engine) isEmpty() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.views)+len(e.topics)+len(e.queue)+e.workers+len(e.feeds)+e.streams+len(e.users) == 0
}

// visitAll connects so many times, eight at a time, to ten views; reads a frame, and goes.
func visitAll(t *testing.T, s *httptest.Server, times int) {
	turns := make(chan int)
	var visitors sync.WaitGroup
	for range 8 {
		visitors.Go(func() {
			for i := range turns {
				if err := visit(s.Listener.Addr().String(), fmt.Sprintf("/%d", i%10)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range times {
		turns <- i
	}
	close(turns)
	visitors.Wait()
}

func visit(address, path string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.(*net.TCPConn).SetLinger(0) // a port is free again at once
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return err
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	got, err := readEvent(bufio.NewReader(answer.Body))
	if err == nil && got.id == "" {
		err = fmt.Errorf("got %v", got)
	}
	return err
}

// Sixteen publishers and fifty browsers as above, over real sockets, with frames that their buffers cannot swallow.
func TestBrowsersThatNeverReadTheirSocketHoldNobodyUp(t *testing.T) {
	const buffer = 64 << 10
	e, db := newEngine(t, Config{PerUser: 50, WriteTimeout: patience}), newDatabase() // who reads may have to wait for a processor
	padding := make([]byte, 16*buffer)
	v := db.view("a")
	render := v.Render
	v.Render = func(ctx context.Context) (Frame, error) {
		f, err := render(ctx)
		f.Body = padding
		return f, err
	}
	s := httptest.NewUnstartedServer(handler(e, v))
	s.Config.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateNew {
			_ = c.(*net.TCPConn).SetWriteBuffer(buffer)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	t.Cleanup(e.Close)
	s.Client().Transport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		if err == nil {
			err = c.(*net.TCPConn).SetReadBuffer(buffer)
		}
		return c, err
	}

	var readers sync.WaitGroup
	for i := range 50 {
		answer, err := s.Client().Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = answer.Body.Close() })
		if i%2 == 0 {
			continue
		}
		readers.Go(func() {
			events := bufio.NewReader(answer.Body)
			for {
				switch got, err := readEvent(events); {
				case err != nil:
					t.Errorf("a reader ends with %v", err)
					return
				case got.id == "a-2048":
					return
				}
			}
		})
	}
	var publishers sync.WaitGroup
	for range 16 {
		publishers.Go(func() {
			for range 128 {
				db.change("a")
				e.Touch("a")
			}
		})
	}
	publishers.Wait()
	readers.Wait()
	if s := e.Stats(); s.Bytes >= s.Frames*uint64(len(padding)) {
		t.Errorf("nobody is stuck in a write: %+v", s)
	}
}

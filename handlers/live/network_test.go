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

func TestServeOverHTTP2WithTLS(t *testing.T) {
	e, db := newEngine(t, Config{MaxStreamsPerUser: 100}), newFakeDatabase()
	s := httptest.NewUnstartedServer(newHandler(e, db.view("a")))
	s.EnableHTTP2 = true
	s.Config.RegisterOnShutdown(e.Close)
	s.StartTLS()
	t.Cleanup(s.Close)

	var streams []*bufio.Reader
	for range 20 { // more than a browser may have with HTTP/1.1
		resp, err := s.Client().Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		if resp.ProtoMajor != 2 {
			t.Fatalf("got %s", resp.Proto)
		}
		streams = append(streams, bufio.NewReader(resp.Body))
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
		db.update("a")
		e.Invalidate("a")
	}
	if err := s.Config.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// resourceUsage is what the process holds that a leak would add to.
type resourceUsage struct {
	goroutines, files int
	heap              uint64
}

func measureResources(t *testing.T) resourceUsage {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("files can be counted on Linux only")
	}
	var memory runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&memory)
	return resourceUsage{runtime.NumGoroutine(), len(files), memory.HeapAlloc}
}

func TestConnectionsDoNotLeakResources(t *testing.T) {
	cycles := 10_000
	if testing.Short() {
		cycles = 500
	}
	e, db := newEngine(t, Config{MaxStreamsPerUser: 2 * cycles}), newFakeDatabase() // a busy machine notices late that clients have gone
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := e.Serve(w, r, db.view(r.URL.Path[1:]), Viewer{UserID: "u", CheckAccess: allowIf(func() bool { return true })})
		if err != nil {
			t.Errorf("no stream: %v", err)
		}
	}))
	t.Cleanup(s.Close)
	waitUntilEmpty := func() {
		for !e.isEmpty() {
			runtime.Gosched()
		}
	}
	connectMany(t, s, 200) // what is made once is made now
	waitUntilEmpty()
	before := measureResources(t)
	connectMany(t, s, cycles)
	waitUntilEmpty()

	after := measureResources(t)
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline); after = measureResources(t) {
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
	return len(e.views)+len(e.viewsByTopic)+len(e.renderQueue)+e.renderWorkers+len(e.feeds)+e.streamCount+len(e.streamsByUser) == 0
}

// connectMany connects so many times, eight at a time, to ten views; reads a frame, and goes.
func connectMany(t *testing.T, s *httptest.Server, count int) {
	jobs := make(chan int)
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for i := range jobs {
				if err := connectOnce(s.Listener.Addr().String(), fmt.Sprintf("/%d", i%10)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range count {
		jobs <- i
	}
	close(jobs)
	clients.Wait()
}

func connectOnce(address, path string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.(*net.TCPConn).SetLinger(0) // a port is free again at once
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return err
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	got, err := readEvent(bufio.NewReader(resp.Body))
	if err == nil && got.id == "" {
		err = fmt.Errorf("got %v", got)
	}
	return err
}

// Sixteen publishers and fifty browsers as above, over real sockets, with frames that their buffers cannot swallow.
func TestUnreadSocketsDoNotBlockOthers(t *testing.T) {
	const buffer = 64 << 10
	e, db := newEngine(t, Config{MaxStreamsPerUser: 50, WriteTimeout: testTimeout}), newFakeDatabase() // who reads may have to wait for a processor
	padding := make([]byte, 16*buffer)
	v := db.view("a")
	render := v.Render
	v.Render = func(ctx context.Context) (Frame, error) {
		f, err := render(ctx)
		f.Body = padding
		return f, err
	}
	s := httptest.NewUnstartedServer(newHandler(e, v))
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
		resp, err := s.Client().Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		if i%2 == 0 {
			continue
		}
		readers.Go(func() {
			events := bufio.NewReader(resp.Body)
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
				db.update("a")
				e.Invalidate("a")
			}
		})
	}
	publishers.Wait()
	readers.Wait()
	if s := e.Stats(); s.Bytes >= s.Frames*uint64(len(padding)) {
		t.Errorf("nobody is stuck in a write: %+v", s)
	}
}

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
	for range 20 { // more than a browser opens per host with HTTP/1.1
		resp, err := s.Client().Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		if resp.ProtoMajor != 2 {
			t.Fatalf("protocol = %s, want HTTP/2", resp.Proto)
		}
		streams = append(streams, bufio.NewReader(resp.Body))
	}
	for i := range 3 {
		for _, events := range streams {
			got, err := readEvent(events)
			if got.name == "ping" { // the condition, after the first frame
				got, err = readEvent(events)
			}
			if err != nil || got.id != fmt.Sprintf("a-%d", i) {
				t.Fatalf("got %v, error %v; want version a-%d", got, err, i)
			}
		}
		db.update("a")
		e.Invalidate("a")
	}
	if err := s.Config.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// resourceUsage is the resource usage of the process, to detect leaks.
type resourceUsage struct {
	goroutines, files int
	heap              uint64
}

func measureResources(t *testing.T) resourceUsage {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("needs /proc/self/fd")
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
	// On a busy machine disconnects are noticed late, so old streams still count.
	e, db := newEngine(t, Config{MaxStreamsPerUser: 2 * cycles}), newFakeDatabase()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		viewer := Viewer{UserID: "u", CheckAccess: allowIf(func() bool { return true })}
		if err := e.Serve(w, r, db.view(r.URL.Path[1:]), viewer); err != nil {
			t.Errorf("Serve: %v", err)
		}
	}))
	t.Cleanup(s.Close)
	waitUntilEmpty := func() {
		for !e.isEmpty() {
			runtime.Gosched()
		}
	}
	connectMany(t, s, 200) // warm up: one-time allocations
	waitUntilEmpty()
	before := measureResources(t)
	connectMany(t, s, cycles)
	waitUntilEmpty()

	after := measureResources(t)
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline); after = measureResources(t) {
		// net/http closes the connection some time after the handler has returned.
		if after.goroutines <= before.goroutines && after.files <= before.files {
			break
		}
	}
	if after.goroutines > before.goroutines || after.files > before.files || after.heap > before.heap+1<<20 {
		t.Errorf("resources after = %+v, want at most %+v and 1 MiB of heap", after, before)
	}
}

// isEmpty reports whether the engine has no streams and no state of former ones.
func (e *Engine) isEmpty() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.views)+len(e.viewsByTopic)+len(e.renderQueue)+e.renderWorkers == 0 &&
		len(e.feeds)+e.streamCount+len(e.streamsByUser) == 0
}

// connectMany opens count streams of ten views, eight at a time. Each client reads one frame and disconnects.
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
	_ = c.(*net.TCPConn).SetLinger(0) // no TIME_WAIT, which would use up the ports
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return err
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	got, err := readEvent(bufio.NewReader(resp.Body))
	if err == nil && got.id == "" {
		err = fmt.Errorf("got event %v, want a frame", got)
	}
	return err
}

// TestUnreadSocketsDoNotBlockOthers is like TestStalledBrowsersDoNotBlockOthers, over real sockets and with frames
// larger than the socket buffers.
func TestUnreadSocketsDoNotBlockOthers(t *testing.T) {
	const buffer = 64 << 10
	// On a busy machine reading clients may get no CPU time for long, so the write timeout is long too.
	e, db := newEngine(t, Config{MaxStreamsPerUser: 50, WriteTimeout: testTimeout}), newFakeDatabase()
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
	transport := s.Client().Transport.(*http.Transport)
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
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
					t.Errorf("read event: %v", err)
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
		t.Errorf("no write is blocked: stats = %+v", s)
	}
}

//go:build faults

package faults

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// checkEventReachesPages checks that the change of a published event reaches all pages within shortTimeout.
func (s *deployment) checkEventReachesPages(b *loadBot, pages []*page) {
	s.t.Helper()
	before := make([]string, len(pages))
	for i, p := range pages {
		before[i] = p.html()
	}
	for _, guild := range s.guilds {
		must(s.t, b.enterAndPublish(s.t.Context(), guild))
	}
	eventuallyWithin(s.t, shortTimeout, "every page shows the new entry", func() (bool, string) {
		for i, p := range pages {
			if p.html() == before[i] {
				return false, fmt.Sprintf("page %d is unchanged", i)
			}
		}
		return true, ""
	})
}

func TestThousandSlowReaders(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{})
	b := s.startBot(eventsPerSecond)
	pages, closeAll := s.openLists(pageCount())
	initialMemory := s.metric(s.dashboards[0], "process_resident_memory_bytes")
	ctx, disconnect := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	defer readers.Wait()
	defer disconnect()
	n := shortOr(200, 1000)
	cookie := ""
	for i := range n {
		guild := s.guilds[i%len(s.guilds)]
		if i%(10*len(s.guilds)) < len(s.guilds) || cookie == "" {
			cookie = s.signIn(guild)
		}
		conn := s.openRawStream(cookie, "/guilds/"+guild+"/giveaways/live")
		readers.Go(func() {
			defer conn.Close()
			for buf := make([]byte, 1); ctx.Err() == nil; sleep(ctx, time.Second) {
				if _, err := conn.Read(buf); err != nil {
					return
				}
			}
		})
	}
	waitFor(shortOr(3*time.Second, 20*time.Second))
	s.checkEventReachesPages(b, pages)
	if growth := s.metric(s.dashboards[0], "process_resident_memory_bytes") - initialMemory; growth > float64(n*200<<10) {
		t.Errorf("memory growth for %d slow readers = %.0f MiB, want at most 200 KiB each", n, growth/(1<<20))
	}
	disconnect()
	readers.Wait()
	s.finish(b, pages, closeAll, 0)
}

// openRawStream requests a stream on a TCP connection with a minimal receive buffer.
func (s *deployment) openRawStream(cookie, path string) *net.TCPConn {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.dashboards[0].URL, "http://"))
	must(s.t, err)
	tcp := conn.(*net.TCPConn)
	must(s.t, tcp.SetReadBuffer(4096))
	_, err = fmt.Fprintf(tcp, "GET %s HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\n\r\n", path, cookie)
	must(s.t, err)
	return tcp
}

func TestTenMegabyteHeader(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{})
	b := s.startBot(eventsPerSecond)
	pages, closeAll := s.openLists(pageCount())
	initialMemory := s.metric(s.dashboards[0], "process_resident_memory_bytes")
	var senders sync.WaitGroup
	for range shortOr(10, 50) {
		senders.Go(func() {
			conn, err := net.Dial("tcp", strings.TrimPrefix(s.dashboards[0].URL, "http://"))
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(shortTimeout))
			go func() {
				_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
				_, _ = io.CopyN(conn, endlessReader{}, 10<<20) // the server closes the connection early
			}()
			response, _ := io.ReadAll(conn)
			if len(response) > 0 && !strings.HasPrefix(string(response), "HTTP/1.1 431 ") {
				t.Errorf("response begins with %.60q, want status 431", response)
			}
		})
	}
	senders.Wait()
	if growth := s.metric(s.dashboards[0], "process_resident_memory_bytes") - initialMemory; growth > 32<<20 {
		t.Errorf("memory growth for the headers = %.0f MiB, want at most 32 MiB", growth/(1<<20))
	}
	s.checkEventReachesPages(b, pages)
	s.finish(b, pages, closeAll, 0)
}

// endlessReader returns an infinite sequence of the letter a.
type endlessReader struct{}

func (endlessReader) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}

func TestConnectFloodFromOneSession(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{})
	b := s.startBot(eventsPerSecond)
	pages, closeAll := s.openLists(pageCount())
	guild := s.guilds[0]
	client := &page{origin: s.dashboards[0].URL, cookie: s.signIn(guild)}
	var (
		workers  sync.WaitGroup
		statuses sync.Map // status → *atomic.Int64
		permits  = make(chan struct{})
	)
	for range 16 {
		workers.Go(func() {
			for range permits {
				n, _ := statuses.LoadOrStore(client.probeStream("/guilds/"+guild+"/giveaways/live"), new(atomic.Int64))
				n.(*atomic.Int64).Add(1)
			}
		})
	}
	tick := time.NewTicker(time.Minute / 100_000)
	delivered := make(chan struct{})
	go func() {
		defer close(delivered)
		waitFor(time.Second)
		s.checkEventReachesPages(b, pages)
	}()
	for end := time.Now().Add(shortOr(4*time.Second, 30*time.Second)); time.Now().Before(end); {
		<-tick.C
		permits <- struct{}{}
	}
	tick.Stop()
	close(permits)
	workers.Wait()
	<-delivered
	statuses.Range(func(status, n any) bool {
		t.Logf("%d connects got status %d", n.(*atomic.Int64).Load(), status)
		if status != 200 && status != 429 && status != 503 {
			t.Errorf("status = %d, want 200, 429 or 503", status)
		}
		return true
	})
	s.finish(b, pages, closeAll, 0)
}

// probeStream requests a stream and returns its status: 0 without a response, negative for a refusal without
// Retry-After.
func (p *page) probeStream(path string) int {
	ctx, cancel := context.WithTimeout(context.Background(), shortTimeout)
	defer cancel()
	resp, err := transport.RoundTrip(p.request(ctx, path))
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK && resp.Header.Get("Retry-After") == "" {
		return -resp.StatusCode
	}
	return resp.StatusCode
}

// TestBotWithWrongClock publishes events of a bot whose clock is hours or years off, or at the Unix epoch.
func TestBotWithWrongClock(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{})
	pages, closeAll := s.openLists(pageCount())
	b := s.startBot(eventsPerSecond)
	for _, offset := range []time.Duration{-5 * time.Hour, 7 * time.Hour, 100 * 365 * 24 * time.Hour} {
		b.mu.Lock()
		b.now = func() time.Time { return time.Now().Add(offset) }
		b.mu.Unlock()
		waitFor(500 * time.Millisecond)
		s.checkEventReachesPages(b, pages)
	}
	b.mu.Lock()
	b.now = func() time.Time { return time.Unix(0, 0) }
	b.mu.Unlock()
	s.checkEventReachesPages(b, pages)
	s.finish(b, pages, closeAll, 0)
}

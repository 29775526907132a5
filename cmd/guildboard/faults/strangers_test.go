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

// hears asserts that an event reaches all pages soon, whatever else goes on.
func (s *site) hears(b *bot, pages []*page) {
	s.t.Helper()
	before := make([]string, len(pages))
	for i, p := range pages {
		before[i] = p.html()
	}
	for _, guild := range s.guilds {
		must(s.t, b.enter(s.t.Context(), guild))
	}
	within(s.t, soon, "an entry is seen on every page", func() (bool, string) {
		for i, p := range pages {
			if p.html() == before[i] {
				return false, fmt.Sprintf("page %d has not changed", i)
			}
		}
		return true, ""
	})
}

func TestAThousandBrowsersThatReadAByteASecond(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{})
	b := s.bot(perSecond)
	pages, closeAll := s.lists(pagesOfSite())
	memory := s.metric(s.dashboards[0], "process_resident_memory_bytes")
	ctx, hangUp := context.WithCancel(t.Context())
	var slow sync.WaitGroup
	defer slow.Wait()
	defer hangUp()
	n := inShort(200, 1000)
	cookie := ""
	for i := range n {
		guild := s.guilds[i%len(s.guilds)]
		if i%(10*len(s.guilds)) < len(s.guilds) || cookie == "" {
			cookie = s.signIn(guild)
		}
		conn := s.dial(cookie, "/guilds/"+guild+"/giveaways/live")
		slow.Go(func() {
			defer conn.Close()
			for one := make([]byte, 1); ctx.Err() == nil; pause(ctx, time.Second) {
				if _, err := conn.Read(one); err != nil {
					return
				}
			}
		})
	}
	lasting(inShort(3*time.Second, 20*time.Second))
	s.hears(b, pages)
	if grown := s.metric(s.dashboards[0], "process_resident_memory_bytes") - memory; grown > float64(n*200<<10) {
		t.Errorf("%d slow readers took %.0f MiB", n, grown/(1<<20))
	}
	hangUp()
	slow.Wait()
	s.ends(b, pages, closeAll, 0)
}

// dial asks for a stream by hand, on a connection that receives next to nothing ahead.
func (s *site) dial(cookie, path string) *net.TCPConn {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.dashboards[0].URL, "http://"))
	must(s.t, err)
	tcp := conn.(*net.TCPConn)
	must(s.t, tcp.SetReadBuffer(4096))
	_, err = fmt.Fprintf(tcp, "GET %s HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\n\r\n", path, cookie)
	must(s.t, err)
	return tcp
}

func TestAHeaderOfTenMegabytes(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{})
	b := s.bot(perSecond)
	pages, closeAll := s.lists(pagesOfSite())
	memory := s.metric(s.dashboards[0], "process_resident_memory_bytes")
	var sending sync.WaitGroup
	for range inShort(10, 50) {
		sending.Go(func() {
			conn, err := net.Dial("tcp", strings.TrimPrefix(s.dashboards[0].URL, "http://"))
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(soon))
			go func() {
				_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
				_, _ = io.CopyN(conn, endless{}, 10<<20) // it is cut short
			}()
			answer, _ := io.ReadAll(conn)
			if len(answer) > 0 && !strings.HasPrefix(string(answer), "HTTP/1.1 431 ") {
				t.Errorf("the answer begins with %.60q", answer)
			}
		})
	}
	sending.Wait()
	if grown := s.metric(s.dashboards[0], "process_resident_memory_bytes") - memory; grown > 32<<20 {
		t.Errorf("they took %.0f MiB", grown/(1<<20))
	}
	s.hears(b, pages)
	s.ends(b, pages, closeAll, 0)
}

// endless is as many letters as one likes.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}

func TestAHundredThousandConnectsAMinuteFromOneSession(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{})
	b := s.bot(perSecond)
	pages, closeAll := s.lists(pagesOfSite())
	guild := s.guilds[0]
	nuisance := &page{origin: s.dashboards[0].URL, cookie: s.signIn(guild)}
	var (
		storming sync.WaitGroup
		statuses sync.Map // status → *atomic.Int64
		turns    = make(chan struct{})
	)
	for range 16 {
		storming.Go(func() {
			for range turns {
				n, _ := statuses.LoadOrStore(nuisance.connect("/guilds/"+guild+"/giveaways/live"), new(atomic.Int64))
				n.(*atomic.Int64).Add(1)
			}
		})
	}
	tick := time.NewTicker(time.Minute / 100_000)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		lasting(time.Second)
		s.hears(b, pages)
	}()
	for until := time.Now().Add(inShort(4*time.Second, 30*time.Second)); time.Now().Before(until); {
		<-tick.C
		turns <- struct{}{}
	}
	tick.Stop()
	close(turns)
	storming.Wait()
	<-heard
	statuses.Range(func(status, n any) bool {
		t.Logf("%d connects were answered with status %d", n.(*atomic.Int64).Load(), status)
		if status != 200 && status != 429 && status != 503 {
			t.Errorf("status %d", status)
		}
		return true
	})
	s.ends(b, pages, closeAll, 0)
}

// connect asks for a stream and hangs up once it is answered; 0 is not at all.
func (p *page) connect(path string) int {
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	resp, err := transport.RoundTrip(p.request(ctx, path))
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK && resp.Header.Get("Retry-After") == "" {
		return -resp.StatusCode // refused without a word on when to come back
	}
	return resp.StatusCode
}

// A bot whose clock is wrong, by hours in either direction, and one without any.
func TestABotWhoseClockIsWrong(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{})
	pages, closeAll := s.lists(pagesOfSite())
	b := s.bot(perSecond)
	for _, off := range []time.Duration{-5 * time.Hour, 7 * time.Hour, 100 * 365 * 24 * time.Hour} {
		b.mu.Lock()
		b.clock = func() time.Time { return time.Now().Add(off) }
		b.mu.Unlock()
		lasting(500 * time.Millisecond)
		s.hears(b, pages)
	}
	b.mu.Lock()
	b.clock = func() time.Time { return time.Unix(0, 0) }
	b.mu.Unlock()
	s.hears(b, pages)
	s.ends(b, pages, closeAll, 0)
}

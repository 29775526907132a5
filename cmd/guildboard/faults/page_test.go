//go:build faults

package faults

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"guildboard/handlers/live/livetest"
)

// transport opens a connection for every request, so that each request may reach another instance and no idle
// connection remains.
var transport = &http.Transport{
	DisableKeepAlives: true, ResponseHeaderTimeout: 20 * time.Second,
	DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
}

// A page simulates a visible browser tab.
type page struct {
	origin, path, cookie string

	mu         sync.Mutex
	document   *livetest.Page
	version    string  // version after applying pending
	pending    []frame // received but not applied to document; most pages are only read at the end
	live       bool
	stats      pageStats
	maxEntries map[string]int // highest entry count that was shown, by row
	errors     []string       // invalid frames
}

type frame struct{ id, data string }

type pageStats struct{ frames, repeated, polls, streams int }

// openPages opens n pages, ten for each user, and waits until they are live. They stay open until closeAll or the end
// of the test.
func (s *deployment) openPages(n int, pathOf func(i int) (guild, pathOf string)) (pages []*page, closeAll func()) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var goroutines sync.WaitGroup
	closeAll = func() { cancel(); goroutines.Wait() }
	s.t.Cleanup(closeAll)
	cookies := map[string]string{}
	for i := range n {
		guild, pagePath := pathOf(i)
		user := fmt.Sprintf("%s %d", guild, i/guildCount/10)
		if cookies[user] == "" {
			cookies[user] = s.signIn(guild)
		}
		p := &page{origin: "http://" + s.frontProxy.addr, path: pagePath, cookie: cookies[user], maxEntries: map[string]int{}}
		pages = append(pages, p)
		goroutines.Go(func() { p.run(ctx) })
	}
	eventuallyWithin(s.t, 2*shortTimeout, "all pages are live", func() (bool, string) {
		n := 0
		for _, p := range pages {
			if p.isLive() {
				n++
			}
		}
		return n == len(pages), fmt.Sprintf("%d of %d", n, len(pages))
	})
	return pages, closeAll
}

// openLists opens n lists of giveaways, spread over all guilds.
func (s *deployment) openLists(n int) (pages []*page, closeAll func()) {
	s.t.Helper()
	return s.openPages(n, func(i int) (string, string) {
		guild := s.guilds[i%len(s.guilds)]
		return guild, "/guilds/" + guild + "/giveaways"
	})
}

// signIn returns the session cookie of a new user who owns the guild.
func (s *deployment) signIn(guild string) string {
	s.t.Helper()
	cookie, err := s.users.SignIn(context.Background(), strconv.FormatInt(time.Now().UnixNano(), 10), guild)
	must(s.t, err)
	return cookie
}

func (p *page) isLive() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.live
}

func (p *page) snapshot() pageStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}

// run loads the page and keeps it up to date as live.js does, by a stream, or by polls without one.
func (p *page) run(ctx context.Context) {
	for p.poll(ctx); p.document == nil && ctx.Err() == nil; p.poll(ctx) {
		sleep(ctx, 500*time.Millisecond)
	}
	lastPoll, wait := time.Now(), 500*time.Millisecond
	for ctx.Err() == nil {
		started := time.Now()
		retryAfter := p.stream(ctx)
		if time.Since(started) > 5*time.Second {
			wait = 500 * time.Millisecond
		}
		reconnectAt := time.Now().Add(max(retryAfter, time.Duration(float64(min(wait, pollEvery))*(.7+.6*rand.Float64()))))
		wait *= 2
		for time.Now().Before(reconnectAt) && ctx.Err() == nil {
			sleep(ctx, min(time.Until(reconnectAt), time.Until(lastPoll.Add(pollEvery))))
			if time.Since(lastPoll) >= pollEvery {
				lastPoll = time.Now()
				p.poll(ctx)
			}
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (p *page) request(ctx context.Context, path string) *http.Request {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.origin+path, nil)
	if err != nil {
		panic(err) // paths of tests are valid
	}
	r.Header.Set("Cookie", p.cookie)
	return r
}

// poll requests the live region unless the page shows its current version.
func (p *page) poll(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*pollEvery)
	defer cancel()
	id, body, err := fetch(p.request(ctx, p.path), p.version)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.polls++
	if err == nil && id != "" {
		p.queueFrame(frame{id, body})
	}
}

// fetch returns the live region and its version; "" and "" if it still has the version.
func fetch(r *http.Request, version string) (id, body string, err error) {
	for name, value := range map[string]string{"HX-Request": "true", "HX-Request-Type": "partial", "HX-Source": "section#live"} {
		r.Header.Set(name, value)
	}
	if version != "" {
		r.Header.Set("If-None-Match", `"`+version+`"`)
	}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return "", "", err
	case resp.StatusCode == http.StatusNotModified:
		return "", "", nil
	case resp.StatusCode != http.StatusOK:
		return "", "", fmt.Errorf("status %d", resp.StatusCode)
	}
	return strings.Trim(resp.Header.Get("ETag"), `"`), string(text), nil
}

// stream reads the page's stream until it ends, and returns the minimum time before the next connect.
func (p *page) stream(ctx context.Context) (retryAfter time.Duration) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := p.request(ctx, p.path+"/live")
	r.Header.Set("Last-Event-ID", p.version)
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return time.Duration(seconds) * time.Second
	}
	p.setLive(true)
	defer p.setLive(false)
	streamTimer := time.AfterFunc(streamTimeout, cancel)
	defer streamTimer.Stop()
	lines := bufio.NewReaderSize(resp.Body, 4096)
	var f frame
	var data []string
	for {
		text, err := lines.ReadString('\n')
		if err != nil {
			return 0 // drops an incomplete frame
		}
		switch name, value, _ := strings.Cut(strings.TrimSuffix(text, "\n"), ": "); name {
		case "id":
			f.id = value
		case "data":
			data = append(data, value)
		case "":
			streamTimer.Reset(streamTimeout)
			if f.data = strings.Join(data, "\n"); f.id != "" && !p.receiveFrame(f) {
				return 0
			}
			f, data = frame{}, nil
		}
	}
}

func (p *page) setLive(live bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live = live
	if live {
		p.stats.streams++
	}
}

// receiveFrame queues a frame of the stream. It returns false if the page has to reconnect.
func (p *page) receiveFrame(f frame) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.frames++
	version, base, partial := strings.Cut(f.id, " ")
	if version == p.version {
		p.stats.repeated++
	}
	if partial && base != p.version {
		p.errors = append(p.errors, fmt.Sprintf("got a frame based on version %s, want base %s", base, p.version))
		return false
	}
	p.queueFrame(f)
	return true
}

var rowEntries = regexp.MustCompile(`<td id="entries-([a-z0-9]+)"[^>]* data-entries="(\d+)"`)

// queueFrame adds a frame to pending. The caller holds mu.
func (p *page) queueFrame(f frame) {
	version, _, partial := strings.Cut(f.id, " ")
	for _, row := range rowEntries.FindAllStringSubmatch(f.data, -1) {
		entries, _ := strconv.Atoi(row[2])
		if entries < p.maxEntries[row[1]] {
			p.errors = append(p.errors, fmt.Sprintf("%s went back from %d entries to %d", row[1], p.maxEntries[row[1]], entries))
		}
		p.maxEntries[row[1]] = entries
	}
	if !partial {
		p.pending = p.pending[:0]
	}
	p.pending = append(p.pending, f)
	p.version = version
	if len(p.pending) > 200 || p.document == nil {
		p.applyPending()
	}
}

// applyPending applies the pending frames to document. The caller holds mu.
func (p *page) applyPending() {
	for _, f := range p.pending {
		if p.document == nil {
			p.document = livetest.Parse(f.id, f.data)
		} else if err := p.document.Apply(f.id, f.data); err != nil {
			p.errors = append(p.errors, err.Error())
		}
	}
	p.pending = nil
}

// html returns the content of the page.
func (p *page) html() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.applyPending()
	return p.document.HTML()
}

// waitForCorrectPages waits until every page equals a newly loaded one, whose rows equal those of the database.
func (s *deployment) waitForCorrectPages(pages []*page, limit time.Duration) {
	s.t.Helper()
	began := time.Now()
	eventuallyWithin(s.t, limit, "every page shows the state of the database", func() (bool, string) {
		fresh := map[string]string{}
		for i, p := range pages {
			if fresh[p.path] == "" {
				r := p.request(context.Background(), p.path)
				r.URL.Host = strings.TrimPrefix(s.dashboards[i%len(s.dashboards)].URL, "http://")
				id, body, err := fetch(r, "")
				if err != nil {
					return false, fmt.Sprintf("%s: %v", p.path, err)
				}
				fresh[p.path] = livetest.Parse(id, body).HTML()
				if difference := s.diffWithDatabase(p.path, body); difference != "" {
					return false, difference
				}
			}
			if p.html() != fresh[p.path] {
				return false, fmt.Sprintf("page %d of %d, %s, differs from a new page; live=%t, %+v",
					i, len(pages), p.path, p.isLive(), p.snapshot())
			}
		}
		return true, ""
	})
	s.t.Logf("%d pages are correct %v after the fault", len(pages), time.Since(began).Round(time.Millisecond))
	for i, p := range pages {
		p.mu.Lock()
		if len(p.errors) > 0 || p.stats.repeated > 0 {
			s.t.Errorf("page %d got invalid frames %v and %d repeated frames, want none", i, p.errors, p.stats.repeated)
		}
		p.mu.Unlock()
	}
}

// waitUntilLive waits until every page has a stream.
func waitUntilLive(t testing.TB, pages []*page) {
	t.Helper()
	eventuallyWithin(t, 2*pollEvery+shortTimeout, "all pages are live again", func() (bool, string) {
		for i, p := range pages {
			if !p.isLive() {
				return false, fmt.Sprintf("page %d is not live: %+v", i, p.snapshot())
			}
		}
		return true, ""
	})
}

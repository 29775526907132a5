package handlers_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"guildboard/handlers"
	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/contract"
)

// wantStreamRefused opens a stream that must be refused and returns the Retry-After value in seconds.
func (b *browser) wantStreamRefused(path string, status int) (retryAfter int) {
	t := b.site.t
	t.Helper()
	response := b.do(t.Context(), http.MethodGet, path, nil)
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return wantRetryAfter(t, response, status)
}

func wantRetryAfter(t testing.TB, response *http.Response, status int) (retryAfter int) {
	t.Helper()
	retryAfter, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if response.StatusCode != status || err != nil {
		t.Fatalf("%s: status %d, Retry-After %q, want status %d and seconds",
			response.Request.URL, response.StatusCode, response.Header.Get("Retry-After"), status)
	}
	return retryAfter
}

func TestStreamConnectsAreRateLimited(t *testing.T) {
	s := openSite(t, func(_ *site, c *handlers.Config) { c.Streams.MaxStreamsPerUser = 4 })
	b := s.signIn(robin)
	start, admitted := time.Now(), 0
	for range 40 {
		response := b.do(t.Context(), http.MethodGet, giveawaysPath+"/live", nil)
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			admitted++
			continue
		}
		if retryAfter := wantRetryAfter(t, response, http.StatusTooManyRequests); retryAfter < 15 || retryAfter > 30 {
			t.Errorf("Retry-After = %d s, want 15 to 30 s", retryAfter)
		}
	}
	// A burst of 16, then one every two seconds.
	if limit := 16 + int(time.Since(start)/(2*time.Second)) + 1; admitted > limit || admitted == 40 && limit < 40 {
		t.Errorf("admitted %d of 40 connections in a row, want at most %d", admitted, limit)
	}
	b.get(giveawaysPath, asPoll...).wantStatus(http.StatusOK) // the page polls instead
	other := s.signIn(robin)
	other.openStream(giveawaysPath + "/live").next()
}

func TestConcurrentConnectsQueue(t *testing.T) {
	s := openSite(t, func(_ *site, c *handlers.Config) { c.Streams.MaxStreamsPerUser = 300 })
	b := s.signIn(robin)
	var wg sync.WaitGroup
	for range 300 { // more than are rendered at the same time
		wg.Go(func() {
			start := time.Now()
			response := b.do(t.Context(), http.MethodGet, giveawaysPath+"/live", nil)
			defer response.Body.Close()
			took := time.Since(start)
			// it was refused after the maximum time in the queue
			if response.StatusCode == http.StatusServiceUnavailable && took >= 5*time.Second {
				return
			}
			if response.StatusCode != http.StatusOK {
				t.Errorf("stream: status %d after %v, want 200", response.StatusCode, took)
			}
		})
	}
	wg.Wait()
}

func TestStreamLimitSpansProcesses(t *testing.T) {
	two := func(_ *site, c *handlers.Config) { c.Streams.MaxStreamsPerUser = 2 }
	s := openSite(t, two)
	b := s.signIn(robin)
	release, ok := s.StreamLimiter.Acquire(t.Context(), robin) // as another process does
	if !ok {
		t.Fatal("Acquire() = false, want a stream slot")
	}
	b.openStream(giveawaysPath + "/live").next()
	b.wantStreamRefused(giveawaysPath+"/live", http.StatusTooManyRequests)
	release()
	s.StreamLimiter.Flush()
	b.openStream(giveawaysPath + "/live").next()
	b.wantStreamRefused("/api/events/stream?guildId="+lantern, http.StatusTooManyRequests)
}

func TestEndedStreamFreesItsSlot(t *testing.T) {
	s := openSite(t, func(_ *site, c *handlers.Config) { c.Streams.MaxStreamsPerUser = 1 })
	b := s.signIn(robin)
	for range 3 {
		response := b.do(t.Context(), http.MethodGet, giveawaysPath+"/live", nil)
		if response.StatusCode != http.StatusOK {
			t.Fatalf("status %d, want 200", response.StatusCode)
		}
		response.Body.Close()
		for s.Live.Stats().Streams > 0 { // until the server notices the disconnection
			s.Live.EndDisconnected(robin)
			runtime.Gosched()
		}
		s.StreamLimiter.Flush()
	}
}

// TestProcessesAgreeOnVersions checks that all processes give a page the same version, because a browser may reach
// another process at each reconnection.
func TestProcessesAgreeOnVersions(t *testing.T) {
	s := openSite(t, withoutStreamLimit, atNoon)
	pages := seedPages(t, s)
	b := s.signIn(robin)
	other := s.newProcess()
	for i, page := range pages {
		shown := strings.Trim(b.get(page).wantStatus(http.StatusOK).Header.Get("ETag"), `"`)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, other.PublicURL+streamPath(page), nil)
		must(t, err)
		r.AddCookie(&http.Cookie{Name: "guildboard", Value: b.cookie("guildboard")})
		r.Header.Set("Last-Event-ID", shown)
		response, err := other.web.Client().Do(r)
		must(t, err)
		messages := make(chan message, 100)
		go func() {
			defer close(messages)
			readMessages(response.Body, messages)
		}()
		// within the hour, like seedPages
		s.createGiveaway(store.Giveaway{Prize: fmt.Sprint("One more ", i), EndsAt: time.Now().Add(30 * time.Minute)})
		s.createTicket("One more", time.Now())
		for _, e := range []*live.Engine{s.Live, other.Live} {
			e.Invalidate(contract.GiveawaysTopic(lantern), contract.TicketsTopic(lantern))
		}
		fresh := strings.Trim(b.get(page).wantStatus(http.StatusOK).Header.Get("ETag"), `"`)
		if fresh != shown { // otherwise it is a page of a single row, which has not changed
			m := message{event: "ping"}
			for m.event == "ping" {
				m = await(t, messages, "a message of the other process for "+page)
			}
			if version, base, _ := strings.Cut(m.id, " "); version != fresh || base != "" && base != shown {
				t.Errorf("%s: frame %q for a browser at version %s; version of this process: %s",
					page, m.id, shown, fresh)
			}
		}
		response.Body.Close()
	}
}

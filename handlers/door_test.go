package handlers_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"guildboard/handlers"
	"guildboard/handlers/live"
	"guildboard/store"
)

// refused asks for a stream that must be refused, and returns after how many seconds to come back.
func (b *browser) refused(path string, status int) (after int) {
	t := b.site.t
	t.Helper()
	response := b.do(t.Context(), http.MethodGet, path, nil)
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return refusedUntil(t, response, status)
}

func refusedUntil(t testing.TB, response *http.Response, status int) (after int) {
	t.Helper()
	after, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if response.StatusCode != status || err != nil {
		t.Fatalf("%s: %d, after %q", response.Request.URL, response.StatusCode, response.Header.Get("Retry-After"))
	}
	return after
}

func TestWhoComesAgainAndAgainIsToldToWait(t *testing.T) {
	s := open(t, func(_ *site, c *live.Config) { c.PerUser = 4 })
	b := s.signIn(robin)
	began, in := time.Now(), 0
	for range 40 {
		response := b.do(t.Context(), http.MethodGet, giveawaysPath+"/live", nil)
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			in++
			continue
		}
		if after := refusedUntil(t, response, http.StatusTooManyRequests); after < 15 || after > 30 {
			t.Errorf("to come back after %d s", after)
		}
	}
	// Sixteen at once, and then one in two seconds.
	if most := 16 + int(time.Since(began)/(2*time.Second)) + 1; in > most || in == 40 && most < 40 {
		t.Errorf("%d of 40 connects in a row were let in, and not %d", in, most)
	}
	b.get(giveawaysPath, asPoll...).wants(http.StatusOK) // its page polls meanwhile
	other := s.signIn(robin)
	other.watch(giveawaysPath + "/live").next()
}

func TestACrowdThatComesTogetherWaitsInLine(t *testing.T) {
	s := open(t, func(_ *site, c *live.Config) { c.PerUser = 300 })
	b := s.signIn(robin)
	var coming sync.WaitGroup
	for range 300 { // more than are looked at at a time
		coming.Go(func() {
			came := time.Now()
			response := b.do(t.Context(), http.MethodGet, giveawaysPath+"/live", nil)
			defer response.Body.Close()
			took := time.Since(came)
			if response.StatusCode == http.StatusServiceUnavailable && took >= 5*time.Second { // it has waited as long as anybody does
				return
			}
			if response.StatusCode != http.StatusOK {
				t.Errorf("a stream was answered with %d, after %v", response.StatusCode, took)
			}
		})
	}
	coming.Wait()
}

func TestStreamsOfAPersonAreLimitedOverAllProcesses(t *testing.T) {
	two := func(_ *site, c *live.Config) { c.PerUser = 2 }
	s := open(t, two)
	b := s.signIn(robin)
	leave, ok := s.Seats.Take(t.Context(), robin) // as another process does
	if !ok {
		t.Fatal("no seat")
	}
	b.watch(giveawaysPath + "/live").next()
	b.refused(giveawaysPath+"/live", http.StatusTooManyRequests)
	leave()
	s.Seats.Settle()
	b.watch(giveawaysPath + "/live").next()
	b.refused("/api/events/stream?guildId="+lantern, http.StatusTooManyRequests)
}

func TestAStreamThatEndedHasNoSeat(t *testing.T) {
	s := open(t, func(_ *site, c *live.Config) { c.PerUser = 1 })
	b := s.signIn(robin)
	for range 3 {
		response := b.do(t.Context(), http.MethodGet, giveawaysPath+"/live", nil)
		if response.StatusCode != http.StatusOK {
			t.Fatalf("answered %d", response.StatusCode)
		}
		response.Body.Close()
		for s.Live.Stats().Streams > 0 { // until the far end has hung up, which takes as long as it takes
			s.Live.DropGone(robin)
			runtime.Gosched()
		}
		s.Seats.Settle()
	}
}

// A browser may come to another process at every reconnect: what it shows there has the same version.
func TestProcessesAgreeOnVersions(t *testing.T) {
	s := open(t, unlimited, noon)
	pages := furnish(t, s)
	b := s.signIn(robin)
	other := *s.Server
	other.Live = live.New(live.Config{Log: s.Log})
	other.Metrics = handlers.NewMetrics(other.Live)
	web := httptest.NewServer(other.Handler())
	t.Cleanup(web.Close)
	t.Cleanup(other.Live.Close)
	for i, page := range pages {
		shown := strings.Trim(b.get(page).wants(http.StatusOK).Header.Get("ETag"), `"`)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, web.URL+streamOf(page), nil)
		must(t, err)
		r.AddCookie(&http.Cookie{Name: "guildboard", Value: b.cookie("guildboard")})
		r.Header.Set("Last-Event-ID", shown)
		response, err := web.Client().Do(r)
		must(t, err)
		messages := make(chan message, 100)
		go func() {
			defer close(messages)
			read(response.Body, messages)
		}()
		s.giveaway(store.Giveaway{Prize: fmt.Sprint("One more ", i), EndsAt: time.Now().Add(30 * time.Minute)}) // see furnish
		s.ticket("One more", time.Now())
		for _, e := range []*live.Engine{s.Live, other.Live} {
			e.Touch(store.GiveawaysTopic(lantern), store.TicketsTopic(lantern))
		}
		fresh := strings.Trim(b.get(page).wants(http.StatusOK).Header.Get("ETag"), `"`)
		if fresh != shown { // else it is a page of one thing, which has not changed
			m := message{event: "ping"}
			for m.event == "ping" {
				m = await(t, messages, "what the other process sends for "+page)
			}
			if version, base, _ := strings.Cut(m.id, " "); version != fresh || base != "" && base != shown {
				t.Errorf("%s: sent %q to a browser at %s; this process is at %s", page, m.id, shown, fresh)
			}
		}
		response.Body.Close()
	}
}

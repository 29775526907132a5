package handlers_test

import (
	"io"
	"net/http"
	"runtime"
	"strconv"
	"testing"

	"guildboard/handlers/live"
)

// refused asks for a stream that must be refused, and returns after how many seconds to come back.
func (b *browser) refused(path string, status int) (after int) {
	t := b.site.t
	t.Helper()
	response := b.do(t.Context(), http.MethodGet, path, nil)
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	after, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if response.StatusCode != status || err != nil {
		t.Fatalf("%s: %d, after %q", path, response.StatusCode, response.Header.Get("Retry-After"))
	}
	return after
}

func TestWhoComesAgainAndAgainIsToldToWait(t *testing.T) {
	s := open(t, func(_ *site, c *live.Config) { c.PerUser = 4 })
	b := s.signIn(robin)
	refusals := 0
	for range 40 {
		response := b.do(t.Context(), http.MethodGet, giveawaysPath+"/live", nil)
		response.Body.Close()
		if response.StatusCode == http.StatusTooManyRequests {
			refusals++
		}
	}
	if refusals < 20 {
		t.Errorf("%d of 40 connects in a row were refused", refusals)
	}
	if after := b.refused(giveawaysPath+"/live", http.StatusTooManyRequests); after < 15 || after > 30 {
		t.Errorf("to come back after %d s", after)
	}
	b.get(giveawaysPath, asPoll...).wants(http.StatusOK) // its page polls meanwhile
	other := s.signIn(robin)
	other.watch(giveawaysPath + "/live").next()
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

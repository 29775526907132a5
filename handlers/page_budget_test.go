package handlers_test

import (
	"cmp"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"guildboard/store/storetest"
)

// TestPagesStayWithinBudget checks that every page stays within its budgets for HTML and memory, whatever members, bots
// and managers have written.
func TestPagesStayWithinBudget(t *testing.T) {
	const (
		mostHTML = 1_500_000 // bytes
		mostJSON = 4_000_000 // bytes
	)
	mostAllocated := uint64(32 << 20) // bytes for each response, including what the test allocates to read it
	if raceDetector {
		mostAllocated *= 2 // the race detector makes growing slices allocate more
	}
	few := storetest.GuildSize{Members: 60, Giveaways: 30, Entries: 60, Tickets: 60, Ratings: 30, Commands: 60}
	s := newFilledSite(t, storetest.Open(t), few, 0)
	storetest.MakeHostile(t, s.Store, bigGuild)
	heaviest, greediest := pageResult{}, uint64(0)
	for _, p := range managerPages(bigGuild, few) {
		if p.stream {
			continue // a file, which is streamed
		}
		s.serve(t.Context(), p) // fills caches
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := s.serve(t.Context(), p)
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		if got.status != cmp.Or(p.status, http.StatusOK) {
			t.Errorf("%s (%s): status %d", p.name, p.path, got.status)
		}
		limit := mostHTML
		if strings.HasPrefix(p.path, "/api/") {
			limit = mostJSON
		}
		if got.rawBytes > limit {
			t.Errorf("%s: size = %d bytes, want at most %d", p.name, got.rawBytes, limit)
		}
		if allocated > mostAllocated {
			t.Errorf("%s: allocated %d bytes, want at most %d", p.name, allocated, mostAllocated)
		}
		if strings.Contains(got.body, `id="too-large"`) {
			t.Errorf("%s exceeds the page limit, want shorter lists instead", p.name)
		}
		if got.rawBytes > heaviest.rawBytes {
			heaviest = got
		}
		greediest = max(greediest, allocated)
		if got.rawBytes > 300_000 {
			t.Logf("%s: %d bytes of HTML, %d allocated", p.name, got.rawBytes, allocated)
		}
	}
	if heaviest.rawBytes < 500_000 {
		t.Errorf("largest page = %d bytes, want at least 500000 from the hostile guild", heaviest.rawBytes)
	}
	t.Logf("at most %d bytes of HTML, %d bytes allocated", heaviest.rawBytes, greediest)
}

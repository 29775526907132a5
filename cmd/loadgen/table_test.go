//go:build linux

package main

import (
	"strings"
	"testing"
	"time"
)

func TestQuantileIsAccurateToOneIn64(t *testing.T) {
	var h histogram
	for i := range 100_000 {
		h.add(time.Duration(i) * time.Microsecond)
	}
	for share, want := range map[float64]time.Duration{.5: 50 * time.Millisecond, .99: 99 * time.Millisecond,
		.999: 99_900 * time.Microsecond} {
		if got := h.quantile(share); got > want || got < want-want/64-1 {
			t.Errorf("quantile(%v) = %v, want %v", share, got, want)
		}
	}
	for d := time.Duration(1); d < 20*time.Second; d += 1 + d/100 {
		if low := bucketFloor(bucketIndex(d)); low > d || low < d-d/64-1 {
			t.Fatalf("bucket of %v begins at %v, want at most 1/64 below", d, low)
		}
	}
}

func TestTablePrintsMediansAndRatios(t *testing.T) {
	results := &table{systems: []string{"echo", "guildboard"}}
	for _, round := range [][2]float64{{1, 3}, {10, 20}, {2, 2}} {
		results.add("spread", "echo", []metric{{"p50", "ms", round[0]}, {"lost", "", 0}})
		results.add("spread", "guildboard", []metric{{"p50", "ms", round[1]}, {"lost", "", 0}})
	}
	var b strings.Builder
	if err := results.print(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	for i, want := range []string{"spread", "echo guildboard ratio of the rounds", "p50, ms 2.00 3.00 2.00 1.00 to 3.00", "lost 0 0"} {
		if got := strings.Join(strings.Fields(lines[i]), " "); got != want {
			t.Errorf("line %d = %q, want %q", i, got, want)
		}
	}
}

package store_test

import (
	"slices"
	"testing"
	"time"

	"guildboard/store"
)

func TestWallTimesOfClockChanges(t *testing.T) {
	for _, c := range []struct {
		zone, wall string
		want       []string
	}{
		{"Europe/Berlin", "2026-12-04T20:00:00", []string{"2026-12-04T19:00:00Z"}},
		{"Europe/Berlin", "2026-10-25T02:30:00", []string{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"}},
		{"Europe/Berlin", "2026-03-29T02:30:00", nil},
		{"America/Havana", "2026-11-01T00:30:00", []string{"2026-11-01T04:30:00Z", "2026-11-01T05:30:00Z"}},
		{"Australia/Lord_Howe", "2026-10-04T02:15:00", nil}, // clocks are set forward by half an hour
		{"Pacific/Apia", "2011-12-30T12:00:00", nil},        // the day was skipped
		{"Asia/Ho_Chi_Minh", "2026-06-01T08:00:00", []string{"2026-06-01T01:00:00Z"}},
	} {
		wall, err := time.Parse("2006-01-02T15:04:05", c.wall)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, at := range store.WallTimes(wall, store.Zone(c.zone)) {
			got = append(got, at.UTC().Format(time.RFC3339))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s in %s = %v, want %v", c.wall, c.zone, got, c.want)
		}
	}
}

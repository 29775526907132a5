package handlers

import (
	"testing"
	"time"

	"guildboard/views/ui"
)

// TestDayRangeStartsAtFirstInstantOfDate uses zones west and east of Greenwich where clocks are set forward over
// midnight, and zones where they are set back over it.
func TestDayRangeStartsAtFirstInstantOfDate(t *testing.T) {
	for _, test := range []struct{ zone, day, want string }{
		{"UTC", "2026-03-01", "2026-03-01T00:00:00Z"},
		{"America/Santiago", "2026-09-06", "2026-09-06T01:00:00-03:00"},  // midnight does not exist
		{"America/Asuncion", "2023-10-01", "2023-10-01T01:00:00-03:00"},  // midnight does not exist
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00"}, // midnight does not exist
		{"Africa/Cairo", "2026-04-24", "2026-04-24T01:00:00+03:00"},      // midnight does not exist, east of Greenwich
		{"Asia/Beirut", "2026-03-29", "2026-03-29T01:00:00+03:00"},       // midnight does not exist, east of Greenwich
		{"America/Havana", "2026-11-01", "2026-11-01T00:00:00-04:00"},    // midnight occurs twice: the first one
		{"America/Santiago", "2026-04-05", "2026-04-05T00:00:00-04:00"},  // the last hour of the previous day occurs twice
		{"America/New_York", "2026-03-08", "2026-03-08T00:00:00-05:00"},
		{"Pacific/Apia", "2011-12-31", "2011-12-31T00:00:00+14:00"}, // the previous day does not exist
	} {
		zone, err := time.LoadLocation(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		from, _ := dayRange(ui.Filter{From: test.day}, zone)
		if got := from.Format(time.RFC3339); got != test.want {
			t.Errorf("start of %s in %s = %s, want %s", test.day, test.zone, got, test.want)
		}
		if before := from.Add(-time.Nanosecond).In(zone).Format(time.DateOnly); before >= test.day {
			t.Errorf("start of %s in %s = %s, but an instant before it is %s", test.day, test.zone, from, before)
		}
		before, err := time.Parse(time.DateOnly, test.day)
		if err != nil {
			t.Fatal(err)
		}
		_, to := dayRange(ui.Filter{To: before.AddDate(0, 0, -1).Format(time.DateOnly)}, zone)
		if !to.Equal(from) {
			t.Errorf("end of the day before %s in %s = %s, want %s", test.day, test.zone, to, from)
		}
	}
}

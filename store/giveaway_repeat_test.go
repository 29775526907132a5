package store_test

import (
	"testing"
	"time"

	"guildboard/store"
)

func TestNextRepeatIsInFuture(t *testing.T) {
	from := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	rule := store.RepeatRule{Days: 7, Zone: "UTC", From: from}
	for now, want := range map[time.Time]int{
		from: 7, from.AddDate(0, 0, 7): 14, from.AddDate(0, 0, 8): 14, from.AddDate(0, 0, 70).Add(-1): 70, from.AddDate(0, 0, -3): 7,
		from.AddDate(80, 0, 0): 29_225, from.AddDate(-400, 0, 0): 7,
	} {
		if got := rule.Next(now); !got.Equal(from.AddDate(0, 0, want)) {
			t.Errorf("Next(%v) = %v, want %v", now, got, from.AddDate(0, 0, want))
		}
	}
}

func TestNextRepeatInUnknownZoneUsesUTC(t *testing.T) {
	from := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	for _, zone := range []string{"", "Local", "Europe/Nowhere", "../../etc/passwd"} {
		if got := (store.RepeatRule{Days: 1, Zone: zone, From: from}).Next(from); !got.Equal(from.Add(24 * time.Hour)) {
			t.Errorf("Next() in zone %q = %v, want %v", zone, got, from.Add(24*time.Hour))
		}
	}
}

// TestNextRepeatKeepsLocalTimeAcrossDST has on each line the start of the first period and then the repeats in order,
// each computed from the previous one. The offset distinguishes two equal local times.
func TestNextRepeatKeepsLocalTimeAcrossDST(t *testing.T) {
	for _, test := range []struct {
		name, zone string
		days       int
		times      []string
	}{
		{"spring", "Europe/Berlin", 7, []string{"2026-03-22T18:00:00+01:00", "2026-03-29T18:00:00+02:00", "2026-04-05T18:00:00+02:00"}},
		{"autumn", "Europe/Berlin", 7, []string{"2026-10-18T18:00:00+02:00", "2026-10-25T18:00:00+01:00", "2026-11-01T18:00:00+01:00"}},
		{"a time left out", "Europe/Berlin", 1, []string{"2026-03-28T02:30:00+01:00", "2026-03-29T03:30:00+02:00",
			"2026-03-30T02:30:00+02:00"}},
		{"a time shown twice", "Europe/Berlin", 1, []string{"2026-10-24T02:30:00+02:00", "2026-10-25T02:30:00+02:00",
			"2026-10-26T02:30:00+01:00"}},
		{"the second of a time shown twice", "Europe/Berlin", 1, []string{"2026-10-25T02:30:00+01:00", "2026-10-26T02:30:00+01:00"}},
		{"spring", "America/New_York", 7, []string{"2026-03-01T20:15:00-05:00", "2026-03-08T20:15:00-04:00"}},
		{"autumn", "America/New_York", 7, []string{"2026-10-25T20:15:00-04:00", "2026-11-01T20:15:00-05:00"}},
		{"a time left out", "America/New_York", 7, []string{"2026-03-01T02:00:00-05:00", "2026-03-08T03:00:00-04:00",
			"2026-03-15T02:00:00-04:00"}},
		{"a time shown twice", "America/New_York", 7,
			[]string{"2026-10-25T01:59:59-04:00", "2026-11-01T01:59:59-04:00", "2026-11-08T01:59:59-05:00"}},
		{"midnight left out", "America/Santiago", 1, []string{"2026-09-05T00:00:00-04:00", "2026-09-06T01:00:00-03:00",
			"2026-09-07T00:00:00-03:00"}},
		{"the hour before midnight shown twice", "America/Santiago", 1,
			[]string{"2026-04-03T23:30:00-03:00", "2026-04-04T23:30:00-03:00", "2026-04-05T23:30:00-04:00"}},
		{"midnight left out", "Africa/Cairo", 1, []string{"2026-04-23T00:30:00+02:00", "2026-04-24T01:30:00+03:00",
			"2026-04-25T00:30:00+03:00"}},
		{"half an hour left out", "Australia/Lord_Howe", 1,
			[]string{"2026-10-03T02:15:00+10:30", "2026-10-04T02:45:00+11:00", "2026-10-05T02:15:00+11:00"}},
		{"half an hour shown twice", "Australia/Lord_Howe", 1,
			[]string{"2026-04-04T01:45:00+11:00", "2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"}},
		{"a day left out", "Pacific/Apia", 1, []string{"2011-12-29T18:00:00-10:00", "2011-12-31T18:00:00+14:00",
			"2012-01-01T18:00:00+14:00"}},
	} {
		t.Run(test.zone+" "+test.name, func(t *testing.T) {
			rule := store.RepeatRule{Days: test.days, Zone: test.zone, From: parseTime(t, test.times[0])}
			for i, want := range test.times[1:] {
				got := rule.Next(parseTime(t, test.times[i]))
				if !got.Equal(parseTime(t, want)) {
					t.Errorf("Next(%s) = %s, want %s", test.times[i], got.In(rule.Location()).Format(time.RFC3339), want)
				}
			}
		})
	}
}

// TestNextRepeatAfterDowntimeKeepsLocalTime checks that after any downtime of the bot the next repeat is the first
// future one, at the original time of day.
func TestNextRepeatAfterDowntimeKeepsLocalTime(t *testing.T) {
	for _, test := range []struct {
		zone, from, now, want string
		days                  int
	}{
		{"Europe/Berlin", "2026-01-05T18:00:00+01:00", "2026-04-01T00:00:00Z", "2026-04-06T18:00:00+02:00", 7},
		{"Europe/Berlin", "2026-01-05T18:00:00+01:00", "2026-11-30T17:00:00Z", "2026-12-07T18:00:00+01:00", 7},
		{"Europe/Berlin", "2026-01-05T18:00:00+01:00", "2026-06-01T15:59:59Z", "2026-06-01T18:00:00+02:00", 7},
		{"America/New_York", "2025-10-01T02:30:00-04:00", "2026-03-08T06:00:00Z", "2026-03-08T03:30:00-04:00", 1},
		{"America/New_York", "2025-10-01T02:30:00-04:00", "2026-03-08T07:30:00Z", "2026-03-09T02:30:00-04:00", 1},
		{"America/Santiago", "2025-12-31T00:00:00-03:00", "2026-09-06T03:59:59Z", "2026-09-06T01:00:00-03:00", 1},
		{"Australia/Lord_Howe", "2025-12-01T02:15:00+11:00", "2026-10-04T00:00:00+10:30", "2026-10-04T02:45:00+11:00", 1},
		{"Europe/Berlin", "1996-07-01T09:00:00+02:00", "2026-12-01T00:00:00Z", "2026-12-01T09:00:00+01:00", 1},
	} {
		got := store.RepeatRule{Days: test.days, Zone: test.zone, From: parseTime(t, test.from)}.Next(parseTime(t, test.now))
		if !got.Equal(parseTime(t, test.want)) {
			t.Errorf("%s, starting at %s: Next(%s) = %s, want %s",
				test.zone, test.from, test.now, got.In(store.Zone(test.zone)).Format(time.RFC3339), test.want)
		}
	}
}

// TestNewRepeatRuleKeepsLocalTime checks that saving the repeat rule again keeps the time of day even if a giveaway
// started late or was moved by a clock change.
func TestNewRepeatRuleKeepsLocalTime(t *testing.T) {
	from := parseTime(t, "2026-03-22T02:30:00+01:00")
	g := store.Giveaway{CreatedAt: parseTime(t, "2026-03-29T03:30:04+02:00"), RepeatDays: 7, RepeatZone: "Europe/Berlin", RepeatFrom: &from}
	for _, test := range []struct{ zone, want string }{
		{"Europe/Berlin", "2026-04-12T02:30:00+02:00"},
		{"America/New_York", "2026-04-12T03:30:04+02:00"}, // another zone: the local time at which this giveaway started
	} {
		got := g.NewRepeatRule(14, test.zone).Next(g.CreatedAt)
		if want := parseTime(t, test.want); !got.Equal(want) {
			t.Errorf("Next() in zone %s = %v, want %v", test.zone, got, want)
		}
	}
}

func parseTime(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

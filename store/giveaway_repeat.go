package store

import (
	"time"

	"guildboard/store/internal/sqldb"
)

// MaxRepeatDays is the longest interval of a repetition, in days.
const MaxRepeatDays = 365

// RepeatRule describes when a giveaway repeats: every Days calendar days in a time zone, always at the same local
// time.
type RepeatRule struct {
	Days int       `json:"days"`
	Zone string    `json:"zone"` // IANA name; an unknown one counts as UTC
	From time.Time `json:"from"` // start of the first interval; all repetitions have its local time in Zone
}

// Location returns the time zone of the rule.
func (r RepeatRule) Location() *time.Location {
	if zone := Zone(r.Zone); zone != nil {
		return zone
	}
	return time.UTC
}

// Next returns the first time after now at which the giveaway repeats. It counts from From, so that a change of the
// clocks that skips or repeats the local time affects only the repetition on that day (see WallTime).
func (r RepeatRule) Next(now time.Time) time.Time {
	zone := r.Location()
	from := r.From.In(zone)
	days := max(r.Days, 1)
	periods := max(int((now.Unix()-from.Unix())/86_400/int64(days))-1, 1)
	for {
		next := WallTime(wallTimeInUTC(from).AddDate(0, 0, periods*days), zone)
		if next.After(now) {
			return sqldb.UTC(next)
		}
		periods++
	}
}

// RepeatRule returns the rule of the giveaway's repetition. A repetition that was set before repetitions had time
// zones is in UTC.
func (g Giveaway) RepeatRule() RepeatRule {
	r := RepeatRule{Days: g.RepeatDays, Zone: g.RepeatZone, From: g.BeginsAt()}
	switch {
	case g.RepeatFrom != nil:
		r.From = *g.RepeatFrom
	case g.RepeatAt != nil:
		r.From = *g.RepeatAt
	}
	return r
}

// NewRepeatRule returns a rule that repeats the giveaway at an interval of days, counted from its start. A giveaway
// that already repeats in that time zone keeps its local time, even if it started late or was moved by a change of
// the clocks.
func (g Giveaway) NewRepeatRule(days int, zone string) RepeatRule {
	r := RepeatRule{Days: days, Zone: zone, From: g.BeginsAt()}
	if g.RepeatDays > 0 && g.RepeatZone == zone {
		location := r.Location()
		date, clock := r.From.In(location), g.RepeatRule().From.In(location)
		wall := time.Date(date.Year(), date.Month(), date.Day(),
			clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), time.UTC)
		if !hasWallTime(WallTime(wall, location), wall) { // skipped on that day: count from one interval earlier
			wall = wall.AddDate(0, 0, -max(days, 1))
		}
		r.From = sqldb.UTC(WallTime(wall, location))
	}
	return r
}

// BeginsAt returns the time at which the giveaway starts or has started.
func (g Giveaway) BeginsAt() time.Time {
	if g.StartsAt != nil {
		return *g.StartsAt
	}
	return g.CreatedAt
}

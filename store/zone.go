package store

import (
	"path"
	"strings"
	"sync"
	"time"
)

// maxZoneNameBytes is the maximum length of a time zone name, in bytes.
const maxZoneNameBytes = 60

// zones caches time zones by name, so that pages don't read them from disk. There are a few hundred.
var zones sync.Map

// Zone returns the time zone with that name in the IANA database, or nil.
func Zone(name string) *time.Location {
	if zone, known := zones.Load(name); known {
		return zone.(*time.Location)
	}
	if len(name) > maxZoneNameBytes || !isZoneName(name) {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	zones.Store(name, zone)
	return zone
}

// isZoneName reports whether a name may be valid on every machine: in canonical spelling, and not special to this
// machine's database, such as its local zone or the zones with leap seconds.
func isZoneName(name string) bool {
	switch first, _, _ := strings.Cut(name, "/"); first {
	case "", "Local", "localtime", "posixrules", "Factory", "posix", "right":
		return false
	}
	return path.Clean(name) == name
}

// WallTime returns the instant at which clocks in zone show the date and time of wall, regardless of its own zone. If the
// clocks show that time twice, it is the first of the two. If they skip it, it is as much later as they are set
// forward. In both cases the offset before the change counts (RFC 5545, section 3.3.5).
func WallTime(wall time.Time, zone *time.Location) time.Time {
	asUTC := wallTimeInUTC(wall)
	before := wallTimeWithOffsetAt(asUTC, asUTC.Add(-36*time.Hour), zone)
	if hasWallTime(before, asUTC) {
		return before
	}
	if after := wallTimeWithOffsetAt(asUTC, asUTC.Add(36*time.Hour), zone); hasWallTime(after, asUTC) {
		return after
	}
	return before
}

// wallTimeInUTC returns the local date and time of t as a time in UTC, where all days have 24 hours.
func wallTimeInUTC(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// wallTimeWithOffsetAt converts wall, a local time written in UTC, with the offset that zone has at another time.
func wallTimeWithOffsetAt(wall, at time.Time, zone *time.Location) time.Time {
	_, offset := at.In(zone).Zone()
	return wall.Add(-time.Duration(offset) * time.Second).In(zone)
}

// hasWallTime reports whether clocks in t's zone show wall, a local time written in UTC, at t.
func hasWallTime(t, wall time.Time) bool {
	_, offset := t.Zone()
	return t.Add(time.Duration(offset) * time.Second).Equal(wall)
}

// StartOfDay returns the first instant of the date of day in zone. If the clocks skip midnight, as in Santiago, it is
// later; if they show midnight twice, as in Havana, it is the first. time.Date guarantees neither.
func StartOfDay(day time.Time, zone *time.Location) time.Time {
	year, month, date := day.Date()
	midnight := time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
	var first time.Time
	consider := func(t time.Time) {
		if y, m, d := t.Date(); y == year && m == month && d == date && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	for _, near := range []time.Time{midnight.Add(-36 * time.Hour).In(zone), midnight.Add(36 * time.Hour).In(zone)} {
		_, offset := near.Zone()
		consider(midnight.Add(-time.Duration(offset) * time.Second).In(zone))
		starts, ends := near.ZoneBounds()
		consider(starts.In(zone))
		consider(ends.In(zone))
	}
	if first.IsZero() { // the zone has skipped this date
		return time.Date(year, month, date, 0, 0, 0, 0, zone)
	}
	return first
}

package store

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"time"
)

// zoneList lists the time zones of the IANA database that can be chosen: those of its zone.tab, and UTC. An older or a
// special name is followed by the name that it is an alias of, or by itself. Every name is valid in a browser (ECMA-402,
// section 6.5), unlike some of the server's own database: "right/UTC", "posixrules", "Factory". Made from version 2025b.
//
//go:embed zones.txt
var zoneList string

// canonicalZones has the canonical name of each time zone in zoneList.
var canonicalZones = parseZones(zoneList)

func parseZones(list string) map[string]string {
	canonical := map[string]string{}
	for line := range strings.Lines(list) {
		name, target, isAlias := strings.Cut(strings.TrimSpace(line), " ")
		if !isAlias {
			target = name
		}
		canonical[name] = target
	}
	return canonical
}

// ZoneNames returns the names of the time zones to choose from, sorted. Zone accepts their aliases, too.
func ZoneNames() []string { return slices.Clone(zoneNames) }

var zoneNames = func() (names []string) {
	for line := range strings.Lines(zoneList) {
		if name := strings.TrimSpace(line); !strings.Contains(name, " ") {
			names = append(names, name)
		}
	}
	return names
}()

// CanonicalZone returns the name in ZoneNames of the time zone with that name: "Asia/Ho_Chi_Minh" for "Asia/Saigon",
// which is the name that most browsers report. Any other name, also an unknown one, is returned as it is.
func CanonicalZone(name string) string {
	if canonical, known := canonicalZones[name]; known {
		return canonical
	}
	return name
}

// zones caches time zones by name, so that pages don't read them from disk. There are a few hundred.
var zones sync.Map

// Zone returns the time zone with that name, or nil if browsers do not know the name.
func Zone(name string) *time.Location {
	if zone, known := zones.Load(name); known {
		return zone.(*time.Location)
	}
	if canonicalZones[name] == "" {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	zones.Store(name, zone)
	return zone
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

// WallTimes returns the instants at which clocks in zone show the date and time of wall, regardless of its own zone, in
// order: one, two if the clocks are set back over it, none if they are set forward over it.
func WallTimes(wall time.Time, zone *time.Location) []time.Time {
	asUTC := wallTimeInUTC(wall)
	var found []time.Time
	for _, at := range []time.Time{asUTC.Add(-36 * time.Hour), asUTC.Add(36 * time.Hour)} {
		t := wallTimeWithOffsetAt(asUTC, at, zone)
		if hasWallTime(t, asUTC) && (len(found) == 0 || !found[0].Equal(t)) {
			found = append(found, t)
		}
	}
	return found
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

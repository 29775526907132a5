package handlers

import (
	"net/url"
	"slices"
	"time"

	"guildboard/store"
)

// parseZone returns the time zone that a form names in the field zone: a zone's name or a city. If it names several, the
// field zoneMatch chooses one of them. Without a zone, it returns the message key of the problem.
func parseZone(q url.Values) (zone *time.Location, problem string) {
	text := cleanLine(q.Get("zone"), 60)
	if zone := store.Zone(text); zone != nil {
		return zone, ""
	}
	switch found := store.FindZones(text); {
	case len(found) == 1:
		return store.Zone(found[0]), ""
	case slices.Contains(found, q.Get("zoneMatch")):
		return store.Zone(q.Get("zoneMatch")), ""
	case len(found) > 1:
		return nil, "form.zoneMatches"
	}
	return nil, "form.zone"
}

package text

import (
	"strings"
	"time"
)

// FormatDuration formats a duration of at least a minute in days, hours and minutes: "1 d 2 h 30 min", and a shorter one
// in seconds.
func (l Locale) FormatDuration(d time.Duration) string {
	if d < time.Minute {
		return l.T("time.seconds", "n", int(d/time.Second))
	}
	var parts []string
	for _, unit := range []struct {
		size time.Duration
		key  string
	}{{24 * time.Hour, "time.days"}, {time.Hour, "time.hours"}, {time.Minute, "time.minutes"}} {
		if n := int(d / unit.size); n > 0 {
			parts = append(parts, l.T(unit.key, "n", n))
			d %= unit.size
		}
	}
	return strings.Join(parts, " ")
}

package forms

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// durationUnits are the units of ParseDuration with their names in English and Vietnamese, from the largest.
var durationUnits = []struct {
	size  time.Duration
	names string // separated by spaces; the first one is that of FormatDuration
}{
	{7 * 24 * time.Hour, "w wk wks week weeks tuần tuan"},
	{24 * time.Hour, "d day days ngày ngay"},
	{time.Hour, "h hr hrs hour hours giờ gio tiếng tieng"},
	{time.Minute, "m min mins minute minutes phút phut p"},
	{time.Second, "s sec secs second seconds giây giay"},
}

// maxParsedDuration is the longest duration that ParseDuration accepts: ten years.
const maxParsedDuration = 10 * 365 * 24 * time.Hour

var durationPart = regexp.MustCompile(`^(\d{1,9}(?:[.,]\d{1,9})?)\s*(\p{L}*)\.?(?:\s|,|\+|and\s|và\s)*`)

// ParseDuration parses a duration as people write it: "3d 4h", "1h30", "1.5h", "90 min", "1 day", "2 ngày". A number
// without a unit counts in the unit below the one before it. The result is rounded to seconds and is positive.
func ParseDuration(s string) (time.Duration, error) {
	var total time.Duration
	last := -1 // index of the last unit
	remaining := norm.NFC.String(strings.ToLower(strings.TrimSpace(s)))
	for remaining != "" {
		part := durationPart.FindStringSubmatch(remaining)
		if part == nil {
			return 0, fmt.Errorf("parse duration %q: invalid syntax", s)
		}
		unit := durationUnitIndex(part[2], last)
		if unit <= last {
			return 0, fmt.Errorf("parse duration %q: unknown, missing or repeated unit", s)
		}
		n, err := strconv.ParseFloat(strings.Replace(part[1], ",", ".", 1), 64)
		if err != nil {
			return 0, fmt.Errorf("parse duration %q: %w", s, err)
		}
		seconds := math.Round(n * durationUnits[unit].size.Seconds())
		if seconds > maxParsedDuration.Seconds() {
			return 0, fmt.Errorf("parse duration %q: too long", s)
		}
		total += time.Duration(seconds) * time.Second
		last, remaining = unit, remaining[len(part[0]):]
	}
	if total <= 0 || total > maxParsedDuration {
		return 0, fmt.Errorf("parse duration %q: out of range", s)
	}
	return total, nil
}

// durationUnitIndex returns the index in durationUnits of the unit with the name, or of the one below last if the name
// is empty; -1 if there is none.
func durationUnitIndex(name string, last int) int {
	if name == "" {
		if last < 0 || last+1 == len(durationUnits) {
			return -1
		}
		return last + 1
	}
	for i, unit := range durationUnits {
		for known := range strings.FieldsSeq(unit.names) {
			if known == name {
				return i
			}
		}
	}
	return -1
}

// FormatDuration formats a duration for ParseDuration as "1d 2h 5m", rounded to minutes, at least "1m".
func FormatDuration(d time.Duration) string {
	var parts []string
	remaining := max(time.Minute, d.Round(time.Minute))
	for _, unit := range durationUnits[1:4] {
		if n := remaining / unit.size; n > 0 {
			parts = append(parts, strconv.Itoa(int(n))+unit.names[:1])
			remaining %= unit.size
		}
	}
	return strings.Join(parts, " ")
}

// ParseDurationField returns the value of a field for a duration: the number of its units. A text that is neither a number
// nor a duration in whole units stays.
func (f Field) ParseDurationField(text string) string {
	if _, err := strconv.Atoi(text); err == nil {
		return text
	}
	d, err := ParseDuration(text)
	if err != nil || d%f.Unit != 0 {
		return text
	}
	return strconv.Itoa(int(d / f.Unit))
}

package views

import (
	"strings"

	"github.com/a-h/templ"
)

// PreferencesForm has the values of the preferences form that Page does not have.
type PreferencesForm struct {
	Zone     string            // as typed
	Problems map[string]string // by field
}

// Density is the row spacing of lists.
type Density string

const (
	DensityComfortable Density = ""
	DensityCompact     Density = "compact"
)

// Columns are the list columns that can be hidden, as "<list>-<column>". app.css hides them.
var Columns = []string{
	"giveaways-entries", "giveaways-winners", "giveaways-ends", "giveaways-host",
	"tickets-category", "tickets-opener", "tickets-claimer", "tickets-opened", "tickets-waiting", "tickets-priority", "tickets-labels",
}

// columnMessageKey returns the message key of a column's heading.
func columnMessageKey(column string) string {
	_, name, _ := strings.Cut(column, "-")
	return "col." + name
}

// ShortcutsOff is the value that disables keyboard shortcuts.
const ShortcutsOff = "off"

func (p Page) shortcutsValue() string {
	if p.ShortcutsDisabled {
		return ShortcutsOff
	}
	return ""
}

// shortcuts are the keyboard shortcuts and the message keys of their descriptions. A space separates keys pressed in
// sequence.
var shortcuts = []struct{ keys, messageKey string }{
	{"j", "keys.next"}, {"k", "keys.previous"}, {"x", "keys.tick"}, {"m", "keys.menu"}, {"/", "keys.search"}, {"Ctrl+K", "keys.palette"},
	{"g h", "keys.across"}, {"g o", "keys.overview"}, {"g g", "keys.giveaways"}, {"g t", "keys.tickets"}, {"?", "keys.help"},
}

// suggestedZones are the suggestions of the time zone field, which accepts any name of the IANA database.
var suggestedZones = []string{
	"Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "America/Anchorage", "America/Argentina/Buenos_Aires",
	"America/Bogota", "America/Chicago", "America/Denver", "America/Halifax", "America/Lima", "America/Los_Angeles",
	"America/Mexico_City", "America/New_York", "America/Phoenix", "America/Santiago", "America/Sao_Paulo", "America/Toronto",
	"Asia/Bangkok", "Asia/Dhaka", "Asia/Dubai", "Asia/Ho_Chi_Minh", "Asia/Hong_Kong", "Asia/Jakarta", "Asia/Jerusalem",
	"Asia/Karachi", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Manila", "Asia/Riyadh", "Asia/Seoul", "Asia/Shanghai",
	"Asia/Singapore", "Asia/Taipei", "Asia/Tehran", "Asia/Tokyo", "Atlantic/Reykjavik", "Australia/Adelaide",
	"Australia/Brisbane", "Australia/Perth", "Australia/Sydney", "Europe/Athens", "Europe/Berlin", "Europe/Istanbul",
	"Europe/Kyiv", "Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Moscow", "Europe/Paris", "Europe/Rome",
	"Europe/Stockholm", "Europe/Warsaw", "Pacific/Auckland", "Pacific/Honolulu", "UTC",
}

// zoneAttributes links the time zone field to its hint and its error message.
func zoneAttributes(f PreferencesForm) templ.Attributes {
	if f.Problems["zone"] == "" {
		return templ.Attributes{"aria-describedby": "zone-hint"}
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": "problem-zone zone-hint"}
}

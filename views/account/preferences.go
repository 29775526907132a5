// Package account renders a viewer's own pages: preferences and sessions.
package account

import "github.com/a-h/templ"

// PreferencesForm has the values of the preferences form that Page does not have.
type PreferencesForm struct {
	Zone     string            // as typed
	Problems map[string]string // by field
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

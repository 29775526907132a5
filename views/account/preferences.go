// Package account renders a viewer's own pages: preferences and sessions.
package account

import "github.com/a-h/templ"

// PreferencesForm has the values of the preferences form that Page does not have.
type PreferencesForm struct {
	Zone     string            // as typed
	Problems map[string]string // by field
}

// zoneAttributes links the time zone field to its hint and its error message.
func zoneAttributes(f PreferencesForm) templ.Attributes {
	if f.Problems["zone"] == "" {
		return templ.Attributes{"aria-describedby": "zone-hint"}
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": "problem-zone zone-hint"}
}

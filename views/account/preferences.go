// Package account renders a viewer's own pages: preferences and sessions.
package account

import (
	"github.com/a-h/templ"

	"guildboard/views/ui"
)

// PreferencesForm has the values of the preferences form that Page does not have.
type PreferencesForm struct {
	Zone           string            // as typed
	DirectMessages *DirectMessages   // nil: not offered
	Problems       map[string]string // by field
}

// DirectMessages is the setting of notifications that the bot sends by direct message.
type DirectMessages struct {
	Guilds      []ui.GuildLink // to choose from
	GuildIDs    []string       // chosen; none: no direct messages
	IsConfirmed bool           // the bot has sent a message that confirms the setting
	Refusal     string         // Discord's refusal of a message; "" if there was none
}

// zoneAttributes links the time zone field to its hint and its error message.
func zoneAttributes(f PreferencesForm) templ.Attributes {
	if f.Problems["zone"] == "" {
		return templ.Attributes{"aria-describedby": "zone-hint"}
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": "problem-zone zone-hint"}
}

// kindsAttributes links the kinds of notifications to their hint and their error message.
func kindsAttributes(f PreferencesForm) templ.Attributes {
	if f.Problems["notifications"] == "" {
		return templ.Attributes{"aria-describedby": "notifications-hint"}
	}
	return templ.Attributes{"aria-describedby": "problem-notifications notifications-hint"}
}

package handlers

import (
	"net/http"
	"slices"
	"strings"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// browserZoneCookie names the cookie in which times.js sends the browser's time zone.
const browserZoneCookie = "browser_zone"

// page returns the page shell for a request: the viewer, the language, the preferences and the guild.
func (s *Server) page(r *http.Request) ui.Page {
	p := ui.Page{
		Site: s.Site,
		Reader: ui.Reader{
			Locale:            text.ChooseLocale(preference(r, "lang"), r.Header.Get("Accept-Language"), s.Site.Locale),
			Zone:              store.Zone(preference(r, "zone")),
			BrowserZone:       store.Zone(store.CanonicalZone(cookieValue(r, browserZoneCookie))),
			Theme:             preferredTheme(r),
			Density:           preferredDensity(r),
			HiddenColumns:     filterAllowed(preference(r, "hide"), ui.Columns),
			ShortcutsDisabled: preference(r, "keys") == ui.ShortcutsOff,
			Notifications:     notificationSettings(r),
		},
		Shell: ui.Shell{Path: r.URL.RequestURI(), IsDemo: s.Demo != nil},
	}
	if v := visitorOf(r); v != nil {
		person := v.session.User()
		p.User = &person
		p.IsAccessUnconfirmed = v.session.IsStale
	}
	if g := guildOf(r); g != nil {
		p.Guild, p.Guilds, p.Rights, p.ViewedRoleID = &g.link, g.guilds, g.rights, g.viewedRole
		p.IsAccessUnconfirmed = p.IsAccessUnconfirmed || g.isStale
		p.Names = s.names.get(r.Context(), g.link.ID)
	}
	p.Alerts = alertsFor(p, r.URL.Query().Get("note"))
	return p
}

// alertKinds lists the messages that a page may show because of the query parameter "note". Other keys are ignored.
var alertKinds = map[string]ui.AlertKind{
	"login.needed": ui.AlertInfo, "login.out": ui.AlertInfo, "login.cancelled": ui.AlertInfo,
	"login.cookie": ui.AlertProblem, "login.expired": ui.AlertProblem, "login.address": ui.AlertProblem,
	"login.secret": ui.AlertProblem, "login.scope": ui.AlertProblem, "login.discordDown": ui.AlertProblem,
	"login.redisDown": ui.AlertProblem, "sessions.ended": ui.AlertSuccess,
	"preferences.saved": ui.AlertSuccess, "preferences.savedAccount": ui.AlertSuccess,
	"settings.saved": ui.AlertSuccess, "settings.deleted": ui.AlertSuccess, "staff.saved": ui.AlertSuccess,
	"form.unchanged":    ui.AlertInfo,
	"command.requested": ui.AlertInfo, "command.pending": ui.AlertInfo, "command.stateChanged": ui.AlertProblem,
	"command.unsupported": ui.AlertProblem, "bulk.partial": ui.AlertProblem,
	"priority.set": ui.AlertSuccess, "labels.set": ui.AlertSuccess,
	"notes.saved": ui.AlertSuccess, "notes.removed": ui.AlertSuccess,
	"templates.saved": ui.AlertSuccess, "templates.deleted": ui.AlertSuccess, "command.noBot": ui.AlertProblem,
}

func alertsFor(p ui.Page, key string) []ui.Alert {
	kind, isAlert := alertKinds[key]
	verb, isResult := strings.CutPrefix(key, "result.")
	switch {
	case isResult && slices.Contains(contract.Verbs, contract.Verb(verb)):
		return []ui.Alert{{Kind: ui.AlertSuccess, Text: ui.CommandResultText(p, contract.Verb(verb))}}
	case isAlert:
		return []ui.Alert{{Kind: kind, Text: p.T(key)}}
	}
	return nil
}

// showStylesheet answers with the stylesheet, which contains the site's accent colour.
func (s *Server) showStylesheet(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	s.writeBody(w, http.StatusOK, "text/css; charset=utf-8", ui.StyleCSS(s.Site))
}

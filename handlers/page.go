package handlers

import (
	"net/http"

	"guildboard/store"
	"guildboard/views"
)

// page returns the page shell for a request: the viewer, the language, the preferences and the guild.
func (s *Server) page(r *http.Request) views.Page {
	p := views.Page{
		Site:              s.Site,
		Locale:            views.ChooseLocale(preference(r, "lang"), r.Header.Get("Accept-Language"), s.Site.Locale),
		Theme:             preferredTheme(r),
		Zone:              store.Zone(preference(r, "zone")),
		Notifications:     notificationSettings(r),
		Density:           preferredDensity(r),
		ShortcutsDisabled: preference(r, "keys") == views.ShortcutsOff,
		HiddenColumns:     filterAllowed(preference(r, "hide"), views.Columns),
		IsDemo:            s.DemoUser != nil,
		HasDemoStaff:      s.DemoStaff != nil,
		Path:              r.URL.RequestURI(),
	}
	if v := visitorOf(r); v != nil {
		person := v.session.User()
		p.User = &person
		p.IsAccessUnconfirmed = v.session.Stale
	}
	if g := guildOf(r); g != nil {
		p.Guild, p.Guilds, p.Rights = &g.link, g.guilds, g.rights
		p.IsAccessUnconfirmed = p.IsAccessUnconfirmed || g.isStale
		p.Names = s.Names.get(r.Context(), g.link.ID)
	}
	p.Alerts = alertsFor(p, s, r.URL.Query().Get("note"))
	return p
}

// alertKinds lists the messages that a page may show because of the query parameter "note". Other keys are ignored.
var alertKinds = map[string]views.AlertKind{
	"login.needed": views.AlertInfo, "login.out": views.AlertInfo, "login.cancelled": views.AlertInfo,
	"login.cookie": views.AlertProblem, "login.expired": views.AlertProblem, "login.address": views.AlertProblem,
	"login.secret": views.AlertProblem, "login.scope": views.AlertProblem, "login.discordDown": views.AlertProblem,
	"login.redisDown": views.AlertProblem, "sessions.ended": views.AlertSuccess,
	"preferences.saved": views.AlertSuccess, "preferences.kept": views.AlertSuccess,
	"settings.saved": views.AlertSuccess, "settings.gone": views.AlertSuccess, "staff.saved": views.AlertSuccess,
	"command.asked": views.AlertInfo, "command.already": views.AlertInfo, "command.moved": views.AlertProblem,
	"command.cannot": views.AlertProblem, "bulk.some": views.AlertProblem,
	"priority.set": views.AlertSuccess, "labels.set": views.AlertSuccess,
	"notes.saved": views.AlertSuccess, "notes.removed": views.AlertSuccess,
	"templates.saved": views.AlertSuccess, "templates.deleted": views.AlertSuccess, "command.nobody": views.AlertProblem,
}

func alertsFor(p views.Page, s *Server, key string) []views.Alert {
	kind, ok := alertKinds[key]
	if !ok {
		return nil
	}
	return []views.Alert{{Kind: kind, Text: p.T(key, "url", s.redirectURL())}}
}

// showStylesheet answers with the stylesheet, which contains the site's accent colour.
func (s *Server) showStylesheet(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	s.writeBody(w, http.StatusOK, "text/css; charset=utf-8", views.StyleCSS(s.Site))
}

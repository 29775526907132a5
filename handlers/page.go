package handlers

import (
	"net/http"

	"guildboard/store"
	"guildboard/views"
)

// page is the shell for a request: who asks, in which language, within which guild.
func (s *Server) page(r *http.Request) views.Page {
	p := views.Page{
		Site:      s.Site,
		Locale:    views.ChooseLocale(preferred(r, "lang"), r.Header.Get("Accept-Language"), s.Site.Locale),
		Theme:     chosenTheme(r),
		Zone:      store.Zone(preferred(r, "zone")),
		Told:      told(r),
		Density:   chosenDensity(r),
		NoKeys:    preferred(r, "keys") == views.KeysOff,
		Hidden:    knownIn(preferred(r, "hide"), views.Columns),
		Demo:      s.DemoUser != nil,
		DemoStaff: s.DemoStaff != nil,
		Path:      r.URL.RequestURI(),
	}
	if v := visitorOf(r); v != nil {
		person := v.session.Person()
		p.User = &person
		p.Stale = v.session.Stale
	}
	if g := guildOf(r); g != nil {
		p.Guild, p.Guilds, p.Rights = &g.link, g.others, g.rights
		p.Stale = p.Stale || g.stale
		p.Names = s.Names.of(r.Context(), g.link.ID)
	}
	p.Notes = noteFor(p, s, r.URL.Query().Get("note"))
	return p
}

// notices are the sentences that one page may ask the next to say; any other is ignored.
var notices = map[string]views.NoteKind{
	"login.needed": views.NoteInfo, "login.out": views.NoteInfo, "login.cancelled": views.NoteInfo,
	"login.cookie": views.NoteProblem, "login.expired": views.NoteProblem, "login.address": views.NoteProblem,
	"login.secret": views.NoteProblem, "login.scope": views.NoteProblem, "login.discordDown": views.NoteProblem,
	"login.redisDown": views.NoteProblem, "sessions.ended": views.NoteSuccess, "preferences.saved": views.NoteSuccess, "preferences.kept": views.NoteSuccess,
	"settings.saved": views.NoteSuccess, "settings.gone": views.NoteSuccess, "staff.saved": views.NoteSuccess,
	"command.asked": views.NoteInfo, "command.already": views.NoteInfo, "command.moved": views.NoteProblem,
	"command.cannot": views.NoteProblem, "bulk.some": views.NoteProblem,
	"priority.set": views.NoteSuccess, "labels.set": views.NoteSuccess, "notes.saved": views.NoteSuccess, "notes.removed": views.NoteSuccess,
	"templates.saved": views.NoteSuccess, "templates.deleted": views.NoteSuccess, "command.nobody": views.NoteProblem,
}

func noteFor(p views.Page, s *Server, key string) []views.Note {
	kind, known := notices[key]
	if !known {
		return nil
	}
	return []views.Note{{Kind: kind, Text: p.T(key, "url", s.redirectURL())}}
}

// showStyle answers with the stylesheet, the site's own colour in it.
func (s *Server) showStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	s.send(w, http.StatusOK, "text/css; charset=utf-8", views.StyleCSS(s.Site))
}

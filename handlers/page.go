package handlers

import (
	"net/http"
	"net/url"

	"guildboard/views"
)

// Cookies of a reader's own choices.
const (
	langCookie  = "lang"
	themeCookie = "theme"
)

// page is the shell for a request: who asks, in which language, within which guild.
func (s *Server) page(r *http.Request) views.Page {
	p := views.Page{
		Site:   s.Site,
		Locale: views.ChooseLocale(cookieValue(r, langCookie), r.Header.Get("Accept-Language"), s.Site.Locale),
		Theme:  chosenTheme(r),
		Demo:   s.DemoUser != nil,
		Path:   r.URL.RequestURI(),
	}
	if v := visitorOf(r); v != nil {
		person := v.session.Person()
		p.User = &person
		p.Stale = v.session.Stale
	}
	if g := guildOf(r); g != nil {
		p.Guild, p.Guilds = &g.link, g.others
		p.Stale = p.Stale || g.stale
	}
	p.Notes = noteFor(p, s, r.URL.Query().Get("note"))
	return p
}

// notices are the sentences that one page may ask the next to say; any other is ignored.
var notices = map[string]views.NoteKind{
	"login.needed": views.NoteInfo, "login.out": views.NoteInfo, "login.cancelled": views.NoteInfo,
	"login.cookie": views.NoteProblem, "login.expired": views.NoteProblem, "login.address": views.NoteProblem,
	"login.secret": views.NoteProblem, "login.scope": views.NoteProblem, "login.discordDown": views.NoteProblem,
	"login.redisDown": views.NoteProblem, "sessions.ended": views.NoteSuccess,
	"command.asked": views.NoteInfo, "command.already": views.NoteInfo, "command.moved": views.NoteProblem,
	"command.cannot": views.NoteProblem, "command.nobody": views.NoteProblem,
}

func noteFor(p views.Page, s *Server, key string) []views.Note {
	kind, known := notices[key]
	if !known {
		return nil
	}
	return []views.Note{{Kind: kind, Text: p.T(key, "url", s.redirectURL())}}
}

func chosenTheme(r *http.Request) views.Theme {
	switch t := views.Theme(cookieValue(r, themeCookie)); t {
	case views.ThemeLight, views.ThemeDark:
		return t
	}
	return views.ThemeSystem
}

func cookieValue(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// savePreferences answers "POST /preferences": language and theme, kept in the browser for a year.
func (s *Server) savePreferences(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return badInput("the form cannot be read")
	}
	for _, choice := range []struct {
		field, cookie string
		known         []string
	}{
		{"lang", langCookie, []string{string(views.English), string(views.Vietnamese)}},
		{"theme", themeCookie, []string{string(views.ThemeSystem), string(views.ThemeLight), string(views.ThemeDark)}},
	} {
		if !r.PostForm.Has(choice.field) {
			continue
		}
		value, ok := oneOf(r.PostForm.Get(choice.field), choice.known)
		if !ok {
			return badInput("unknown " + choice.field)
		}
		http.SetCookie(w, &http.Cookie{
			Name: choice.cookie, Value: value, Path: "/", MaxAge: 365 * 24 * 3600,
			HttpOnly: true, Secure: s.isSecure(), SameSite: http.SameSiteLaxMode,
		})
	}
	http.Redirect(w, r, cameFrom(r), http.StatusSeeOther)
	return nil
}

// cameFrom is the page whose form was sent: its address may have changed since it was loaded, which the browser says.
func cameFrom(r *http.Request) string {
	back := localPath(r.PostForm.Get("return"), "/")
	if from, err := url.Parse(r.Referer()); err == nil && from.Host == r.Host && from.Path != "" {
		back = localPath(from.RequestURI(), back)
	}
	return back
}

// showAccent answers with the stylesheet of the site's own colour.
func (s *Server) showAccent(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	s.send(w, http.StatusOK, "text/css; charset=utf-8", []byte(views.AccentCSS(s.Site)))
}

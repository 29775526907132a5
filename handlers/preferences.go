package handlers

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"guildboard/store"
	"guildboard/views"
)

// Cookies of what belongs to a device: a telephone is not told of what a desk is.
const (
	toldCookie  = "notifications"
	waysCookie  = "notification_methods"
	fromCookie  = "quiet_from"
	untilCookie = "quiet_until"
)

// choice is one thing that a reader may choose: the field of the form, and the cookie that keeps it in the browser. Of a
// field that comes several times the values are kept together, with dots between them.
type choice struct {
	field, cookie string
	known         func(value string) bool
	problem       string // key of what to say at the field; "" where no form of ours sends anything unknown
	device        bool   // it is about the device; all else goes with the person once they are signed in
}

var choices = []choice{
	{field: "lang", cookie: "lang", known: among(string(views.English), string(views.Vietnamese))},
	{field: "theme", cookie: "theme", known: among(string(views.ThemeSystem), string(views.ThemeLight), string(views.ThemeDark))},
	{field: "zone", cookie: "zone", known: func(v string) bool { return v == "" || store.Zone(v) != nil }, problem: "form.zone"},
	{field: "density", cookie: "density", known: among(string(views.Comfortable), string(views.Compact))},
	{field: "hide", cookie: "hide", known: all(views.Columns)},
	{field: "keys", cookie: "keys", known: among("", views.KeysOff)},
	{field: "notifications", cookie: toldCookie, known: all(views.ToldKinds), device: true},
	{field: "notification-methods", cookie: waysCookie, known: all(views.ToldWays), device: true},
	{field: "quiet-from", cookie: fromCookie, known: isHour, problem: "preferences.badHour", device: true},
	{field: "quiet-until", cookie: untilCookie, known: isHour, problem: "preferences.badHour", device: true},
}

// preferred is what the reader has chosen in that field: as a person, else in this browser. It may be anything.
func preferred(r *http.Request, field string) string {
	if v := visitorOf(r); v != nil {
		if value, chosen := v.chosen[field]; chosen {
			return value
		}
	}
	return cookieValue(r, field)
}

func among(known ...string) func(string) bool {
	return func(value string) bool { return slices.Contains(known, value) }
}

// all are lists of what is known, with dots between.
func all(known []string) func(string) bool {
	return func(value string) bool {
		for _, one := range parts(value) {
			if !slices.Contains(known, one) {
				return false
			}
		}
		return true
	}
}

// parts are the members of such a list.
func parts(list string) []string {
	return slices.DeleteFunc(strings.Split(list, "."), func(part string) bool { return part == "" })
}

// isHour tells whether it is an hour and a minute as <input type="time"> has them, or nothing.
func isHour(value string) bool {
	_, err := time.Parse("15:04", value)
	return value == "" || err == nil
}

// told is what the reader wants to be told of, and how.
func told(r *http.Request) views.Told {
	t := views.Told{Kinds: knownIn(cookieValue(r, toldCookie), views.ToldKinds), Ways: knownIn(cookieValue(r, waysCookie), views.ToldWays)}
	if from, until := cookieValue(r, fromCookie), cookieValue(r, untilCookie); isHour(from) && isHour(until) {
		t.QuietFrom, t.QuietUntil = from, until
	}
	return t
}

// knownIn are those of a list that are known; cookies can be made up.
func knownIn(chosen string, known []string) (list []string) {
	for _, one := range parts(chosen) {
		if slices.Contains(known, one) && !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

func chosenTheme(r *http.Request) views.Theme {
	switch t := views.Theme(preferred(r, "theme")); t {
	case views.ThemeLight, views.ThemeDark:
		return t
	}
	return views.ThemeSystem
}

func chosenDensity(r *http.Request) views.Density {
	if views.Density(preferred(r, "density")) == views.Compact {
		return views.Compact
	}
	return views.Comfortable
}

func cookieValue(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// showPreferences answers "GET /preferences".
func (s *Server) showPreferences(w http.ResponseWriter, r *http.Request) error {
	page := s.page(r)
	page.Title, page.Tries = page.T("preferences.title"), true
	return s.render(w, r, views.Preferences(page, views.PreferencesForm{Zone: page.ChosenZone()}))
}

// savePreferences answers "POST /preferences": the choices that the form holds, kept for who is signed in, and in the
// browser for a year, where they hold while nobody is. What cannot be read changes nothing.
func (s *Server) savePreferences(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return badInput("the form cannot be read")
	}
	page := s.page(r)
	problems := map[string]string{}
	var cookies []*http.Cookie
	own := map[string]string{}
	for _, c := range choices {
		if !r.PostForm.Has(c.field) {
			continue
		}
		value := plain(strings.Join(parts(strings.Join(r.PostForm[c.field], ".")), "."), 200)
		switch {
		case c.known(value):
			if !c.device {
				own[c.field] = value
			}
			cookies = append(cookies, &http.Cookie{
				Name: c.cookie, Value: value, Path: "/", MaxAge: 365 * 24 * 3600,
				HttpOnly: true, Secure: s.isSecure(), SameSite: http.SameSiteLaxMode,
			})
		case c.problem != "":
			problems[c.field] = page.T(c.problem)
		default:
			return badInput("unknown " + c.field)
		}
	}
	if len(problems) > 0 {
		page.Title, page.Tries = page.T("preferences.title"), true
		form := views.PreferencesForm{Zone: plain(r.PostForm.Get("zone"), 60), Problems: problems}
		page.Told.QuietFrom, page.Told.QuietUntil = plain(r.PostForm.Get("quiet-from"), 10), plain(r.PostForm.Get("quiet-until"), 10)
		s.write(w, r, http.StatusUnprocessableEntity, views.Preferences(page, form))
		return nil
	}
	note := "preferences.saved"
	if v := visitorOf(r); v != nil && len(own) > 0 {
		if err := s.Store.SavePreferences(r.Context(), v.session.UserID, own); err != nil {
			return err
		}
		note = "preferences.kept"
	}
	for _, c := range cookies {
		http.SetCookie(w, c)
	}
	if r.PostForm.Has("page") {
		http.Redirect(w, r, "/preferences?note="+note, http.StatusSeeOther)
		return nil
	}
	http.Redirect(w, r, s.cameFrom(r), http.StatusSeeOther)
	return nil
}

// cameFrom is the page whose form was sent: its address may have changed since it was loaded, which the browser says.
func (s *Server) cameFrom(r *http.Request) string {
	return cmp.Or(s.ownPath(r, r.Referer()), localPath(r.PostForm.Get("return"), "/"))
}

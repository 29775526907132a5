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
	notificationKindsCookie   = "notifications"
	notificationMethodsCookie = "notification_methods"
	quietFromCookie           = "quiet_from"
	quietUntilCookie          = "quiet_until"
)

// preferenceField is one thing that a reader may choose: the field of the form, and the cookie that keeps it in the
// browser. Of a field that comes several times the values are kept together, with dots between them.
type preferenceField struct {
	field, cookie string
	isValid       func(value string) bool
	problemKey    string // key of what to say at the field; "" where no form of ours sends anything unknown
	isPerDevice   bool   // it is about the device; all else goes with the person once they are signed in
}

var preferenceFields = []preferenceField{
	{field: "lang", cookie: "lang", isValid: oneOf(string(views.English), string(views.Vietnamese))},
	{field: "theme", cookie: "theme", isValid: oneOf(string(views.ThemeSystem), string(views.ThemeLight), string(views.ThemeDark))},
	{field: "zone", cookie: "zone", isValid: func(v string) bool { return v == "" || store.Zone(v) != nil }, problemKey: "form.zone"},
	{field: "density", cookie: "density", isValid: oneOf(string(views.DensityComfortable), string(views.DensityCompact))},
	{field: "hide", cookie: "hide", isValid: subsetOf(views.Columns)},
	{field: "keys", cookie: "keys", isValid: oneOf("", views.ShortcutsOff)},
	{field: "notifications", cookie: notificationKindsCookie, isValid: subsetOf(views.NotificationKinds), isPerDevice: true},
	{field: "notification-methods", cookie: notificationMethodsCookie, isValid: subsetOf(views.NotificationMethods), isPerDevice: true},
	{field: "quiet-from", cookie: quietFromCookie, isValid: isTimeOfDay, problemKey: "preferences.badHour", isPerDevice: true},
	{field: "quiet-until", cookie: quietUntilCookie, isValid: isTimeOfDay, problemKey: "preferences.badHour", isPerDevice: true},
}

// preference is what the reader has chosen in that field: as a person, else in this browser. It may be anything.
func preference(r *http.Request, field string) string {
	if v := visitorOf(r); v != nil {
		if value, ok := v.preferences[field]; ok {
			return value
		}
	}
	return cookieValue(r, field)
}

func oneOf(allowed ...string) func(string) bool {
	return func(value string) bool { return slices.Contains(allowed, value) }
}

// subsetOf are lists of what is known, with dots between.
func subsetOf(allowed []string) func(string) bool {
	return func(value string) bool {
		for _, item := range splitList(value) {
			if !slices.Contains(allowed, item) {
				return false
			}
		}
		return true
	}
}

// splitList are the members of such a list.
func splitList(list string) []string {
	return slices.DeleteFunc(strings.Split(list, "."), func(part string) bool { return part == "" })
}

// isTimeOfDay tells whether it is an hour and a minute as <input type="time"> has them, or nothing.
func isTimeOfDay(value string) bool {
	_, err := time.Parse("15:04", value)
	return value == "" || err == nil
}

// notificationSettings is what the reader wants to be told of, and how.
func notificationSettings(r *http.Request) views.NotificationSettings {
	t := views.NotificationSettings{Kinds: filterAllowed(cookieValue(r, notificationKindsCookie), views.NotificationKinds), Methods: filterAllowed(cookieValue(r, notificationMethodsCookie), views.NotificationMethods)}
	if from, until := cookieValue(r, quietFromCookie), cookieValue(r, quietUntilCookie); isTimeOfDay(from) && isTimeOfDay(until) {
		t.QuietFrom, t.QuietUntil = from, until
	}
	return t
}

// filterAllowed are those of a list that are known; cookies can be made up.
func filterAllowed(value string, allowed []string) (list []string) {
	for _, item := range splitList(value) {
		if slices.Contains(allowed, item) && !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}

func preferredTheme(r *http.Request) views.Theme {
	switch t := views.Theme(preference(r, "theme")); t {
	case views.ThemeLight, views.ThemeDark:
		return t
	}
	return views.ThemeSystem
}

func preferredDensity(r *http.Request) views.Density {
	if views.Density(preference(r, "density")) == views.DensityCompact {
		return views.DensityCompact
	}
	return views.DensityComfortable
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
	page.Title, page.HasNotificationTest = page.T("preferences.title"), true
	return s.render(w, r, views.Preferences(page, views.PreferencesForm{Zone: page.ChosenZone()}))
}

// savePreferences answers "POST /preferences": the choices that the form holds, kept for who is signed in, and in the
// browser for a year, where they hold while nobody is. What cannot be read changes nothing.
func (s *Server) savePreferences(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	if err := r.ParseForm(); err != nil {
		return badInput("the form cannot be read")
	}
	page := s.page(r)
	problems := map[string]string{}
	var cookies []*http.Cookie
	userValues := map[string]string{}
	for _, c := range preferenceFields {
		if !r.PostForm.Has(c.field) {
			continue
		}
		value := cleanLine(strings.Join(splitList(strings.Join(r.PostForm[c.field], ".")), "."), 200)
		switch {
		case c.isValid(value):
			if !c.isPerDevice {
				userValues[c.field] = value
			}
			cookies = append(cookies, &http.Cookie{
				Name: c.cookie, Value: value, Path: "/", MaxAge: 365 * 24 * 3600,
				HttpOnly: true, Secure: s.isSecure(), SameSite: http.SameSiteLaxMode,
			})
		case c.problemKey != "":
			problems[c.field] = page.T(c.problemKey)
		default:
			return badInput("unknown " + c.field)
		}
	}
	if len(problems) > 0 {
		page.Title, page.HasNotificationTest = page.T("preferences.title"), true
		form := views.PreferencesForm{Zone: cleanLine(r.PostForm.Get("zone"), 60), Problems: problems}
		page.Notifications.QuietFrom, page.Notifications.QuietUntil = cleanLine(r.PostForm.Get("quiet-from"), 10), cleanLine(r.PostForm.Get("quiet-until"), 10)
		s.respond(w, r, http.StatusUnprocessableEntity, views.Preferences(page, form))
		return nil
	}
	alertKey := "preferences.saved"
	if v := visitorOf(r); v != nil && len(userValues) > 0 {
		if err := s.Store.SavePreferences(r.Context(), v.session.UserID, userValues); err != nil {
			return err
		}
		alertKey = "preferences.kept"
	}
	for _, c := range cookies {
		http.SetCookie(w, c)
	}
	if r.PostForm.Has("page") {
		http.Redirect(w, r, "/preferences?note="+alertKey, http.StatusSeeOther)
		return nil
	}
	http.Redirect(w, r, s.formPagePath(r), http.StatusSeeOther)
	return nil
}

// formPagePath is the page whose form was sent: its address may have changed since it was loaded, which the browser
// says.
func (s *Server) formPagePath(r *http.Request) string {
	return cmp.Or(s.sameSitePath(r, r.Referer()), localPath(r.PostForm.Get("return"), "/"))
}

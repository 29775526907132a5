package handlers

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"guildboard/store"
	"guildboard/views/account"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// Cookies of preferences that apply to one device.
const (
	notificationKindsCookie   = "notifications"
	notificationMethodsCookie = "notification_methods"
	quietFromCookie           = "quiet_from"
	quietUntilCookie          = "quiet_until"
)

// preferenceField is a preference: the name of its form field, and the cookie that stores it in the browser. Several
// values of a field are stored as one, separated by dots.
type preferenceField struct {
	field, cookie string
	isValid       func(value string) bool
	problemKey    string // message key; "" if the form offers no invalid values
	isPerDevice   bool   // stored in the cookie only, also for signed-in users
}

var preferenceFields = []preferenceField{
	{field: "lang", cookie: "lang", isValid: oneOf(string(text.English), string(text.Vietnamese))},
	{field: "theme", cookie: "theme", isValid: oneOf(string(ui.ThemeSystem), string(ui.ThemeLight), string(ui.ThemeDark))},
	{field: "zone", cookie: "zone", isValid: func(v string) bool { return v == "" || store.Zone(v) != nil }, problemKey: "form.zone"},
	{field: "density", cookie: "density", isValid: oneOf(string(ui.DensityComfortable), string(ui.DensityCompact))},
	{field: "hide", cookie: "hide", isValid: subsetOf(ui.Columns)},
	{field: "keys", cookie: "keys", isValid: oneOf("", ui.ShortcutsOff)},
	{field: "notifications", cookie: notificationKindsCookie, isValid: subsetOf(ui.NotificationKinds), isPerDevice: true},
	{field: "notification-methods", cookie: notificationMethodsCookie, isValid: subsetOf(ui.NotificationMethods), isPerDevice: true},
	{field: "quiet-from", cookie: quietFromCookie, isValid: isTimeOfDay, problemKey: "preferences.badHour", isPerDevice: true},
	{field: "quiet-until", cookie: quietUntilCookie, isValid: isTimeOfDay, problemKey: "preferences.badHour", isPerDevice: true},
}

// preference returns the viewer's value of a field: the stored one of the user, else the cookie's. It is not validated
// if it comes from a cookie.
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

// subsetOf returns a validator of dot-separated lists of allowed items.
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

// splitList splits a dot-separated list.
func splitList(list string) []string {
	return slices.DeleteFunc(strings.Split(list, "."), func(part string) bool { return part == "" })
}

// isTimeOfDay reports whether value is a time as sent by <input type="time">, or empty.
func isTimeOfDay(value string) bool {
	_, err := time.Parse("15:04", value)
	return value == "" || err == nil
}

// notificationSettings returns the notifications that the viewer wants, from the cookies of the browser.
func notificationSettings(r *http.Request) ui.NotificationSettings {
	t := ui.NotificationSettings{
		Kinds:   filterAllowed(cookieValue(r, notificationKindsCookie), ui.NotificationKinds),
		Methods: filterAllowed(cookieValue(r, notificationMethodsCookie), ui.NotificationMethods),
	}
	if from, until := cookieValue(r, quietFromCookie), cookieValue(r, quietUntilCookie); isTimeOfDay(from) && isTimeOfDay(until) {
		t.QuietFrom, t.QuietUntil = from, until
	}
	return t
}

// filterAllowed returns the allowed items of a dot-separated list without duplicates. Cookies can contain any text.
func filterAllowed(value string, allowed []string) (list []string) {
	for _, item := range splitList(value) {
		if slices.Contains(allowed, item) && !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}

func preferredTheme(r *http.Request) ui.Theme {
	switch t := ui.Theme(preference(r, "theme")); t {
	case ui.ThemeLight, ui.ThemeDark:
		return t
	}
	return ui.ThemeSystem
}

func preferredDensity(r *http.Request) ui.Density {
	if ui.Density(preference(r, "density")) == ui.DensityCompact {
		return ui.DensityCompact
	}
	return ui.DensityComfortable
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
	return s.render(w, r, account.Preferences(page, account.PreferencesForm{Zone: page.ChosenZone()}))
}

// savePreferences answers "POST /preferences". It stores the submitted preferences for the signed-in user, and in
// cookies for a year. If a value is invalid, it stores nothing.
func (s *Server) savePreferences(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	if err := r.ParseForm(); err != nil {
		return badInput("form is malformed")
	}
	page := s.page(r)
	if lists := r.PostForm["columns-of"]; len(lists) > 0 {
		r.PostForm["hide"] = hiddenColumns(page.HiddenColumns, lists, r.PostForm["show"])
	}
	problems := map[string]string{}
	zoneProblem := ""
	if r.PostForm.Get("zone") != "" {
		var zone *time.Location
		if zone, zoneProblem = parseZone(r.PostForm); zone != nil {
			r.PostForm.Set("zone", zone.String())
		}
	}
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
			if c.field == "zone" {
				problems["zone"] = page.T(zoneProblem)
			}
		default:
			return badInput("invalid " + c.field)
		}
	}
	if len(problems) > 0 {
		page.Title, page.HasNotificationTest = page.T("preferences.title"), true
		form := account.PreferencesForm{Zone: cleanLine(r.PostForm.Get("zone"), 60), Problems: problems}
		page.Notifications.QuietFrom = cleanLine(r.PostForm.Get("quiet-from"), 10)
		page.Notifications.QuietUntil = cleanLine(r.PostForm.Get("quiet-until"), 10)
		s.respond(w, r, http.StatusUnprocessableEntity, account.Preferences(page, form))
		return nil
	}
	alertKey := "preferences.saved"
	if v := visitorOf(r); v != nil && len(userValues) > 0 {
		if err := s.Store.SavePreferences(r.Context(), v.session.UserID, userValues); err != nil {
			return err
		}
		alertKey = "preferences.savedAccount"
	}
	for _, c := range cookies {
		http.SetCookie(w, c)
	}
	if r.Header.Get("HX-Request") != "" {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if r.PostForm.Has("page") {
		http.Redirect(w, r, "/preferences?note="+alertKey, http.StatusSeeOther)
		return nil
	}
	http.Redirect(w, r, s.formPagePath(r), http.StatusSeeOther)
	return nil
}

// hiddenColumns returns the hidden columns after a form with the columns of some lists was sent, of which those in shown
// are visible. The columns of other lists stay as they are.
func hiddenColumns(hidden, lists, shown []string) []string {
	after := []string{""} // a form without hidden columns has a value, too
	for _, column := range ui.Columns {
		list, _, _ := strings.Cut(column, "-")
		isHidden := slices.Contains(hidden, column)
		if slices.Contains(lists, list) {
			isHidden = !slices.Contains(shown, column)
		}
		if isHidden {
			after = append(after, column)
		}
	}
	return after
}

// formPagePath returns the page whose form was sent. The referrer has precedence over the form, because the URL of the
// page may have changed after it was loaded.
func (s *Server) formPagePath(r *http.Request) string {
	return cmp.Or(s.sameSitePath(r, r.Referer()), localPath(r.PostForm.Get("return"), "/"))
}

package handlers

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/views/account"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// Fields of notification settings.
const (
	notificationKindsField   = "notifications"
	notificationMethodsField = "notification-methods"
	quietFromField           = "quiet-from"
	quietUntilField          = "quiet-until"
	directMessagesField      = "direct-messages" // IDs of servers; not a preferenceField, because the bot reads it
)

// preferenceField is a preference: the name of its form field and of the cookie that stores it in the browser. Several
// values of a field are stored as one, separated by dots.
type preferenceField struct {
	name        string
	isValid     func(value string) bool
	problemKey  string // message key; "" if the form offers no invalid values
	isPerDevice bool   // stored in the cookie only, also for signed-in users
}

var preferenceFields = []preferenceField{
	{name: "lang", isValid: oneOf(string(text.English), string(text.Vietnamese))},
	{name: "theme", isValid: oneOf(string(ui.ThemeSystem), string(ui.ThemeLight), string(ui.ThemeDark))},
	{name: "zone", isValid: func(v string) bool { return v == "" || store.Zone(v) != nil }, problemKey: "form.zone"},
	{name: "density", isValid: oneOf(string(ui.DensityComfortable), string(ui.DensityCompact))},
	{name: "hide", isValid: subsetOf(ui.Columns)},
	{name: "keys", isValid: oneOf("", ui.ShortcutsOff)},
	{name: notificationKindsField, isValid: subsetOf(store.NotificationKinds)},
	{name: notificationMethodsField, isValid: subsetOf(ui.NotificationMethods), isPerDevice: true},
	{name: quietFromField, isValid: isTimeOfDay, problemKey: "preferences.badHour"},
	{name: quietUntilField, isValid: isTimeOfDay, problemKey: "preferences.badHour"},
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

// notificationSettings returns the notifications that the viewer wants in this browser.
func notificationSettings(r *http.Request) ui.NotificationSettings {
	t := ui.NotificationSettings{
		Kinds:   filterAllowed(preference(r, notificationKindsField), store.NotificationKinds),
		Methods: filterAllowed(cookieValue(r, notificationMethodsField), ui.NotificationMethods),
	}
	if from, until := preference(r, quietFromField), preference(r, quietUntilField); isTimeOfDay(from) && isTimeOfDay(until) {
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
	form := account.PreferencesForm{Zone: page.ChosenZone(), DirectMessages: s.offeredDirectMessages(r)}
	page.Title, page.HasNotificationTest = page.T("preferences.title"), true
	return s.render(w, r, account.Preferences(page, form))
}

// offeredDirectMessages returns the viewer's setting of notifications by direct message; nil if the form cannot offer it:
// to a signed-out viewer, one without a server, without a bot that supports it, or while Discord or the database does not
// answer.
func (s *Server) offeredDirectMessages(r *http.Request) *account.DirectMessages {
	if visitorOf(r) == nil || !s.Commands.BotState(r.Context()).Supports(contract.CapabilityNotifications) {
		return nil
	}
	m, err := s.directMessages(r)
	if err != nil || len(m.Guilds) == 0 {
		return nil
	}
	return m
}

// directMessages returns the viewer's setting of notifications by direct message, and the servers to choose from.
func (s *Server) directMessages(r *http.Request) (*account.DirectMessages, error) {
	visible, err := s.loadVisibleGuilds(r.Context(), visitorOf(r).session)
	if err != nil {
		return nil, err
	}
	recipient, err := s.Store.NotificationRecipient(r.Context(), visitorOf(r).session.UserID)
	if err != nil {
		return nil, err
	}
	m := &account.DirectMessages{Guilds: visible.withBot}
	if recipient != nil {
		m.GuildIDs, m.IsConfirmed = recipient.GuildIDs, recipient.NotifiedUntil != nil
		if recipient.Refusal != nil {
			m.Refusal = *recipient.Refusal
		}
	}
	return m, nil
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
		if !r.PostForm.Has(c.name) {
			continue
		}
		value := cleanLine(strings.Join(splitList(strings.Join(r.PostForm[c.name], ".")), "."), 200)
		switch {
		case c.isValid(value):
			if !c.isPerDevice {
				userValues[c.name] = value
			}
			cookies = append(cookies, &http.Cookie{
				Name: c.name, Value: value, Path: "/", MaxAge: 365 * 24 * 3600,
				HttpOnly: true, Secure: s.isSecure(), SameSite: http.SameSiteLaxMode,
			})
		case c.problemKey != "":
			problems[c.name] = page.T(c.problemKey)
			if c.name == "zone" {
				problems["zone"] = page.T(zoneProblem)
			}
		default:
			return badInput("invalid " + c.name)
		}
	}
	messages, err := s.submittedDirectMessages(r)
	if err != nil {
		return err
	}
	if messages != nil && len(messages.GuildIDs) > 0 && userValues[notificationKindsField] == "" {
		problems[notificationKindsField] = page.T("directMessage.noKinds")
	}
	if len(problems) > 0 {
		return s.showRefusedPreferences(w, r, userValues, account.PreferencesForm{
			Zone: cleanLine(r.PostForm.Get("zone"), 60), DirectMessages: messages, Problems: problems,
		})
	}
	alertKey := "preferences.saved"
	if v := visitorOf(r); v != nil && len(userValues) > 0 {
		if err := s.Store.SavePreferences(r.Context(), v.session.UserID, userValues); err != nil {
			return err
		}
		alertKey = "preferences.savedAccount"
	}
	if messages != nil {
		err := s.Store.SaveNotificationRecipient(r.Context(), store.NotificationRecipient{
			UserID: visitorOf(r).session.UserID, GuildIDs: messages.GuildIDs, DashboardURL: s.PublicURL,
			Locale: string(page.Locale), TimeZone: page.TimeZone().String(),
		})
		if err != nil {
			return err
		}
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

// submittedDirectMessages returns the setting of notifications by direct message in the form; nil if the form has none.
// The viewer can only choose servers that they can see.
func (s *Server) submittedDirectMessages(r *http.Request) (*account.DirectMessages, error) {
	if visitorOf(r) == nil || !r.PostForm.Has(directMessagesField) {
		return nil, nil
	}
	m, err := s.directMessages(r)
	if err != nil {
		return nil, err
	}
	m.GuildIDs = nil
	for _, id := range r.PostForm[directMessagesField] {
		isVisible := slices.ContainsFunc(m.Guilds, func(g ui.GuildLink) bool { return g.ID == id })
		if id != "" && !isVisible {
			return nil, errNotFound
		}
		if id != "" && !slices.Contains(m.GuildIDs, id) {
			m.GuildIDs = append(m.GuildIDs, id)
		}
	}
	return m, nil
}

// showRefusedPreferences answers a form with problems with the submitted values, of which userValues are valid.
func (s *Server) showRefusedPreferences(w http.ResponseWriter, r *http.Request, userValues map[string]string,
	form account.PreferencesForm) error {
	methods := filterAllowed(strings.Join(r.PostForm[notificationMethodsField], "."), ui.NotificationMethods)
	if v := visitorOf(r); v != nil {
		submitted := *v
		submitted.preferences = maps.Clone(v.preferences)
		maps.Copy(submitted.preferences, userValues)
		r = r.WithContext(context.WithValue(r.Context(), visitorKey, &submitted))
	}
	page := s.page(r)
	page.Title, page.HasNotificationTest = page.T("preferences.title"), true
	page.Notifications.Methods = methods
	page.Notifications.QuietFrom = cleanLine(r.PostForm.Get(quietFromField), 10)
	page.Notifications.QuietUntil = cleanLine(r.PostForm.Get(quietUntilField), 10)
	s.respond(w, r, http.StatusUnprocessableEntity, account.Preferences(page, form))
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

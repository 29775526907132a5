package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"guildboard/store"
	"guildboard/views"
)

// settingsForm is a sheet that somebody fills in: how it is shown, what is wrong with it, and what becomes of it.
type settingsForm struct {
	view         views.SettingsFormView // all but what is filled in
	values       store.FormValues       // as it is
	version      int                    // of now; 0: there is nothing yet
	validate     func(store.FormValues) map[string]string
	save         func(ctx context.Context, actor store.User, v store.FormValues) error // over now
	target       string                                                                // in the audit log
	module       store.Module
	redirectPath string // where one is led once it is saved
}

// settingsFormLoader is what is edited, as the request names it.
type settingsFormLoader func(*http.Request) (settingsForm, error)

// showSettingsForm answers GET of a sheet.
func (s *Server) showSettingsForm(load settingsFormLoader) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		form, err := load(r)
		if err != nil {
			return err
		}
		form.view.Values, form.view.Version, form.view.IsSaved = form.values, form.version, true
		// The bot leaves out channels and roles that were deleted in Discord; here managers see which.
		page := s.page(r)
		form.view.Problems = map[string]string{}
		for field, key := range page.Names.ForeignIDsInValues(guildOf(r).link.ID, form.view.Schema, store.FormValues{}, form.values) {
			form.view.Problems[field] = page.T(key)
		}
		return s.renderSettingsForm(w, r, http.StatusOK, form.view)
	}
}

// saveSettingsForm answers POST of a sheet. It is saved over the version that its form was filled in over, and no
// other: when somebody has saved meanwhile, both versions come back, and saving it again is a decision.
func (s *Server) saveSettingsForm(load settingsFormLoader) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := parseForm(w, r); err != nil {
			return err
		}
		form, err := load(r)
		if err != nil {
			return err
		}
		seenVersion, err := strconv.Atoi(r.PostForm.Get("version"))
		if err != nil {
			return badInput("version is not a number")
		}
		v := parseFormValues(form.view.Schema, r.PostForm)
		names, err := s.Store.GuildDirectory(r.Context(), guildOf(r).link.ID)
		if err != nil {
			return err
		}
		problems, actor := form.validate(v), visitorOf(r).session.User()
		for field, key := range names.ForeignIDsInValues(guildOf(r).link.ID, form.view.Schema, form.values, v) {
			problems[field] = cmp.Or(problems[field], key)
		}
		status := http.StatusUnprocessableEntity
		if seenVersion == form.version && len(problems) == 0 {
			err := form.save(r.Context(), actor, v)
			if err == nil {
				action := store.ConfigUpdate
				if form.version == 0 && form.target != string(form.module) {
					action = store.ConfigCreate
				}
				s.publishConfigChange(r.Context(), guildOf(r).link.ID, actor, form.module, action)
				http.Redirect(w, r, withAlert(form.redirectPath, "settings.saved"), http.StatusSeeOther)
				return nil
			}
			if !errors.Is(err, store.ErrConflict) {
				return err
			}
			if form, err = load(r); err != nil { // somebody was faster between our look and our change
				return err
			}
			problems = form.validate(v) // the name may be taken by now
		}
		if seenVersion != form.version {
			status = http.StatusConflict
			form.view.SavedValues = form.values
			if err := s.setLastChange(r, &form); err != nil {
				return err
			}
		}
		form.view.Values, form.view.Version, form.view.Problems = v, form.version, map[string]string{}
		page := s.page(r)
		for field, key := range problems {
			form.view.Problems[field] = page.T(key)
		}
		return s.renderSettingsForm(w, r, status, form.view)
	}
}

// setLastChange says who has saved what somebody else is about to save over, as far as the audit log knows.
func (s *Server) setLastChange(r *http.Request, form *settingsForm) error {
	last, err := s.Store.LastChange(r.Context(), guildOf(r).link.ID, form.target)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	form.view.SavedBy, form.view.SavedAt = last.Actor, last.IssuedAt
	return err
}

func (s *Server) renderSettingsForm(w http.ResponseWriter, r *http.Request, status int, v views.SettingsFormView) error {
	page := s.page(r)
	page.Section, page.Title = views.SectionSettings, v.Title
	if v.RefusedReason != "" {
		page.Names = store.GuildDirectory{}
	}
	v.Bot = s.Commands.BotState(r.Context())
	s.respond(w, r, status, views.SettingsForm(page, v))
	return nil
}

// parseFormValues reads a sheet's fields from a form.
func parseFormValues(schema store.FormSchema, form url.Values) store.FormValues {
	v := store.FormValues{}
	for _, f := range schema {
		text := form.Get(f.Name)
		switch f.Kind {
		case store.FieldCheckbox:
			text = ""
			if form.Has(f.Name) {
				text = "on"
			}
		case store.FieldMultiline:
			text = cleanText(text, 2*f.MaxLength)
		case store.FieldStringList:
			text = cleanText(text, 2*f.MaxLength*f.MaxItemLength)
		case store.FieldRoles, store.FieldMembers: // typed in one field, or ticked in many
			text = strings.Join(splitIDs(strings.Join(form[f.Name], " ")), " ")
		case store.FieldColor:
			text = strings.ToLower(cleanLine(text, 20))
		default:
			text = cleanLine(text, max(40, 2*f.MaxLength))
		}
		v[f.Name] = text
	}
	return v
}

// publishConfigChange tells bots in the existing bot's words, and pages, that settings were changed. Both are hints.
func (s *Server) publishConfigChange(ctx context.Context, guild string, actor store.User, m store.Module, action store.ConfigAction) {
	if err := s.Bus.PublishConfig(ctx, guild, m, action); err != nil {
		s.Log.WarnContext(ctx, "bot not told of changed settings", "guild", guild, "error", err)
	}
	s.publishSettingsChange(ctx, guild, actor, string(m))
}

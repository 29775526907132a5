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
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/forms"
	settingsview "guildboard/views/settings"
	"guildboard/views/ui"
)

// settingsForm is a form for settings: how to show, validate and save it.
type settingsForm struct {
	view         settingsview.FormView // all but the values
	values       forms.Values          // saved values
	version      int                   // saved version; 0 if nothing is saved
	validate     func(forms.Values) map[string]string
	save         func(ctx context.Context, actor contract.User, v forms.Values) error // over version
	target       string                                                               // in the audit log
	module       access.Module
	redirectPath string // page after saving
}

// settingsFormLoader loads the settings form that the request's path names.
type settingsFormLoader func(*http.Request) (settingsForm, error)

// showSettingsForm returns a handler for GET of a settings form.
func (s *Server) showSettingsForm(load settingsFormLoader) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		form, err := load(r)
		if err != nil {
			return err
		}
		form.view.Values, form.view.Version, form.view.IsSaved = form.values, form.version, true
		// The bot ignores channels and roles that were deleted in Discord; managers see them as problems.
		page := s.page(r)
		form.view.Problems = map[string]string{}
		names, values := page.Names, form.values
		for field, key := range names.ForeignIDsInValues(guildOf(r).link.ID, form.view.Schema, forms.Values{}, values) {
			form.view.Problems[field] = page.T(key)
		}
		return s.renderSettingsForm(w, r, http.StatusOK, form.view)
	}
}

// saveSettingsForm returns a handler for POST of a settings form. It saves the form only over the version that was
// edited. If another user has saved since, it shows both versions, and the user can save again.
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
			return badInput("version must be a number")
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
			if form, err = load(r); err != nil { // another user saved since load
				return err
			}
			problems = form.validate(v) // the name may be taken now
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

// setLastChange sets the author and time of the conflicting version, if the audit log contains it.
func (s *Server) setLastChange(r *http.Request, form *settingsForm) error {
	last, err := s.Store.LastChange(r.Context(), guildOf(r).link.ID, form.target)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	form.view.SavedBy, form.view.SavedAt = last.Actor, last.IssuedAt
	return err
}

func (s *Server) renderSettingsForm(w http.ResponseWriter, r *http.Request, status int, v settingsview.FormView) error {
	page := s.page(r)
	page.Section, page.Title = ui.SectionSettings, v.Title
	if v.RefusedReason != "" {
		page.Names = store.GuildDirectory{}
	}
	v.Bot = s.Commands.BotState(r.Context())
	s.respond(w, r, status, settingsview.Form(page, v))
	return nil
}

// parseFormValues parses the fields of a schema.
func parseFormValues(schema forms.Schema, form url.Values) forms.Values {
	v := forms.Values{}
	for _, f := range schema {
		text := form.Get(f.Name)
		switch f.Kind {
		case forms.Checkbox:
			text = ""
			if form.Has(f.Name) {
				text = "on"
			}
		case forms.Multiline:
			text = cleanText(text, 2*f.MaxLength)
		case forms.StringList:
			text = cleanText(text, 2*f.MaxLength*f.MaxItemLength)
		case forms.Roles, forms.Members: // one text field, or several checkboxes
			text = strings.Join(splitIDs(strings.Join(form[f.Name], " ")), " ")
		case forms.Color:
			text = strings.ToLower(cleanLine(text, 20))
		default:
			text = cleanLine(text, max(40, 2*f.MaxLength))
			if f.Unit > 0 {
				text = f.ParseDurationField(text)
			}
		}
		v[f.Name] = text
	}
	return v
}

// publishConfigChange publishes a change of settings to bots, in the format of the existing bot, and to pages. Failures
// are logged only, because events are hints.
func (s *Server) publishConfigChange(ctx context.Context, guild string, actor contract.User, m access.Module, action store.ConfigAction) {
	if err := s.Bus.PublishConfig(ctx, guild, m, action); err != nil {
		s.Log.WarnContext(ctx, "publish settings change to bot", "guild", guild, "err", err)
	}
	s.publishSettingsChange(ctx, guild, actor, string(m))
}

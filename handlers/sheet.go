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

// sheetEdit is a sheet that somebody fills in: how it is shown, what is wrong with it, and what becomes of it.
type sheetEdit struct {
	view     views.SheetView // all but what is filled in
	now      store.Values    // as it is
	version  int             // of now; 0: there is nothing yet
	problems func(store.Values) map[string]string
	save     func(ctx context.Context, by store.Person, v store.Values) error // over now
	target   string                                                           // in the audit log
	module   store.Module
	done     string // where one is led once it is saved
}

// sheetOf is what is edited, as the request names it.
type sheetOf func(*http.Request) (sheetEdit, error)

// showSheet answers GET of a sheet.
func (s *Server) showSheet(of sheetOf) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		e, err := of(r)
		if err != nil {
			return err
		}
		e.view.Values, e.view.Version, e.view.AsSaved = e.now, e.version, true
		// The bot leaves out channels and roles that were deleted in Discord; here managers see which.
		page := s.page(r)
		e.view.Problems = map[string]string{}
		for field, key := range page.Names.ForeignInSheet(guildOf(r).link.ID, e.view.Sheet, store.Values{}, e.now) {
			e.view.Problems[field] = page.T(key)
		}
		return s.writeSheet(w, r, http.StatusOK, e.view)
	}
}

// saveSheet answers POST of a sheet. It is saved over the version that its form was filled in over, and no other: when
// somebody has saved meanwhile, both versions come back, and saving it again is a decision.
func (s *Server) saveSheet(of sheetOf) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := readForm(w, r); err != nil {
			return err
		}
		e, err := of(r)
		if err != nil {
			return err
		}
		seen, err := strconv.Atoi(r.PostForm.Get("version"))
		if err != nil {
			return badInput("version is not a number")
		}
		v := readSheet(e.view.Sheet, r.PostForm)
		names, err := s.Store.Names(r.Context(), guildOf(r).link.ID)
		if err != nil {
			return err
		}
		problems, me := e.problems(v), visitorOf(r).session.Person()
		for field, key := range names.ForeignInSheet(guildOf(r).link.ID, e.view.Sheet, e.now, v) {
			problems[field] = cmp.Or(problems[field], key)
		}
		status := http.StatusUnprocessableEntity
		if seen == e.version && len(problems) == 0 {
			err := e.save(r.Context(), me, v)
			if err == nil {
				action := store.ConfigUpdate
				if e.version == 0 && e.target != string(e.module) {
					action = store.ConfigCreate
				}
				s.configChanged(r.Context(), guildOf(r).link.ID, me, e.module, action)
				http.Redirect(w, r, withNote(e.done, "settings.saved"), http.StatusSeeOther)
				return nil
			}
			if !errors.Is(err, store.ErrConflict) {
				return err
			}
			if e, err = of(r); err != nil { // somebody was faster between our look and our change
				return err
			}
			problems = e.problems(v) // the name may be taken by now
		}
		if seen != e.version {
			status = http.StatusConflict
			e.view.Theirs = e.now
			if err := s.whoChanged(r, &e); err != nil {
				return err
			}
		}
		e.view.Values, e.view.Version, e.view.Problems = v, e.version, map[string]string{}
		page := s.page(r)
		for field, key := range problems {
			e.view.Problems[field] = page.T(key)
		}
		return s.writeSheet(w, r, status, e.view)
	}
}

// whoChanged says who has saved what somebody else is about to save over, as far as the audit log knows.
func (s *Server) whoChanged(r *http.Request, e *sheetEdit) error {
	last, err := s.Store.LastChange(r.Context(), guildOf(r).link.ID, e.target)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	e.view.By, e.view.At = last.Actor, last.IssuedAt
	return err
}

func (s *Server) writeSheet(w http.ResponseWriter, r *http.Request, status int, v views.SheetView) error {
	page := s.page(r)
	page.Section, page.Title = views.SectionSettings, v.Title
	if v.Refused != "" {
		page.Names = store.Names{}
	}
	v.Bot = s.Commands.Bot(r.Context())
	s.write(w, r, status, views.Sheet(page, v))
	return nil
}

// readSheet reads a sheet's fields from a form.
func readSheet(sheet store.Sheet, form url.Values) store.Values {
	v := store.Values{}
	for _, f := range sheet {
		text := form.Get(f.Name)
		switch f.Kind {
		case store.FieldTick:
			text = ""
			if form.Has(f.Name) {
				text = "on"
			}
		case store.FieldProse:
			text = prose(text, 2*f.Most)
		case store.FieldLines:
			text = prose(text, 2*f.Most*f.Each)
		case store.FieldRoles, store.FieldPeople: // typed in one field, or ticked in many
			text = strings.Join(ids(strings.Join(form[f.Name], " ")), " ")
		case store.FieldColor:
			text = strings.ToLower(plain(text, 20))
		default:
			text = plain(text, max(40, 2*f.Most))
		}
		v[f.Name] = text
	}
	return v
}

// configChanged tells bots in the existing bot's words, and pages, that settings were changed. Both are hints.
func (s *Server) configChanged(ctx context.Context, guild string, by store.Person, m store.Module, action store.ConfigAction) {
	if err := s.Bus.TellConfig(ctx, guild, m, action); err != nil {
		s.Log.WarnContext(ctx, "bot not told of changed settings", "guild", guild, "error", err)
	}
	s.settingsChanged(ctx, guild, by, string(m))
}

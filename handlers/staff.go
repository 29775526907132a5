package handlers

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/snowflake"
	"guildboard/views/link"
	settingsview "guildboard/views/settings"
	"guildboard/views/ui"
)

// maxGrantedRoles is the number of roles with access. A Discord server can have 250 roles.
const maxGrantedRoles = 50

// staff is "GET /guilds/{guild}/staff": a form for the rights of roles, and a live list of the members who have these
// roles.
func (s *Server) staff(r *http.Request) (livePage, error) { return s.staffPage(r, nil), nil }

// staffPage returns the page with the submitted form, or with a form of the saved grants if submitted is nil.
func (s *Server) staffPage(r *http.Request, submitted *settingsview.StaffFormView) livePage {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = ui.SectionSettings, page.T("staff.title")
	path := link.Staff(guild)
	var saved store.Staff // loaded by Body, which runs before Layout
	return livePage{
		Page: page, URL: path, StreamURL: link.Stream(path),
		Topics: []string{contract.StaffTopic(guild)},
		Layout: func(p ui.Page, region ui.Region) templ.Component {
			form := settingsview.StaffFormView{Staff: saved, OriginalGrants: saved.Grants, Grants: saved.Grants}
			return settingsview.Staff(p, *cmp.Or(submitted, &form), region)
		},
		Body: func(ctx context.Context, p ui.Page) (_ templ.Component, err error) {
			saved, err = s.Store.Staff(ctx, guild)
			return settingsview.StaffMembers(p, saved), err
		},
	}
}

// saveStaff answers "POST /guilds/{guild}/staff". The form contains the grants that were edited; if they have changed
// since, it shows both versions, and the user can save again.
func (s *Server) saveStaff(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	guild, actor := guildOf(r).link.ID, visitorOf(r).session.User()
	current, err := s.Store.Staff(r.Context(), guild)
	if err != nil {
		return err
	}
	form, err := parseStaffForm(r, current)
	if err != nil {
		return err
	}
	status := http.StatusUnprocessableEntity
	if len(form.Problems) == 0 {
		err := s.Store.SaveGrants(r.Context(), guild, actor, form.OriginalGrants, form.Grants)
		if err == nil {
			s.logSecurity(r, slog.LevelInfo, "grants changed", "guild", guild,
				"before", describeGrants(form.OriginalGrants), "after", describeGrants(form.Grants))
			s.publishSettingsChange(r.Context(), guild, actor, "staff")
			http.Redirect(w, r, withAlert(link.Staff(guild), "staff.saved"), http.StatusSeeOther)
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		status, form.HasConflict = http.StatusConflict, true
		form.OriginalGrants = current.Grants
	}
	page := s.page(r)
	for field, key := range form.Problems {
		form.Problems[field] = page.T(key)
	}
	lp := s.staffPage(r, &form)
	region, err := s.renderRegion(r.Context(), lp, false)
	if err != nil {
		return err
	}
	lp.Page.HasLiveRegion = true
	s.respond(w, r, status, lp.Layout(lp.Page, region))
	return nil
}

// parseStaffForm parses a field for each role and module, and the row that adds a role.
func parseStaffForm(r *http.Request, current store.Staff) (settingsview.StaffFormView, error) {
	form := settingsview.StaffFormView{Staff: current, Problems: map[string]string{}, AddRoleID: cleanLine(r.PostForm.Get("role"), 40)}
	for _, line := range r.PostForm["before"] {
		g, ok := parseGrant(line)
		if !ok {
			return form, badInput("before must be a grant")
		}
		form.OriginalGrants = append(form.OriginalGrants, g)
	}
	for field, values := range r.PostForm {
		cell, isCell := strings.CutPrefix(field, "level-")
		if !isCell || len(values) == 0 {
			continue
		}
		g, ok := parseGrant(strings.Replace(cell, "-", " ", 1) + " " + values[0])
		if !ok {
			return form, badInput(field + " must be a level of a role in a module")
		}
		form.Grants = append(form.Grants, g)
	}
	for _, m := range access.Modules {
		level, known := access.ParseLevel(r.PostForm.Get("add-" + string(m)))
		if !known && r.PostForm.Has("add-"+string(m)) {
			return form, badInput("add-" + string(m) + " must be a level")
		}
		form.AddLevels = append(form.AddLevels, level)
		if form.AddRoleID != "" {
			form.Grants = append(form.Grants, access.Grant{RoleID: form.AddRoleID, Module: m, Level: level})
		}
	}
	hasLevel := func(l access.Level) bool { return l != access.LevelNone }
	if form.AddRoleID == "" && slices.ContainsFunc(form.AddLevels, hasLevel) {
		form.Problems["role"] = "staff.missingRole"
	}
	if form.AddRoleID != "" {
		form.Problems = newRoleProblems(form, current, guildOf(r).link.ID)
	}
	if len(form.Problems) == 0 && grantsForeignRole(form.Grants, current, guildOf(r).link.ID) {
		form.Problems = map[string]string{"role": "staff.noRole"}
	}
	settingsview.SortGrants(form.Grants)
	return form, nil
}

// grantsForeignRole reports whether a right is granted to a role that is not the guild's. A deleted role can keep its
// rights.
func grantsForeignRole(grants []access.Grant, current store.Staff, guild string) bool {
	names := store.GuildDirectory{Roles: current.Roles}
	return slices.ContainsFunc(grants, func(g access.Grant) bool {
		hasGrant := slices.ContainsFunc(current.Grants, func(o access.Grant) bool { return o.RoleID == g.RoleID })
		return g.Level != access.LevelNone && !hasGrant && !names.HasRole(guild, g.RoleID)
	})
}

// newRoleProblems returns the problems (message keys) of the row that adds a role, by field.
func newRoleProblems(form settingsview.StaffFormView, current store.Staff, guild string) map[string]string {
	roles := map[string]bool{}
	hasDuplicate := false
	for i, g := range form.Grants {
		roles[g.RoleID] = true
		hasDuplicate = hasDuplicate || slices.ContainsFunc(form.Grants[:i], func(o access.Grant) bool {
			return o.RoleID == g.RoleID && o.Module == g.Module
		})
	}
	isAdded := func(role store.Role) bool { return role.ID == form.AddRoleID }
	switch {
	case !snowflake.IsValid(form.AddRoleID), len(current.Roles) > 0 && !slices.ContainsFunc(current.Roles, isAdded):
		return map[string]string{"role": "staff.noRole"}
	case form.AddRoleID == guild:
		return map[string]string{"role": "staff.everyone"}
	case hasDuplicate:
		return map[string]string{"role": "staff.duplicateRole"}
	case !slices.ContainsFunc(form.AddLevels, func(l access.Level) bool { return l != access.LevelNone }):
		return map[string]string{"role": "staff.noLevel"}
	case len(roles) > maxGrantedRoles:
		return map[string]string{"role": "staff.tooMany"}
	}
	return nil
}

// parseGrant parses "role module level".
func parseGrant(line string) (access.Grant, bool) {
	parts := strings.Fields(line)
	if len(parts) != 3 || !snowflake.IsValid(parts[0]) || !slices.Contains(access.Modules, access.Module(parts[1])) {
		return access.Grant{}, false
	}
	level, ok := access.ParseLevel(parts[2])
	return access.Grant{RoleID: parts[0], Module: access.Module(parts[1]), Level: level}, ok
}

// publishSettingsChange invalidates the views that show a changed section. Failures are logged only, because events are
// hints.
func (s *Server) publishSettingsChange(ctx context.Context, guild string, actor contract.User, section string) {
	event := contract.Event{Type: contract.SettingsUpdateEvent, GuildID: guild, UserID: actor.ID}
	if err := s.Bus.Publish(ctx, event.WithData(contract.SettingsUpdateData{Section: section})); err != nil {
		s.Log.DebugContext(ctx, "publish settings change", "guild", guild, "err", err)
	}
}

package views

import (
	"cmp"
	"slices"
	"strings"

	"guildboard/store"
)

// StaffFormView is the matrix of roles and modules, as it was filled in.
type StaffFormView struct {
	Staff     store.Staff   // as it is
	Before    []store.Grant // what the form was filled in over
	Grants    []store.Grant // what it says
	Add       string        // id of the role that is to be let in as well
	AddLevels []store.Level // how far, by module
	Overtaken bool          // somebody has saved others meanwhile

	Problems map[string]string // by field, in the reader's language
}

// SortGrants orders grants by role and module.
func SortGrants(grants []store.Grant) {
	slices.SortFunc(grants, func(a, b store.Grant) int {
		return cmp.Or(cmp.Compare(a.RoleID, b.RoleID), cmp.Compare(a.Module, b.Module))
	})
}

// levelOf is how far the grants let the role into the module.
func levelOf(grants []store.Grant, role string, m store.Module) store.Level {
	for _, g := range grants {
		if g.RoleID == role && g.Module == m {
			return g.Level
		}
	}
	return store.LevelNone
}

// roleRows are the roles that have a row: those let into something by the form, or meanwhile; the guild's highest first,
// and at the end those that it has no more.
func (v StaffFormView) roleRows() (rows []store.Role) {
	granted := slices.Concat(v.Grants, v.Staff.Grants)
	waiting := make(map[string]bool, len(granted)) // roles without their row yet
	for _, g := range granted {
		waiting[g.RoleID] = g.RoleID != v.Add
	}
	add := func(role store.Role) {
		if waiting[role.ID] {
			waiting[role.ID] = false
			rows = append(rows, role)
		}
	}
	for _, role := range v.Staff.Roles {
		add(role)
	}
	for _, g := range granted {
		add(store.Role{ID: g.RoleID})
	}
	return rows
}

// others are the roles that could be let in as well.
func (v StaffFormView) others() (others []store.Role) {
	rows := v.roleRows()
	for _, role := range v.Staff.Roles {
		if !slices.ContainsFunc(rows, func(r store.Role) bool { return r.ID == role.ID }) {
			others = append(others, role)
		}
	}
	return others
}

// addLevel is how far the role of the last row is let into the module.
func (v StaffFormView) addLevel(m store.Module) store.Level {
	if i := slices.Index(store.Modules, m); i < len(v.AddLevels) {
		return v.AddLevels[i]
	}
	return store.LevelNone
}

// roleName is what a role is called; its id when the bot does not know it.
func roleName(p Page, role store.Role) string {
	if name := shorten(role.Name, maxOption); name != "" {
		return name
	}
	return p.T("staff.unknownRole", "id", role.ID)
}

// roleColour is a role's colour where it may stand in an attribute, and the text's own for none.
func roleColour(s string) string {
	if hexColour.MatchString(s) {
		return s
	}
	return "currentColor"
}

// rolesOf are the names of the roles by which a helper is let in.
func rolesOf(p Page, h store.Helper, staff store.Staff) string {
	var names []string
	for _, role := range staff.Roles {
		if slices.Contains(h.Roles, role.ID) && slices.ContainsFunc(staff.Grants, func(g store.Grant) bool { return g.RoleID == role.ID }) {
			names = append(names, roleName(p, role))
		}
	}
	return strings.Join(names, ", ")
}

// rightsOf is what a helper may do, if the bot's last word is taken for true.
func rightsOf(h store.Helper, staff store.Staff) store.Rights {
	s := store.Standing{Roles: h.Roles, RolesAt: staff.RolesAt, Grants: staff.Grants}
	if staff.RolesAt == nil {
		return store.Rights{}
	}
	return s.Rights(*staff.RolesAt)
}

// letIn are the helpers who may see something.
func letIn(staff store.Staff) (helpers []store.Helper) {
	for _, h := range staff.Helpers {
		if rightsOf(h, staff).Any() {
			helpers = append(helpers, h)
		}
	}
	return helpers
}

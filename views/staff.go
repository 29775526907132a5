package views

import (
	"cmp"
	"slices"
	"strings"

	"guildboard/store"
)

// StaffFormView is the matrix of roles and modules, as it was filled in.
type StaffFormView struct {
	Staff          store.Staff   // as it is
	OriginalGrants []store.Grant // what the form was filled in over
	Grants         []store.Grant // what it says
	AddRoleID      string        // id of the role that is to be let in as well
	AddLevels      []store.Level // how far, by module
	HasConflict    bool          // somebody has saved others meanwhile

	Problems map[string]string // by field, in the reader's language
}

// SortGrants orders grants by role and module.
func SortGrants(grants []store.Grant) {
	slices.SortFunc(grants, func(a, b store.Grant) int {
		return cmp.Or(cmp.Compare(a.RoleID, b.RoleID), cmp.Compare(a.Module, b.Module))
	})
}

// grantedLevel is how far the grants let the role into the module.
func grantedLevel(grants []store.Grant, role string, m store.Module) store.Level {
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
	isUnlisted := make(map[string]bool, len(granted)) // roles without their row yet
	for _, g := range granted {
		isUnlisted[g.RoleID] = g.RoleID != v.AddRoleID
	}
	add := func(role store.Role) {
		if isUnlisted[role.ID] {
			isUnlisted[role.ID] = false
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

// addableRoles are the roles that could be let in as well.
func (v StaffFormView) addableRoles() (roles []store.Role) {
	rows := v.roleRows()
	for _, role := range v.Staff.Roles {
		if !slices.ContainsFunc(rows, func(r store.Role) bool { return r.ID == role.ID }) {
			roles = append(roles, role)
		}
	}
	return roles
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
	if name := truncate(role.Name, maxOptionName); name != "" {
		return name
	}
	return p.T("staff.unknownRole", "id", role.ID)
}

// roleColor is a role's colour where it may stand in an attribute, and the text's own for none.
func roleColor(s string) string {
	if hexColorPattern.MatchString(s) {
		return s
	}
	return "currentColor"
}

// grantingRoles are the names of the roles by which a helper is let in.
func grantingRoles(p Page, member store.StaffMember, staff store.Staff) string {
	var names []string
	for _, role := range staff.Roles {
		if slices.Contains(member.Roles, role.ID) && slices.ContainsFunc(staff.Grants, func(g store.Grant) bool { return g.RoleID == role.ID }) {
			names = append(names, roleName(p, role))
		}
	}
	return strings.Join(names, ", ")
}

// staffRights is what a helper may do, if the bot's last word is taken for true.
func staffRights(member store.StaffMember, staff store.Staff) store.Rights {
	membership := store.Membership{Roles: member.Roles, RolesSyncedAt: staff.RolesSyncedAt, Grants: staff.Grants}
	if staff.RolesSyncedAt == nil {
		return store.Rights{}
	}
	return membership.Rights(*staff.RolesSyncedAt)
}

// staffWithAccess are the helpers who may see something.
func staffWithAccess(staff store.Staff) (members []store.StaffMember) {
	for _, member := range staff.Members {
		if staffRights(member, staff).HasAny() {
			members = append(members, member)
		}
	}
	return members
}

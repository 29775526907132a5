package settings

import (
	"cmp"
	"slices"
	"strings"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/views/ui"
)

// StaffFormView is the form that grants roles access to modules, with its current input.
type StaffFormView struct {
	Staff          store.Staff    // the current state
	OriginalGrants []access.Grant // grants when the form was loaded
	Grants         []access.Grant // grants as selected
	AddRoleID      string         // id of the role to add
	AddLevels      []access.Level // levels of that role, in the order of access.Modules
	HasConflict    bool           // another member has saved other grants in the meantime

	Problems map[string]string // validation errors by field, translated
}

// SortGrants orders grants by role and module.
func SortGrants(grants []access.Grant) {
	slices.SortFunc(grants, func(a, b access.Grant) int {
		return cmp.Or(cmp.Compare(a.RoleID, b.RoleID), cmp.Compare(a.Module, b.Module))
	})
}

// grantedLevel returns the level that the grants give the role in the module.
func grantedLevel(grants []access.Grant, role string, m access.Module) access.Level {
	for _, g := range grants {
		if g.RoleID == role && g.Module == m {
			return g.Level
		}
	}
	return access.LevelNone
}

// roleRows returns the roles that have a row: those with a grant in the form or in the current state, in the guild's
// order, then deleted roles.
func (v StaffFormView) roleRows() (rows []store.Role) {
	granted := slices.Concat(v.Grants, v.Staff.Grants)
	isUnlisted := make(map[string]bool, len(granted)) // role ids that have no row yet
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

// addableRoles returns the roles without a row, which can be added.
func (v StaffFormView) addableRoles() (roles []store.Role) {
	rows := v.roleRows()
	for _, role := range v.Staff.Roles {
		if !slices.ContainsFunc(rows, func(r store.Role) bool { return r.ID == role.ID }) {
			roles = append(roles, role)
		}
	}
	return roles
}

// addLevel returns the selected level of the role to add.
func (v StaffFormView) addLevel(m access.Module) access.Level {
	if i := slices.Index(access.Modules, m); i < len(v.AddLevels) {
		return v.AddLevels[i]
	}
	return access.LevelNone
}

// grantingRoles returns the names of the roles that give a staff member access.
func grantingRoles(p ui.Page, member store.StaffMember, staff store.Staff) string {
	var names []string
	for _, role := range staff.Roles {
		hasGrant := slices.ContainsFunc(staff.Grants, func(g access.Grant) bool { return g.RoleID == role.ID })
		if hasGrant && slices.Contains(member.Roles, role.ID) {
			names = append(names, ui.RoleName(p, role))
		}
	}
	return strings.Join(names, ", ")
}

// staffRights returns the rights of a staff member at the time of the last sync of roles.
func staffRights(member store.StaffMember, staff store.Staff) access.Rights {
	membership := access.Membership{Roles: member.Roles, RolesSyncedAt: staff.RolesSyncedAt, Grants: staff.Grants}
	if staff.RolesSyncedAt == nil {
		return access.Rights{}
	}
	return membership.Rights(*staff.RolesSyncedAt)
}

// staffWithAccess returns the staff members who have any rights.
func staffWithAccess(staff store.Staff) (members []store.StaffMember) {
	for _, member := range staff.Members {
		if staffRights(member, staff).HasAny() {
			members = append(members, member)
		}
	}
	return members
}

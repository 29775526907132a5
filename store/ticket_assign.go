package store

import (
	"context"
	"time"

	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// DecodeAssignment returns the payload of a contract.VerbTicketAssign; the zero value for other commands.
func DecodeAssignment(c contract.Command) (p contract.AssignPayload) {
	if c.Verb == contract.VerbTicketAssign {
		_ = c.DecodePayload(&p) // an unreadable payload assigns nobody
	}
	return p
}

// maxAssigneeRoleAge is the maximum age of the bot's role data when a member is to be assigned; it equals the limit
// for members who act themselves.
const maxAssigneeRoleAge = time.Minute

// AssignableStaff returns up to 500 members who can be assigned tickets of the guild, by name: those with a role that
// may act on tickets, according to role data of the last minute. Members who may manage the server without such a
// role are missing, because only Discord knows them.
func (s *Store) AssignableStaff(ctx context.Context, guild string, now time.Time) ([]contract.User, error) {
	staff, err := s.readStaff(ctx, guild, ticketStaffQuery)
	var assignable []contract.User
	for _, member := range staff.Members {
		if isAssignable(access.Membership{Roles: member.Roles, RolesSyncedAt: staff.RolesSyncedAt, Grants: staff.Grants}, now) {
			assignable = append(assignable, member.User)
		}
	}
	return assignable, err
}

func isAssignable(membership access.Membership, now time.Time) bool {
	return membership.Rights(now.Add(-maxAssigneeRoleAge)).Can(access.ModuleTickets, access.LevelAct)
}

// ticketStaffQuery reads the staff members with a role that may act on tickets. The match is by substring, so the
// result may contain members whose role id merely contains such an id.
func ticketStaffQuery(guild string, staff *[]StaffMember) sqldb.Query {
	return staffMembersWhereQuery(guild, staff, ` AND EXISTS (SELECT 1 FROM staff_grants g WHERE g.guild_id = $1 AND g.module = 'tickets'
		AND g.level IN ('act', 'manage') AND CAST(role_ids AS text) LIKE '%' || g.role_id || '%')`)
}

package store

import (
	"context"
	"encoding/json"
	"time"
)

// Assignment is the data of a command that gives a ticket to somebody.
type Assignment struct {
	UserID   string `json:"userId"`
	Username string `json:"username,omitempty"` // as the dashboard knows them
}

// DecodeAssignment is to whom a command gives a ticket; the zero value when it is about something else.
func DecodeAssignment(c Command) (a Assignment) {
	if c.Verb == VerbTicketAssign {
		_ = json.Unmarshal(c.Data, &a) // what cannot be read names nobody
	}
	return a
}

// maxAssigneeRoleAge is how old the bot's word for who has which role may be where somebody is to be given a ticket: as old as
// where they act themselves.
const maxAssigneeRoleAge = time.Minute

// AssignableStaff are those who can be given a ticket of the guild, by name, and at most 500: whoever has a role that lets them
// act on tickets, by the bot's word of the last minute. Who manages the server without such a role Discord alone knows.
func (s *Store) AssignableStaff(ctx context.Context, guild string, now time.Time) ([]User, error) {
	staff, err := s.readStaff(ctx, guild, readTicketStaff)
	var assignable []User
	for _, member := range staff.Members {
		if isAssignable(Membership{Roles: member.Roles, RolesSyncedAt: staff.RolesSyncedAt, Grants: staff.Grants}, now) {
			assignable = append(assignable, member.User)
		}
	}
	return assignable, err
}

// IsAssignable tells whether somebody can be given a ticket of the guild, however many can.
func (s *Store) IsAssignable(ctx context.Context, guild, user string, now time.Time) (bool, error) {
	memberships, err := s.Memberships(ctx, user, []string{guild})
	return isAssignable(memberships[guild], now), err
}

func isAssignable(membership Membership, now time.Time) bool {
	return membership.Rights(now.Add(-maxAssigneeRoleAge)).Can(ModuleTickets, LevelAct)
}

// readTicketStaff reads those with a role that lets them act on tickets, and perhaps some whose role has an id with
// that of such a one in it.
func readTicketStaff(guild string, staff *[]StaffMember) read {
	return readStaffMembersWhere(guild, staff, ` AND EXISTS (SELECT 1 FROM staff_grants g WHERE g.guild_id = $1 AND g.module = 'tickets'
		AND g.level IN ('act', 'manage') AND CAST(role_ids AS text) LIKE '%' || g.role_id || '%')`)
}

// AssignTicket gives a ticket that is not closed to somebody, whoever had claimed it.
func (s *Store) AssignTicket(ctx context.Context, guild, id, assignee string, at time.Time) error {
	return s.changeRow(ctx, "assigning ticket", ticketsTable, `UPDATE tickets SET status = 'CLAIMED', claimed_by = $3, updated_at = $4
		WHERE guild_id = $1 AND id = $2 AND status IN ('OPEN', 'CLAIMED')`, guild, id, assignee, at)
}

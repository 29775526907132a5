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

// AssignmentOf is to whom a command gives a ticket; the zero value when it is about something else.
func AssignmentOf(c Command) (a Assignment) {
	if c.Verb == VerbTicketAssign {
		_ = json.Unmarshal(c.Data, &a) // what cannot be read names nobody
	}
	return a
}

// assignFresh is how old the bot's word for who has which role may be where somebody is to be given a ticket: as old as
// where they act themselves.
const assignFresh = time.Minute

// TicketStaff are those who can be given a ticket of the guild, by name, and at most 500: whoever has a role that lets them
// act on tickets, by the bot's word of the last minute. Who manages the server without such a role Discord alone knows.
func (s *Store) TicketStaff(ctx context.Context, guild string, now time.Time) ([]Person, error) {
	staff, err := s.staff(ctx, guild, readTicketHelpers)
	var people []Person
	for _, h := range staff.Helpers {
		if mayHaveTickets(Standing{Roles: h.Roles, RolesAt: staff.RolesAt, Grants: staff.Grants}, now) {
			people = append(people, h.Person)
		}
	}
	return people, err
}

// MayHaveTickets tells whether somebody can be given a ticket of the guild, however many can.
func (s *Store) MayHaveTickets(ctx context.Context, guild, user string, now time.Time) (bool, error) {
	standings, err := s.Standings(ctx, user, []string{guild})
	return mayHaveTickets(standings[guild], now), err
}

func mayHaveTickets(st Standing, now time.Time) bool {
	return st.Rights(now.Add(-assignFresh)).May(ModuleTickets, LevelAct)
}

// readTicketHelpers reads those with a role that lets them act on tickets, and perhaps some whose role has an id with
// that of such a one in it.
func readTicketHelpers(guild string, helpers *[]Helper) read {
	return readHelpersWhere(guild, helpers, ` AND EXISTS (SELECT 1 FROM staff_grants g WHERE g.guild_id = $1 AND g.module = 'tickets'
		AND g.level IN ('act', 'manage') AND CAST(role_ids AS text) LIKE '%' || g.role_id || '%')`)
}

// AssignTicket gives a ticket that is not closed to somebody, whoever had claimed it.
func (s *Store) AssignTicket(ctx context.Context, guild, id, to string, at time.Time) error {
	return s.swap(ctx, "assigning ticket", tickets, `UPDATE tickets SET status = 'CLAIMED', claimed_by = $3, updated_at = $4
		WHERE guild_id = $1 AND id = $2 AND status IN ('OPEN', 'CLAIMED')`, guild, id, to, at)
}

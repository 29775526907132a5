package store

import (
	"context"
	"encoding/json"
	"slices"
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

// TicketStaff are those who can be given a ticket of the guild, by name: whoever has a role that lets them act on tickets,
// by the bot's word of the last minute. Who manages the server without such a role Discord alone knows.
func (s *Store) TicketStaff(ctx context.Context, guild string, now time.Time) ([]Person, error) {
	staff, err := s.Staff(ctx, guild)
	return staff.actingOnTickets(now.Add(-assignFresh)), err
}

func (s Staff) actingOnTickets(since time.Time) (people []Person) {
	for _, h := range s.Helpers {
		if (Standing{Roles: h.Roles, RolesAt: s.RolesAt, Grants: s.Grants}).Rights(since).May(ModuleTickets, LevelAct) {
			people = append(people, h.Person)
		}
	}
	return people
}

// AssignTicket gives a ticket that is not closed to somebody, whoever had claimed it.
func (s *Store) AssignTicket(ctx context.Context, guild, id, to string, at time.Time) error {
	return s.swap(ctx, "assigning ticket", tickets, `UPDATE tickets SET status = 'CLAIMED', claimed_by = $3, updated_at = $4
		WHERE guild_id = $1 AND id = $2 AND status IN ('OPEN', 'CLAIMED')`, guild, id, to, at)
}

// IsAmong tells whether the person with that Discord id is one of them.
func IsAmong(people []Person, id string) bool {
	return slices.ContainsFunc(people, func(p Person) bool { return p.ID == id })
}

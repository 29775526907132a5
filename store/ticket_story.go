package store

import (
	"context"
	"slices"
	"time"
)

// TicketTurn is what a ticket's status changed by.
type TicketTurn string

const (
	TurnClaimed   TicketTurn = "claimed"
	TurnUnclaimed TicketTurn = "unclaimed"
	TurnClosed    TicketTurn = "closed"
	TurnReopened  TicketTurn = "reopened"
)

// TicketTurns lists all of them.
var TicketTurns = []TicketTurn{TurnClaimed, TurnUnclaimed, TurnClosed, TurnReopened}

// TicketEvent is one turn of a ticket's life.
type TicketEvent struct {
	ID     string
	Turn   TicketTurn
	By     Person // without an id nobody knows who
	Reason string // why it was closed
	At     time.Time
}

// TicketLook is somebody looking at a ticket.
type TicketLook struct {
	By Person
	At time.Time
}

// TicketStory is a ticket and all that is known of it.
type TicketStory struct {
	Ticket
	Events   []TicketEvent // oldest first
	Messages []TicketMessage
	Earlier  bool         // there are messages before these
	Looks    []TicketLook // the newest, newest first
	Notes    []TicketNote // oldest first
}

const (
	storyMessages = 100 // messages that one page of a transcript shows
	storyEvents   = 200
	storyLooks    = 30
	lookAgain     = 10 * time.Minute // within which looking again is the same look
)

// TicketStory is a ticket of the guild with its events, the newest messages, or those before the one with that id, who looked at
// it, and what was noted about it. It makes one trip to the database.
func (s *Store) TicketStory(ctx context.Context, guild, id, before string) (TicketStory, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var (
		story TicketStory
		found []Ticket
	)
	err := s.batch(ctx, append([]read{readTicket(guild, id, &found)}, readStory(guild, id, before, &story)...)...)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return TicketStory{}, s.fault("reading ticket", err)
	}
	story.Ticket = found[0]
	if story.Earlier = len(story.Messages) > storyMessages; story.Earlier {
		story.Messages = story.Messages[:storyMessages]
	}
	slices.Reverse(story.Messages)
	return story, nil
}

func readStory(guild, id, before string, story *TicketStory) []read {
	var where clause
	where.and("guild_id = ?", guild)
	where.and("ticket_id = ?", id)
	messages := where.clone()
	if before != "" {
		messages.and("(created_at, id) < (SELECT b.created_at, b.id FROM ticket_messages b WHERE b.guild_id = $1 AND b.id = ?)", before)
	}
	return []read{{
		sql: `SELECT e.id, e.kind, e.user_id, coalesce(m.username, ''), coalesce(m.avatar, ''), e.reason, e.at
			FROM (SELECT * FROM ticket_events WHERE ` + where.String() + ` ORDER BY at, id` + page{1, storyEvents}.limit() + `) e
			LEFT JOIN members m ON m.guild_id = e.guild_id AND m.discord_id = e.user_id ORDER BY e.at, e.id`,
		args: where.args,
		row: appendTo(&story.Events, func(r row) (e TicketEvent, err error) {
			err = r.Scan(&e.ID, (*string)(&e.Turn), &e.By.ID, &e.By.Username, &e.By.Avatar, &e.Reason, &e.At)
			return e, err
		}),
	}, {
		sql: "SELECT " + messageColumns + " FROM ticket_messages WHERE " + messages.String() +
			" ORDER BY created_at DESC, id DESC" + page{1, storyMessages + 1}.limit(),
		args: messages.args,
		of:   "ticket_messages",
		row:  appendTo(&story.Messages, scanMessage),
	}, {
		sql: `SELECT v.user_id, coalesce(nullif(v.user_name, ''), m.username, ''), coalesce(m.avatar, ''), v.at
			FROM (SELECT * FROM ticket_views WHERE ` + where.String() + ` ORDER BY at DESC, id DESC` + page{1, storyLooks}.limit() + `) v
			LEFT JOIN members m ON m.guild_id = v.guild_id AND m.discord_id = v.user_id ORDER BY v.at DESC, v.id DESC`,
		args: where.args,
		row: appendTo(&story.Looks, func(r row) (l TicketLook, err error) {
			err = r.Scan(&l.By.ID, &l.By.Username, &l.By.Avatar, &l.At)
			return l, err
		}),
	}, readNotes(where, &story.Notes)}
}

// LookAtTicket writes down that somebody looked at a ticket of the guild. Looking again within ten minutes is the same look.
func (s *Store) LookAtTicket(ctx context.Context, guild, id string, by Person, at time.Time) error {
	_, err := s.exec(ctx, "writing down who looked", `INSERT INTO ticket_views (guild_id, ticket_id, user_id, user_name, at)
		SELECT t.guild_id, t.id, CAST($3 AS text), CAST($4 AS text), CAST($5 AS timestamp) FROM tickets t
		WHERE t.guild_id = $1 AND t.id = $2 AND NOT EXISTS (
			SELECT 1 FROM ticket_views v WHERE v.guild_id = t.guild_id AND v.ticket_id = t.id AND v.user_id = $3 AND v.at > $6)`,
		guild, id, by.ID, by.Username, at, at.Add(-lookAgain))
	return err
}

package store

import (
	"context"
	"strconv"
	"time"
)

// Limits of notes.
const (
	MaxNotes    = 100  // of a ticket
	MaxNoteText = 2000 // characters
)

// TicketNote is what somebody who answers a ticket has written down for the others. The bot never sees it.
type TicketNote struct {
	ID   string
	By   Person
	Text string
	At   time.Time
}

// AddNote writes a note about a ticket of the guild, and says in the audit log who did so. ErrConflict when the ticket has
// as many as it may have.
func (s *Store) AddNote(ctx context.Context, guild, ticket string, by Person, text string) (TicketNote, error) {
	n := TicketNote{ID: NewID(), By: by, Text: text, At: utc(time.Now())}
	err := s.change(ctx, "writing note", func(ctx context.Context, x tx) error {
		name, err := x.numberOf(ctx, guild, ticket)
		if err != nil {
			return err
		}
		var there int
		err = x.row(ctx, "SELECT count(*) FROM ticket_notes WHERE guild_id = $1 AND ticket_id = $2", guild, ticket).Scan(&there)
		if err != nil || there >= MaxNotes {
			return conflict(err)
		}
		_, err = x.exec(ctx, insert("ticket_notes", "id, guild_id, ticket_id, user_id, user_name, text, created_at"),
			n.ID, guild, ticket, by.ID, by.Username, text, n.At)
		if err != nil {
			return err
		}
		return x.record(ctx, guild, by, VerbNoteWrite, n.ID, name, nil, text)
	})
	return n, err
}

// RemoveNote takes away a note about a ticket of the guild, and says in the audit log who did so and what it said.
func (s *Store) RemoveNote(ctx context.Context, guild, ticket, id string, by Person) error {
	return s.change(ctx, "removing note", func(ctx context.Context, x tx) error {
		name, err := x.numberOf(ctx, guild, ticket)
		if err != nil {
			return err
		}
		var text string
		err = x.row(ctx, "DELETE FROM ticket_notes WHERE guild_id = $1 AND ticket_id = $2 AND id = $3 RETURNING text", guild, ticket, id).Scan(&text)
		if err != nil {
			return err
		}
		return x.record(ctx, guild, by, VerbNoteRemove, id, name, text, nil)
	})
}

// numberOf is what a ticket of the guild is called, such as "#12".
func (t tx) numberOf(ctx context.Context, guild, ticket string) (string, error) {
	var number int
	err := t.row(ctx, "SELECT number FROM tickets WHERE guild_id = $1 AND id = $2", guild, ticket).Scan(&number)
	return "#" + strconv.Itoa(number), err
}

// readNotes reads the notes about a ticket, oldest first.
func readNotes(where clause, notes *[]TicketNote) read {
	return read{
		sql: `SELECT n.id, n.user_id, coalesce(nullif(n.user_name, ''), m.username, ''), coalesce(m.avatar, ''), n.text, n.created_at
			FROM (SELECT * FROM ticket_notes WHERE ` + where.String() + ` ORDER BY created_at, id` + page{1, MaxNotes}.limit() + `) n
			LEFT JOIN members m ON m.guild_id = n.guild_id AND m.discord_id = n.user_id ORDER BY n.created_at, n.id`,
		args: where.args,
		row: appendTo(notes, func(r row) (n TicketNote, err error) {
			err = r.Scan(&n.ID, &n.By.ID, &n.By.Username, &n.By.Avatar, &n.Text, &n.At)
			return n, err
		}),
	}
}

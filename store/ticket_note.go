package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// Limits of notes.
const (
	maxNotes      = 100  // of a ticket
	MaxNoteLength = 2000 // characters
)

// TicketNote is a note about a ticket for other staff. The bot does not see it.
type TicketNote struct {
	ID        string
	Author    contract.User
	Text      string
	CreatedAt time.Time
}

// AddNote adds a note to a ticket of the guild and writes an audit entry. It returns ErrConflict when the ticket has
// 100 notes.
func (s *Store) AddNote(ctx context.Context, guild, ticket string, author contract.User, text string) (TicketNote, error) {
	n := TicketNote{ID: NewID(), Author: author, Text: text, CreatedAt: sqldb.UTC(time.Now())}
	err := s.withTx(ctx, "write note", func(ctx context.Context, x tx) error {
		name, err := x.ticketTitle(ctx, guild, ticket)
		if err != nil {
			return err
		}
		var count int
		err = x.QueryRow(ctx, "SELECT count(*) FROM ticket_notes WHERE guild_id = $1 AND ticket_id = $2", guild, ticket).Scan(&count)
		if err != nil || count >= maxNotes {
			return orConflict(err)
		}
		_, err = x.Exec(ctx, sqldb.Insert("ticket_notes", "id, guild_id, ticket_id, user_id, user_name, text, created_at"),
			n.ID, guild, ticket, author.ID, author.Username, text, n.CreatedAt)
		if err != nil {
			return err
		}
		return x.recordAudit(ctx, guild, author, contract.VerbNoteWrite, n.ID, name, nil, text)
	})
	return n, err
}

// DeleteNote deletes a note of a ticket of the guild and writes an audit entry with its text.
func (s *Store) DeleteNote(ctx context.Context, guild, ticket, id string, actor contract.User) error {
	return s.withTx(ctx, "delete note", func(ctx context.Context, x tx) error {
		name, err := x.ticketTitle(ctx, guild, ticket)
		if err != nil {
			return err
		}
		var text string
		err = x.QueryRow(ctx, "DELETE FROM ticket_notes WHERE guild_id = $1 AND ticket_id = $2 AND id = $3"+
			" RETURNING text", guild, ticket, id).Scan(&text)
		if err != nil {
			return err
		}
		return x.recordAudit(ctx, guild, actor, contract.VerbNoteRemove, id, name, text, nil)
	})
}

// ticketTitle returns a ticket's title, such as "#12".
func (t tx) ticketTitle(ctx context.Context, guild, ticket string) (string, error) {
	var number int
	err := t.QueryRow(ctx, "SELECT number FROM tickets WHERE guild_id = $1 AND id = $2", guild, ticket).Scan(&number)
	return "#" + strconv.Itoa(number), err
}

const notesPerPage = 25

// TicketNotes returns a page of a ticket's notes, newest first.
func (s *Store) TicketNotes(ctx context.Context, guild, ticket string, number int) (List[TicketNote], error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var (
		where sqldb.Where
		list  List[TicketNote]
		found []string
		total int
		p     = newPage(number, notesPerPage)
	)
	where.And("guild_id = ?", guild)
	where.And("ticket_id = ?", ticket)
	err := s.batch(ctx, notesQuery(where, p, 0, &list.Items), sqldb.Query{
		SQL:  "SELECT t.id FROM tickets t WHERE t.guild_id = $1 AND t.id = $2",
		Args: where.Args,
		Row:  appendTo(&found, func(r sqldb.Row) (id string, err error) { return id, r.Scan(&id) }),
	}, sqldb.Query{
		SQL:  "SELECT count(*) FROM (SELECT 1 FROM ticket_notes WHERE " + where.String() + p.countLimitSQL() + ") c",
		Args: where.Args,
		Row:  func(r sqldb.Row) error { return r.Scan(&total) },
	})
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if list.setPage(p, total, true); err == nil && list.Page != p.number {
		list.Items = nil
		err = s.batch(ctx, notesQuery(where, p.clamp(total), 0, &list.Items))
	}
	return list, s.wrapError("list notes", err)
}

// notesQuery reads a page of a ticket's notes, newest first, and up to more notes after it.
func notesQuery(where sqldb.Where, p page, more int, notes *[]TicketNote) sqldb.Query {
	limit := fmt.Sprintf(" LIMIT %d OFFSET %d", p.size+more, p.offset())
	return sqldb.Query{
		SQL: `SELECT n.id, n.user_id, ` + substrSQL("coalesce(nullif(n.user_name, ''), m.username, '')", maxNameRunes) +
			`, coalesce(m.avatar, ''), ` +
			substrSQL("n.text", maxLongTextRunes) + `, n.created_at
			FROM (SELECT * FROM ticket_notes WHERE ` + where.String() + ` ORDER BY created_at DESC, id DESC` + limit + `) n
			LEFT JOIN members m ON m.guild_id = n.guild_id AND m.discord_id = n.user_id ORDER BY n.created_at DESC, n.id DESC`,
		Args: where.Args,
		Row: appendTo(notes, func(r sqldb.Row) (n TicketNote, err error) {
			err = r.Scan(&n.ID, &n.Author.ID, &n.Author.Username, &n.Author.Avatar, &n.Text, &n.CreatedAt)
			return n, err
		}),
	}
}

package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// TicketStatusChange is the kind of a status change of a ticket.
type TicketStatusChange string

const (
	StatusChangeClaimed   TicketStatusChange = "claimed"
	StatusChangeUnclaimed TicketStatusChange = "unclaimed"
	StatusChangeClosed    TicketStatusChange = "closed"
	StatusChangeReopened  TicketStatusChange = "reopened"
)

// TicketStatusChanges lists all status changes.
var TicketStatusChanges = []TicketStatusChange{StatusChangeClaimed, StatusChangeUnclaimed, StatusChangeClosed, StatusChangeReopened}

// TicketEvent is a recorded status change of a ticket.
type TicketEvent struct {
	ID     string
	Change TicketStatusChange
	Actor  contract.User // without an id if unknown
	Reason string        // why the ticket was closed
	At     time.Time
}

// TicketView is a recorded view of a ticket's page.
type TicketView struct {
	Viewer contract.User
	At     time.Time
}

// TicketTimeline is a ticket with its events, messages, views and notes.
type TicketTimeline struct {
	Ticket
	Events       []TicketEvent // the newest ones, oldest first
	Messages     []TicketMessage
	HasEarlier   bool         // there are messages before these
	HasLater     bool         // there are messages after these
	Views        []TicketView // the newest ones, newest first
	Notes        []TicketNote // the newest ones, oldest first
	HasMoreNotes bool         // there are notes before these
	Others       []TicketLink // the opener's other tickets, the newest first
}

// TicketLink is what a link to a ticket shows.
type TicketLink struct {
	ID      string
	Number  int
	Subject *string
	Status  TicketStatus
}

// MessageCursor selects a part of a transcript: the messages before a message, the messages after it, or the message
// itself with maxMessagesBefore messages before it and the messages after it. The zero value selects the newest messages.
type MessageCursor struct {
	Before, After, At string // message ids; at most one is set
}

// IsForward reports whether the part begins at the message of the cursor, rather than ending there.
func (c MessageCursor) IsForward() bool { return c.After != "" || c.At != "" }

const (
	maxTimelineMessages = 100     // messages on one page of a transcript
	maxMessagesBefore   = 5       // shown before the message of MessageCursor.At
	maxTimelineBytes    = 512_000 // total size of those messages; longer messages make the page shorter
	maxTimelineNotes    = 20
	maxTimelineEvents   = 200
	maxTimelineViews    = 30
	maxTimelineOthers   = 5
	viewDedupeWindow    = 10 * time.Minute // a second view by the same viewer within this time is not recorded
)

// TicketTimeline returns a ticket of the guild with its events, a part of its messages, its views and its notes. It
// takes one round trip to the database and reads a bounded number of bytes.
func (s *Store) TicketTimeline(ctx context.Context, guild, id string, cursor MessageCursor) (TicketTimeline, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var (
		timeline  TicketTimeline
		found     []Ticket
		available int // messages in that direction, counted up to one more than a page shows
	)
	reads := append([]sqldb.Query{ticketByIDQuery(guild, id, &found)}, timelineQueries(guild, id, &timeline)...)
	err := s.batch(ctx, append(reads, messagesQuery(guild, id, cursor, &timeline.Messages, &available))...)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return TicketTimeline{}, s.wrapError("read ticket", err)
	}
	timeline.Ticket = found[0]
	timeline.Messages = timeline.Messages[:min(len(timeline.Messages), maxTimelineMessages)]
	more := available > len(timeline.Messages)
	if cursor.IsForward() {
		timeline.HasEarlier, timeline.HasLater = true, more
	} else {
		timeline.HasEarlier, timeline.HasLater = more, cursor.Before != ""
		slices.Reverse(timeline.Messages)
	}
	if timeline.HasMoreNotes = len(timeline.Notes) > maxTimelineNotes; timeline.HasMoreNotes {
		timeline.Notes = timeline.Notes[:maxTimelineNotes]
	}
	slices.Reverse(timeline.Notes)
	slices.Reverse(timeline.Events)
	return timeline, nil
}

// messagesQuery reads messages before the cursor, newest first, or after it, oldest first: as many as fit in
// maxTimelineBytes, but at least one. Of messages that do not fit it reads only the size.
func messagesQuery(guild, id string, cursor MessageCursor, messages *[]TicketMessage, available *int) sqldb.Query {
	var where sqldb.Where
	where.And("guild_id = ?", guild)
	where.And("ticket_id = ?", id)
	d := timeOrderOf(cursor.IsForward())
	const place = "(SELECT b.created_at, b.id FROM ticket_messages b WHERE b.guild_id = $1 AND b.id = ?)"
	if cursor.At != "" {
		where.And(`(created_at, id) >= (SELECT e.created_at, e.id FROM (SELECT a.created_at, a.id FROM ticket_messages a
			WHERE a.guild_id = $1 AND a.ticket_id = $2 AND (a.created_at, a.id) <= `+place+
			" ORDER BY a.created_at DESC, a.id DESC"+page{1, maxMessagesBefore + 1}.limitSQL()+
			") e ORDER BY e.created_at, e.id LIMIT 1)", cursor.At)
	} else if from := cmp.Or(cursor.After, cursor.Before); from != "" {
		where.And("(created_at, id) "+d.comparison+" "+place, from)
	}
	orderBy := "created_at " + d.direction + ", id " + d.direction
	return sqldb.Query{
		SQL: "SELECT " + messageColumns + `, p.n FROM (
				SELECT c.id, c.created_at AS at, c.n FROM (
					SELECT x.id, x.created_at, count(*) OVER () AS n, sum(x.size) OVER (ORDER BY ` + orderBy + `) - x.size AS ahead
					FROM (SELECT id, created_at, ` + messageSizeSQL + ` AS size FROM ticket_messages WHERE ` + where.String() +
			" ORDER BY " + orderBy + page{1, maxTimelineMessages + 1}.limitSQL() + `) x
				) c WHERE c.ahead < ` + strconv.Itoa(maxTimelineBytes) + `
			) p CROSS JOIN ticket_messages m WHERE m.id = p.id ORDER BY p.at ` + d.direction + ", p.id " + d.direction,
		Args:  where.Args,
		Table: "ticket_messages",
		Row: func(r sqldb.Row) error {
			m, err := scanMessage(rowWithExtra{r, available})
			*messages = append(*messages, m)
			return err
		},
	}
}

// rowWithExtra is a row with one more column after those that a scan function reads.
type rowWithExtra struct {
	sqldb.Row
	extra any
}

func (a rowWithExtra) Scan(dest ...any) error { return a.Row.Scan(append(dest, a.extra)...) }

func timelineQueries(guild, id string, timeline *TicketTimeline) []sqldb.Query {
	var where sqldb.Where
	where.And("guild_id = ?", guild)
	where.And("ticket_id = ?", id)
	return []sqldb.Query{{
		SQL: `SELECT e.id, e.kind, e.user_id, ` + substrSQL("coalesce(m.username, '')", maxNameRunes) + `, coalesce(m.avatar, ''),
			` + substrSQL("e.reason", maxShortTextRunes) + `, e.at
			FROM (SELECT * FROM ticket_events WHERE ` + where.String() + ` ORDER BY at DESC, id DESC` +
			page{1, maxTimelineEvents}.limitSQL() + `) e
			LEFT JOIN members m ON m.guild_id = e.guild_id AND m.discord_id = e.user_id ORDER BY e.at DESC, e.id DESC`,
		Args: where.Args,
		Row: appendTo(&timeline.Events, func(r sqldb.Row) (e TicketEvent, err error) {
			err = r.Scan(&e.ID, (*string)(&e.Change), &e.Actor.ID, &e.Actor.Username, &e.Actor.Avatar, &e.Reason, &e.At)
			return e, err
		}),
	}, {
		SQL: `SELECT v.user_id, ` + substrSQL("coalesce(nullif(v.user_name, ''), m.username, '')", maxNameRunes) +
			`, coalesce(m.avatar, ''), v.at
			FROM (SELECT * FROM ticket_views WHERE ` + where.String() + ` ORDER BY at DESC, id DESC` +
			page{1, maxTimelineViews}.limitSQL() + `) v
			LEFT JOIN members m ON m.guild_id = v.guild_id AND m.discord_id = v.user_id ORDER BY v.at DESC, v.id DESC`,
		Args: where.Args,
		Row: appendTo(&timeline.Views, func(r sqldb.Row) (l TicketView, err error) {
			err = r.Scan(&l.Viewer.ID, &l.Viewer.Username, &l.Viewer.Avatar, &l.At)
			return l, err
		}),
	}, {
		SQL: `SELECT o.id, o.number, ` + substrSQL("o.subject", maxShortTextRunes) + `, o.status
			FROM tickets t JOIN tickets o ON o.guild_id = t.guild_id AND o.member_id = t.member_id AND o.id <> t.id
			WHERE t.guild_id = $1 AND t.id = $2 ORDER BY o.created_at DESC, o.id DESC` + page{1, maxTimelineOthers}.limitSQL(),
		Args:  []any{guild, id},
		Table: ticketsTable,
		Row: appendTo(&timeline.Others, func(r sqldb.Row) (l TicketLink, err error) {
			err = r.Scan(&l.ID, &l.Number, &l.Subject, (*string)(&l.Status))
			return l, err
		}),
	}, notesQuery(where, page{1, maxTimelineNotes}, 1, &timeline.Notes)}
}

// LastTicketView returns when the viewer last looked at the ticket, as far as it is recorded; otherwise the zero time.
func (s *Store) LastTicketView(ctx context.Context, guild, id, viewer string) (at time.Time, err error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	err = s.batch(ctx, sqldb.Query{
		SQL: `SELECT at FROM ticket_views WHERE guild_id = $1 AND ticket_id = $2 AND user_id = $3
			ORDER BY at DESC LIMIT 1`,
		Args: []any{guild, id, viewer},
		Row:  func(r sqldb.Row) error { return r.Scan(&at) },
	})
	return at, s.wrapError("read last ticket view", err)
}

// RecordTicketView records that the viewer looked at a ticket of the guild, unless the viewer's last view is less
// than ten minutes old.
func (s *Store) RecordTicketView(ctx context.Context, guild, id string, viewer contract.User, at time.Time) error {
	_, err := s.exec(ctx, "record ticket view", `INSERT INTO ticket_views (guild_id, ticket_id, user_id, user_name, at)
		SELECT t.guild_id, t.id, CAST($3 AS text), CAST($4 AS text), CAST($5 AS timestamp) FROM tickets t
		WHERE t.guild_id = $1 AND t.id = $2 AND NOT EXISTS (
			SELECT 1 FROM ticket_views v WHERE v.guild_id = t.guild_id AND v.ticket_id = t.id AND v.user_id = $3 AND v.at > $6)`,
		guild, id, viewer.ID, viewer.Username, at, at.Add(-viewDedupeWindow))
	return err
}

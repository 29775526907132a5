package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
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
	Events    []TicketEvent // the newest, oldest first
	Messages  []TicketMessage
	Earlier   bool         // there are messages before these
	Later     bool         // there are messages after these
	Looks     []TicketLook // the newest, newest first
	Notes     []TicketNote // the newest, oldest first
	MoreNotes bool         // there are notes before these
}

// MessageCursor selects a part of a transcript: the messages before or after one message. The zero value selects the
// newest part.
type MessageCursor struct {
	Before, After string // ids of messages; at most one is set
}

const (
	storyMessages = 100     // messages that one page of a transcript shows
	storyBytes    = 512_000 // of their texts: a page shows fewer messages when they are long
	storyNotes    = 20
	storyEvents   = 200
	storyLooks    = 30
	lookAgain     = 10 * time.Minute // within which looking again is the same look
)

// TicketStory returns a ticket of the guild with its events, a part of its messages, its views and its notes. It makes
// one round trip to the database, and reads a bounded number of bytes.
func (s *Store) TicketStory(ctx context.Context, guild, id string, at MessageCursor) (TicketStory, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var (
		story TicketStory
		found []Ticket
		there int // messages in that direction, up to one more than a page shows
	)
	reads := append([]read{readTicket(guild, id, &found)}, readStory(guild, id, &story)...)
	err := s.batch(ctx, append(reads, readMessages(guild, id, at, &story.Messages, &there))...)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return TicketStory{}, s.fault("reading ticket", err)
	}
	story.Ticket = found[0]
	story.Messages = story.Messages[:min(len(story.Messages), storyMessages)]
	more := there > len(story.Messages)
	if at.After != "" {
		story.Earlier, story.Later = true, more
	} else {
		story.Earlier, story.Later = more, at.Before != ""
		slices.Reverse(story.Messages)
	}
	if story.MoreNotes = len(story.Notes) > storyNotes; story.MoreNotes {
		story.Notes = story.Notes[:storyNotes]
	}
	slices.Reverse(story.Notes)
	slices.Reverse(story.Events)
	return story, nil
}

// readMessages reads messages from the cursor on, newest first, or oldest first after a message: as many as storyBytes
// allows, but at least one. Of messages that do not fit it reads only the size.
func readMessages(guild, id string, at MessageCursor, messages *[]TicketMessage, there *int) read {
	var where clause
	where.and("guild_id = ?", guild)
	where.and("ticket_id = ?", id)
	d := directionOf(at.After != "")
	if from := cmp.Or(at.After, at.Before); from != "" {
		where.and("(created_at, id) "+d.after+" (SELECT b.created_at, b.id FROM ticket_messages b WHERE b.guild_id = $1 AND b.id = ?)", from)
	}
	by := "created_at " + d.order + ", id " + d.order
	return read{
		sql: "SELECT " + messageColumns + `, p.n FROM (
				SELECT c.id, c.created_at AS at, c.n FROM (
					SELECT x.id, x.created_at, count(*) OVER () AS n, sum(x.size) OVER (ORDER BY ` + by + `) - x.size AS ahead
					FROM (SELECT id, created_at, ` + messageSize + ` AS size FROM ticket_messages WHERE ` + where.String() +
			" ORDER BY " + by + page{1, storyMessages + 1}.limit() + `) x
				) c WHERE c.ahead < ` + strconv.Itoa(storyBytes) + `
			) p CROSS JOIN ticket_messages m WHERE m.id = p.id ORDER BY p.at ` + d.order + ", p.id " + d.order,
		args: where.args,
		of:   "ticket_messages",
		row: func(r row) error {
			m, err := scanMessage(alongWith{r, there})
			*messages = append(*messages, m)
			return err
		},
	}
}

// alongWith is a row with one more column, after those that a scan function reads.
type alongWith struct {
	row
	last any
}

func (a alongWith) Scan(dest ...any) error { return a.row.Scan(append(dest, a.last)...) }

func readStory(guild, id string, story *TicketStory) []read {
	var where clause
	where.and("guild_id = ?", guild)
	where.and("ticket_id = ?", id)
	return []read{{
		sql: `SELECT e.id, e.kind, e.user_id, ` + cut("coalesce(m.username, '')", nameRunes) + `, coalesce(m.avatar, ''),
			` + cut("e.reason", lineRunes) + `, e.at
			FROM (SELECT * FROM ticket_events WHERE ` + where.String() + ` ORDER BY at DESC, id DESC` + page{1, storyEvents}.limit() + `) e
			LEFT JOIN members m ON m.guild_id = e.guild_id AND m.discord_id = e.user_id ORDER BY e.at DESC, e.id DESC`,
		args: where.args,
		row: appendTo(&story.Events, func(r row) (e TicketEvent, err error) {
			err = r.Scan(&e.ID, (*string)(&e.Turn), &e.By.ID, &e.By.Username, &e.By.Avatar, &e.Reason, &e.At)
			return e, err
		}),
	}, {
		sql: `SELECT v.user_id, ` + cut("coalesce(nullif(v.user_name, ''), m.username, '')", nameRunes) + `, coalesce(m.avatar, ''), v.at
			FROM (SELECT * FROM ticket_views WHERE ` + where.String() + ` ORDER BY at DESC, id DESC` + page{1, storyLooks}.limit() + `) v
			LEFT JOIN members m ON m.guild_id = v.guild_id AND m.discord_id = v.user_id ORDER BY v.at DESC, v.id DESC`,
		args: where.args,
		row: appendTo(&story.Looks, func(r row) (l TicketLook, err error) {
			err = r.Scan(&l.By.ID, &l.By.Username, &l.By.Avatar, &l.At)
			return l, err
		}),
	}, readNotes(where, page{1, storyNotes}, 1, &story.Notes)}
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

package store

import (
	"context"
	"encoding/json"
	"strconv"
	"time"
)

// newestTickets is how many of a guild's tickets are looked through when the index of trigrams is no help: the text is
// too short for it, or no more than these are left by the other filters, and a common word would be looked up for all.
const newestTickets = 2000

// fewTexts is how many texts of a guild are looked through one by one.
const fewTexts = 20_000

// way is how a text is looked for.
type way int

const (
	lookNewest way = iota // in the own words of the newest tickets, for a text that is too short for the index
	lookAll               // in all texts of a guild that has few
	lookEach              // in the texts of each of the few tickets that all other filters leave
	lookIndex             // in the index of trigrams, in which those of all guilds stand
)

// textsLeft is what decides how a text is looked for.
type textsLeft struct {
	tickets int           // how many all other filters leave, as far as newestTickets + 1
	texts   int           // if there is no other filter, and so few tickets: of the guild, as far as fewTexts + 1
	late    time.Duration // by how much a ticket may have been opened before another whose texts stand before its own
}

// lookup finds out how the text is best looked for, after it has made some reads.
func (s *Store) lookup(ctx context.Context, f *foundTickets, q TicketQuery, reads ...read) error {
	f.postgres = s.pool != nil
	if err := s.batch(ctx, append(reads, f.readLeft(&f.left))...); err != nil {
		return err
	}
	f.within(f.left)
	if f.way != lookIndex {
		return nil
	}
	f.span = new(textSpan)
	return s.batch(ctx, f.readSpan(q, f.span))
}

func (f foundTickets) readLeft(left *textsLeft) read {
	const texts = "(SELECT count(*) FROM (SELECT 1 FROM ticket_text x WHERE x.guild_id = $1 LIMIT "
	few := "0"
	if f.bare {
		few = "CASE WHEN count(*) <= " + strconv.Itoa(newestTickets) + " THEN " + texts + strconv.Itoa(fewTexts+1) + ") v) ELSE 0 END"
	}
	return read{
		sql: "SELECT count(*), " + few + ", coalesce((SELECT n.tickets_late FROM guild_counters n WHERE n.guild_id = $1), 0)" +
			" FROM (SELECT 1 FROM " + f.from() + " WHERE " + f.where.String() + " LIMIT " + strconv.Itoa(newestTickets+1) + ") c",
		args: f.where.args,
		row: func(r row) error {
			var late int64
			err := r.Scan(&left.tickets, &left.texts, &late)
			left.late = time.Duration(late) * time.Millisecond
			return err
		},
	}
}

func (f *foundTickets) within(left textsLeft) {
	f.left = left
	few := left.tickets <= newestTickets
	switch {
	case few && !f.bare:
		f.way = lookEach
	case few && left.texts <= fewTexts:
		f.way = lookAll
	case f.needle.short():
		f.way = lookNewest
	default:
		f.way = lookIndex
	}
}

// textSpan are the texts with rows between these.
type textSpan struct {
	after, before int64
	but           string // id of a ticket whose texts are left out; "" for none
}

// readSpan reads where the guild's texts are, and of them those of tickets that can have been opened in the time asked for: the
// way to these, past those of all newer ones, would be as long as there are such.
func (f foundTickets) readSpan(q TicketQuery, span *textSpan) read {
	args := []any{f.where.args[0]}
	bound := func(all, order, condition, dated string, at time.Time, late time.Duration) string {
		all = "(SELECT x.rowid " + all + " FROM ticket_text x WHERE x.guild_id = $1 ORDER BY x.rowid " + order + " LIMIT 1)"
		if at.IsZero() {
			return all
		}
		args = append(args, at.Add(late))
		return "coalesce((SELECT x.rowid FROM tickets t JOIN ticket_text x ON x.ticket_id = t.id AND x.message_id = ''" +
			" WHERE t.guild_id = $1 AND t.created_at " + condition + " $" + strconv.Itoa(len(args)) +
			" ORDER BY t.created_at " + dated + ", t.id " + dated + " LIMIT 1), " + all + ")"
	}
	after := bound("- 1", "ASC", "<", "DESC", q.From, -f.left.late)
	before := bound("+ 1", "DESC", ">=", "ASC", q.To, f.left.late)
	return read{
		sql:  "SELECT coalesce(" + after + ", 0), coalesce(" + before + ", 0)", // 0: the guild's texts have gone by now
		args: args,
		row:  func(r row) error { return r.Scan(&span.after, &span.before) },
	}
}

// further is what the index finds after one ticket, which may be gone by now.
func (s *Store) further(ctx context.Context, f foundTickets, after Ticket) (foundTickets, error) {
	span := *f.span
	f.span, f.further = &span, true
	return f, s.batch(ctx, f.readPlace(after, &span))
}

// readPlace reads where the texts of a ticket are, and has the span begin after it.
func (f foundTickets) readPlace(t Ticket, span *textSpan) read {
	next, order, bound := ">=", "ASC", &span.before
	if f.direction == "ASC" {
		next, order, bound = "<=", "DESC", &span.after
		span.but = t.ID
	}
	return read{
		sql: "SELECT x.rowid FROM tickets t JOIN ticket_text x ON x.ticket_id = t.id AND x.message_id = ''" +
			" WHERE t.guild_id = $1 AND t.number " + next + " $2 ORDER BY t.number " + order + " LIMIT 1",
		args: []any{f.where.args[0], t.Number},
		row:  func(r row) error { return r.Scan(bound) },
	}
}

// numbered selects the ticket whose number the text is; "" when the text is no number.
func (f foundTickets) numbered(where *clause) string {
	if f.needle.number == 0 || f.further {
		return ""
	}
	return "SELECT t.id, 1 AS hit, 0 AS pos FROM " + f.beside() + " WHERE " + where.String() +
		" AND t.number = " + where.arg(f.needle.number)
}

// worded selects the tickets that the text is in, each once, but for the one whose number it is, and says what they are to be
// ordered by. That is the order of their numbers, by the rows of their texts: from there the search stops as soon as the page
// is full.
func (f foundTickets) worded(where *clause) (query, order string) {
	text := clause{args: where.args}
	f.needle.find(&text, "x.body")
	if f.way == lookEach {
		// The text in a subquery, or Postgres might walk along those of all guilds; "+ 0", or either database might walk
		// along the numbers of all tickets.
		text.conditions = []string{"(SELECT 1 FROM ticket_text x WHERE x.ticket_id = t.id AND " + text.String() + " LIMIT 1) = 1"}
		if f.needle.number != 0 {
			text.and("t.number <> ?", f.needle.number)
		}
		where.args = text.args
		return "SELECT t.id, 0 AS hit, t.number + 0 AS pos FROM " + f.from() + " WHERE " + where.String() + " AND " + text.String(), "pos"
	}
	const guild = "$1" // selectTickets begins with it
	source := "ticket_fts"
	switch f.way {
	case lookNewest:
		source = "(SELECT rowid, ticket_id, guild_id, body FROM ticket_text WHERE guild_id = " + guild + " AND message_id = ''" +
			" ORDER BY rowid DESC LIMIT " + strconv.Itoa(newestTickets) + ")"
	case lookAll:
		source = "ticket_text"
	}
	if f.span != nil {
		text.and("x.rowid > ?", f.span.after)
		text.and("x.rowid < ?", f.span.before)
		if f.span.but != "" {
			text.and("x.ticket_id <> ?", f.span.but)
		}
	}
	if f.needle.number != 0 {
		text.and("x.ticket_id <> coalesce((SELECT n.id FROM tickets n WHERE n.guild_id = "+guild+" AND n.number = ?), '')",
			f.needle.number)
	}
	where.args = text.args
	from := " FROM " + source + " x"
	condition := " WHERE x.guild_id = " + guild + " AND " + text.String()
	if !f.bare {
		from += " CROSS JOIN " + f.beside()
		condition += " AND t.id = x.ticket_id AND " + where.String()
	}
	// Both databases find each ticket once as they walk along the rows, if they are told so in the way of each: on SQLite
	// every text has a row of its own, on Postgres all of a ticket have the same.
	if f.postgres {
		return "SELECT min(x.ticket_id) AS id, 0 AS hit, x.rowid AS pos" + from + condition + " GROUP BY x.rowid", "pos"
	}
	return "SELECT DISTINCT x.ticket_id AS id, 0 AS hit, x.rowid >> 16 AS pos" + from + condition, "x.rowid"
}

// attachSaid adds to each ticket that was found what was said in it, where not its own words have the text.
func (s *Store) attachSaid(ctx context.Context, f foundTickets, items []Ticket) error {
	if f.needle.text == "" || f.way == lookNewest || len(items) == 0 {
		return nil
	}
	return s.batch(ctx, f.readSaid(items))
}

// readSaid reads the first message of each ticket that has the text, unless the ticket's own words do: they come first.
func (f foundTickets) readSaid(items []Ticket) read {
	byID := make(map[string]*Ticket, len(items))
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = items[i].ID
		byID[ids[i]] = &items[i]
	}
	where := clause{args: f.where.args[:1]}
	where.args = where.args[:len(where.args):len(where.args)]
	in(&where, "t.id", ids)
	text := clause{args: where.args}
	f.needle.find(&text, "x.body")
	return read{
		sql: "SELECT m.ticket_id, m.id, m.user_id, " + cut("m.user_name", nameRunes) + ", " + cut("m.content", proseRunes) + ", " +
			wholeOr("m.mentions", mentions, "'{}'") + " FROM (SELECT (SELECT x.message_id FROM ticket_text x" +
			" WHERE x.ticket_id = t.id AND " + text.String() + " ORDER BY x.message_id LIMIT 1) AS id FROM tickets t WHERE " + where.String() + ") p" +
			" CROSS JOIN ticket_messages m WHERE m.guild_id = $1 AND m.id = p.id",
		args:  text.args,
		fresh: true,
		row: func(r row) error {
			var m TicketMessage
			var names string
			err := r.Scan(&m.TicketID, &m.ID, &m.Author.ID, &m.Author.Username, &m.Content, &names)
			_ = json.Unmarshal([]byte(names), &m.Names) // what cannot be read is left out, as in the transcript
			if t := byID[m.TicketID]; t != nil {
				t.Said = &m
			}
			return err
		},
	}
}

package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// newestTickets is how many of a guild's tickets are looked through when the index of trigrams is no help: the text is
// too short for it, or no more than these are left by the other filters, and a common word would be looked up for all.
const newestTickets = 2000

// ticketDirections are the sorts; the index of each begins with the guild.
var ticketDirections = map[TicketSort]string{TicketsNewest: "DESC", TicketsOldest: "ASC", TicketsWaiting: "ASC"}

// Tickets is one page of the guild's tickets, and the totals over all of them; "closed today" counts from today on.
// It makes one trip to the database, three when a text is looked for, and one more when the page lies past the end.
func (s *Store) Tickets(ctx context.Context, guild string, q TicketQuery, today time.Time) (List[Ticket], TicketTiles, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	list, tiles, err := s.tickets(ctx, guild, q, today)
	return list, tiles, s.fault("listing tickets", err)
}

func (s *Store) tickets(ctx context.Context, guild string, q TicketQuery, today time.Time) (List[Ticket], TicketTiles, error) {
	var (
		list  List[Ticket]
		tiles TicketTiles
		total int
	)
	found, err := selectTickets(guild, q)
	if err != nil {
		return list, tiles, err
	}
	p := pageOf(q.Page, q.PerPage)
	var reads []read
	if q.Tiles != nil {
		tiles = *q.Tiles
	} else {
		reads = readTicketTiles(guild, today, &tiles)
	}
	if found.needle.text != "" {
		var left ticketsLeft
		if err := s.batch(ctx, append(reads, found.left(&left))...); err != nil {
			return list, tiles, err
		}
		reads = nil
		found.within(left)
		if found.indexed && !(q.From.IsZero() && q.To.IsZero()) {
			if err := s.batch(ctx, found.readSpan(q, left.late)); err != nil {
				return list, tiles, err
			}
		}
		if left.n > newestTickets && !found.indexed {
			list.Newest = newestTickets
		}
	}
	reads = append(reads, found.list(p, &list.Items))
	if found.filtered {
		reads = append(reads, found.count(p, &total))
	}
	if err := s.batch(ctx, reads...); err != nil {
		return list, tiles, err
	}
	if !found.filtered {
		total = tiles.Count(q.Status)
	}
	list.fill(p, total, found.filtered)
	list.AtLeast = list.AtLeast || found.filtered && total == found.enough(p)
	if list.Page != p.number {
		list.Items = nil
		err = s.batch(ctx, found.list(p.last(total), &list.Items))
	}
	return list, tiles, err
}

// foundTickets is what a query selects.
type foundTickets struct {
	where     clause // of tickets t, and of y if along is not "": all but the text
	along     string // labelled_tickets y, those of one label, where the tickets are best found along them
	created   string // the column that says when they were opened
	id        string // and their id, where the order is by that
	needle    needle
	span      *textSpan // if indexed: where to look; nil: everywhere
	indexed   bool      // look the text up in the index of trigrams
	narrow    bool      // look for the text in the few tickets that where selects; else, if not indexed, in the newest
	column    string    // that says the order
	direction string
	filtered  bool // by more than the status, so that the tiles do not tell how many there are
	bare      bool // by nothing but the text, so that the rows themselves need not be looked at
}

func selectTickets(guild string, q TicketQuery) (foundTickets, error) {
	direction, ok := ticketDirections[q.Sort]
	if !ok {
		return foundTickets{}, fmt.Errorf("no order of tickets is called %q", q.Sort)
	}
	f := foundTickets{created: "t.created_at", id: "t.id", direction: direction, needle: needleOf(q.Text)}
	if len(q.IDs) > 0 {
		named(&f.where, "t.guild_id", guild, "t.id", q.IDs)
	} else {
		f.where.and("t.guild_id = ?", guild)
	}
	f.labelled(q)
	switch {
	case q.Status == "":
	case q.Status == TicketActive:
		f.where.and("t.status IN ('OPEN', 'CLAIMED')")
	case slices.Contains(TicketStatuses, q.Status):
		f.where.and("t.status = ?", q.Status)
	default:
		return f, fmt.Errorf("no status of tickets is called %q", q.Status)
	}
	f.column = f.created
	if q.Sort == TicketsWaiting {
		f.column = "t.waiting_since"
		f.where.and("t.waiting_since IS NOT NULL")
	}
	if q.Category != "" {
		f.where.and("t.category_id = ?", q.Category)
	}
	if q.Opener != "" {
		f.where.and("t.member_id = (SELECT o.id FROM members o WHERE o.guild_id = $1 AND o.discord_id = ?)", q.Opener)
	}
	if q.Claimer != "" {
		f.where.and("t.claimed_by = ?", q.Claimer)
	}
	if q.Priority != "" {
		f.where.and("t.priority = ?", string(q.Priority))
	}
	if !q.From.IsZero() {
		f.where.and(f.created+" >= ?", q.From)
	}
	if !q.To.IsZero() {
		f.where.and(f.created+" < ?", q.To)
	}
	f.bare = len(f.where.conditions) == 1
	f.filtered = len(q.IDs) > 0 || !q.From.IsZero() || !q.To.IsZero() || f.needle.text != "" ||
		q.Sort == TicketsWaiting || q.Category != "" || q.Opener != "" || q.Claimer != "" || q.Priority != "" || len(q.Labels) > 0
	return f, nil
}

// from is what is read for what where selects: along it, or beside the tickets that were found by other means.
func (f foundTickets) from() string {
	if f.along == "" {
		return "tickets t"
	}
	return f.along + " CROSS JOIN tickets t"
}

func (f foundTickets) beside() string {
	if f.along == "" {
		return "tickets t"
	}
	return "tickets t CROSS JOIN " + f.along
}

// ticketsLeft is what decides how a text is looked for.
type ticketsLeft struct {
	n    int           // how many tickets all other filters leave, as far as newestTickets+1
	late time.Duration // by how much a ticket may have been opened before another whose text stands before its own
}

func (f foundTickets) left(left *ticketsLeft) read {
	return read{
		sql: "SELECT count(*), coalesce((SELECT n.tickets_late FROM guild_counters n WHERE n.guild_id = $1), 0)" +
			" FROM (SELECT 1 FROM " + f.from() + " WHERE " + f.where.String() + " LIMIT " + strconv.Itoa(newestTickets+1) + ") c",
		args: f.where.args,
		row: func(r row) error {
			var ms int64
			err := r.Scan(&left.n, &ms)
			left.late = time.Duration(ms) * time.Millisecond
			return err
		},
	}
}

// within decides how the text is looked for.
func (f *foundTickets) within(left ticketsLeft) {
	few := left.n <= newestTickets
	f.narrow = few && !f.bare
	f.indexed = !few && !f.needle.short()
}

// fresh tells whether how rare the text is decides how it is best found: by its trigrams, or along the rows.
func (f foundTickets) fresh() bool { return f.indexed || f.narrow }

// list reads a page: the ids first, from an index alone, then the rows. Here as in all lists the rows are ordered by what
// came with the ids: by columns of their own, Postgres would sort the whole table before it joins where it expects many.
func (f foundTickets) list(p page, items *[]Ticket) read {
	where := f.where.clone()
	ids, order := f.ids(p, &where)
	return read{
		sql: "SELECT " + ticketColumns + " FROM (" + ids + ") p CROSS JOIN tickets t" + ticketNames +
			" WHERE t.id = p.id ORDER BY " + order,
		args:  where.args,
		fresh: f.fresh(),
		row:   appendTo(items, scanTicket),
	}
}

// ids selects the ids of page p from what where selects; order is how to keep them in order.
func (f foundTickets) ids(p page, where *clause) (text, order string) {
	if f.needle.text == "" {
		text = "SELECT t.id, " + f.column + " AS at FROM " + f.from() + " WHERE " + where.String() +
			" ORDER BY " + f.column + " " + f.direction + ", " + f.id + " " + f.direction + p.limit()
		return text, "p.at " + f.direction + ", p.id " + f.direction
	}
	order = "p.hit DESC, p.pos " + f.direction
	numbered, worded := f.numbered(where), f.worded(where)
	if numbered == "" {
		return worded + " ORDER BY pos " + f.direction + p.limit(), order
	}
	// As many as the page may need are enough, and keep the search lazy.
	worded += " ORDER BY pos " + f.direction + p.ahead()
	return "SELECT id, hit, pos FROM (" + numbered + " UNION ALL SELECT id, hit, pos FROM (" + worded + ") found) p" +
		" ORDER BY " + order + p.limit(), order
}

// enough is where counting stops: sooner where each text that is found costs a look at its ticket.
func (f foundTickets) enough(p page) int {
	if f.indexed && !f.bare {
		return min(p.enough(), max(countedWorded, p.number*p.size+1))
	}
	return p.enough()
}

const countedWorded = 201

// count reads how many are selected, or f.enough(p) when there are more.
func (f foundTickets) count(p page, total *int) read {
	where := f.where.clone()
	text := "SELECT 1 FROM " + f.from() + " WHERE " + where.String()
	if f.needle.text != "" {
		text = f.worded(&where)
		if numbered := f.numbered(&where); numbered != "" {
			text = numbered + " UNION ALL " + text
		}
	}
	return read{
		sql:   "SELECT count(*) FROM (" + text + " LIMIT " + strconv.Itoa(f.enough(p)) + ") c",
		args:  where.args,
		fresh: f.fresh(),
		row:   func(r row) error { return r.Scan(total) },
	}
}

// numbered selects the ticket whose number the text is; "" when the text is no number.
func (f foundTickets) numbered(where *clause) string {
	if f.needle.number == 0 {
		return ""
	}
	return "SELECT t.id, 1 AS hit, 0 AS pos FROM " + f.beside() + " WHERE " + where.String() +
		" AND t.number = " + where.arg(f.needle.number)
}

// worded selects the tickets that the text is in, but for the one whose number it is. Their order is that of their
// numbers, by the row of their text: from there the search stops as soon as the page is full.
func (f foundTickets) worded(where *clause) string {
	text := clause{args: where.args}
	if f.narrow {
		// The text in a subquery, or Postgres might walk along those of all guilds; "+ 0", or either database might walk
		// along the numbers of all tickets.
		f.needle.find(&text, "x.body")
		text.conditions = []string{"(SELECT CASE WHEN " + text.String() + " THEN 1 END FROM ticket_text x WHERE x.ticket_id = t.id) = 1"}
		if f.needle.number != 0 {
			text.and("t.number <> ?", f.needle.number)
		}
		where.args = text.args
		return "SELECT t.id, 0 AS hit, t.number + 0 AS pos FROM " + f.from() + " WHERE " + where.String() + " AND " + text.String()
	}
	const guild = "$1" // selectTickets begins with it
	source := "ticket_fts"
	if !f.indexed {
		source = "(SELECT rowid, ticket_id, guild_id, body FROM ticket_text WHERE guild_id = " + guild +
			" ORDER BY rowid DESC LIMIT " + strconv.Itoa(newestTickets) + ")"
	}
	f.needle.find(&text, "x.body")
	if f.span != nil {
		text.and("x.rowid > ?", f.span.after)
		text.and("x.rowid < ?", f.span.before)
	}
	if f.needle.number != 0 {
		text.and("x.ticket_id <> coalesce((SELECT n.id FROM tickets n WHERE n.guild_id = "+guild+" AND n.number = ?), '')",
			f.needle.number)
	}
	where.args = text.args
	worded := "SELECT x.ticket_id AS id, 0 AS hit, x.rowid AS pos FROM " + source + " x"
	condition := " WHERE x.guild_id = " + guild + " AND " + text.String()
	if f.bare {
		return worded + condition
	}
	return worded + " CROSS JOIN " + f.beside() + condition + " AND t.id = x.ticket_id AND " + where.String()
}

// textSpan are the texts with rows between these.
type textSpan struct{ after, before int64 }

// readSpan reads where the texts of tickets are that can have been opened in the time asked for: the way to them, past those
// of all newer ones, would be as long as there are such.
func (f *foundTickets) readSpan(q TicketQuery, late time.Duration) read {
	f.span = &textSpan{after: 0, before: math.MaxInt64}
	args := []any{f.where.args[0]}
	bound := func(condition, order string, at time.Time, late time.Duration) string {
		if at.IsZero() {
			return "CAST(NULL AS bigint)"
		}
		args = append(args, at.Add(late))
		return "(SELECT x.rowid FROM tickets t JOIN ticket_text x ON x.ticket_id = t.id WHERE t.guild_id = $1 AND t.created_at " + condition +
			" $" + strconv.Itoa(len(args)) + " ORDER BY t.created_at " + order + ", t.id " + order + " LIMIT 1)"
	}
	return read{
		sql:  "SELECT " + bound("<", "DESC", q.From, -late) + ", " + bound(">=", "ASC", q.To, late),
		args: args,
		row: func(r row) error {
			var after, before *int64
			err := r.Scan(&after, &before)
			if after != nil {
				f.span.after = *after
			}
			if before != nil {
				f.span.before = *before
			}
			return err
		},
	}
}

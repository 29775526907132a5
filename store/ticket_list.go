package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// ticketDirections are the sorts; the index of each begins with the guild.
var ticketDirections = map[TicketSort]string{TicketsNewest: "DESC", TicketsOldest: "ASC", TicketsWaiting: "ASC"}

// Tickets is one page of the guild's tickets, and the totals over all of them; "closed today" counts from today on. It
// makes one round trip to the database, or up to five for a search. It makes one more if the page lies past the end, if
// some tickets are late, if the page is deep and found by its number, and if q selects late tickets.
func (s *Store) Tickets(ctx context.Context, guild string, q TicketQuery, today time.Time) (List[Ticket], TicketTiles, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	list, tiles, err := s.tickets(ctx, guild, q, today)
	return list, tiles, s.fault("listing tickets", err)
}

func (s *Store) tickets(ctx context.Context, guild string, q TicketQuery, today time.Time) (List[Ticket], TicketTiles, error) {
	var (
		list  List[Ticket]
		tiles TicketTiles
	)
	if err := s.findLate(ctx, guild, &q); err != nil {
		return list, tiles, err
	}
	found, err := selectTickets(guild, q)
	if err != nil {
		return list, tiles, err
	}
	var reads []read
	if q.Tiles != nil {
		tiles = *q.Tiles
	} else {
		reads = readTicketTiles(guild, today, &tiles)
	}
	if !q.Seek.IsZero() && found.needle.text == "" {
		list, err = s.ticketsFrom(ctx, guild, q, found, &tiles, reads)
		q.Page, reads = q.Seek.elsewhere(), nil
	}
	if err == nil && !list.Sought {
		list, err = s.ticketsByNumber(ctx, q, found, &tiles, reads)
	}
	if err == nil && q.Tiles == nil {
		err = s.countLate(ctx, guild, &tiles)
	}
	return list, tiles, err
}

// ticketsFrom returns the page at the query's cursor, and makes the other reads, too. Sought is false if there is no
// such page.
func (s *Store) ticketsFrom(
	ctx context.Context, guild string, q TicketQuery, found foundTickets, tiles *TicketTiles, reads []read,
) (list List[Ticket], err error) {
	beyond, err := selectTicketsFrom(guild, q)
	if err != nil {
		return list, err
	}
	var total int
	p := pageOf(q.Page, q.PerPage)
	first := page{number: 1, size: p.size}
	reads = append(reads, beyond.list(q.Seek.stretch(p), &list.Items))
	if found.filtered {
		reads = append(reads, found.count(first, &total))
	}
	if err := s.batch(ctx, reads...); err != nil {
		return list, err
	}
	if !found.filtered {
		total = tiles.Count(q.Status)
	}
	list.sought(q.Seek, p, total, found.filtered && total == found.enough(first), q.cursor)
	return list, nil
}

// ticketsByNumber returns the page with the query's number, and makes the other reads, too.
func (s *Store) ticketsByNumber(
	ctx context.Context, q TicketQuery, found foundTickets, tiles *TicketTiles, reads []read,
) (list List[Ticket], err error) {
	var total int
	p := pageOf(q.Page, q.PerPage)
	isSearch := found.needle.text != ""
	if found.filtered {
		p = p.near()
	}
	if isSearch {
		if err := s.lookup(ctx, &found, q, reads...); err != nil {
			return list, err
		}
		reads = nil
		if found.way == lookNewest && found.left.tickets > newestTickets {
			list.Newest = newestTickets
		}
	}
	isLater := !found.filtered && p.isDeep()
	if !isLater {
		reads = append(reads, found.list(p.stretch(), &list.Items))
	}
	if found.filtered {
		reads = append(reads, found.count(p, &total))
	}
	if err := s.batch(ctx, reads...); err != nil {
		return list, err
	}
	if !found.filtered {
		total = tiles.Count(q.Status)
	}
	list.fill(p, total, found.filtered)
	list.AtLeast = list.AtLeast || found.filtered && total == found.enough(p)
	if isLater || list.Page != p.number {
		shown, part := p.within(total, !isSearch)
		list.Items, list.Page = nil, shown.number
		err = s.batch(ctx, found.list(part, &list.Items))
	}
	if !isSearch {
		list.between(q.cursor)
		return list, err
	}
	if err == nil {
		err = s.attachSaid(ctx, found, list.Items)
	}
	return list, err
}

// cursor returns the position of a ticket in the query's order.
func (q TicketQuery) cursor(t Ticket) Cursor {
	if q.Sort == TicketsWaiting && t.WaitingSince != nil {
		return Cursor{*t.WaitingSince, t.ID}
	}
	return Cursor{t.CreatedAt, t.ID}
}

// foundTickets is what a query selects.
type foundTickets struct {
	where     clause // of tickets t, and of what is along: all but the text
	along     string // labelled_tickets y of one label, or tickets a that are few, where the tickets are best found along those
	sparse    bool   // of those along which they are found, few may be meant
	created   string // the column that says when they were opened
	id        string // and their id, where the order is by that
	needle    needle
	span      *textSpan // where the index is looked in
	left      textsLeft
	way       way    // the text is looked for
	postgres  bool   // in whose words
	further   bool   // without the ticket whose number the text is: it came before
	column    string // that says the order
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
	f.late(q)
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
		q.Sort == TicketsWaiting || q.Category != "" || q.Opener != "" || q.Claimer != "" || q.Priority != "" || len(q.Labels) > 0 || q.Late
	return f, nil
}

// selectTicketsFrom selects the tickets beyond the query's cursor. The query must not be a search.
func selectTicketsFrom(guild string, q TicketQuery) (foundTickets, error) {
	if by := (order{"t.created_at", ticketDirections[q.Sort]}); q.Sort != TicketsWaiting {
		q.Seek.implied(by, &q.From, &q.To)
	}
	f, err := selectTickets(guild, q)
	q.Seek.bound(&f.where, order{f.column, f.direction}, f.id)
	return f, err
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

// list reads a page: the ids first, from an index alone, then the rows. Here as in all lists the rows are ordered by what
// came with the ids: by columns of their own, Postgres would sort the whole table before it joins where it expects many.
func (f foundTickets) list(part stretch, items *[]Ticket) read {
	return f.listOf(ticketListColumns, part, items)
}

func (f foundTickets) listOf(columns string, part stretch, items *[]Ticket) read {
	where := f.where.clone()
	ids, order := f.ids(part, &where)
	return read{
		sql: "SELECT " + columns + " FROM (" + ids + ") p CROSS JOIN tickets t" + ticketNames +
			" WHERE t.id = p.id ORDER BY " + order,
		args:  where.args,
		fresh: f.needle.text != "", // how rare it is decides how it is best found: by its trigrams, or along the rows
		of:    tickets,
		row:   appendTo(items, scanTicket),
	}
}

// ids selects the ids of a part of the rows that where selects; a search is read from its beginning. order is the order
// of the ids, to be kept by the outer query.
func (f foundTickets) ids(part stretch, where *clause) (text, order string) {
	if f.needle.text == "" {
		by := " " + part.direction(f.direction)
		text = "SELECT t.id, " + f.column + " AS at FROM " + f.from() + " WHERE " + where.String() +
			" ORDER BY " + f.column + by + ", " + f.id + by + part.limit()
		return text, "p.at " + f.direction + ", p.id " + f.direction
	}
	order = "p.hit DESC, p.pos " + f.direction
	numbered := f.numbered(where)
	worded, pos := f.worded(where)
	worded += " ORDER BY " + pos + " " + f.direction
	if numbered == "" {
		return worded + part.limit(), order
	}
	// As many as the page may need are enough, and keep the search lazy.
	return "SELECT id, hit, pos FROM (" + numbered + " UNION ALL SELECT id, hit, pos FROM (" + worded + part.ahead() + ") found) p" +
		" ORDER BY " + order + part.limit(), order
}

// enough is where counting stops: sooner where each text that is found costs a look at it, or much is passed over.
func (f foundTickets) enough(p page) int {
	if f.sparse || f.way == lookIndex || f.way == lookEach {
		return max(countedWorded, p.number*p.size+1)
	}
	return p.enough()
}

const countedWorded = 101

// count reads how many are selected, or f.enough(p) when there are more.
func (f foundTickets) count(p page, total *int) read {
	where := f.where.clone()
	text := "SELECT 1 FROM " + f.from() + " WHERE " + where.String()
	if f.needle.text != "" {
		most := " LIMIT " + strconv.Itoa(f.enough(p))
		numbered := f.numbered(&where)
		worded, pos := f.worded(&where)
		if f.way != lookEach { // in the order of the index, or Postgres would find all before it counts any
			worded += " ORDER BY " + pos + " " + f.direction
		}
		if text = "SELECT 1 FROM (" + worded + most + ") found"; numbered != "" {
			text += " UNION ALL SELECT 1 FROM (" + numbered + ") n"
		}
	}
	return read{
		sql:   "SELECT count(*) FROM (" + text + " LIMIT " + strconv.Itoa(f.enough(p)) + ") c",
		args:  where.args,
		fresh: f.needle.text != "", // how rare it is decides how it is best found: by its trigrams, or along the rows
		row:   func(r row) error { return r.Scan(total) },
	}
}

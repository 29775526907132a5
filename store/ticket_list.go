package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"guildboard/store/internal/sqldb"
)

// ticketSortDirections maps each sort to its SQL direction; each has an index that begins with the guild.
var ticketSortDirections = map[TicketSort]string{TicketSortNewest: "DESC", TicketSortOldest: "ASC", TicketSortWaiting: "ASC"}

// Tickets returns one page of the guild's tickets and the totals over all of them. today is the start of the day for
// TicketStats.ClosedToday. It takes one round trip to the database, or up to five for a search; one more each if the
// page is past the end, if tickets are overdue, if a deep page is requested by number, and if q selects overdue
// tickets.
func (s *Store) Tickets(ctx context.Context, guild string, q TicketQuery, today time.Time) (List[Ticket], TicketStats, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	list, stats, err := s.listTickets(ctx, guild, q, today)
	return list, stats, s.wrapError("list tickets", err)
}

func (s *Store) listTickets(ctx context.Context, guild string, q TicketQuery, today time.Time) (List[Ticket], TicketStats, error) {
	var (
		list  List[Ticket]
		stats TicketStats
	)
	if err := s.resolveOverdue(ctx, guild, &q); err != nil {
		return list, stats, err
	}
	found, err := selectTickets(guild, q)
	if err != nil {
		return list, stats, err
	}
	var reads []sqldb.Query
	if q.Stats != nil {
		stats = *q.Stats
	} else {
		reads = ticketStatsQueries(guild, today, &stats)
	}
	switch {
	case found.isSearch():
		list, err = s.searchTickets(ctx, q, found, reads)
	case q.Keyset.IsZero():
		list, err = s.ticketsByPage(ctx, q, found, &stats, reads)
	default:
		list, err = s.ticketsByCursor(ctx, guild, q, found, &stats, reads)
		if err == nil && !list.ByCursor {
			q.Page = q.Keyset.fallbackPage()
			list, err = s.ticketsByPage(ctx, q, found, &stats, nil)
		}
	}
	if err == nil && q.Stats == nil {
		err = s.countOverdue(ctx, guild, &stats)
	}
	return list, stats, err
}

// ticketsByCursor returns the page at the query's cursor and runs the other reads, too. ByCursor is false if there is
// no such page.
func (s *Store) ticketsByCursor(
	ctx context.Context, guild string, q TicketQuery, found ticketSelection, stats *TicketStats, reads []sqldb.Query,
) (list List[Ticket], err error) {
	selection, err := selectTicketsAfterCursor(guild, q)
	if err != nil {
		return list, err
	}
	var total int
	p := newPage(q.Page, q.PerPage)
	first := page{number: 1, size: p.size}
	reads = append(reads, selection.rowsQuery(q.Keyset.rowRange(p), &list.Items))
	if found.isFiltered {
		reads = append(reads, found.countQuery(first, &total))
	}
	if err := s.batch(ctx, reads...); err != nil {
		return list, err
	}
	if !found.isFiltered {
		total = stats.Count(q.Status)
	}
	list.fillByCursor(q.Keyset, p, total, found.isFiltered && total == found.countLimit(first), q.cursorOf)
	return list, nil
}

// ticketsByPage returns the page with the query's number and runs the other reads, too.
func (s *Store) ticketsByPage(
	ctx context.Context, q TicketQuery, found ticketSelection, stats *TicketStats, reads []sqldb.Query,
) (list List[Ticket], err error) {
	var total int
	p := newPage(q.Page, q.PerPage)
	if found.isFiltered {
		p = p.limitSkip()
	}
	readAfterCount := !found.isFiltered && p.isDeep()
	if !readAfterCount {
		reads = append(reads, found.rowsQuery(p.rowRange(), &list.Items))
	}
	if found.isFiltered {
		reads = append(reads, found.countQuery(p, &total))
	}
	if err := s.batch(ctx, reads...); err != nil {
		return list, err
	}
	if !found.isFiltered {
		total = stats.Count(q.Status)
	}
	list.setPage(p, total, found.isFiltered)
	list.TotalIsLowerBound = list.TotalIsLowerBound || found.isFiltered && total == found.countLimit(p)
	if readAfterCount || list.Page != p.number {
		shown, part := p.locate(total, true)
		list.Items, list.Page = nil, shown.number
		err = s.batch(ctx, found.rowsQuery(part, &list.Items))
	}
	list.setCursors(q.cursorOf)
	return list, err
}

// cursorOf returns the position of a ticket in the query's sort order.
func (q TicketQuery) cursorOf(t Ticket) Cursor {
	if q.Sort == TicketSortWaiting && t.WaitingSince != nil {
		return Cursor{*t.WaitingSince, t.ID}
	}
	return Cursor{t.CreatedAt, t.ID}
}

// ticketSelection is a TicketQuery translated to SQL. If it has a term, its tickets are found with a searchPlan.
type ticketSelection struct {
	where sqldb.Where // conditions on tickets t and on drivingTable, without the text search
	// drivingTable is a smaller table to start from, or "": the rows of one label (labelled_tickets y) or the few
	// active tickets (tickets a).
	drivingTable  string
	isSparse      bool   // few rows of drivingTable may match the other conditions
	createdColumn string // column with the opening time
	idColumn      string // column with the ticket id, for sorting
	sortColumn    string // column to sort by
	direction     string
	term          searchTerm
	isFiltered    bool // more than the status is filtered, so that TicketStats has no total for it
	isTextOnly    bool // only the text is filtered, so that matches need no ticket row
}

func (f ticketSelection) isSearch() bool { return f.term.text != "" }

func selectTickets(guild string, q TicketQuery) (ticketSelection, error) {
	direction, ok := ticketSortDirections[q.Sort]
	if !ok {
		return ticketSelection{}, fmt.Errorf("unknown ticket sort %q", q.Sort)
	}
	f := ticketSelection{createdColumn: "t.created_at", idColumn: "t.id", direction: direction, term: newSearchTerm(q.SearchTerm)}
	if len(q.IDs) > 0 {
		andIDsOfGuild(&f.where, "t.guild_id", guild, "t.id", q.IDs)
	} else {
		f.where.And("t.guild_id = ?", guild)
	}
	f.filterOverdue(q)
	f.filterLabels(q)
	switch {
	case q.Status == "":
	case q.Status == TicketActive:
		f.where.And("t.status IN ('OPEN', 'CLAIMED')")
	case slices.Contains(TicketStatuses, q.Status):
		f.where.And("t.status = ?", q.Status)
	default:
		return f, fmt.Errorf("unknown ticket status %q", q.Status)
	}
	f.sortColumn = f.createdColumn
	if q.Sort == TicketSortWaiting {
		f.sortColumn = "t.waiting_since"
		f.where.And("t.waiting_since IS NOT NULL")
	}
	if q.Category != "" {
		f.where.And("t.category_id = ?", q.Category)
	}
	if q.Opener != "" {
		f.where.And("t.member_id = (SELECT o.id FROM members o WHERE o.guild_id = $1 AND o.discord_id = ?)", q.Opener)
	}
	if q.ClaimedBy != "" {
		f.where.And("t.claimed_by = ?", q.ClaimedBy)
	}
	if q.Priority != "" {
		f.where.And("t.priority = ?", string(q.Priority))
	}
	if !q.From.IsZero() {
		f.where.And(f.createdColumn+" >= ?", q.From)
	}
	if !q.To.IsZero() {
		f.where.And(f.createdColumn+" < ?", q.To)
	}
	f.isTextOnly = len(f.where.Conditions) == 1
	f.isFiltered = len(q.IDs) > 0 || !q.From.IsZero() || !q.To.IsZero() || f.isSearch() ||
		q.Sort == TicketSortWaiting || q.Category != "" || q.Opener != "" || q.ClaimedBy != "" || q.Priority != "" ||
		len(q.Labels) > 0 || q.Overdue
	return f, nil
}

// selectTicketsAfterCursor selects the tickets after the query's cursor. The query must not be a search.
func selectTicketsAfterCursor(guild string, q TicketQuery) (ticketSelection, error) {
	if orderBy := (sortOrder{"t.created_at", ticketSortDirections[q.Sort]}); q.Sort != TicketSortWaiting {
		q.Keyset.dropImpliedBound(orderBy, &q.From, &q.To)
	}
	f, err := selectTickets(guild, q)
	q.Keyset.addCondition(&f.where, sortOrder{f.sortColumn, f.direction}, f.idColumn)
	return f, err
}

// fromDrivingSQL returns the FROM list that starts with the driving table, if there is one.
func (f ticketSelection) fromDrivingSQL() string {
	if f.drivingTable == "" {
		return "tickets t"
	}
	return f.drivingTable + " CROSS JOIN tickets t"
}

func (f ticketSelection) fromTicketsSQL() string {
	if f.drivingTable == "" {
		return "tickets t"
	}
	return "tickets t CROSS JOIN " + f.drivingTable
}

// rowsQuery reads a page: first the ids, from an index alone, then the rows. The outer query sorts by the columns
// selected with the ids: if it sorted by the ticket's columns, Postgres would sort the whole table before the join
// whenever it estimates many rows.
func (f ticketSelection) rowsQuery(part rowRange, items *[]Ticket) sqldb.Query {
	return f.columnsQuery(ticketListColumns, part, items)
}

func (f ticketSelection) columnsQuery(columns string, part rowRange, items *[]Ticket) sqldb.Query {
	by := " " + part.readDirection(f.direction)
	ids := "SELECT t.id, " + f.sortColumn + " AS at FROM " + f.fromDrivingSQL() + " WHERE " + f.where.String() +
		" ORDER BY " + f.sortColumn + by + ", " + f.idColumn + by + part.limit()
	return ticketRowsQuery(columns, ids, "p.at "+f.direction+", p.id "+f.direction, f.where.Args, items)
}

// ticketRowsQuery reads the columns of the tickets whose ids the SELECT ids returns, in an order by the columns of p,
// which are those of ids.
func ticketRowsQuery(columns, ids, order string, args []any, items *[]Ticket) sqldb.Query {
	return sqldb.Query{
		SQL: "SELECT " + columns + " FROM (" + ids + ") p CROSS JOIN tickets t" + ticketJoins +
			" WHERE t.id = p.id ORDER BY " + order,
		Args:  args,
		Table: ticketsTable,
		Row:   appendTo(items, scanTicket),
	}
}

// countLimit returns where counting stops: earlier if many rows are skipped.
func (f ticketSelection) countLimit(p page) int {
	if f.isSparse {
		return p.matchCountLimit()
	}
	return p.countLimit()
}

// countQuery counts the selected tickets, up to countLimit(p).
func (f ticketSelection) countQuery(p page, total *int) sqldb.Query {
	return sqldb.Query{
		SQL: "SELECT count(*) FROM (SELECT 1 FROM " + f.fromDrivingSQL() + " WHERE " + f.where.String() +
			" LIMIT " + strconv.Itoa(f.countLimit(p)) + ") c",
		Args: f.where.Args,
		Row:  func(r sqldb.Row) error { return r.Scan(total) },
	}
}

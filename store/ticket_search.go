package store

import (
	"context"
	"encoding/json"
	"strconv"

	"guildboard/store/internal/sqldb"
)

// searchTickets returns the page of the search with the query's number and runs the other reads, too.
func (s *Store) searchTickets(
	ctx context.Context, q TicketQuery, found ticketSelection, reads []sqldb.Query,
) (list List[Ticket], err error) {
	plan, err := s.planSearch(ctx, found, q, reads...)
	if err != nil {
		return list, err
	}
	if plan.strategy == searchNewest && plan.scope.tickets > maxNewestTickets {
		list.SearchLimit = maxNewestTickets
	}
	var total int
	p := newPage(q.Page, q.PerPage).limitSkip()
	if err := s.batch(ctx, plan.rowsQuery(p.rowRange(), &list.Items), plan.countQuery(p, &total)); err != nil {
		return list, err
	}
	list.setPage(p, total, true)
	list.TotalIsLowerBound = list.TotalIsLowerBound || total == plan.countLimit(p)
	if list.Page != p.number {
		shown, part := p.locate(total, false)
		list.Items, list.Page = nil, shown.number
		if err := s.batch(ctx, plan.rowsQuery(part, &list.Items)); err != nil {
			return list, err
		}
	}
	return list, s.attachMatchedMessages(ctx, plan, list.Items)
}

// matchesAfter reads the next matches of an export into items: those after a ticket, or the first if after is nil.
func (s *Store) matchesAfter(ctx context.Context, p searchPlan, d timeOrder, after *Ticket, items *[]Ticket) error {
	if p.strategy != searchIndex {
		return s.batch(ctx, p.textFilter().afterQuery(d, after, exportBatchSize, items))
	}
	if after != nil {
		var err error
		if p, err = s.continueAfter(ctx, p, *after); err != nil {
			return err
		}
	}
	return s.batch(ctx, p.columnsQuery(ticketColumns, rowRange{rows: exportBatchSize}, items))
}

// rowsQuery reads a page of the matches, in two steps like that of ticketSelection.
func (p searchPlan) rowsQuery(part rowRange, items *[]Ticket) sqldb.Query {
	return p.columnsQuery(ticketColumns, part, items) // with the form responses, to show what matches
}

func (p searchPlan) columnsQuery(columns string, part rowRange, items *[]Ticket) sqldb.Query {
	where := p.selection.where.Clone()
	ids, order := p.idsSQL(part, &where)
	r := ticketRowsQuery(columns, ids, order, where.Args, items)
	r.Unprepared = true // the best plan depends on how rare the term is: by trigrams or by a row scan
	return r
}

// idsSQL selects the ids of the first matches, as far as the end of part. order is the order of the ids, which the
// outer query must repeat.
func (p searchPlan) idsSQL(part rowRange, where *sqldb.Where) (text, order string) {
	direction := p.selection.direction
	order = "p.hit DESC, p.pos " + direction
	numberMatch := p.numberMatchSQL(where)
	textMatches, pos := p.textMatchSQL(where)
	textMatches += " ORDER BY " + pos + " " + direction
	if numberMatch == "" {
		return textMatches + part.limit(), order
	}
	// Limit the matches to as many as the page can need, so that the database can stop early.
	return "SELECT id, hit, pos FROM (" + numberMatch + " UNION ALL SELECT id, hit, pos FROM (" + textMatches +
		part.limitToEnd() + ") found) p" +
		" ORDER BY " + order + part.limit(), order
}

// countQuery counts the matches, up to countLimit(shown).
func (p searchPlan) countQuery(shown page, total *int) sqldb.Query {
	where := p.selection.where.Clone()
	limit := " LIMIT " + strconv.Itoa(p.countLimit(shown))
	numberMatch := p.numberMatchSQL(&where)
	textMatches, pos := p.textMatchSQL(&where)
	if p.strategy != searchEachTicket { // index order; otherwise Postgres would find all matches before counting
		textMatches += " ORDER BY " + pos + " " + p.selection.direction
	}
	text := "SELECT 1 FROM (" + textMatches + limit + ") found"
	if numberMatch != "" {
		text += " UNION ALL SELECT 1 FROM (" + numberMatch + ") n"
	}
	return sqldb.Query{
		SQL:        "SELECT count(*) FROM (" + text + limit + ") c",
		Args:       where.Args,
		Unprepared: true, // as in columnsQuery
		Row:        func(r sqldb.Row) error { return r.Scan(total) },
	}
}

// numberMatchSQL selects the ticket whose number equals the term; "" when the term is not a number.
func (p searchPlan) numberMatchSQL(where *sqldb.Where) string {
	if p.selection.term.number == 0 || p.skipNumberMatch {
		return ""
	}
	return "SELECT t.id, 1 AS hit, 0 AS pos FROM " + p.selection.fromTicketsSQL() + " WHERE " + where.String() +
		" AND t.number = " + where.Arg(p.selection.term.number)
}

// textMatchSQL selects the tickets whose text matches, each once, without the ticket that matches by number, and
// returns the column to order by. The order is that of ticket numbers, by the row ids of their texts, so that the
// search stops as soon as the page is full.
func (p searchPlan) textMatchSQL(where *sqldb.Where) (query, order string) {
	f := p.selection
	text := sqldb.Where{Args: where.Args}
	f.term.addCondition(&text, "x.body")
	if p.strategy == searchEachTicket {
		// The subquery keeps Postgres from scanning the texts of all guilds; "+ 0" keeps both databases from scanning
		// the numbers of all tickets.
		text.Conditions = []string{"(SELECT 1 FROM ticket_text x WHERE x.ticket_id = t.id AND " + text.String() + " LIMIT 1) = 1"}
		if f.term.number != 0 {
			text.And("t.number <> ?", f.term.number)
		}
		where.Args = text.Args
		return "SELECT t.id, 0 AS hit, t.number + 0 AS pos FROM " + f.fromDrivingSQL() + " WHERE " + where.String() +
			" AND " + text.String(), "pos"
	}
	const guild = "$1" // selectTickets puts the guild first
	source := "ticket_fts"
	switch p.strategy {
	case searchNewest:
		source = "(SELECT rowid, ticket_id, guild_id, body FROM ticket_text WHERE guild_id = " + guild + " AND message_id = ''" +
			" ORDER BY rowid DESC LIMIT " + strconv.Itoa(maxNewestTickets) + ")"
	case searchAllTexts:
		source = "ticket_text"
	}
	if p.rowIDs != nil {
		text.And("x.rowid > ?", p.rowIDs.after)
		text.And("x.rowid < ?", p.rowIDs.before)
		if p.rowIDs.exceptTicket != "" {
			text.And("x.ticket_id <> ?", p.rowIDs.exceptTicket)
		}
	}
	if f.term.number != 0 {
		text.And("x.ticket_id <> coalesce((SELECT n.id FROM tickets n WHERE n.guild_id = "+guild+" AND n.number = ?), '')",
			f.term.number)
	}
	where.Args = text.Args
	from := " FROM " + source + " x"
	condition := " WHERE x.guild_id = " + guild + " AND " + text.String()
	if !f.isTextOnly {
		from += " CROSS JOIN " + f.fromTicketsSQL()
		condition += " AND t.id = x.ticket_id AND " + where.String()
	}
	// Each database needs its own form to return each ticket once in row id order: on SQLite every text has its own
	// row id, on Postgres all texts of a ticket share one.
	if p.isPostgres {
		return "SELECT min(x.ticket_id) AS id, 0 AS hit, x.rowid AS pos" + from + condition + " GROUP BY x.rowid", "pos"
	}
	return "SELECT DISTINCT x.ticket_id AS id, 0 AS hit, x.rowid >> 16 AS pos" + from + condition, "x.rowid"
}

// attachMatchedMessages sets MatchedMessage of each found ticket whose own text does not match.
func (s *Store) attachMatchedMessages(ctx context.Context, p searchPlan, items []Ticket) error {
	if p.strategy == searchNewest || len(items) == 0 {
		return nil
	}
	return s.batch(ctx, p.selection.matchedMessagesQuery(items))
}

// matchedMessagesQuery reads the first matching message of each ticket, unless the ticket's own text matches, which
// sorts first.
func (f ticketSelection) matchedMessagesQuery(items []Ticket) sqldb.Query {
	byID := make(map[string]*Ticket, len(items))
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = items[i].ID
		byID[ids[i]] = &items[i]
	}
	where := sqldb.Where{Args: f.where.Args[:1]}
	where.Args = where.Args[:len(where.Args):len(where.Args)]
	sqldb.AndIn(&where, "t.id", ids)
	text := sqldb.Where{Args: where.Args}
	f.term.addCondition(&text, "x.body")
	return sqldb.Query{
		SQL: "SELECT m.ticket_id, m.id, m.user_id, " + substrSQL("m.user_name", maxNameRunes) + ", " +
			substrSQL("m.content", maxLongTextRunes) + ", " +
			boundedJSONOr("m.mentions", maxMentionsBytes, "'{}'") + " FROM (SELECT (SELECT x.message_id FROM ticket_text x" +
			" WHERE x.ticket_id = t.id AND " + text.String() + " ORDER BY x.message_id LIMIT 1) AS id FROM tickets t" +
			" WHERE " + where.String() + ") p" +
			" CROSS JOIN ticket_messages m WHERE m.guild_id = $1 AND m.id = p.id",
		Args:       text.Args,
		Unprepared: true,
		Row: func(r sqldb.Row) error {
			var m TicketMessage
			var names string
			err := r.Scan(&m.TicketID, &m.ID, &m.Author.ID, &m.Author.Username, &m.Content, &names)
			_ = json.Unmarshal([]byte(names), &m.MentionNames) // unreadable names are omitted, as in the transcript
			if t := byID[m.TicketID]; t != nil {
				t.MatchedMessage = &m
			}
			return err
		},
	}
}

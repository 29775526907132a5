package store

import (
	"context"
	"encoding/json"
	"strconv"
	"time"
)

// maxNewestTickets limits how many of a guild's tickets are searched without the trigram index. The index does not
// help if the term is too short, or if the other filters leave few tickets and a common term would have matches in
// all others.
const maxNewestTickets = 2000

// maxFewTexts limits how many texts of a guild are searched without the trigram index.
const maxFewTexts = 20_000

// searchStrategy is the way in which a term is searched for.
type searchStrategy int

const (
	searchNewest     searchStrategy = iota // the ticket texts of the newest tickets; for terms too short for the index
	searchAllTexts                         // all texts of a guild with few
	searchEachTicket                       // the texts of each of the few tickets that the other filters leave
	searchIndex                            // the trigram index, which covers all guilds
)

// searchScope holds the numbers that decide the strategy.
type searchScope struct {
	tickets int // tickets that the other filters leave, counted up to maxNewestTickets + 1
	// texts is the number of the guild's texts, up to maxFewTexts + 1; counted only without other filters and with
	// few tickets.
	texts    int
	maxDelay time.Duration // the largest difference between the order of opening and the order of text rows
}

// planSearch runs reads, then reads the search scope and chooses the strategy.
func (s *Store) planSearch(ctx context.Context, f *ticketSelection, q TicketQuery, reads ...read) error {
	f.isPostgres = s.pool != nil
	if err := s.batch(ctx, append(reads, f.scopeQuery(&f.scope))...); err != nil {
		return err
	}
	f.chooseStrategy(f.scope)
	if f.strategy != searchIndex {
		return nil
	}
	f.rowIDs = new(rowIDRange)
	return s.batch(ctx, f.rowIDRangeQuery(q, f.rowIDs))
}

func (f ticketSelection) scopeQuery(scope *searchScope) read {
	const texts = "(SELECT count(*) FROM (SELECT 1 FROM ticket_text x WHERE x.guild_id = $1 LIMIT "
	textCountSQL := "0"
	if f.isTextOnly {
		textCountSQL = "CASE WHEN count(*) <= " + strconv.Itoa(maxNewestTickets) + " THEN " + texts +
			strconv.Itoa(maxFewTexts+1) + ") v) ELSE 0 END"
	}
	return read{
		sql: "SELECT count(*), " + textCountSQL + ", coalesce((SELECT n.tickets_late FROM guild_counters n WHERE n.guild_id = $1), 0)" +
			" FROM (SELECT 1 FROM " + f.fromDrivingSQL() + " WHERE " + f.where.String() + " LIMIT " +
			strconv.Itoa(maxNewestTickets+1) + ") c",
		args: f.where.args,
		row: func(r row) error {
			var delayMillis int64
			err := r.Scan(&scope.tickets, &scope.texts, &delayMillis)
			scope.maxDelay = time.Duration(delayMillis) * time.Millisecond
			return err
		},
	}
}

func (f *ticketSelection) chooseStrategy(scope searchScope) {
	f.scope = scope
	isSmall := scope.tickets <= maxNewestTickets
	switch {
	case isSmall && !f.isTextOnly:
		f.strategy = searchEachTicket
	case isSmall && scope.texts <= maxFewTexts:
		f.strategy = searchAllTexts
	case f.term.isShort():
		f.strategy = searchNewest
	default:
		f.strategy = searchIndex
	}
}

// rowIDRange selects the texts with row ids strictly between after and before.
type rowIDRange struct {
	after, before int64
	exceptTicket  string // id of a ticket whose texts are omitted; "" for none
}

// rowIDRangeQuery reads the row id range of the guild's texts, narrowed to tickets that can have been opened within
// the query's time range. Without it, the search would walk all newer texts first.
func (f ticketSelection) rowIDRangeQuery(q TicketQuery, rowIDs *rowIDRange) read {
	args := []any{f.where.args[0]}
	bound := func(edge, order, condition, dateOrder string, at time.Time, delay time.Duration) string {
		edge = "(SELECT x.rowid " + edge + " FROM ticket_text x WHERE x.guild_id = $1 ORDER BY x.rowid " + order + " LIMIT 1)"
		if at.IsZero() {
			return edge
		}
		args = append(args, at.Add(delay))
		return "coalesce((SELECT x.rowid FROM tickets t JOIN ticket_text x ON x.ticket_id = t.id AND x.message_id = ''" +
			" WHERE t.guild_id = $1 AND t.created_at " + condition + " $" + strconv.Itoa(len(args)) +
			" ORDER BY t.created_at " + dateOrder + ", t.id " + dateOrder + " LIMIT 1), " + edge + ")"
	}
	after := bound("- 1", "ASC", "<", "DESC", q.From, -f.scope.maxDelay)
	before := bound("+ 1", "DESC", ">=", "ASC", q.To, f.scope.maxDelay)
	return read{
		sql:  "SELECT coalesce(" + after + ", 0), coalesce(" + before + ", 0)", // 0: the texts were deleted meanwhile
		args: args,
		row:  func(r row) error { return r.Scan(&rowIDs.after, &rowIDs.before) },
	}
}

// continueAfter returns the selection of the matches after a ticket, which may have been deleted meanwhile.
func (s *Store) continueAfter(ctx context.Context, f ticketSelection, after Ticket) (ticketSelection, error) {
	rowIDs := *f.rowIDs
	f.rowIDs, f.skipNumberMatch = &rowIDs, true
	return f, s.batch(ctx, f.rowIDAfterQuery(after, &rowIDs))
}

// rowIDAfterQuery reads the row id of the ticket's texts into the bound at which the remaining range begins.
func (f ticketSelection) rowIDAfterQuery(t Ticket, rowIDs *rowIDRange) read {
	next, order, bound := ">=", "ASC", &rowIDs.before
	if f.direction == "ASC" {
		next, order, bound = "<=", "DESC", &rowIDs.after
		rowIDs.exceptTicket = t.ID
	}
	return read{
		sql: "SELECT x.rowid FROM tickets t JOIN ticket_text x ON x.ticket_id = t.id AND x.message_id = ''" +
			" WHERE t.guild_id = $1 AND t.number " + next + " $2 ORDER BY t.number " + order + " LIMIT 1",
		args: []any{f.where.args[0], t.Number},
		row:  func(r row) error { return r.Scan(bound) },
	}
}

// numberMatchSQL selects the ticket whose number equals the term; "" when the term is not a number.
func (f ticketSelection) numberMatchSQL(where *clause) string {
	if f.term.number == 0 || f.skipNumberMatch {
		return ""
	}
	return "SELECT t.id, 1 AS hit, 0 AS pos FROM " + f.fromTicketsSQL() + " WHERE " + where.String() +
		" AND t.number = " + where.arg(f.term.number)
}

// textMatchSQL selects the tickets whose text matches, each once, without the ticket that matches by number, and
// returns the column to order by. The order is that of ticket numbers, by the row ids of their texts, so that the
// search stops as soon as the page is full.
func (f ticketSelection) textMatchSQL(where *clause) (query, order string) {
	text := clause{args: where.args}
	f.term.addCondition(&text, "x.body")
	if f.strategy == searchEachTicket {
		// The subquery keeps Postgres from scanning the texts of all guilds; "+ 0" keeps both databases from scanning
		// the numbers of all tickets.
		text.conditions = []string{"(SELECT 1 FROM ticket_text x WHERE x.ticket_id = t.id AND " + text.String() + " LIMIT 1) = 1"}
		if f.term.number != 0 {
			text.and("t.number <> ?", f.term.number)
		}
		where.args = text.args
		return "SELECT t.id, 0 AS hit, t.number + 0 AS pos FROM " + f.fromDrivingSQL() + " WHERE " + where.String() +
			" AND " + text.String(), "pos"
	}
	const guild = "$1" // selectTickets puts the guild first
	source := "ticket_fts"
	switch f.strategy {
	case searchNewest:
		source = "(SELECT rowid, ticket_id, guild_id, body FROM ticket_text WHERE guild_id = " + guild + " AND message_id = ''" +
			" ORDER BY rowid DESC LIMIT " + strconv.Itoa(maxNewestTickets) + ")"
	case searchAllTexts:
		source = "ticket_text"
	}
	if f.rowIDs != nil {
		text.and("x.rowid > ?", f.rowIDs.after)
		text.and("x.rowid < ?", f.rowIDs.before)
		if f.rowIDs.exceptTicket != "" {
			text.and("x.ticket_id <> ?", f.rowIDs.exceptTicket)
		}
	}
	if f.term.number != 0 {
		text.and("x.ticket_id <> coalesce((SELECT n.id FROM tickets n WHERE n.guild_id = "+guild+" AND n.number = ?), '')",
			f.term.number)
	}
	where.args = text.args
	from := " FROM " + source + " x"
	condition := " WHERE x.guild_id = " + guild + " AND " + text.String()
	if !f.isTextOnly {
		from += " CROSS JOIN " + f.fromTicketsSQL()
		condition += " AND t.id = x.ticket_id AND " + where.String()
	}
	// Each database needs its own form to return each ticket once in row id order: on SQLite every text has its own
	// row id, on Postgres all texts of a ticket share one.
	if f.isPostgres {
		return "SELECT min(x.ticket_id) AS id, 0 AS hit, x.rowid AS pos" + from + condition + " GROUP BY x.rowid", "pos"
	}
	return "SELECT DISTINCT x.ticket_id AS id, 0 AS hit, x.rowid >> 16 AS pos" + from + condition, "x.rowid"
}

// attachMatchedMessages sets MatchedMessage of each found ticket whose own text does not match.
func (s *Store) attachMatchedMessages(ctx context.Context, f ticketSelection, items []Ticket) error {
	if f.term.text == "" || f.strategy == searchNewest || len(items) == 0 {
		return nil
	}
	return s.batch(ctx, f.matchedMessagesQuery(items))
}

// matchedMessagesQuery reads the first matching message of each ticket, unless the ticket's own text matches, which
// sorts first.
func (f ticketSelection) matchedMessagesQuery(items []Ticket) read {
	byID := make(map[string]*Ticket, len(items))
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = items[i].ID
		byID[ids[i]] = &items[i]
	}
	where := clause{args: f.where.args[:1]}
	where.args = where.args[:len(where.args):len(where.args)]
	andIn(&where, "t.id", ids)
	text := clause{args: where.args}
	f.term.addCondition(&text, "x.body")
	return read{
		sql: "SELECT m.ticket_id, m.id, m.user_id, " + substrSQL("m.user_name", maxNameRunes) + ", " +
			substrSQL("m.content", maxLongTextRunes) + ", " +
			boundedJSONOr("m.mentions", maxMentionsBytes, "'{}'") + " FROM (SELECT (SELECT x.message_id FROM ticket_text x" +
			" WHERE x.ticket_id = t.id AND " + text.String() + " ORDER BY x.message_id LIMIT 1) AS id FROM tickets t" +
			" WHERE " + where.String() + ") p" +
			" CROSS JOIN ticket_messages m WHERE m.guild_id = $1 AND m.id = p.id",
		args:       text.args,
		unprepared: true,
		row: func(r row) error {
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

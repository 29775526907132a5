package store

import (
	"context"
	"strconv"
	"time"

	"guildboard/store/internal/sqldb"
)

// searchPlan is a ticketSelection with the way in which its term is searched for. A plan is made anew for each list
// and each export, by planSearch.
//
// The searched texts are the rows of ticket_text: one with the ticket's own text (message_id is ”), and one for each
// message that is not a bot's. Their row ids follow the numbers of the tickets, so that a search in row id order
// finds the newest tickets first and stops when the page is full. A ticket whose number equals the term comes before
// all of them, whatever the strategy.
//
// An export continues after its last ticket: searchIndex with the part of the index beyond that ticket's row ids
// (continueAfter), the other strategies with the tickets beyond it in order of opening, each checked for the term
// (textFilter).
type searchPlan struct {
	selection  ticketSelection
	isPostgres bool // SQL dialect
	strategy   searchStrategy
	scope      searchScope
	rowIDs     *rowIDRange // range of the index to search; nil unless strategy is searchIndex
	// skipNumberMatch omits the ticket whose number is the term, because an earlier page had it.
	skipNumberMatch bool
}

// searchStrategy is the way in which a term is searched for. No index serves all searches: the trigram index covers
// all guilds, needs three letters or digits in a row, and is slow when a common term has few matches among the tickets
// that the other filters leave.
type searchStrategy int

const (
	// searchNewest reads the own texts of the guild's maxNewestTickets newest tickets, without messages. It is for
	// terms that are too short for the trigram index in guilds whose texts are too many to be read: it costs at most
	// maxNewestTickets texts, and older tickets are not found (List.SearchLimit).
	searchNewest searchStrategy = iota
	// searchAllTexts reads all texts of the guild, at most maxFewTexts. It is for small guilds without other filters,
	// where it costs less than the index, which also returns the matches of other guilds, and finds short terms.
	searchAllTexts
	// searchEachTicket reads the texts of each ticket that the other filters leave, at most maxNewestTickets. It
	// finds short terms. Matches are counted up to maxCountedMatches, because each costs the texts of its ticket.
	searchEachTicket
	// searchIndex reads the trigram index within the guild's range of row ids. It is for everything else: large
	// guilds, and filters that leave many tickets. Each hit of the index is checked in its text, so matches are
	// counted up to maxCountedMatches.
	searchIndex
)

// maxNewestTickets limits how many of a guild's tickets are searched without the trigram index. The index does not
// help if the term is too short, or if the other filters leave few tickets and a common term would have matches in
// all others.
const maxNewestTickets = 2000

// maxFewTexts limits how many texts of a guild are searched without the trigram index.
const maxFewTexts = 20_000

// maxCountedMatches is where counting stops, instead of maxCounted, if each counted row costs a check.
const maxCountedMatches = 101

// matchCountLimit is countLimit for rows that each cost a check.
func (p page) matchCountLimit() int { return max(maxCountedMatches, p.number*p.size+1) }

// searchScope holds the numbers that decide the strategy.
type searchScope struct {
	tickets int // tickets that the other filters leave, counted up to maxNewestTickets + 1
	// texts is the number of the guild's texts, up to maxFewTexts + 1; counted only without other filters and with
	// few tickets.
	texts    int
	maxDelay time.Duration // the largest difference between the order of opening and the order of text rows
}

// rowIDRange selects the texts with row ids strictly between after and before.
type rowIDRange struct {
	after, before int64
	exceptTicket  string // id of a ticket whose texts are omitted; "" for none
}

// planSearch runs reads together with that of the search scope, and returns the plan to search for the selection's
// term.
func (s *Store) planSearch(ctx context.Context, f ticketSelection, q TicketQuery, reads ...sqldb.Query) (searchPlan, error) {
	plan := searchPlan{selection: f, isPostgres: s.db.IsPostgres()}
	if err := s.batch(ctx, append(reads, f.scopeQuery(&plan.scope))...); err != nil {
		return plan, err
	}
	if plan.strategy = chooseStrategy(f, plan.scope); plan.strategy != searchIndex {
		return plan, nil
	}
	plan.rowIDs = new(rowIDRange)
	return plan, s.batch(ctx, plan.rowIDRangeQuery(q))
}

func chooseStrategy(f ticketSelection, scope searchScope) searchStrategy {
	isSmall := scope.tickets <= maxNewestTickets
	switch {
	case isSmall && !f.isTextOnly:
		return searchEachTicket
	case isSmall && scope.texts <= maxFewTexts:
		return searchAllTexts
	case f.term.isShort():
		return searchNewest
	}
	return searchIndex
}

func (f ticketSelection) scopeQuery(scope *searchScope) sqldb.Query {
	const texts = "(SELECT count(*) FROM (SELECT 1 FROM ticket_text x WHERE x.guild_id = $1 LIMIT "
	textCountSQL := "0"
	if f.isTextOnly {
		textCountSQL = "CASE WHEN count(*) <= " + strconv.Itoa(maxNewestTickets) + " THEN " + texts +
			strconv.Itoa(maxFewTexts+1) + ") v) ELSE 0 END"
	}
	return sqldb.Query{
		SQL: "SELECT count(*), " + textCountSQL + ", coalesce((SELECT n.tickets_late FROM guild_counters n WHERE n.guild_id = $1), 0)" +
			" FROM (SELECT 1 FROM " + f.fromDrivingSQL() + " WHERE " + f.where.String() + " LIMIT " +
			strconv.Itoa(maxNewestTickets+1) + ") c",
		Args: f.where.Args,
		Row: func(r sqldb.Row) error {
			var delayMillis int64
			err := r.Scan(&scope.tickets, &scope.texts, &delayMillis)
			scope.maxDelay = time.Duration(delayMillis) * time.Millisecond
			return err
		},
	}
}

// rowIDRangeQuery sets p.rowIDs to the row ids of the guild's texts, narrowed to tickets that can have been opened
// within the query's time range. Without it, the search would walk all newer texts first.
func (p searchPlan) rowIDRangeQuery(q TicketQuery) sqldb.Query {
	args := []any{p.selection.where.Args[0]}
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
	after := bound("- 1", "ASC", "<", "DESC", q.From, -p.scope.maxDelay)
	before := bound("+ 1", "DESC", ">=", "ASC", q.To, p.scope.maxDelay)
	return sqldb.Query{
		SQL:  "SELECT coalesce(" + after + ", 0), coalesce(" + before + ", 0)", // 0: the texts were deleted meanwhile
		Args: args,
		Row:  func(r sqldb.Row) error { return r.Scan(&p.rowIDs.after, &p.rowIDs.before) },
	}
}

// continueAfter returns the plan for the matches after a ticket, which may have been deleted meanwhile. The strategy
// must be searchIndex.
func (s *Store) continueAfter(ctx context.Context, p searchPlan, after Ticket) (searchPlan, error) {
	rowIDs := *p.rowIDs
	p.rowIDs, p.skipNumberMatch = &rowIDs, true
	return p, s.batch(ctx, p.rowIDAfterQuery(after))
}

// rowIDAfterQuery sets the bound of p.rowIDs at which the range after the ticket begins to the row id of the ticket's
// own text.
func (p searchPlan) rowIDAfterQuery(t Ticket) sqldb.Query {
	next, order, bound := ">=", "ASC", &p.rowIDs.before
	if p.selection.direction == "ASC" {
		next, order, bound = "<=", "DESC", &p.rowIDs.after
		p.rowIDs.exceptTicket = t.ID
	}
	return sqldb.Query{
		SQL: "SELECT x.rowid FROM tickets t JOIN ticket_text x ON x.ticket_id = t.id AND x.message_id = ''" +
			" WHERE t.guild_id = $1 AND t.number " + next + " $2 ORDER BY t.number " + order + " LIMIT 1",
		Args: []any{p.selection.where.Args[0], t.Number},
		Row:  func(r sqldb.Row) error { return r.Scan(bound) },
	}
}

// textFilter returns the selection with the text search as a condition on each ticket, for an export in order of
// opening. The strategy must not be searchIndex.
func (p searchPlan) textFilter() ticketSelection {
	f := p.selection
	f.where = f.where.Clone()
	text := sqldb.Where{Args: f.where.Args}
	f.term.addCondition(&text, "x.body")
	if p.strategy == searchNewest {
		text.And("x.message_id = ''")
	}
	condition := "t.id IN (SELECT x.ticket_id FROM ticket_text x WHERE x.ticket_id = t.id AND " + text.String() + ")"
	if f.where.Args = text.Args; f.term.number != 0 {
		condition = "(" + condition + " OR t.number = " + f.where.Arg(f.term.number) + ")"
	}
	f.where.Conditions = append(f.where.Conditions, condition)
	f.term = searchTerm{}
	return f
}

// countLimit returns where counting stops: earlier if each match costs a check.
func (p searchPlan) countLimit(shown page) int {
	if p.strategy == searchIndex || p.strategy == searchEachTicket {
		return shown.matchCountLimit()
	}
	return p.selection.countLimit(shown)
}

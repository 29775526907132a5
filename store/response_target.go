package store

import (
	"context"
	"strconv"
	"time"

	"guildboard/store/internal/sqldb"
)

// maxResponseTargetMinutes is the longest response target, in minutes: a week.
const maxResponseTargetMinutes = 7 * 24 * 60

// IsOverdue reports whether the ticket's response target has expired at now.
func (t Ticket) IsOverdue(now time.Time) bool {
	return t.ResponseDue != nil && !now.Before(*t.ResponseDue)
}

// responseTargetColumn returns the expression for the response target of the ticket's guild in minutes; NULL for
// none.
func responseTargetColumn(ticket string) string {
	return "(SELECT w.response_target_minutes FROM guild_settings w WHERE w.guild_id = " + ticket + ".guild_id AND w.module = 'tickets')"
}

func responseDue(since *time.Time, targetMinutes *int) *time.Time {
	if since == nil || targetMinutes == nil {
		return nil
	}
	return new(since.Add(time.Duration(*targetMinutes) * time.Minute))
}

func responseTargetQuery(guild string, target *time.Duration) sqldb.Query {
	return sqldb.Query{
		SQL: `SELECT response_target_minutes FROM guild_settings
			WHERE guild_id = $1 AND module = 'tickets' AND response_target_minutes IS NOT NULL`,
		Args: []any{guild},
		Row: func(r sqldb.Row) error {
			var minutes int
			err := r.Scan(&minutes)
			*target = time.Duration(minutes) * time.Minute
			return err
		},
	}
}

// maxDrivingOverdueTickets is the number of overdue tickets up to which a query starts from these and not from all tickets.
const maxDrivingOverdueTickets = 1000

// resolveOverdue sets overdueSince and hasManyOverdue of a query that selects overdue tickets.
func (s *Store) resolveOverdue(ctx context.Context, guild string, q *TicketQuery) error {
	if !q.Overdue {
		return nil
	}
	return s.batch(ctx, overdueCutoffQuery(s.db.IsPostgres(), guild, time.Now(), q))
}

// overdueCutoffQuery reads the guild's response target, if any, and whether many tickets are past it.
func overdueCutoffQuery(postgres bool, guild string, now time.Time, q *TicketQuery) sqldb.Query {
	overdue := "SELECT 1 FROM tickets t WHERE t.guild_id = $1 AND t.waiting_since IS NOT NULL AND t.waiting_since <= $2" +
		minusTargetSQL(postgres) +
		" LIMIT " + strconv.Itoa(maxDrivingOverdueTickets+1)
	return sqldb.Query{
		SQL: "SELECT w.response_target_minutes, (SELECT count(*) FROM (" + overdue + `) c) FROM guild_settings w
			WHERE w.guild_id = $1 AND w.module = 'tickets' AND w.response_target_minutes IS NOT NULL`,
		Args: []any{guild, now},
		Row: func(r sqldb.Row) error {
			var minutes, overdue int
			err := r.Scan(&minutes, &overdue)
			q.overdueSince, q.hasManyOverdue = now.Add(-time.Duration(minutes)*time.Minute), overdue > maxDrivingOverdueTickets
			return err
		},
	}
}

// minusTargetSQL returns SQL that, appended to a time, subtracts the response target in settings w. A response is due
// at that time if the wait began at the result.
func minusTargetSQL(postgres bool) string {
	if !postgres {
		return " - w.response_target_minutes * 60000" // times are in milliseconds
	}
	return "::timestamp - w.response_target_minutes * interval '1 minute'"
}

// filterOverdue selects overdue tickets: starting from the waiting tickets if few are overdue, otherwise in list
// order.
func (f *ticketSelection) filterOverdue(q TicketQuery) {
	switch {
	case !q.Overdue:
	case len(q.IDs) > 0, q.hasManyOverdue, q.Sort == TicketSortWaiting && q.SearchTerm == "":
		f.where.And("t.waiting_since <= ?", q.overdueSince)
	default:
		f.drivingTable = "tickets a"
		f.where.And("a.guild_id = $1 AND a.waiting_since IS NOT NULL AND a.waiting_since <= ? AND t.id = a.id", q.overdueSince)
	}
}

// countOverdue counts the guild's overdue tickets if the longest-waiting one is overdue.
func (s *Store) countOverdue(ctx context.Context, guild string, stats *TicketStats) error {
	now := time.Now()
	if stats.earliestDue == nil || now.Before(*stats.earliestDue) {
		return nil
	}
	target := stats.earliestDue.Sub(*stats.LongestWaitingSince)
	return s.batch(ctx, overdueCountQuery(guild, now.Add(-target), &stats.Overdue))
}

func overdueCountQuery(guild string, since time.Time, n *int) sqldb.Query {
	return sqldb.Query{
		SQL:  "SELECT count(*) FROM tickets WHERE guild_id = $1 AND waiting_since IS NOT NULL AND waiting_since <= $2",
		Args: []any{guild, since},
		Row:  func(r sqldb.Row) error { return r.Scan(n) },
	}
}

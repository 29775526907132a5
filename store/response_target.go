package store

import (
	"context"
	"strconv"
	"time"
)

// MaxResponseTargetMinutes is the longest target for answers, in minutes: a week.
const MaxResponseTargetMinutes = 7 * 24 * 60

// IsOverdue tells whether an answer was due by then.
func (t Ticket) IsOverdue(now time.Time) bool {
	return t.ResponseDue != nil && !now.Before(*t.ResponseDue)
}

// responseTargetColumn is the column that has the target of the ticket's guild, in minutes; NULL for none.
func responseTargetColumn(ticket string) string {
	return "(SELECT w.answer_within FROM guild_settings w WHERE w.guild_id = " + ticket + ".guild_id AND w.module = 'tickets')"
}

func responseDue(since *time.Time, targetMinutes *int) *time.Time {
	if since == nil || targetMinutes == nil {
		return nil
	}
	return new(since.Add(time.Duration(*targetMinutes) * time.Minute))
}

func readResponseTarget(guild string, target *time.Duration) read {
	return read{
		sql:  "SELECT answer_within FROM guild_settings WHERE guild_id = $1 AND module = 'tickets' AND answer_within IS NOT NULL",
		args: []any{guild},
		row: func(r row) error {
			var minutes int
			err := r.Scan(&minutes)
			*target = time.Duration(minutes) * time.Minute
			return err
		},
	}
}

// maxFewOverdue is how many tickets can be late and still be found sooner along those than among all.
const maxFewOverdue = 1000

// resolveOverdue has a query that selects those that are late say since when they have waited, and whether those are many.
func (s *Store) resolveOverdue(ctx context.Context, guild string, q *TicketQuery) error {
	if !q.Overdue {
		return nil
	}
	return s.batch(ctx, readOverdueCutoff(s.pool != nil, guild, time.Now(), q))
}

// readOverdueCutoff reads the guild's target, if it has one, and whether many tickets are late by it.
func readOverdueCutoff(postgres bool, guild string, now time.Time, q *TicketQuery) read {
	overdue := "SELECT 1 FROM tickets t WHERE t.guild_id = $1 AND t.waiting_since IS NOT NULL AND t.waiting_since <= $2" + minusTargetSQL(postgres) +
		" LIMIT " + strconv.Itoa(maxFewOverdue+1)
	return read{
		sql: "SELECT w.answer_within, (SELECT count(*) FROM (" + overdue + `) c) FROM guild_settings w
			WHERE w.guild_id = $1 AND w.module = 'tickets' AND w.answer_within IS NOT NULL`,
		args: []any{guild, now},
		row: func(r row) error {
			var minutes, overdue int
			err := r.Scan(&minutes, &overdue)
			q.overdueSince, q.hasManyOverdue = now.Add(-time.Duration(minutes)*time.Minute), overdue > maxFewOverdue
			return err
		},
	}
}

// minusTargetSQL is SQL that takes the target of the settings w from the time before it: there was an answer due then of whoever
// has waited since.
func minusTargetSQL(postgres bool) string {
	if !postgres {
		return " - w.answer_within * 60000" // times are milliseconds
	}
	return "::timestamp - w.answer_within * interval '1 minute'"
}

// filterOverdue selects those that are late: few are found along those in which somebody waits, many in the order of the list.
func (f *ticketSelection) filterOverdue(q TicketQuery) {
	switch {
	case !q.Overdue:
	case len(q.IDs) > 0, q.hasManyOverdue, q.Sort == TicketsWaiting && q.Text == "":
		f.where.and("t.waiting_since <= ?", q.overdueSince)
	default:
		f.drivingTable = "tickets a"
		f.where.and("a.guild_id = $1 AND a.waiting_since IS NOT NULL AND a.waiting_since <= ? AND t.id = a.id", q.overdueSince)
	}
}

// countOverdue counts the guild's tickets that are late, where the one who waits longest is.
func (s *Store) countOverdue(ctx context.Context, guild string, stats *TicketStats) error {
	now := time.Now()
	if stats.earliestDue == nil || now.Before(*stats.earliestDue) {
		return nil
	}
	target := stats.earliestDue.Sub(*stats.LongestWaitingSince)
	return s.batch(ctx, readOverdueCount(guild, now.Add(-target), &stats.Overdue))
}

func readOverdueCount(guild string, since time.Time, n *int) read {
	return read{
		sql:  "SELECT count(*) FROM tickets WHERE guild_id = $1 AND waiting_since IS NOT NULL AND waiting_since <= $2",
		args: []any{guild, since},
		row:  func(r row) error { return r.Scan(n) },
	}
}

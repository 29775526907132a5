package store

import (
	"context"
	"strconv"
	"time"
)

// MaxAnswerWithin is the longest target for answers, in minutes: a week.
const MaxAnswerWithin = 7 * 24 * 60

// Late tells whether an answer was due by then.
func (t Ticket) Late(now time.Time) bool { return t.AnswerDue != nil && !now.Before(*t.AnswerDue) }

// answerWithinOf is the column that has the target of the ticket's guild, in minutes; NULL for none.
func answerWithinOf(ticket string) string {
	return "(SELECT w.answer_within FROM guild_settings w WHERE w.guild_id = " + ticket + ".guild_id AND w.module = 'tickets')"
}

func answerDue(since *time.Time, within *int) *time.Time {
	if since == nil || within == nil {
		return nil
	}
	return new(since.Add(time.Duration(*within) * time.Minute))
}

func readAnswerWithin(guild string, within *time.Duration) read {
	return read{
		sql:  "SELECT answer_within FROM guild_settings WHERE guild_id = $1 AND module = 'tickets' AND answer_within IS NOT NULL",
		args: []any{guild},
		row: func(r row) error {
			var minutes int
			err := r.Scan(&minutes)
			*within = time.Duration(minutes) * time.Minute
			return err
		},
	}
}

// fewLate is how many tickets can be late and still be found sooner along those than among all.
const fewLate = 1000

// findLate has a query that selects those that are late say since when they have waited, and whether those are many.
func (s *Store) findLate(ctx context.Context, guild string, q *TicketQuery) error {
	if !q.Late {
		return nil
	}
	return s.batch(ctx, readTarget(s.pool != nil, guild, time.Now(), q))
}

// readTarget reads the guild's target, if it has one, and whether many tickets are late by it.
func readTarget(postgres bool, guild string, now time.Time, q *TicketQuery) read {
	late := "SELECT 1 FROM tickets t WHERE t.guild_id = $1 AND t.waiting_since IS NOT NULL AND t.waiting_since <= $2" + lessTarget(postgres) +
		" LIMIT " + strconv.Itoa(fewLate+1)
	return read{
		sql: "SELECT w.answer_within, (SELECT count(*) FROM (" + late + `) c) FROM guild_settings w
			WHERE w.guild_id = $1 AND w.module = 'tickets' AND w.answer_within IS NOT NULL`,
		args: []any{guild, now},
		row: func(r row) error {
			var minutes, late int
			err := r.Scan(&minutes, &late)
			q.lateSince, q.lateMany = now.Add(-time.Duration(minutes)*time.Minute), late > fewLate
			return err
		},
	}
}

// lessTarget is SQL that takes the target of the settings w from the time before it: there was an answer due then of whoever
// has waited since.
func lessTarget(postgres bool) string {
	if !postgres {
		return " - w.answer_within * 60000" // times are milliseconds
	}
	return "::timestamp - w.answer_within * interval '1 minute'"
}

// late selects those that are late: few are found along those in which somebody waits, many in the order of the list.
func (f *foundTickets) late(q TicketQuery) {
	switch {
	case !q.Late:
	case len(q.IDs) > 0, q.lateMany, q.Sort == TicketsWaiting && q.Text == "":
		f.where.and("t.waiting_since <= ?", q.lateSince)
	default:
		f.along = "tickets a"
		f.where.and("a.guild_id = $1 AND a.waiting_since IS NOT NULL AND a.waiting_since <= ? AND t.id = a.id", q.lateSince)
	}
}

// countLate counts the guild's tickets that are late, where the one who waits longest is.
func (s *Store) countLate(ctx context.Context, guild string, tiles *TicketTiles) error {
	now := time.Now()
	if tiles.firstDue == nil || now.Before(*tiles.firstDue) {
		return nil
	}
	within := tiles.firstDue.Sub(*tiles.LongestWaiting)
	return s.batch(ctx, readLate(guild, now.Add(-within), &tiles.Late))
}

func readLate(guild string, since time.Time, n *int) read {
	return read{
		sql:  "SELECT count(*) FROM tickets WHERE guild_id = $1 AND waiting_since IS NOT NULL AND waiting_since <= $2",
		args: []any{guild, since},
		row:  func(r row) error { return r.Scan(n) },
	}
}

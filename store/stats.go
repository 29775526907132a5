package store

import (
	"context"
	"time"

	"guildboard/store/internal/sqldb"
)

// GiveawayStats returns totals over all giveaways of the guild.
func (s *Store) GiveawayStats(ctx context.Context, guild string) (GiveawayStats, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var stats GiveawayStats
	err := s.batch(ctx, giveawayStatsQuery(guild, &stats))
	return stats, s.wrapError("count giveaways", err)
}

// TicketStats returns totals over all tickets of the guild; ClosedToday counts from today on.
func (s *Store) TicketStats(ctx context.Context, guild string, today time.Time) (TicketStats, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var stats TicketStats
	err := s.batch(ctx, ticketStatsQueries(guild, today, &stats)...)
	if err == nil {
		err = s.countOverdue(ctx, guild, &stats)
	}
	return stats, s.wrapError("count tickets", err)
}

func giveawayStatsQuery(guild string, stats *GiveawayStats) sqldb.Query {
	return sqldb.Query{
		SQL:  "SELECT status, n, entries FROM guild_tiles WHERE guild_id = $1 AND kind = 'giveaway'",
		Args: []any{guild},
		Row: func(r sqldb.Row) error {
			var status string
			var n, entries int
			if err := r.Scan(&status, &n, &entries); err != nil {
				return err
			}
			switch GiveawayStatus(status) {
			case GiveawayActive:
				stats.Active = n
			case GiveawayPending:
				stats.Pending = n
			case GiveawayPaused:
				stats.Paused = n
			case GiveawayEnded:
				stats.Ended = n
			case GiveawayCancelled:
				stats.Cancelled = n
			}
			stats.Entries += entries
			return nil
		},
	}
}

func ticketStatsQueries(guild string, today time.Time, stats *TicketStats) []sqldb.Query {
	return []sqldb.Query{{
		SQL:  "SELECT status, n FROM guild_tiles WHERE guild_id = $1 AND kind = 'ticket'",
		Args: []any{guild},
		Row: func(r sqldb.Row) error {
			var status string
			var n int
			if err := r.Scan(&status, &n); err != nil {
				return err
			}
			switch TicketStatus(status) {
			case TicketOpen:
				stats.Open = n
			case TicketClaimed:
				stats.Claimed = n
			case TicketClosed:
				stats.Closed = n
			}
			return nil
		},
	}, {
		SQL:  "SELECT count(*) FROM tickets WHERE guild_id = $1 AND status = 'CLOSED' AND closed_at >= $2",
		Args: []any{guild, today},
		Row:  func(r sqldb.Row) error { return r.Scan(&stats.ClosedToday) },
	}, {
		// Not min(waiting_since): on SQLite, an expression does not have the column type that makes it a time.
		SQL: "SELECT t.waiting_since, " + responseTargetColumn("t") + ` FROM tickets t WHERE t.guild_id = $1 AND t.waiting_since IS NOT NULL
			ORDER BY t.waiting_since, t.id LIMIT 1`,
		Args: []any{guild},
		Row: func(r sqldb.Row) error {
			var targetMinutes *int
			err := r.Scan(&stats.LongestWaitingSince, &targetMinutes)
			stats.earliestDue = responseDue(stats.LongestWaitingSince, targetMinutes)
			return err
		},
	}}
}

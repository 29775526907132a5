package store

import (
	"context"
	"time"
)

// GiveawayTiles are the totals over all giveaways of the guild.
func (s *Store) GiveawayTiles(ctx context.Context, guild string) (GiveawayTiles, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var tiles GiveawayTiles
	err := s.batch(ctx, readGiveawayTiles(guild, &tiles))
	return tiles, s.fault("counting giveaways", err)
}

// TicketTiles are the totals over all tickets of the guild; "closed today" counts from today on.
func (s *Store) TicketTiles(ctx context.Context, guild string, today time.Time) (TicketTiles, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var tiles TicketTiles
	err := s.batch(ctx, readTicketTiles(guild, today, &tiles)...)
	if err == nil {
		err = s.countLate(ctx, guild, &tiles)
	}
	return tiles, s.fault("counting tickets", err)
}

func readGiveawayTiles(guild string, tiles *GiveawayTiles) read {
	return read{
		sql:  "SELECT status, n, entries FROM guild_tiles WHERE guild_id = $1 AND kind = 'giveaway'",
		args: []any{guild},
		row: func(r row) error {
			var status string
			var n, entries int
			if err := r.Scan(&status, &n, &entries); err != nil {
				return err
			}
			switch GiveawayStatus(status) {
			case GiveawayActive:
				tiles.Active = n
			case GiveawayPending:
				tiles.Pending = n
			case GiveawayPaused:
				tiles.Paused = n
			case GiveawayEnded:
				tiles.Ended = n
			case GiveawayCancelled:
				tiles.Cancelled = n
			}
			tiles.Entries += entries
			return nil
		},
	}
}

func readTicketTiles(guild string, today time.Time, tiles *TicketTiles) []read {
	return []read{{
		sql:  "SELECT status, n FROM guild_tiles WHERE guild_id = $1 AND kind = 'ticket'",
		args: []any{guild},
		row: func(r row) error {
			var status string
			var n int
			if err := r.Scan(&status, &n); err != nil {
				return err
			}
			switch TicketStatus(status) {
			case TicketOpen:
				tiles.Open = n
			case TicketClaimed:
				tiles.Claimed = n
			case TicketClosed:
				tiles.Closed = n
			}
			return nil
		},
	}, {
		sql:  "SELECT count(*) FROM tickets WHERE guild_id = $1 AND status = 'CLOSED' AND closed_at >= $2",
		args: []any{guild, today},
		row:  func(r row) error { return r.Scan(&tiles.ClosedToday) },
	}, {
		// Not min(created_at): on SQLite an expression loses the type that makes it a time.
		sql: "SELECT t.waiting_since, " + answerWithinOf("t") + ` FROM tickets t WHERE t.guild_id = $1 AND t.waiting_since IS NOT NULL
			ORDER BY t.waiting_since, t.id LIMIT 1`,
		args: []any{guild},
		row: func(r row) error {
			var within *int
			err := r.Scan(&tiles.LongestWaiting, &within)
			tiles.firstDue = answerDue(tiles.LongestWaiting, within)
			return err
		},
	}}
}

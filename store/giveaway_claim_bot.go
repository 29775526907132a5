package store

import (
	"context"
	"time"

	"guildboard/store/internal/sqldb"
)

// ClaimPrize records that a winner, given by Discord id, has claimed their prize. It returns ErrConflict if the user
// is not a current winner, has already claimed, or has missed the deadline.
func (s *Store) ClaimPrize(ctx context.Context, guild, giveaway, user string, at time.Time) error {
	return s.withTx(ctx, "claim prize", func(ctx context.Context, t tx) error {
		if err := t.touchGiveaway(ctx, guild, giveaway); err != nil { // takes the lock that draws take too
			return err
		}
		n, err := t.Exec(ctx, `UPDATE giveaway_winners SET claimed = TRUE, claimed_at = $3
			WHERE giveaway_id = $1 AND user_id = $2 AND NOT claimed AND NOT rerolled AND lapsed_at IS NULL
				AND (claim_until IS NULL OR claim_until > $3)`, giveaway, user, at)
		if err != nil || n == 0 {
			return orConflict(err)
		}
		return nil
	})
}

// ExpiringClaims is a giveaway with winners who have not claimed their prize by Deadline.
type ExpiringClaims struct {
	GuildID  string    `json:"-"`
	ID       string    `json:"-"`
	Deadline time.Time `json:"until"`
}

// DueClaims returns the giveaways of the 100 winners whose deadline has passed for the longest time.
func (s *Store) DueClaims(ctx context.Context, now time.Time) ([]ExpiringClaims, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var (
		expiring  []ExpiringClaims
		indexByID = map[string]int{}
	)
	err := s.batch(ctx, sqldb.Query{
		SQL: `SELECT g.guild_id, g.id, w.claim_until FROM giveaway_winners w JOIN giveaways g ON g.id = w.giveaway_id
			WHERE w.claim_until <= $1 AND w.claim_until IS NOT NULL AND w.lapsed_at IS NULL
				AND NOT w.claimed AND NOT w.rerolled
			ORDER BY w.claim_until LIMIT 100`,
		Args: []any{now},
		Row: func(r sqldb.Row) error {
			var l ExpiringClaims
			err := r.Scan(&l.GuildID, &l.ID, &l.Deadline)
			if i, isKnown := indexByID[l.ID]; isKnown {
				expiring[i].Deadline = l.Deadline
			} else {
				indexByID[l.ID] = len(expiring)
				expiring = append(expiring, l)
			}
			return err
		},
	})
	return expiring, s.wrapError("read due claims", err)
}

// ExpireClaims records that winners, given by row ids, did not claim their prize in time. It draws no replacements.
func (s *Store) ExpireClaims(ctx context.Context, guild, giveaway string, winnerIDs []string, at time.Time) error {
	return s.withTx(ctx, "expire claims", func(ctx context.Context, t tx) error {
		if err := t.touchGiveaway(ctx, guild, giveaway); err != nil {
			return err
		}
		return t.expireClaims(ctx, giveaway, winnerIDs, at)
	})
}

// expireClaims returns ErrConflict if one of the winners has claimed the prize after all, or was replaced.
func (t tx) expireClaims(ctx context.Context, giveaway string, winnerIDs []string, at time.Time) error {
	for _, id := range winnerIDs {
		n, err := t.Exec(ctx, `UPDATE giveaway_winners SET lapsed_at = $3
			WHERE giveaway_id = $1 AND id = $2 AND NOT claimed AND NOT rerolled AND lapsed_at IS NULL`, giveaway, id, at)
		if err != nil || n == 0 {
			return orConflict(err)
		}
	}
	return nil
}

package store

import (
	"context"
	"slices"
	"time"
)

// ClaimDeadline is until when those who are drawn at that time may claim their prize; nil: for ever.
func (g Giveaway) ClaimDeadline(drawnAt time.Time) *time.Time {
	if g.WinnerClaimTimeout == 0 {
		return nil
	}
	deadline := utc(drawnAt.Add(time.Duration(g.WinnerClaimTimeout) * time.Hour))
	return &deadline
}

// IsClaimPending tells whether the winner's prize is still to be claimed by some time.
func (w Winner) IsClaimPending() bool {
	return !w.Claimed && !w.Rerolled && w.ClaimExpiredAt == nil && w.ClaimDeadline != nil
}

// IsClaimDueBy tells whether that time is then, or before it.
func (w Winner) IsClaimDueBy(t time.Time) bool {
	return w.IsClaimPending() && !w.ClaimDeadline.After(t)
}

// UnclaimedWinners are the winners, as they stand, who have not claimed their prize: whom a reroll replaces that names nobody.
func (g Giveaway) UnclaimedWinners() []Winner {
	return slices.DeleteFunc(slices.Clone(g.Winners), func(w Winner) bool { return w.Rerolled || w.Claimed })
}

// ClaimPrize remembers that a winner of the giveaway, named by a Discord id, claims their prize. ErrConflict when they are
// no winner of it now, have claimed it, or are too late.
func (s *Store) ClaimPrize(ctx context.Context, guild, giveaway, user string, at time.Time) error {
	return s.withTx(ctx, "claiming a prize", func(ctx context.Context, t tx) error {
		if err := t.touchGiveaway(ctx, guild, giveaway); err != nil { // as a draw does: either is first
			return err
		}
		n, err := t.exec(ctx, `UPDATE giveaway_winners SET claimed = TRUE, claimed_at = $3 WHERE giveaway_id = $1 AND user_id = $2
			AND NOT claimed AND NOT rerolled AND lapsed_at IS NULL AND (claim_until IS NULL OR claim_until > $3)`, giveaway, user, at)
		if err != nil || n == 0 {
			return orConflict(err)
		}
		return nil
	})
}

// ExpiringClaims is a giveaway with winners who should have claimed their prize by Until, and have not.
type ExpiringClaims struct {
	GuildID  string    `json:"-"`
	ID       string    `json:"-"`
	Deadline time.Time `json:"until"`
}

// DueClaims are the giveaways of the 100 winners who have been late for longest.
func (s *Store) DueClaims(ctx context.Context, now time.Time) ([]ExpiringClaims, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var (
		expiring  []ExpiringClaims
		indexByID = map[string]int{}
	)
	err := s.batch(ctx, read{
		sql: `SELECT g.guild_id, g.id, w.claim_until FROM giveaway_winners w JOIN giveaways g ON g.id = w.giveaway_id
			WHERE w.claim_until <= $1 AND w.claim_until IS NOT NULL AND w.lapsed_at IS NULL AND NOT w.claimed AND NOT w.rerolled
			ORDER BY w.claim_until LIMIT 100`,
		args: []any{now},
		row: func(r row) error {
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
	return expiring, s.wrapError("looking for prizes that nobody claimed", err)
}

// ExpireClaims says of winners, named by their rows, that they did not claim their prize in time, and leaves it at that.
func (s *Store) ExpireClaims(ctx context.Context, guild, giveaway string, winnerIDs []string, at time.Time) error {
	return s.withTx(ctx, "lapsing claims", func(ctx context.Context, t tx) error {
		if err := t.touchGiveaway(ctx, guild, giveaway); err != nil {
			return err
		}
		return t.expireClaims(ctx, giveaway, winnerIDs, at)
	})
}

// expireClaims is ErrConflict when one of them has claimed it after all, or was replaced.
func (t tx) expireClaims(ctx context.Context, giveaway string, winnerIDs []string, at time.Time) error {
	for _, id := range winnerIDs {
		n, err := t.exec(ctx, `UPDATE giveaway_winners SET lapsed_at = $3
			WHERE giveaway_id = $1 AND id = $2 AND NOT claimed AND NOT rerolled AND lapsed_at IS NULL`, giveaway, id, at)
		if err != nil || n == 0 {
			return orConflict(err)
		}
	}
	return nil
}

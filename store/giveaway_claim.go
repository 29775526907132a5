package store

import (
	"context"
	"slices"
	"time"
)

// ClaimsUntil is until when those who are drawn at that time may claim their prize; nil: for ever.
func (g Giveaway) ClaimsUntil(drawn time.Time) *time.Time {
	if g.WinnerClaimTimeout == 0 {
		return nil
	}
	until := utc(drawn.Add(time.Duration(g.WinnerClaimTimeout) * time.Hour))
	return &until
}

// Awaited tells whether the winner's prize is still to be claimed by some time.
func (w Winner) Awaited() bool {
	return !w.Claimed && !w.Rerolled && w.LapsedAt == nil && w.ClaimUntil != nil
}

// AwaitedUntil tells whether that time is then, or before it.
func (w Winner) AwaitedUntil(then time.Time) bool { return w.Awaited() && !w.ClaimUntil.After(then) }

// Unclaimed are the winners, as they stand, who have not claimed their prize: whom a reroll replaces that names nobody.
func (g Giveaway) Unclaimed() []Winner {
	return slices.DeleteFunc(slices.Clone(g.Winners), func(w Winner) bool { return w.Rerolled || w.Claimed })
}

// ClaimPrize remembers that a winner of the giveaway, named by a Discord id, claims their prize. ErrConflict when they are
// no winner of it now, have claimed it, or are too late.
func (s *Store) ClaimPrize(ctx context.Context, guild, giveaway, user string, at time.Time) error {
	return s.change(ctx, "claiming a prize", func(ctx context.Context, t tx) error {
		if err := t.touchGiveaway(ctx, guild, giveaway); err != nil { // as a draw does: either is first
			return err
		}
		n, err := t.exec(ctx, `UPDATE giveaway_winners SET claimed = TRUE, claimed_at = $3 WHERE giveaway_id = $1 AND user_id = $2
			AND NOT claimed AND NOT rerolled AND lapsed_at IS NULL AND (claim_until IS NULL OR claim_until > $3)`, giveaway, user, at)
		if err != nil || n == 0 {
			return conflict(err)
		}
		return nil
	})
}

// Lapsing is a giveaway with winners who should have claimed their prize by Until, and have not.
type Lapsing struct {
	GuildID string    `json:"-"`
	ID      string    `json:"-"`
	Until   time.Time `json:"until"`
}

// DueClaims are the giveaways of the 100 winners who have been late for longest.
func (s *Store) DueClaims(ctx context.Context, now time.Time) ([]Lapsing, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var (
		late []Lapsing
		at   = map[string]int{}
	)
	err := s.batch(ctx, read{
		sql: `SELECT g.guild_id, g.id, w.claim_until FROM giveaway_winners w JOIN giveaways g ON g.id = w.giveaway_id
			WHERE w.claim_until <= $1 AND w.claim_until IS NOT NULL AND w.lapsed_at IS NULL AND NOT w.claimed AND NOT w.rerolled
			ORDER BY w.claim_until LIMIT 100`,
		args: []any{now},
		row: func(r row) error {
			var l Lapsing
			err := r.Scan(&l.GuildID, &l.ID, &l.Until)
			if i, again := at[l.ID]; again {
				late[i].Until = l.Until
			} else {
				at[l.ID] = len(late)
				late = append(late, l)
			}
			return err
		},
	})
	return late, s.fault("looking for prizes that nobody claimed", err)
}

// LapseClaims says of winners, named by their rows, that they did not claim their prize in time, and leaves it at that.
func (s *Store) LapseClaims(ctx context.Context, guild, giveaway string, late []string, at time.Time) error {
	return s.change(ctx, "lapsing claims", func(ctx context.Context, t tx) error {
		if err := t.touchGiveaway(ctx, guild, giveaway); err != nil {
			return err
		}
		return t.lapse(ctx, giveaway, late, at)
	})
}

// lapse is ErrConflict when one of them has claimed it after all, or was replaced.
func (t tx) lapse(ctx context.Context, giveaway string, late []string, at time.Time) error {
	for _, id := range late {
		n, err := t.exec(ctx, `UPDATE giveaway_winners SET lapsed_at = $3
			WHERE giveaway_id = $1 AND id = $2 AND NOT claimed AND NOT rerolled AND lapsed_at IS NULL`, giveaway, id, at)
		if err != nil || n == 0 {
			return conflict(err)
		}
	}
	return nil
}

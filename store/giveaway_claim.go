package store

import (
	"slices"
	"time"

	"guildboard/store/internal/sqldb"
)

// ClaimDeadline returns the deadline for claims of winners drawn at the given time, or nil if there is none.
func (g Giveaway) ClaimDeadline(drawnAt time.Time) *time.Time {
	if g.WinnerClaimTimeout == 0 {
		return nil
	}
	deadline := sqldb.UTC(drawnAt.Add(time.Duration(g.WinnerClaimTimeout) * time.Hour))
	return &deadline
}

// IsClaimPending reports whether the winner has a deadline and can still claim the prize.
func (w Winner) IsClaimPending() bool {
	return !w.Claimed && !w.Rerolled && w.ClaimExpiredAt == nil && w.ClaimDeadline != nil
}

// IsClaimDueBy reports whether the deadline of a pending claim is at or before t.
func (w Winner) IsClaimDueBy(t time.Time) bool {
	return w.IsClaimPending() && !w.ClaimDeadline.After(t)
}

// UnclaimedWinners returns the current winners who have not claimed their prize. A reroll without user ids replaces
// them.
func (g Giveaway) UnclaimedWinners() []Winner {
	return slices.DeleteFunc(slices.Clone(g.Winners), func(w Winner) bool { return w.Rerolled || w.Claimed })
}

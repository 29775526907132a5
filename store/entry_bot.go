package store

import (
	"context"
	"errors"
	"time"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// EnterGiveaway enters a member, given by row id, with base plus bonus entries; source describes the origin of the
// bonus. It returns ErrConflict if the giveaway is not active or the member has entered already.
func (s *Store) EnterGiveaway(
	ctx context.Context, guild, giveaway, memberRowID string, base, bonus int, source *string,
) error {
	return s.EnterGiveawayAt(ctx, guild, giveaway, memberRowID, base, bonus, source, time.Now())
}

// EnterGiveawayAt is EnterGiveaway with a given time of the entry.
func (s *Store) EnterGiveawayAt(
	ctx context.Context, guild, giveaway, memberRowID string, base, bonus int, source *string, at time.Time,
) error {
	now := time.Now()
	return s.withTx(ctx, "enter giveaway", func(ctx context.Context, t tx) error {
		// This takes the same lock as EndGiveaway, so that no entry is added after the end.
		n, err := t.Exec(ctx,
			"UPDATE giveaways SET updated_at = $3 WHERE guild_id = $1 AND id = $2 AND status = 'ACTIVE'",
			guild, giveaway, now)
		if err != nil {
			return err
		}
		err = errors.Join(
			t.requireRow(ctx, giveawaysTable, guild, giveaway), t.requireRow(ctx, membersTable, guild, memberRowID))
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrConflict
		}
		_, err = t.Exec(ctx, sqldb.Insert("giveaway_entries",
			"id, giveaway_id, member_id, entries, base_entries, bonus_entries, bonus_source, created_at"),
			NewID(), giveaway, memberRowID, base+bonus, base, bonus, source, at)
		return err
	})
}

// DisqualifyEntrants disqualifies entrants of a giveaway that has not ended. Their entries stay, with the weight 0,
// the reason and the user who disqualified them, so that everyone can see what the draw was made from. It returns
// ErrConflict if the giveaway has ended, or if none of the users takes part.
func (s *Store) DisqualifyEntrants(
	ctx context.Context, guild, giveaway string, p contract.EntrantsPayload, disqualifiedBy string, at time.Time,
) error {
	return s.updateEntries(ctx, "disqualify entrants", guild, giveaway, p.UserIDs, at, `UPDATE giveaway_entries
		SET entries = 0, removed_at = $3, removed_by = $4, removed_why = $5 WHERE removed_at IS NULL`,
		at, disqualifiedBy, p.Reason)
}

// ReinstateEntrants reinstates disqualified entrants of a giveaway that has not ended: their entries get their weight
// back. It returns ErrConflict if the giveaway has ended, or if none of the users is disqualified.
func (s *Store) ReinstateEntrants(ctx context.Context, guild, giveaway string, users []string, at time.Time) error {
	return s.updateEntries(ctx, "reinstate entrants", guild, giveaway, users, at, `UPDATE giveaway_entries
		SET entries = base_entries + bonus_entries, removed_at = NULL, removed_by = NULL, removed_why = NULL
		WHERE removed_at IS NOT NULL`)
}

// updateEntries changes the entries of the given users with an UPDATE whose own arguments start with $3.
func (s *Store) updateEntries(
	ctx context.Context, op, guild, giveaway string, users []string, at time.Time, update string, args ...any,
) error {
	return s.withTx(ctx, op, func(ctx context.Context, t tx) error {
		if err := t.requireRow(ctx, giveawaysTable, guild, giveaway); err != nil {
			return err
		}
		n, err := t.Exec(ctx, `UPDATE giveaways SET updated_at = $3
			WHERE guild_id = $1 AND id = $2 AND status IN ('ACTIVE', 'PAUSED')`, guild, giveaway, at)
		if err != nil || n == 0 || len(users) == 0 {
			return orConflict(err)
		}
		where := sqldb.Where{Args: append([]any{guild, giveaway}, args...)}
		sqldb.AndIn(&where, "discord_id", users)
		n, err = t.Exec(ctx, update+" AND giveaway_id = $2 AND member_id IN (SELECT id FROM members WHERE guild_id = $1 AND "+
			where.String()+")", where.Args...)
		if err != nil || n == 0 {
			return orConflict(err)
		}
		return nil
	})
}

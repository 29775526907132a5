package store

import (
	"context"
	"time"
)

// maxWinnersRead is how many winners are read at a time: those of a hundred giveaways with MaxWinners each, five times over.
const maxWinnersRead = 100 * MaxWinners * 5

// readWinners reads the winners of giveaways, giveaway by giveaway, in order of place, those who were rerolled last. The
// caller has made sure, or does so before it shows them, that the giveaways are the guild's.
func readWinners(guild string, giveaways []string, each func(Winner)) read {
	var where clause
	guildArg := where.arg(guild)
	andIn(&where, "w.giveaway_id", giveaways)
	return read{
		sql: `SELECT w.id, w.giveaway_id, w.user_id, ` + memberColumns(guildArg, "w.user_id") + `, w.place, ` + substrSQL("w.prize", maxShortTextRunes) + `,
				w.claimed, w.claimed_at, w.claim_until, w.lapsed_at, w.rerolled, w.rerolled_at, w.dm_sent, w.dm_sent_at,
				` + substrSQL("w.feedback", maxShortTextRunes) + `, w.created_at,
				EXISTS (SELECT 1 FROM members u WHERE u.guild_id = ` + guildArg + ` AND u.discord_id = w.user_id AND u.left_at IS NOT NULL)
			FROM giveaway_winners w WHERE ` + where.String() + ` ORDER BY w.giveaway_id, w.rerolled, w.place, w.created_at, w.id` +
			page{1, maxWinnersRead}.limitSQL(),
		args:  where.args,
		table: "giveaway_winners",
		row: func(r row) error {
			w, err := scanWinner(r)
			if err == nil {
				each(w)
			}
			return err
		},
	}
}

func scanWinner(r row) (w Winner, err error) {
	err = r.Scan(&w.ID, &w.GiveawayID, &w.User.ID, &w.User.Username, &w.User.Avatar, &w.Place, &w.Prize,
		&w.Claimed, &w.ClaimedAt, &w.ClaimDeadline, &w.ClaimExpiredAt, &w.Rerolled, &w.RerolledAt, &w.DMSent, &w.DMSentAt, &w.Feedback, &w.CreatedAt, &w.HasLeft)
	return w, err
}

// AddWinners adds who was drawn; ID and CreatedAt are filled in where empty, a Place of 0 is the winner's rank among
// winners. When one of the places is taken nothing is added and the answer is ErrConflict: somebody has drawn already.
func (s *Store) AddWinners(ctx context.Context, guild, giveaway string, winners []Winner) error {
	return s.withTx(ctx, "adding winners", func(ctx context.Context, t tx) error {
		if err := t.touchGiveaway(ctx, guild, giveaway); err != nil {
			return err
		}
		for i, w := range winners {
			if w.Place == 0 {
				w.Place = i + 1
			}
			if err := t.addWinner(ctx, giveaway, w); err != nil {
				return err
			}
		}
		return nil
	})
}

// touchGiveaway locks the giveaway's row until the change is made, and says that it was changed.
func (t tx) touchGiveaway(ctx context.Context, guild, id string) error {
	n, err := t.exec(ctx, "UPDATE giveaways SET updated_at = $3 WHERE guild_id = $1 AND id = $2", guild, id, time.Now())
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

func (t tx) addWinner(ctx context.Context, giveaway string, w Winner) error {
	if w.ID == "" {
		w.ID = NewID()
	}
	if w.CreatedAt.IsZero() {
		w.CreatedAt = time.Now()
	}
	_, err := t.exec(ctx, insertSQL("giveaway_winners", "id, giveaway_id, user_id, place, prize, claimed, claimed_at, "+
		"claim_until, lapsed_at, rerolled, rerolled_at, dm_sent, dm_sent_at, feedback, created_at"),
		w.ID, giveaway, w.User.ID, w.Place, w.Prize, w.Claimed, w.ClaimedAt,
		w.ClaimDeadline, w.ClaimExpiredAt, w.Rerolled, w.RerolledAt, w.DMSent, w.DMSentAt, w.Feedback, w.CreatedAt)
	return err
}

// Reroll takes the places of the winners whose row ids are given and hands them, and whatever other place they name,
// to others. ErrConflict when the giveaway has not ended, or one of them is no winner of it any more.
func (s *Store) Reroll(ctx context.Context, guild, giveaway string, replaced []string, winners []Winner, at time.Time) error {
	return s.withTx(ctx, "rerolling giveaway", func(ctx context.Context, t tx) error {
		if err := t.requireRow(ctx, giveawaysTable, guild, giveaway); err != nil {
			return err
		}
		n, err := t.exec(ctx, `UPDATE giveaways SET reroll_count = reroll_count + 1, updated_at = $3
			WHERE guild_id = $1 AND id = $2 AND status = 'ENDED'`, guild, giveaway, at)
		if err != nil || n == 0 {
			return orConflict(err)
		}
		for _, id := range replaced {
			n, err := t.exec(ctx, `UPDATE giveaway_winners SET rerolled = TRUE, rerolled_at = $3
				WHERE giveaway_id = $1 AND id = $2 AND NOT rerolled`, giveaway, id, at)
			if err != nil || n == 0 {
				return orConflict(err)
			}
		}
		for _, w := range winners {
			if err := t.addWinner(ctx, giveaway, w); err != nil {
				return err
			}
		}
		return nil
	})
}

// orConflict is err, or ErrConflict when a change succeeded without touching a row.
func orConflict(err error) error {
	if err == nil {
		return ErrConflict
	}
	return err
}

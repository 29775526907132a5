package store

import (
	"context"
	"time"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// maxWinnersRead limits the winners read at a time: a hundred giveaways with contract.MaxWinners each, five times over.
const maxWinnersRead = 100 * contract.MaxWinners * 5

// winnersQuery reads the winners of giveaways: by giveaway, then by place, replaced winners last. The caller must
// check that the giveaways belong to the guild.
func winnersQuery(guild string, giveaways []string, each func(Winner)) sqldb.Query {
	var where sqldb.Where
	guildArg := where.Arg(guild)
	sqldb.AndIn(&where, "w.giveaway_id", giveaways)
	return sqldb.Query{
		SQL: `SELECT w.id, w.giveaway_id, w.user_id, ` + memberColumns(guildArg, "w.user_id") + `, w.place, ` +
			substrSQL("w.prize", maxShortTextRunes) + `,
				w.claimed, w.claimed_at, w.claim_until, w.lapsed_at, w.rerolled, w.rerolled_at, w.dm_sent, w.dm_sent_at,
				` + substrSQL("w.feedback", maxShortTextRunes) + `, w.created_at,
				EXISTS (SELECT 1 FROM members u WHERE u.guild_id = ` + guildArg + ` AND u.discord_id = w.user_id AND u.left_at IS NOT NULL)
			FROM giveaway_winners w WHERE ` + where.String() + ` ORDER BY w.giveaway_id, w.rerolled, w.place, w.created_at, w.id` +
			page{1, maxWinnersRead}.limitSQL(),
		Args:  where.Args,
		Table: "giveaway_winners",
		Row: func(r sqldb.Row) error {
			w, err := scanWinner(r)
			if err == nil {
				each(w)
			}
			return err
		},
	}
}

func scanWinner(r sqldb.Row) (w Winner, err error) {
	err = r.Scan(&w.ID, &w.GiveawayID, &w.User.ID, &w.User.Username, &w.User.Avatar, &w.Place, &w.Prize,
		&w.Claimed, &w.ClaimedAt, &w.ClaimDeadline, &w.ClaimExpiredAt, &w.Rerolled, &w.RerolledAt, &w.DMSent,
		&w.DMSentAt, &w.Feedback, &w.CreatedAt, &w.HasLeft)
	return w, err
}

// AddWinners inserts drawn winners. Empty ID and CreatedAt are filled in; a Place of 0 becomes the index in winners
// plus one. If a place is already taken it returns ErrConflict and inserts nothing.
func (s *Store) AddWinners(ctx context.Context, guild, giveaway string, winners []Winner) error {
	return s.withTx(ctx, "add winners", func(ctx context.Context, t tx) error {
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

// touchGiveaway locks the giveaway's row for the transaction and sets its update time.
func (t tx) touchGiveaway(ctx context.Context, guild, id string) error {
	n, err := t.Exec(ctx, "UPDATE giveaways SET updated_at = $3 WHERE guild_id = $1 AND id = $2", guild, id, time.Now())
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
	_, err := t.Exec(ctx, sqldb.Insert("giveaway_winners", "id, giveaway_id, user_id, place, prize, claimed, claimed_at, "+
		"claim_until, lapsed_at, rerolled, rerolled_at, dm_sent, dm_sent_at, feedback, created_at"),
		w.ID, giveaway, w.User.ID, w.Place, w.Prize, w.Claimed, w.ClaimedAt,
		w.ClaimDeadline, w.ClaimExpiredAt, w.Rerolled, w.RerolledAt, w.DMSent, w.DMSentAt, w.Feedback, w.CreatedAt)
	return err
}

// orConflict returns err, or ErrConflict if err is nil: for a change that affected no row.
func orConflict(err error) error {
	if err == nil {
		return ErrConflict
	}
	return err
}

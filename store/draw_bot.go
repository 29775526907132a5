package store

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"guildboard/store/contract"
	"guildboard/store/draw"
	"guildboard/store/internal/sqldb"
)

// CommitDraw stores the seed and the commitment of a future round, unless the round has one already.
func (s *Store) CommitDraw(ctx context.Context, guild, giveaway string, round int, seed []byte) error {
	return s.withTx(ctx, "commit draw", func(ctx context.Context, t tx) error {
		if err := t.requireRow(ctx, giveawaysTable, guild, giveaway); err != nil {
			return err
		}
		return t.commitDraw(ctx, giveaway, round, seed)
	})
}

func (t tx) commitDraw(ctx context.Context, giveaway string, round int, seed []byte) error {
	_, err := t.Exec(ctx,
		sqldb.Insert("giveaway_draws", "giveaway_id, round, commitment, seed, committed_at")+" ON CONFLICT DO NOTHING",
		giveaway, round, draw.Commitment(seed), hex.EncodeToString(seed), time.Now())
	return err
}

// DrawSeed returns the seed of a round. Only the bot may use it: the seed is secret until the draw.
func (s *Store) DrawSeed(ctx context.Context, guild, giveaway string, round int) ([]byte, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var found string
	err := s.batch(ctx, sqldb.Query{
		SQL: `SELECT d.seed FROM giveaway_draws d JOIN giveaways g ON g.id = d.giveaway_id
			WHERE g.guild_id = $1 AND g.id = $2 AND d.round = $3`,
		Args: []any{guild, giveaway, round},
		Row:  func(r sqldb.Row) error { return r.Scan(&found) },
	})
	if err == nil && found == "" {
		err = ErrNotFound
	}
	if err != nil {
		return nil, s.wrapError("read seed", err)
	}
	return hex.DecodeString(found)
}

// DrawOutcome is the outcome of a draw.
type DrawOutcome struct {
	Round                int
	Places               int
	Excluded             []string
	Entries              []draw.Entry
	ReplacedWinnerIDs    []string // row ids of the winners who are replaced
	ReplacedDespiteClaim []string // the part of ReplacedWinnerIDs that had claimed when the reroll was requested
	ExpiredClaimIDs      []string // row ids of winners who did not claim in time, replaced or not
	Winners              []Winner // in the order in which they were drawn
	At                   time.Time
	NextSeed             []byte // seed of the next round, committed in the same transaction
	ScheduledWork        *Work  // for the audit record of a draw by the bot's schedule; nil if a user requested it
}

// FinalizeDraw stores the winners of a draw and reveals the seed. It returns ErrConflict if the giveaway has not
// ended, if the round is not the next one, because another draw was first, or if one of ReplacedWinnerIDs has already
// been replaced, or has claimed and is not in ReplacedDespiteClaim.
func (s *Store) FinalizeDraw(ctx context.Context, guild, giveaway string, outcome DrawOutcome) error {
	ids := make([]string, len(outcome.Winners))
	for i, w := range outcome.Winners {
		ids[i] = w.User.ID
	}
	digest := draw.Digest(outcome.Entries)
	return s.withTx(ctx, "finalize draw", func(ctx context.Context, t tx) error {
		if err := t.requireRow(ctx, giveawaysTable, guild, giveaway); err != nil {
			return err
		}
		// Lock the giveaway first, as all its changes do. Round n is reroll n; round 0 is the first draw.
		n, err := t.Exec(ctx, `UPDATE giveaways SET reroll_count = $3, updated_at = $5
			WHERE guild_id = $1 AND id = $2 AND status = 'ENDED' AND reroll_count = $4`,
			guild, giveaway, outcome.Round, max(0, outcome.Round-1), outcome.At)
		if err != nil || n == 0 {
			return orConflict(err)
		}
		n, err = t.Exec(ctx, `UPDATE giveaway_draws SET drawn_at = $3, places = $4, excluded = $5, winners = $6, entries = $7,
			digest = $8 WHERE giveaway_id = $1 AND round = $2 AND drawn_at IS NULL`,
			giveaway, outcome.Round, outcome.At, outcome.Places, jsonList(outcome.Excluded), jsonList(ids),
			len(outcome.Entries), digest)
		if err != nil || n == 0 {
			return orConflict(err)
		}
		if err := t.expireClaims(ctx, giveaway, outcome.ExpiredClaimIDs, outcome.At); err != nil {
			return err
		}
		for _, id := range outcome.ReplacedWinnerIDs {
			n, err := t.Exec(ctx, `UPDATE giveaway_winners SET rerolled = TRUE, rerolled_at = $3
				WHERE giveaway_id = $1 AND id = $2 AND NOT rerolled AND (NOT claimed OR $4)`,
				giveaway, id, outcome.At, slices.Contains(outcome.ReplacedDespiteClaim, id))
			if err != nil || n == 0 {
				return orConflict(err)
			}
		}
		for _, w := range outcome.Winners {
			if err := t.addWinner(ctx, giveaway, w); err != nil {
				return err
			}
		}
		if err := t.commitDraw(ctx, giveaway, outcome.Round+1, outcome.NextSeed); err != nil || outcome.ScheduledWork == nil {
			return err
		}
		return t.recordScheduledWork(ctx, *outcome.ScheduledWork, contract.CommandResult{Status: contract.CommandDone})
	})
}

package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildboard/store/internal/sqldb"
)

// drawBatchSize is the number of entries that a draw reads at a time, so that it does not delay other queries.
const drawBatchSize = 5_000

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
		giveaway, round, Commitment(seed), hex.EncodeToString(seed), time.Now())
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

// drawsQuery reads the rounds of a giveaway. The seed of a round that has not been drawn is not read.
func drawsQuery(guild, giveaway string, rounds *[]DrawRound) sqldb.Query {
	return sqldb.Query{
		SQL: `SELECT d.round, d.commitment, CASE WHEN d.drawn_at IS NULL THEN '' ELSE d.seed END, d.committed_at, d.drawn_at,
				d.places, d.excluded, d.winners, d.entries, d.digest
			FROM giveaway_draws d JOIN giveaways g ON g.id = d.giveaway_id
			WHERE g.guild_id = $1 AND g.id = $2 ORDER BY d.round`,
		Args: []any{guild, giveaway},
		Row: appendTo(rounds, func(r sqldb.Row) (d DrawRound, err error) {
			var excluded, winners []byte
			err = r.Scan(&d.Round, &d.Commitment, &d.Seed, &d.CommittedAt, &d.DrawnAt,
				&d.Places, &excluded, &winners, &d.Entries, &d.Digest)
			d.Excluded, d.Winners = decodeJSON[[]string](excluded), decodeJSON[[]string](winners)
			return d, err
		}),
	}
}

// DrawEntries returns all entries of a giveaway with their weights, sorted by id. It reads in batches, so that large
// giveaways do not delay other queries. The giveaway must have ended; otherwise the batches may not be consistent.
func (s *Store) DrawEntries(ctx context.Context, guild, giveaway string) ([]DrawEntry, error) {
	const op = "read draw entries"
	bounds, err := s.entryBounds(ctx, guild, giveaway)
	if err != nil {
		return nil, s.wrapError(op, err)
	}
	var entries []DrawEntry
	after := ""
	for _, last := range bounds {
		if err := s.readDrawEntries(ctx, guild, giveaway, after, last, &entries); err != nil {
			return nil, s.wrapError(op, err)
		}
		after = last
	}
	slices.SortFunc(entries, compareDrawEntries)
	return entries, nil
}

// entryBounds divides the entries into batches by member row id, and returns the last id of each batch.
func (s *Store) entryBounds(ctx context.Context, guild, giveaway string) ([]string, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var (
		bounds []string
		last   *string
	)
	err := s.batch(ctx, entryBoundsQuery(guild, giveaway, &bounds), lastEntryQuery(guild, giveaway, &last))
	if last != nil && !slices.Contains(bounds, *last) {
		bounds = append(bounds, *last)
	}
	return bounds, err
}

// entryBoundsQuery reads every drawBatchSize-th member id. A batch between two ids costs only its own rows. With a
// start and a LIMIT, Postgres would sort all remaining rows for each batch while its statistics are out of date.
func entryBoundsQuery(guild, giveaway string, bounds *[]string) sqldb.Query {
	return sqldb.Query{
		SQL: `SELECT p.member_id FROM (
				SELECT member_id, row_number() OVER (ORDER BY member_id) AS n FROM giveaway_entries
				WHERE giveaway_id = (SELECT id FROM giveaways WHERE guild_id = $1 AND id = $2)) p` +
			fmt.Sprintf(" WHERE p.n %% %d = 0 ORDER BY p.n", drawBatchSize),
		Args: []any{guild, giveaway},
		Row: appendTo(bounds, func(r sqldb.Row) (id string, err error) {
			err = r.Scan(&id)
			return id, err
		}),
	}
}

func lastEntryQuery(guild, giveaway string, last **string) sqldb.Query {
	return sqldb.Query{
		SQL: `SELECT max(member_id) FROM giveaway_entries
			WHERE giveaway_id = (SELECT id FROM giveaways WHERE guild_id = $1 AND id = $2)`,
		Args: []any{guild, giveaway},
		Row:  func(r sqldb.Row) error { return r.Scan(last) },
	}
}

// readDrawEntries reads the entries of the members with row ids after after, up to and including last. The database
// returns them as one text because the overhead of each row is larger than its content.
func (s *Store) readDrawEntries(ctx context.Context, guild, giveaway, after, last string, entries *[]DrawEntry) error {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var list *string
	if err := s.batch(ctx, drawBatchQuery(guild, giveaway, after, last, &list)); err != nil || list == nil {
		return err
	}
	for entry := range strings.SplitSeq(*list, ",") {
		id, weight, _ := strings.Cut(entry, " ")
		n, err := strconv.Atoi(weight)
		if err != nil {
			return err
		}
		*entries = append(*entries, DrawEntry{ID: id, Weight: n})
	}
	return nil
}

func drawBatchQuery(guild, giveaway, after, last string, list **string) sqldb.Query {
	return sqldb.Query{
		// The subquery makes the database look up members individually, regardless of its statistics.
		SQL: `SELECT string_agg((SELECT m.discord_id FROM members m WHERE m.id = e.member_id) || ' ' || e.entries, ',')
			FROM giveaway_entries e WHERE e.giveaway_id = (SELECT id FROM giveaways WHERE guild_id = $1 AND id = $2)
				AND e.member_id > $3 AND e.member_id <= $4`,
		Args: []any{guild, giveaway, after, last},
		Row:  func(r sqldb.Row) error { return r.Scan(list) },
	}
}

// DrawProof returns the data with which anyone can verify that the draws of the giveaway were fair.
func (s *Store) DrawProof(ctx context.Context, guild, giveaway string) (DrawProof, error) {
	g, err := s.Giveaway(ctx, guild, giveaway)
	if err != nil {
		return DrawProof{}, err
	}
	p := DrawProof{GiveawayID: g.ID, Prize: g.Prize, Rounds: g.Draws}
	p.Entries, err = s.DrawEntries(ctx, guild, giveaway)
	return p, err
}

// DrawOutcome is the outcome of a draw.
type DrawOutcome struct {
	Round                int
	Places               int
	Excluded             []string
	Entries              []DrawEntry
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
	digest := DrawDigest(outcome.Entries)
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
		return t.recordScheduledWork(ctx, *outcome.ScheduledWork, CommandResult{Status: CommandDone})
	})
}

func jsonList(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	text, _ := json.Marshal(list) // strings can always be encoded
	return string(text)
}

package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"guildboard/store/draw"
	"guildboard/store/internal/sqldb"
)

// drawBatchSize is the number of entries that a draw reads at a time, so that it does not delay other queries.
const drawBatchSize = 5_000

// drawsQuery reads the rounds of a giveaway. The seed of a round that has not been drawn is not read.
func drawsQuery(guild, giveaway string, rounds *[]draw.Round) sqldb.Query {
	return sqldb.Query{
		SQL: `SELECT d.round, d.commitment, CASE WHEN d.drawn_at IS NULL THEN '' ELSE d.seed END, d.committed_at, d.drawn_at,
				d.places, d.excluded, d.winners, d.entries, d.digest
			FROM giveaway_draws d JOIN giveaways g ON g.id = d.giveaway_id
			WHERE g.guild_id = $1 AND g.id = $2 ORDER BY d.round`,
		Args: []any{guild, giveaway},
		Row: appendTo(rounds, func(r sqldb.Row) (d draw.Round, err error) {
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
func (s *Store) DrawEntries(ctx context.Context, guild, giveaway string) ([]draw.Entry, error) {
	const op = "read draw entries"
	bounds, err := s.entryBounds(ctx, guild, giveaway)
	if err != nil {
		return nil, s.wrapError(op, err)
	}
	var entries []draw.Entry
	after := ""
	for _, last := range bounds {
		if err := s.readDrawEntries(ctx, guild, giveaway, after, last, &entries); err != nil {
			return nil, s.wrapError(op, err)
		}
		after = last
	}
	slices.SortFunc(entries, draw.Compare)
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
func (s *Store) readDrawEntries(ctx context.Context, guild, giveaway, after, last string, entries *[]draw.Entry) error {
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
		*entries = append(*entries, draw.Entry{ID: id, Weight: n})
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
func (s *Store) DrawProof(ctx context.Context, guild, giveaway string) (draw.Proof, error) {
	g, err := s.Giveaway(ctx, guild, giveaway)
	if err != nil {
		return draw.Proof{}, err
	}
	p := draw.Proof{GiveawayID: g.ID, Prize: g.Prize, Rounds: g.Draws}
	p.Entries, err = s.DrawEntries(ctx, guild, giveaway)
	return p, err
}

func jsonList(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	text, _ := json.Marshal(list) // strings can always be encoded
	return string(text)
}

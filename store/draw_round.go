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
)

// drawBatchSize is how many entries a draw reads at a time: nobody waits behind them, on either database.
const drawBatchSize = 5_000

// CommitDraw keeps the seed of a draw to come, unless the round has one already.
func (s *Store) CommitDraw(ctx context.Context, guild, giveaway string, round int, seed []byte) error {
	return s.withTx(ctx, "committing to a draw", func(ctx context.Context, t tx) error {
		if err := t.requireRow(ctx, giveawaysTable, guild, giveaway); err != nil {
			return err
		}
		return t.commitDraw(ctx, giveaway, round, seed)
	})
}

func (t tx) commitDraw(ctx context.Context, giveaway string, round int, seed []byte) error {
	_, err := t.exec(ctx, insertSQL("giveaway_draws", "giveaway_id, round, commitment, seed, committed_at")+" ON CONFLICT DO NOTHING",
		giveaway, round, Commitment(seed), hex.EncodeToString(seed), time.Now())
	return err
}

// DrawSeed is the seed of a round, for the bot alone: until the draw it is a secret.
func (s *Store) DrawSeed(ctx context.Context, guild, giveaway string, round int) ([]byte, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var found string
	err := s.batch(ctx, read{
		sql: `SELECT d.seed FROM giveaway_draws d JOIN giveaways g ON g.id = d.giveaway_id
			WHERE g.guild_id = $1 AND g.id = $2 AND d.round = $3`,
		args: []any{guild, giveaway, round},
		row:  func(r row) error { return r.Scan(&found) },
	})
	if err == nil && found == "" {
		err = ErrNotFound
	}
	if err != nil {
		return nil, s.wrapError("reading seed", err)
	}
	return hex.DecodeString(found)
}

// readDraws reads the rounds of a giveaway; the seed of one that is still to come stays where it is.
func readDraws(guild, giveaway string, rounds *[]DrawRound) read {
	return read{
		sql: `SELECT d.round, d.commitment, CASE WHEN d.drawn_at IS NULL THEN '' ELSE d.seed END, d.committed_at, d.drawn_at,
				d.places, d.excluded, d.winners, d.entries, d.digest
			FROM giveaway_draws d JOIN giveaways g ON g.id = d.giveaway_id
			WHERE g.guild_id = $1 AND g.id = $2 ORDER BY d.round`,
		args: []any{guild, giveaway},
		row: appendTo(rounds, func(r row) (d DrawRound, err error) {
			var excluded, winners []byte
			err = r.Scan(&d.Round, &d.Commitment, &d.Seed, &d.CommittedAt, &d.DrawnAt,
				&d.Places, &excluded, &winners, &d.Entries, &d.Digest)
			d.Excluded, d.Winners = decodeJSON[[]string](excluded), decodeJSON[[]string](winners)
			return d, err
		}),
	}
}

// DrawEntries is everybody who entered, with their weights, sorted by id. It reads in parts, so that many do not hold up
// others; entries must have been stopped, or the parts do not belong together.
func (s *Store) DrawEntries(ctx context.Context, guild, giveaway string) ([]DrawEntry, error) {
	const op = "reading entries to draw from"
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

// entryBounds parts the entries by the rows of their members, and returns the last of each part.
func (s *Store) entryBounds(ctx context.Context, guild, giveaway string) ([]string, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var (
		bounds []string
		last   *string
	)
	err := s.batch(ctx, readEntryBounds(guild, giveaway, &bounds), readLastEntry(guild, giveaway, &last))
	if last != nil && !slices.Contains(bounds, *last) {
		bounds = append(bounds, *last)
	}
	return bounds, err
}

// A part that is named by where it begins and ends costs what is in it. One that began somewhere and was so many long
// would have Postgres, before it has looked how the giveaway has grown, sort all the rest of it for each.
func readEntryBounds(guild, giveaway string, bounds *[]string) read {
	return read{
		sql: `SELECT p.member_id FROM (
				SELECT member_id, row_number() OVER (ORDER BY member_id) AS n FROM giveaway_entries
				WHERE giveaway_id = (SELECT id FROM giveaways WHERE guild_id = $1 AND id = $2)) p` +
			fmt.Sprintf(" WHERE p.n %% %d = 0 ORDER BY p.n", drawBatchSize),
		args: []any{guild, giveaway},
		row: appendTo(bounds, func(r row) (id string, err error) {
			err = r.Scan(&id)
			return id, err
		}),
	}
}

func readLastEntry(guild, giveaway string, last **string) read {
	return read{
		sql: `SELECT max(member_id) FROM giveaway_entries
			WHERE giveaway_id = (SELECT id FROM giveaways WHERE guild_id = $1 AND id = $2)`,
		args: []any{guild, giveaway},
		row:  func(r row) error { return r.Scan(last) },
	}
}

// readDrawEntries reads the entries of the members whose rows come after one and up to another. They come in one text,
// because each row of a result costs more than what is in it.
func (s *Store) readDrawEntries(ctx context.Context, guild, giveaway, after, last string, entries *[]DrawEntry) error {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var list *string
	if err := s.batch(ctx, readDrawBatch(guild, giveaway, after, last, &list)); err != nil || list == nil {
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

func readDrawBatch(guild, giveaway, after, last string, list **string) read {
	return read{
		// Members are looked up one by one, whatever is known of how many there are.
		sql: `SELECT string_agg((SELECT m.discord_id FROM members m WHERE m.id = e.member_id) || ' ' || e.entries, ',')
			FROM giveaway_entries e WHERE e.giveaway_id = (SELECT id FROM giveaways WHERE guild_id = $1 AND id = $2)
				AND e.member_id > $3 AND e.member_id <= $4`,
		args: []any{guild, giveaway, after, last},
		row:  func(r row) error { return r.Scan(list) },
	}
}

// DrawProof is all that is needed to draw again, for whoever wants to see that the draw was fair.
func (s *Store) DrawProof(ctx context.Context, guild, giveaway string) (DrawProof, error) {
	g, err := s.Giveaway(ctx, guild, giveaway)
	if err != nil {
		return DrawProof{}, err
	}
	p := DrawProof{GiveawayID: g.ID, Prize: g.Prize, Rounds: g.Draws}
	p.Entries, err = s.DrawEntries(ctx, guild, giveaway)
	return p, err
}

// DrawOutcome is what came of a draw.
type DrawOutcome struct {
	Round                int
	Places               int
	Excluded             []string
	Entries              []DrawEntry
	ReplacedWinnerIDs    []string // rows of the winners whose places are given to others
	ReplacedDespiteClaim []string // rows of those of Gone who had claimed their prize when that was asked for: nobody else who has is Gone
	ExpiredClaimIDs      []string // rows of winners who did not claim their prize in time, Gone or not
	Winners              []Winner // in the order drawn
	At                   time.Time
	NextSeed             []byte // seed of the next round, which is committed to at once
	ScheduledWork        *Work  // the audit log says that the bot's clock did this; nil when somebody asked for it
}

// FinalizeDraw makes a draw final: it stores the winners and reveals the seed. ErrConflict when the giveaway has not ended,
// or the round is not its next: somebody has drawn already; and when one of Gone was replaced, or has claimed their prize.
func (s *Store) FinalizeDraw(ctx context.Context, guild, giveaway string, outcome DrawOutcome) error {
	ids := make([]string, len(outcome.Winners))
	for i, w := range outcome.Winners {
		ids[i] = w.User.ID
	}
	digest := DrawDigest(outcome.Entries)
	return s.withTx(ctx, "settling draw", func(ctx context.Context, t tx) error {
		if err := t.requireRow(ctx, giveawaysTable, guild, giveaway); err != nil {
			return err
		}
		// Locks the giveaway first, as every change of it does. Round n is reroll n; round 0 is the end.
		n, err := t.exec(ctx, `UPDATE giveaways SET reroll_count = $3, updated_at = $5
			WHERE guild_id = $1 AND id = $2 AND status = 'ENDED' AND reroll_count = $4`,
			guild, giveaway, outcome.Round, max(0, outcome.Round-1), outcome.At)
		if err != nil || n == 0 {
			return orConflict(err)
		}
		n, err = t.exec(ctx, `UPDATE giveaway_draws SET drawn_at = $3, places = $4, excluded = $5, winners = $6, entries = $7,
			digest = $8 WHERE giveaway_id = $1 AND round = $2 AND drawn_at IS NULL`,
			giveaway, outcome.Round, outcome.At, outcome.Places, jsonList(outcome.Excluded), jsonList(ids), len(outcome.Entries), digest)
		if err != nil || n == 0 {
			return orConflict(err)
		}
		if err := t.expireClaims(ctx, giveaway, outcome.ExpiredClaimIDs, outcome.At); err != nil {
			return err
		}
		for _, id := range outcome.ReplacedWinnerIDs {
			n, err := t.exec(ctx, `UPDATE giveaway_winners SET rerolled = TRUE, rerolled_at = $3
				WHERE giveaway_id = $1 AND id = $2 AND NOT rerolled AND (NOT claimed OR $4)`, giveaway, id, outcome.At, slices.Contains(outcome.ReplacedDespiteClaim, id))
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
	text, _ := json.Marshal(list) // strings always can be written
	return string(text)
}

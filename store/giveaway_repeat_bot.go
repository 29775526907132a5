package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// SetRepeat sets the rule of the giveaway's repetition and its next time. It returns ErrConflict if the giveaway was
// cancelled.
func (s *Store) SetRepeat(ctx context.Context, guild, id string, rule RepeatRule, next time.Time) error {
	return s.changeRow(ctx, "set repeat", giveawaysTable, `UPDATE giveaways
		SET repeat_days = $3, repeat_at = $4, repeat_zone = $5, repeat_from = $6, updated_at = $7
		WHERE guild_id = $1 AND id = $2 AND status <> 'CANCELLED'`,
		guild, id, rule.Days, next, rule.Zone, rule.From, time.Now())
}

// StopRepeat ends the giveaway's repetition. It returns ErrConflict if the giveaway was cancelled.
func (s *Store) StopRepeat(ctx context.Context, guild, id string) error {
	return s.changeRow(ctx, "stop repeat", giveawaysTable, `UPDATE giveaways
		SET repeat_days = 0, repeat_at = NULL, repeat_from = NULL, updated_at = $3
		WHERE guild_id = $1 AND id = $2 AND status <> 'CANCELLED'`, guild, id, time.Now())
}

// DueRepeats returns the giveaways whose repetition is due by now, at most 100, longest due first.
func (s *Store) DueRepeats(ctx context.Context, now time.Time) ([]Giveaway, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var due []Giveaway
	err := s.batch(ctx, sqldb.Query{
		SQL:  "SELECT " + giveawayColumns + " FROM giveaways g WHERE g.repeat_at <= $1 ORDER BY g.repeat_at LIMIT 100",
		Args: []any{now},
		Row:  appendTo(&due, scanGiveaway),
	})
	return due, s.wrapError("read due repeats", err)
}

// ScheduledRepeat is a due repetition of a giveaway. It is the data of the audit record of the repetition.
type ScheduledRepeat struct {
	GiveawayID string    `json:"of"`  // giveaway to repeat
	Due        time.Time `json:"due"` // its RepeatAt
}

// RepeatGiveaway inserts next, the repetition of a giveaway, moves the repeat rule to it, commits to its draw and
// writes an audit record for w, all in one transaction. It does nothing if next exists already. It returns
// ErrConflict if the repetition r is no longer due.
func (s *Store) RepeatGiveaway(ctx context.Context, r ScheduledRepeat, next Giveaway, seed []byte, w Work) error {
	next = next.withDefaults(time.Now())
	statement, args, err := next.insertSQL()
	if err != nil {
		return err
	}
	return s.withTx(ctx, "repeat giveaway", func(ctx context.Context, t tx) error {
		if err := t.requireRow(ctx, giveawaysTable, next.GuildID, next.ID); !errors.Is(err, ErrNotFound) {
			return err // nil: next exists already
		}
		moved, err := t.Exec(ctx, `UPDATE giveaways SET repeat_days = 0, repeat_at = NULL, repeat_from = NULL, updated_at = $4
			WHERE guild_id = $1 AND id = $2 AND repeat_at = $3`, next.GuildID, r.GiveawayID, r.Due, time.Now())
		if err != nil || moved == 0 {
			return orConflict(err)
		}
		if _, err := t.Exec(ctx, statement, args...); err != nil {
			return err
		}
		if err := t.commitDraw(ctx, next.ID, 0, seed); err != nil {
			return err
		}
		return t.recordScheduledWork(ctx, w, contract.CommandResult{Status: contract.CommandDone})
	})
}

// SkipRepeat skips a repetition that is not possible, for the given reason, and writes an audit record for w. It does
// nothing if the repetition is no longer due.
func (s *Store) SkipRepeat(
	ctx context.Context, r ScheduledRepeat, next time.Time, w Work, reason contract.CommandResult,
) error {
	return s.withTx(ctx, "skip repeat", func(ctx context.Context, t tx) error {
		moved, err := t.Exec(ctx,
			"UPDATE giveaways SET repeat_at = $4, updated_at = $5 WHERE guild_id = $1 AND id = $2 AND repeat_at = $3",
			w.GuildID, r.GiveawayID, r.Due, next, time.Now())
		if err != nil || moved == 0 {
			return err
		}
		return t.recordScheduledWork(ctx, w, reason)
	})
}

// recordScheduledWork writes an audit record of work on the bot's schedule, as a command without a user.
func (t tx) recordScheduledWork(ctx context.Context, w Work, result contract.CommandResult) error {
	now := time.Now()
	data := w.Data
	if len(data) == 0 {
		data = json.RawMessage("{}")
	}
	_, err := t.Exec(ctx, sqldb.Insert("commands",
		"id, guild_id, user_id, type, target, data, status, code, message, issued_at, expires_at, answered_at")+
		" ON CONFLICT DO NOTHING",
		w.ID, w.GuildID, "", w.Verb, w.Target, string(data), string(result.Status), result.Code, result.Message,
		now, now, now)
	return err
}

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"
)

// Work is a command that a bot has begun. One worker at a time has it, until its lease ends: then it may be dead, and
// another goes on where it stopped. One piece of work at a time is begun on one target.
type Work struct {
	Command                    // ExpiresAt is zero when nobody waits; Status is empty until it is answered
	Checkpoint json.RawMessage // what must not be lost between two steps
	StartedAt  time.Time
	IsResumed  bool // another worker has begun it, and may have got to any step
	leaseToken string
}

// ErrWorkLeased: the work is in other hands, or something else has been begun on the same target.
var ErrWorkLeased = errors.New("somebody is at it")

// StartWork takes the command for the time of lease, or is ErrWorkLeased. Work that has been answered is returned as it was:
// the answer is to be given again. A command that has expired is not begun any more, and returned as refused.
func (s *Store) StartWork(ctx context.Context, c Command, lease time.Duration) (w Work, err error) {
	err = s.withTx(ctx, "beginning work", func(ctx context.Context, t tx) error {
		w = Work{Command: c, IsResumed: true, leaseToken: NewID()}
		now := time.Now()
		err := scanWork(t.queryRow(ctx, "SELECT "+workColumns+" FROM bot_work WHERE id = $1", c.ID), &w)
		switch {
		case err == nil && w.Status != "":
			return nil
		case err == nil:
			err := requireLease(t.exec(ctx, `UPDATE bot_work SET worker = $2, leased_until = $3
				WHERE id = $1 AND status = '' AND leased_until < $4`, c.ID, w.leaseToken, now.Add(lease), now))
			if err != nil {
				return err
			}
			// Whoever had it may have kept something since it was read; from now on they cannot.
			return scanWork(t.queryRow(ctx, "SELECT "+workColumns+" FROM bot_work WHERE id = $1", c.ID), &w)
		case !errors.Is(err, sql.ErrNoRows):
			return err
		case !c.ExpiresAt.IsZero() && c.ExpiresAt.Before(now):
			w.Status, w.Code, w.Message = CommandRefused, RefusalExpired, "It came to the bot too late."
			return nil
		}
		w.IsResumed, w.Status, w.Checkpoint, w.StartedAt = false, "", json.RawMessage("{}"), now
		return requireLease(t.exec(ctx, insertSQL("bot_work",
			"id, guild_id, user_id, type, target, data, expires_at, worker, leased_until, begun_at")+" ON CONFLICT DO NOTHING",
			c.ID, c.GuildID, c.Actor.ID, c.Verb, c.Target, string(c.Data), nilIfZero(c.ExpiresAt), w.leaseToken, now.Add(lease), now))
	})
	return w, err
}

// requireLease is ErrWorkLeased when a change of a piece of work touched no row.
func requireLease(changed int64, err error) error {
	if err == nil && changed == 0 {
		err = ErrWorkLeased
	}
	return err
}

// nilIfZero is nil for the zero time.
func nilIfZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

const workColumns = "id, guild_id, user_id, type, target, data, memo, expires_at, status, code, message, begun_at"

func scanWork(r row, w *Work) error {
	var (
		data, memo []byte
		expires    *time.Time
	)
	err := r.Scan(&w.ID, &w.GuildID, &w.Actor.ID, (*string)(&w.Verb), &w.Target, &data, &memo, &expires,
		(*string)(&w.Status), &w.Code, &w.Message, &w.StartedAt)
	if err != nil {
		return err
	}
	w.Data, w.Checkpoint = append([]byte(nil), data...), append([]byte(nil), memo...)
	w.ExpiresAt = time.Time{}
	if expires != nil {
		w.ExpiresAt = *expires
	}
	return nil
}

// SaveCheckpoint keeps w.Memo. ErrWorkLeased says that the work is in other hands by now.
func (s *Store) SaveCheckpoint(ctx context.Context, w Work) error {
	return requireLease(s.exec(ctx, "saving memo", "UPDATE bot_work SET memo = $3 WHERE id = $1 AND worker = $2 AND status = ''",
		w.ID, w.leaseToken, string(w.Checkpoint)))
}

// RenewWorkLease makes the lease end so long from now. ErrWorkLeased says that the work is in other hands by now. Less than
// nothing gives the work up, for whoever looks after what is left.
func (s *Store) RenewWorkLease(ctx context.Context, w Work, lease time.Duration) error {
	return requireLease(s.exec(ctx, "renewing lease", "UPDATE bot_work SET leased_until = $3 WHERE id = $1 AND worker = $2 AND status = ''",
		w.ID, w.leaseToken, time.Now().Add(lease)))
}

// FinishWork ends the work: from now on the same command gets this answer. An answer that nobody waits for counts as
// delivered. ErrWorkLeased says that the work is in other hands by now.
func (s *Store) FinishWork(ctx context.Context, w Work, result CommandResult) error {
	return requireLease(s.exec(ctx, "answering", `UPDATE bot_work SET status = $3, code = $4, message = $5, answered_at = $6,
		delivered = $7 WHERE id = $1 AND worker = $2 AND status = ''`,
		w.ID, w.leaseToken, result.Status, result.Code, result.Message, result.At, w.ExpiresAt.IsZero()))
}

// UnfinishedWork is what was begun and is nobody's now, longest left first.
func (s *Store) UnfinishedWork(ctx context.Context, now time.Time) ([]Command, error) {
	return s.queryWork(ctx, "looking for what was left", "status = '' AND leased_until < $1 ORDER BY leased_until", now)
}

// UndeliveredResults are answers given before then that are, as far as is known, not in the stream of results.
func (s *Store) UndeliveredResults(ctx context.Context, before time.Time) ([]Command, error) {
	return s.queryWork(ctx, "looking for answers to deliver", "status <> '' AND NOT delivered AND answered_at < $1 ORDER BY answered_at", before)
}

func (s *Store) queryWork(ctx context.Context, op, where string, args ...any) ([]Command, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var found []Command
	err := s.batch(ctx, read{
		sql:  "SELECT " + workColumns + " FROM bot_work WHERE " + where + " LIMIT 100",
		args: args,
		row: func(r row) error {
			var w Work
			err := scanWork(r, &w)
			found = append(found, w.Command)
			return err
		},
	})
	return found, s.wrapError(op, err)
}

// MarkDelivered remembers that the answer to the command is in the stream of results.
func (s *Store) MarkDelivered(ctx context.Context, id string) error {
	_, err := s.exec(ctx, "remembering delivery", "UPDATE bot_work SET delivered = TRUE WHERE id = $1", id)
	return err
}

// PruneWork removes what was answered before then and delivered. A command that is repeated after that has expired.
func (s *Store) PruneWork(ctx context.Context, before time.Time) error {
	_, err := s.exec(ctx, "forgetting answers", "DELETE FROM bot_work WHERE delivered AND answered_at < $1", before)
	return err
}

// ReserveTicketNumber takes the guild's next number for the ticket that w opens, once: the memo keeps it.
func (s *Store) ReserveTicketNumber(ctx context.Context, w Work) (number int, err error) {
	err = s.withTx(ctx, "reserving ticket number", func(ctx context.Context, t tx) error {
		var err error
		if number, err = t.nextTicketNumber(ctx, w.GuildID); err != nil {
			return err
		}
		return t.saveNumberCheckpoint(ctx, w, number)
	})
	return number, err
}

// ReleaseTicketNumber gives back a number that no ticket got, unless a later one has been taken meanwhile: then it stays
// unused.
func (s *Store) ReleaseTicketNumber(ctx context.Context, w Work, number int) error {
	return s.withTx(ctx, "releasing ticket number", func(ctx context.Context, t tx) error {
		if _, err := t.exec(ctx, `UPDATE guild_counters SET ticket_number = ticket_number - 1
			WHERE guild_id = $1 AND ticket_number = $2`, w.GuildID, number); err != nil {
			return err
		}
		return t.saveNumberCheckpoint(ctx, w, 0)
	})
}

// saveNumberCheckpoint writes the memo of opening a ticket: {"number": n}.
func (t tx) saveNumberCheckpoint(ctx context.Context, w Work, number int) error {
	memo, err := json.Marshal(map[string]int{"number": number})
	if err != nil {
		return err
	}
	return requireLease(t.exec(ctx, "UPDATE bot_work SET memo = $3 WHERE id = $1 AND worker = $2 AND status = ''",
		w.ID, w.leaseToken, string(memo)))
}

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// Work is a command that a bot has started. One worker at a time holds its lease. After the lease has expired, the
// worker may have crashed, and another one resumes the work. Only one piece of work at a time is in progress on a
// target.
type Work struct {
	contract.Command                 // ExpiresAt is zero if no one waits for the result; Status is empty until there is one
	Checkpoint       json.RawMessage // state that must survive a crash between two steps
	StartedAt        time.Time
	IsResumed        bool // another worker has started it before and may have completed any step
	leaseToken       string
}

// ErrWorkLeased reports that another worker holds the lease, or that other work is in progress on the same target.
var ErrWorkLeased = errors.New("work is leased by another worker")

// StartWork leases the command for the duration of lease, or returns ErrWorkLeased. Finished work is returned
// unchanged, so that its result can be published again. A command that has expired is not started, and returned as
// refused.
func (s *Store) StartWork(ctx context.Context, c contract.Command, lease time.Duration) (w Work, err error) {
	err = s.withTx(ctx, "start work", func(ctx context.Context, t tx) error {
		w = Work{Command: c, IsResumed: true, leaseToken: NewID()}
		now := time.Now()
		err := scanWork(t.QueryRow(ctx, "SELECT "+workColumns+" FROM bot_work WHERE id = $1", c.ID), &w)
		switch {
		case err == nil && w.Status != "":
			return nil
		case err == nil:
			err := requireLease(t.Exec(ctx, `UPDATE bot_work SET lease_token = $2, leased_until = $3
				WHERE id = $1 AND status = '' AND leased_until < $4`, c.ID, w.leaseToken, now.Add(lease), now))
			if err != nil {
				return err
			}
			// The previous worker may have saved a checkpoint after the first read. It can't any more.
			return scanWork(t.QueryRow(ctx, "SELECT "+workColumns+" FROM bot_work WHERE id = $1", c.ID), &w)
		case !errors.Is(err, sql.ErrNoRows):
			return err
		case !c.ExpiresAt.IsZero() && c.ExpiresAt.Before(now):
			w.Status, w.Code, w.Message = contract.CommandRefused, contract.RefusalExpired, "The request reached the bot too late."
			return nil
		}
		w.IsResumed, w.Status, w.Checkpoint, w.StartedAt = false, "", json.RawMessage("{}"), now
		return requireLease(t.Exec(ctx, sqldb.Insert("bot_work",
			"id, guild_id, user_id, type, target, data, expires_at, lease_token, leased_until, started_at")+
			" ON CONFLICT DO NOTHING", c.ID, c.GuildID, c.Actor.ID, c.Verb, c.Target, string(c.Data),
			nilIfZero(c.ExpiresAt), w.leaseToken, now.Add(lease), now))
	})
	return w, err
}

// requireLease returns ErrWorkLeased if a change of a work row affected no row.
func requireLease(changed int64, err error) error {
	if err == nil && changed == 0 {
		err = ErrWorkLeased
	}
	return err
}

// nilIfZero returns nil for the zero time.
func nilIfZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

const workColumns = "id, guild_id, user_id, type, target, data, checkpoint, expires_at, status, code, message, started_at"

func scanWork(r sqldb.Row, w *Work) error {
	var (
		data, checkpoint []byte
		expires          *time.Time
	)
	err := r.Scan(&w.ID, &w.GuildID, &w.Actor.ID, (*string)(&w.Verb), &w.Target, &data, &checkpoint, &expires,
		(*string)(&w.Status), &w.Code, &w.Message, &w.StartedAt)
	if err != nil {
		return err
	}
	w.Data, w.Checkpoint = append([]byte(nil), data...), append([]byte(nil), checkpoint...)
	w.ExpiresAt = time.Time{}
	if expires != nil {
		w.ExpiresAt = *expires
	}
	return nil
}

// SaveCheckpoint stores w.Checkpoint. It returns ErrWorkLeased if the worker has lost the lease.
func (s *Store) SaveCheckpoint(ctx context.Context, w Work) error {
	return requireLease(s.exec(ctx, "save checkpoint",
		"UPDATE bot_work SET checkpoint = $3 WHERE id = $1 AND lease_token = $2 AND status = ''",
		w.ID, w.leaseToken, string(w.Checkpoint)))
}

// RenewWorkLease extends the lease to the given duration from now. A negative duration releases the work for
// UnfinishedWork. It returns ErrWorkLeased if the worker has lost the lease.
func (s *Store) RenewWorkLease(ctx context.Context, w Work, lease time.Duration) error {
	return requireLease(s.exec(ctx, "renew work lease",
		"UPDATE bot_work SET leased_until = $3 WHERE id = $1 AND lease_token = $2 AND status = ''",
		w.ID, w.leaseToken, time.Now().Add(lease)))
}

// FinishWork stores the result of the work; StartWork returns it for the same command from now on. A result that no
// one waits for counts as delivered. It returns ErrWorkLeased if the worker has lost the lease.
func (s *Store) FinishWork(ctx context.Context, w Work, result contract.CommandResult) error {
	return requireLease(s.exec(ctx, "finish work", `UPDATE bot_work SET status = $3, code = $4, message = $5,
		answered_at = $6, delivered = $7 WHERE id = $1 AND lease_token = $2 AND status = ''`,
		w.ID, w.leaseToken, result.Status, result.Code, result.Message, result.At, w.ExpiresAt.IsZero()))
}

// UnfinishedWork returns up to 100 commands that were started and whose lease has expired, longest expired first.
func (s *Store) UnfinishedWork(ctx context.Context, now time.Time) ([]contract.Command, error) {
	return s.queryWork(ctx, "read unfinished work", "status = '' AND leased_until < $1 ORDER BY leased_until", now)
}

// UndeliveredResults returns up to 100 commands with results from before the given time that are not known to be in
// the stream of results.
func (s *Store) UndeliveredResults(ctx context.Context, before time.Time) ([]contract.Command, error) {
	return s.queryWork(ctx, "read undelivered results",
		"status <> '' AND NOT delivered AND answered_at < $1 ORDER BY answered_at", before)
}

func (s *Store) queryWork(ctx context.Context, op, where string, args ...any) ([]contract.Command, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var found []contract.Command
	err := s.batch(ctx, sqldb.Query{
		SQL:  "SELECT " + workColumns + " FROM bot_work WHERE " + where + " LIMIT 100",
		Args: args,
		Row: func(r sqldb.Row) error {
			var w Work
			err := scanWork(r, &w)
			found = append(found, w.Command)
			return err
		},
	})
	return found, s.wrapError(op, err)
}

// MarkDelivered records that the result of the command is in the stream of results.
func (s *Store) MarkDelivered(ctx context.Context, id string) error {
	_, err := s.exec(ctx, "mark result delivered", "UPDATE bot_work SET delivered = TRUE WHERE id = $1", id)
	return err
}

// PruneWork deletes delivered work that was finished before the given time. A command that is sent again after that
// has expired.
func (s *Store) PruneWork(ctx context.Context, before time.Time) error {
	_, err := s.exec(ctx, "prune work", "DELETE FROM bot_work WHERE delivered AND answered_at < $1", before)
	return err
}

// ReserveTicketNumber reserves the guild's next number for the ticket that w opens, and stores it in the checkpoint.
func (s *Store) ReserveTicketNumber(ctx context.Context, w Work) (number int, err error) {
	err = s.withTx(ctx, "reserve ticket number", func(ctx context.Context, t tx) error {
		var err error
		if number, err = t.nextTicketNumber(ctx, w.GuildID); err != nil {
			return err
		}
		return t.saveNumberCheckpoint(ctx, w, number)
	})
	return number, err
}

// ReleaseTicketNumber releases a number that no ticket has used. If a later number has been reserved since, the
// number stays unused.
func (s *Store) ReleaseTicketNumber(ctx context.Context, w Work, number int) error {
	return s.withTx(ctx, "release ticket number", func(ctx context.Context, t tx) error {
		if _, err := t.Exec(ctx, `UPDATE guild_counters SET ticket_number = ticket_number - 1
			WHERE guild_id = $1 AND ticket_number = $2`, w.GuildID, number); err != nil {
			return err
		}
		return t.saveNumberCheckpoint(ctx, w, 0)
	})
}

// saveNumberCheckpoint stores the checkpoint of opening a ticket: {"number": n}.
func (t tx) saveNumberCheckpoint(ctx context.Context, w Work, number int) error {
	checkpoint, err := json.Marshal(map[string]int{"number": number})
	if err != nil {
		return err
	}
	return requireLease(t.Exec(ctx, "UPDATE bot_work SET checkpoint = $3 WHERE id = $1 AND lease_token = $2 AND status = ''",
		w.ID, w.leaseToken, string(checkpoint)))
}

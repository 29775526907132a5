package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// commandSent is the status of a requested command that is known to be in the stream. The API shows it as
// contract.CommandRequested.
const commandSent = "sent"

// acceptedGracePeriod is how long an accepted command waits for its result after its expiry. The bot finishes
// commands that it has started, even after a restart.
const acceptedGracePeriod = 10 * time.Minute

// insertOrFindCommand inserts the command and returns it with isNew true, unless there is a conflicting command: one
// with the same id, with the same verb in progress on the same target, or one that has created the same giveaway.
// Then it returns the conflicting command.
func (s *Store) insertOrFindCommand(ctx context.Context, c contract.Command) (current contract.Command, isNew bool, err error) {
	const (
		op          = "enqueue command"
		maxAttempts = 4
	)
	for range maxAttempts {
		if c.Verb == contract.VerbGiveawayCreate {
			if current, err = s.conflictingCommand(ctx, c); !errors.Is(err, ErrNotFound) {
				return current, false, err
			}
		}
		added, err := s.exec(ctx, op, sqldb.Insert("commands",
			"id, guild_id, user_id, user_name, type, target, data, issued_at, expires_at")+" ON CONFLICT DO NOTHING",
			c.ID, c.GuildID, c.Actor.ID, c.Actor.Username, c.Verb, c.Target, string(c.Data), c.IssuedAt, c.ExpiresAt)
		if err != nil {
			return c, false, err
		}
		if added > 0 {
			current, err = s.Command(ctx, c.GuildID, c.ID)
			return current, true, err
		}
		if current, err = s.conflictingCommand(ctx, c); !errors.Is(err, ErrNotFound) {
			return current, false, err
		}
	} // the conflicting command got its result in between
	return c, false, s.wrapError(op, ErrConflict)
}

func (s *Store) conflictingCommand(ctx context.Context, c contract.Command) (contract.Command, error) {
	var where sqldb.Where
	where.And("c.guild_id = ?", c.GuildID)
	where.And("(c.id = ? OR c.target = ? AND c.type = ? AND (c."+inProgressSQL+" OR c.type = ? AND c.status = 'done'))",
		c.ID, c.Target, c.Verb, contract.VerbGiveawayCreate)
	found, err := s.queryCommands(ctx, "read conflicting command", where, " ORDER BY c.issued_at")
	if err == nil && len(found) == 0 {
		err = s.wrapError("read conflicting command", ErrNotFound)
	}
	if err != nil {
		return contract.Command{}, err
	}
	return found[0], nil
}

// markCommandSent records that the command is in the stream.
func (s *Store) markCommandSent(ctx context.Context, id string) error {
	_, err := s.exec(ctx, "mark command sent",
		"UPDATE commands SET status = 'sent' WHERE id = $1 AND status = 'requested'", id)
	return err
}

// unsentCommands returns up to 100 unexpired commands, issued before the given time, that are not known to be in the
// stream.
func (s *Store) unsentCommands(ctx context.Context, before, now time.Time) ([]contract.Command, error) {
	var where sqldb.Where
	where.And("c." + inProgressSQL) // makes the query use the index of commands in progress
	where.And("c.status = 'requested'")
	where.And("c.issued_at < ?", before)
	where.And("c.expires_at > ?", now)
	return s.queryCommands(ctx, "read unsent commands", where, " ORDER BY c.issued_at LIMIT 100")
}

// recordResult records a result if the command still waits for one. changed reports whether it did, and c is then the
// changed command. The first final result counts, even if the command has expired before.
func (s *Store) recordResult(
	ctx context.Context, result contract.CommandResult, now time.Time,
) (c contract.Command, changed bool, err error) {
	condition := inProgressSQL
	switch {
	case result.Code == contract.RefusalExpired:
		result.Status = contract.CommandExpired
	case result.Status == contract.CommandAccepted:
		condition = "status IN ('requested', 'sent')"
	case result.Status == contract.CommandDone, result.Status == contract.CommandRefused:
		condition = "status IN ('requested', 'sent', 'accepted', 'expired')"
	default:
		return c, false, fmt.Errorf("record result: unknown status %q", result.Status)
	}
	err = s.withTx(ctx, "record result", func(ctx context.Context, t tx) error {
		changed = false
		err := t.QueryRow(ctx, `UPDATE commands SET status = $2, code = $3, message = $4, answered_at = $5
			WHERE id = $1 AND `+condition+` RETURNING id, guild_id, user_id, type, target, status, code`,
			result.ID, result.Status, result.Code, result.Message, now).
			Scan(&c.ID, &c.GuildID, &c.Actor.ID, (*string)(&c.Verb), &c.Target, (*string)(&c.Status), &c.Code)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		changed = err == nil
		return err
	})
	return c, changed, err
}

// expireCommands marks commands as expired that the bot did not answer in time, each one once, and returns them.
func (s *Store) expireCommands(ctx context.Context, now time.Time) (expired []contract.Command, err error) {
	err = s.withTx(ctx, "expire commands", func(ctx context.Context, t tx) error {
		expired = nil
		return t.Query(ctx, sqldb.Query{
			SQL: `UPDATE commands SET status = 'expired', code = $3, message = $4
				WHERE ` + inProgressSQL + ` AND expires_at < $1 AND (status <> 'accepted' OR expires_at < $2)
				RETURNING id, guild_id, user_id, type, target, status, code`,
			Args: []any{now, now.Add(-acceptedGracePeriod), contract.RefusalExpired, "The bot did not answer."},
			Row: func(r sqldb.Row) error {
				var c contract.Command
				err := r.Scan(&c.ID, &c.GuildID, &c.Actor.ID, (*string)(&c.Verb), &c.Target, (*string)(&c.Status), &c.Code)
				expired = append(expired, c)
				return err
			},
		})
	})
	return expired, err
}

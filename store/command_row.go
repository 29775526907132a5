package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// commandSent is the status of a row that is asked and known to be in the stream. From outside the two look the same.
const commandSent = "sent"

// acceptedGracePeriod is how long after its expiry a command that was accepted still waits for its end: the bot finishes what it has
// begun, even if it has to start again first.
const acceptedGracePeriod = 10 * time.Minute

// insertOrFindCommand is the command, if it is the first of its kind: mine. Else it is the one that stands in its way: the same id,
// the same verb under way on the same target, or a giveaway that has been created already.
func (s *Store) insertOrFindCommand(ctx context.Context, c Command) (current Command, isNew bool, err error) {
	const op = "asking the bot"
	for range 1 + maxTxRetries {
		if c.Verb == VerbGiveawayCreate {
			if current, err = s.conflictingCommand(ctx, c); !errors.Is(err, ErrNotFound) {
				return current, false, err
			}
		}
		added, err := s.exec(ctx, op, insertSQL("commands",
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
	} // what stood in the way had its answer in between
	return c, false, s.wrapError(op, ErrConflict)
}

func (s *Store) conflictingCommand(ctx context.Context, c Command) (Command, error) {
	var where clause
	where.and("c.guild_id = ?", c.GuildID)
	where.and("(c.id = ? OR c.target = ? AND c.type = ? AND (c."+inProgressSQL+" OR c.type = ? AND c.status = 'done'))",
		c.ID, c.Target, c.Verb, VerbGiveawayCreate)
	found, err := s.queryCommands(ctx, "reading command under way", where, " ORDER BY c.issued_at")
	if err == nil && len(found) == 0 {
		err = s.wrapError("reading command under way", ErrNotFound)
	}
	if err != nil {
		return Command{}, err
	}
	return found[0], nil
}

// markCommandSent remembers that the command is in the stream.
func (s *Store) markCommandSent(ctx context.Context, id string) error {
	_, err := s.exec(ctx, "remembering what was sent", "UPDATE commands SET status = 'sent' WHERE id = $1 AND status = 'asked'", id)
	return err
}

// unsentCommands are commands that were asked before then and are, as far as is known, not in the stream.
func (s *Store) unsentCommands(ctx context.Context, before, now time.Time) ([]Command, error) {
	var where clause
	where.and("c." + inProgressSQL) // for the sake of the index
	where.and("c.status = 'asked'")
	where.and("c.issued_at < ?", before)
	where.and("c.expires_at > ?", now)
	return s.queryCommands(ctx, "reading what was not sent", where, " ORDER BY c.issued_at LIMIT 100")
}

// recordResult keeps an answer, if the command still waits for it; then changed is true and c says what it has become. The
// first final answer counts. One that comes after the command has expired counts as well: it is what happened.
func (s *Store) recordResult(ctx context.Context, result CommandResult, now time.Time) (c Command, changed bool, err error) {
	condition := inProgressSQL
	switch {
	case result.Code == RefusalExpired:
		result.Status = CommandExpired
	case result.Status == CommandAccepted:
		condition = "status IN ('asked', 'sent')"
	case result.Status == CommandDone, result.Status == CommandRefused:
		condition = "status IN ('asked', 'sent', 'accepted', 'expired')"
	default:
		return c, false, fmt.Errorf("recording answer: no answer is called %q", result.Status)
	}
	err = s.withTx(ctx, "recording answer", func(ctx context.Context, t tx) error {
		changed = false
		err := t.queryRow(ctx, `UPDATE commands SET status = $2, code = $3, message = $4, answered_at = $5
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

// expireCommands ends the wait for what the bot did not answer in time, each command once, and returns them.
func (s *Store) expireCommands(ctx context.Context, now time.Time) (expired []Command, err error) {
	err = s.withTx(ctx, "expiring commands", func(ctx context.Context, t tx) error {
		expired = nil
		rs, err := t.QueryContext(ctx, `UPDATE commands SET status = 'expired', code = $3, message = $4
			WHERE `+inProgressSQL+` AND expires_at < $1 AND (status <> 'accepted' OR expires_at < $2)
			RETURNING id, guild_id, user_id, type, target, status, code`,
			driverArgs([]any{now, now.Add(-acceptedGracePeriod), RefusalExpired, "The bot did not answer."})...)
		if err != nil {
			return err
		}
		defer rs.Close()
		for rs.Next() {
			var c Command
			if err := rs.Scan(&c.ID, &c.GuildID, &c.Actor.ID, (*string)(&c.Verb), &c.Target, (*string)(&c.Status), &c.Code); err != nil {
				return err
			}
			expired = append(expired, c)
		}
		return rs.Err()
	})
	return expired, err
}

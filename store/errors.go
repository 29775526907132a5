package store

import (
	"errors"
	"fmt"

	"guildboard/store/internal/sqldb"
)

// The errors of the store that callers distinguish. Handlers map each one to an HTTP status. All other errors are
// internal errors.
var (
	// ErrNotFound reports that the row does not exist, or belongs to another guild. The two are not distinguished.
	ErrNotFound = errors.New("not found")
	// ErrConflict reports that the row is no longer in a state that allows the change, because of an earlier change.
	ErrConflict = errors.New("conflict")
	// ErrUnavailable reports that the database or Redis does not answer. Displayed data may be out of date.
	ErrUnavailable = errors.New("unavailable")
	// ErrReadOnly reports that the database answers queries but rejects changes, as a standby does during a failover.
	// It wraps ErrUnavailable.
	ErrReadOnly = fmt.Errorf("database is read-only: %w", ErrUnavailable)
)

// wrapError adds the operation to err, and the one of ErrNotFound, ErrConflict, ErrReadOnly and ErrUnavailable that
// it means, if any. If the caller has cancelled its context, the error still wraps context.Canceled. After ErrReadOnly
// the store connects again, in case the server has become a standby.
func (s *Store) wrapError(op string, err error) error {
	if sqldb.IsReadOnly(err) {
		s.db.Reconnect()
	}
	return wrapError(op, err)
}

func wrapError(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrConflict), errors.Is(err, ErrUnavailable):
		return fmt.Errorf("%s: %w", op, err)
	case sqldb.IsNoRows(err), sqldb.IsMissingReference(err):
		return fmt.Errorf("%s: %w: %w", op, ErrNotFound, err)
	case sqldb.IsReadOnly(err):
		return fmt.Errorf("%s: %w: %w", op, ErrReadOnly, err)
	case sqldb.IsUniqueViolation(err):
		return fmt.Errorf("%s: %w: %w", op, ErrConflict, err)
	case sqldb.IsUnavailable(err):
		return fmt.Errorf("%s: %w: %w", op, ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", op, err)
}

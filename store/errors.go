package store

import (
	"errors"
	"fmt"
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

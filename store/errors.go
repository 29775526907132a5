package store

import (
	"errors"
	"fmt"
)

// The handful of ways in which asking the store can fail; handlers turn each into one HTTP status.
// Anything else is a fault of ours.
var (
	// ErrNotFound: no such thing, or not this guild's; from outside the two look the same.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the row is no longer in the state the change starts from; somebody was first.
	ErrConflict = errors.New("conflict")
	// ErrUnavailable: the database or Redis does not answer; what is shown may be old, nothing is lost.
	ErrUnavailable = errors.New("unavailable")
	// ErrReadOnly: the database answers queries and accepts no change, as a standby does during a failover. It is an
	// ErrUnavailable, too.
	ErrReadOnly = fmt.Errorf("database is read-only: %w", ErrUnavailable)
)

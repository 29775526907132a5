package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// fault says what was being done when err came, and which of ErrNotFound, ErrConflict and ErrUnavailable it means,
// if any. A caller who gave up gets context.Canceled back.
func (s *Store) fault(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrConflict), errors.Is(err, ErrUnavailable):
		return fmt.Errorf("%s: %w", doing, err)
	case errors.Is(err, sql.ErrNoRows), errors.Is(err, pgx.ErrNoRows), refers(err):
		return fmt.Errorf("%s: %w: %w", doing, ErrNotFound, err)
	case isReadOnly(err):
		s.reconnect()
		return fmt.Errorf("%s: %w: %w", doing, ErrReadOnly, err)
	case repeats(err):
		return fmt.Errorf("%s: %w: %w", doing, ErrConflict, err)
	case s.closed.Load(), away(err):
		return fmt.Errorf("%s: %w: %w", doing, ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// refers tells whether a row names another that is not there, or asks for an id that no database could hold.
func refers(err error) bool {
	switch sqlState(err) {
	case "23503", "22021": // foreign_key_violation, character_not_in_repertoire
		return true
	}
	return sqliteCode(err) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

// repeats tells whether a unique key is taken.
func repeats(err error) bool {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return true
	}
	return sqlState(err) == "23505"
}

// outrun tells whether the database took the change back in favour of another, so that doing it again is right.
func outrun(err error) bool {
	switch sqlState(err) {
	case "40001", "40P01": // serialization_failure, deadlock_detected
		return true
	}
	return wasBusy(err)
}

// wasBusy reports whether another process held the lock of an SQLite file.
func wasBusy(err error) bool { return sqliteCode(err)&0xff == sqlite3.SQLITE_BUSY }

// isReadOnly reports whether the database answers and accepts no change: a standby of Postgres, or a file of SQLite that may
// not be written to.
func isReadOnly(err error) bool {
	return sqlState(err) == "25006" || sqliteCode(err)&0xff == sqlite3.SQLITE_READONLY // read_only_sql_transaction
}

// away tells whether the database is not there, or too ill to answer.
func away(err error) bool {
	if state := sqlState(err); state != "" {
		switch state[:2] {
		case "08", "53", "57", "58": // connection, resources, shutdown and cancel, system
			return true
		}
		return false
	}
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT,
		sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
		sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOTADB:
		return true
	}
	var (
		connect *pgconn.ConnectError
		network net.Error
	)
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}

// sqlState is the five characters of Postgres's answer, or "".
func sqlState(err error) string {
	var answer *pgconn.PgError
	if errors.As(err, &answer) && len(answer.Code) == 5 {
		return answer.Code
	}
	return ""
}

// sqliteCode is SQLite's extended result code, or 0.
func sqliteCode(err error) int {
	var answer *sqlite.Error
	if errors.As(err, &answer) {
		return answer.Code()
	}
	return 0
}

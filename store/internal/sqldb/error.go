package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// errClosed marks the errors of a closed DB.
var errClosed = errors.New("database is closed")

// IsNoRows reports whether a query for one row found none.
func IsNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) || errors.Is(err, pgx.ErrNoRows) }

// IsMissingReference reports whether a row refers to a missing row, or a query has an id that no database could
// store.
func IsMissingReference(err error) bool {
	switch sqlState(err) {
	case "23503", "22021": // foreign_key_violation, character_not_in_repertoire
		return true
	}
	return sqliteCode(err) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

// IsUniqueViolation reports whether a value of a unique key exists already.
func IsUniqueViolation(err error) bool {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return true
	}
	return sqlState(err) == "23505"
}

// isSerializationFailure reports whether the database rolled the transaction back because of a concurrent one, so
// that it should be retried.
func isSerializationFailure(err error) bool {
	switch sqlState(err) {
	case "40001", "40P01": // serialization_failure, deadlock_detected
		return true
	}
	return IsSQLiteBusy(err)
}

// IsSQLiteBusy reports whether another process held the lock of an SQLite file.
func IsSQLiteBusy(err error) bool { return sqliteCode(err)&0xff == sqlite3.SQLITE_BUSY }

// IsReadOnly reports whether the database rejects changes: a Postgres standby, or an SQLite file without write
// permission.
func IsReadOnly(err error) bool {
	return sqlState(err) == "25006" || sqliteCode(err)&0xff == sqlite3.SQLITE_READONLY // read_only_sql_transaction
}

// IsUnavailable reports whether the database does not answer, or can't process queries.
func IsUnavailable(err error) bool {
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
		connectErr *pgconn.ConnectError
		networkErr net.Error
	)
	return errors.As(err, &connectErr) || errors.As(err, &networkErr) || pgconn.SafeToRetry(err) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, errClosed)
}

// sqlState returns Postgres's SQLSTATE of five characters, or "".
func sqlState(err error) string {
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && len(pgErr.Code) == 5 {
		return pgErr.Code
	}
	return ""
}

// sqliteCode returns SQLite's extended result code, or 0.
func sqliteCode(err error) int {
	var sqliteErr *sqlite.Error
	if errors.As(err, &sqliteErr) {
		return sqliteErr.Code()
	}
	return 0
}

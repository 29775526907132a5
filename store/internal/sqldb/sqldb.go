// Package sqldb runs SQL on SQLite and Postgres. It knows their drivers, errors and differences. The schema and
// the SQL texts are in package store.
//
// The same SQL runs on both databases, with $1, $2, … as placeholders. Times are stored in UTC, in milliseconds.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// DB is an open database. Its methods are safe for concurrent use.
type DB struct {
	reader *sql.DB // SQLite only; separate, so that reads never wait for a write
	writer *sql.DB // SQLite: one connection, so that writes queue here and not on the file lock; Postgres: backed by pool
	pool   pool    // Postgres only: all reads, and the connections of writer
	closed atomic.Bool
	log    *slog.Logger

	reconnectedAt atomic.Int64 // Postgres only: when the connections were last reset, in Unix milliseconds

	preparedMu sync.Mutex
	prepared   map[string]*sql.Stmt // SQLite only: statements of reader by SQL text; reader closes them

	badValues badValueLog
	watcher   atomic.Pointer[func(Statement)]
}

// pool is the part of pgxpool.Pool that is used for reads.
type pool interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	Reset()
	Close()
}

// Options configures Open. Log is required.
type Options struct {
	Log       *slog.Logger // for invalid values in rows and for settings of the database that need attention
	MustExist bool         // a missing SQLite file is an error instead of being created
}

// Open opens the database at url: "sqlite:path/to/file.db" (a missing file is created, a missing directory is not) or
// "postgres://…". Errors do not contain the password of the URL.
func Open(ctx context.Context, url string, options Options) (*DB, error) {
	db := &DB{log: options.Log, badValues: badValueLog{log: options.Log}, prepared: map[string]*sql.Stmt{}}
	var err error
	switch scheme, path, _ := strings.Cut(url, ":"); scheme {
	case "sqlite":
		err = db.openSQLite(path, options.MustExist)
	case "postgres", "postgresql":
		err = db.openPostgres(ctx, url)
	default:
		// Only the scheme: the rest of the URL may contain a password.
		err = fmt.Errorf("%q is neither sqlite nor postgres", scheme)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Close closes all connections. Later calls of any method fail with an error for which IsUnavailable is true.
func (db *DB) Close() error {
	if db.closed.Swap(true) {
		return nil
	}
	var errs []error
	for _, connections := range []*sql.DB{db.reader, db.writer} {
		if connections != nil {
			errs = append(errs, connections.Close())
		}
	}
	if db.pool != nil {
		db.pool.Close()
	}
	return errors.Join(errs...)
}

// IsPostgres reports whether the database is Postgres; otherwise it is SQLite.
func (db *DB) IsPostgres() bool { return db.pool != nil }

// Reader returns connections for reads that Batch does not support.
func (db *DB) Reader() *sql.DB {
	if db.IsPostgres() {
		return db.writer
	}
	return db.reader
}

// Writer returns connections for changes that neither Exec nor Transact supports. SQLite has a single one.
func (db *DB) Writer() *sql.DB { return db.writer }

// markClosed marks an error of a closed database, for which the drivers have no common error value.
func (db *DB) markClosed(err error) error {
	if err != nil && db.closed.Load() {
		return fmt.Errorf("%w: %w", errClosed, err)
	}
	return err
}

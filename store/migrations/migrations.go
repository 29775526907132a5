// Package migrations holds the schema of the database, as SQL for Postgres and for SQLite, and applies it.
//
// Both folders have the same files, tables and columns, apart from guild_places, which only SQLite needs. They differ in
// types, triggers and the full-text search. A release that changes the schema adds a file to each folder; files that were
// released do not change.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

// Postgres brings the first schema of db's search_path up to date. If several processes start at the same time, one
// migrates, and the others wait for it.
func Postgres(ctx context.Context, db *sql.DB) error {
	unlock, err := lock(ctx, db)
	if err != nil {
		return err
	}
	defer unlock()
	err = migrate(ctx, db, goose.DialectPostgres, "postgres")
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && strings.Contains(pgErr.Message, "pg_trgm") {
		return fmt.Errorf("the database needs its extension pg_trgm, to search in tickets; "+
			"ask its administrator to run CREATE EXTENSION pg_trgm in it: %w", err)
	}
	return err
}

// SQLite brings the file behind db up to date. Another process that starts at the same time may apply a migration first;
// the next attempt then skips it.
func SQLite(ctx context.Context, db *sql.DB) error {
	entries, err := fs.ReadDir(files, "sqlite")
	if err != nil {
		return fmt.Errorf("find migrations: %w", err)
	}
	for range len(entries) + 1 {
		if err = migrate(ctx, db, goose.DialectSQLite3, "sqlite"); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, folder string) error {
	sqls, err := fs.Sub(files, folder)
	if err != nil {
		return fmt.Errorf("find migrations: %w", err)
	}
	provider, err := goose.NewProvider(dialect, db, sqls, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("apply migrations: %w", err)
	}
	return nil
}

// lockID is the advisory lock of migrations: a random number, which no other program in the database should use.
const lockID = 7_239_140_023

// lock takes an advisory lock for the whole Postgres database, because CREATE EXTENSION collides even between schemas.
// A transaction holds the lock: behind a pooler, a session's lock would stay with a shared connection.
func lock(ctx context.Context, db *sql.DB) (unlock func(), err error) {
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	unlock = func() { _ = t.Rollback() } // the transaction changes nothing
	for _, statement := range []string{
		"SET LOCAL idle_in_transaction_session_timeout = 0", // migrations of large databases take longer
		fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", int64(lockID)),
	} {
		if _, err := t.ExecContext(ctx, statement); err != nil {
			unlock()
			return nil, fmt.Errorf("lock the database: %w", err)
		}
	}
	return unlock, nil
}

// Package migrations holds the schema of the database, as SQL for each of the two kinds, and brings a database up to it.
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

// Postgres brings the first schema of db's search_path up to date. Several processes may start at the same time:
// one works, the others wait for it.
func Postgres(ctx context.Context, db *sql.DB) error {
	unlock, err := lock(ctx, db)
	if err != nil {
		return err
	}
	defer unlock()
	err = up(ctx, db, goose.DialectPostgres, "postgres")
	var answer *pgconn.PgError
	if errors.As(err, &answer) && strings.Contains(answer.Message, "pg_trgm") {
		return fmt.Errorf("the database needs its extension pg_trgm, to search in tickets; "+
			"ask its administrator to run CREATE EXTENSION pg_trgm in it: %w", err)
	}
	return err
}

// SQLite brings the file behind db up to date. A process that started at the same time may win the race for any of the
// migrations; then another look finds that one done.
func SQLite(ctx context.Context, db *sql.DB) error {
	all, err := fs.ReadDir(files, "sqlite")
	if err != nil {
		return fmt.Errorf("finding migrations: %w", err)
	}
	for range len(all) + 1 {
		if err = up(ctx, db, goose.DialectSQLite3, "sqlite"); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func up(ctx context.Context, db *sql.DB, dialect goose.Dialect, folder string, options ...goose.ProviderOption) error {
	sqls, err := fs.Sub(files, folder)
	if err != nil {
		return fmt.Errorf("finding migrations: %w", err)
	}
	provider, err := goose.NewProvider(dialect, db, sqls, append(options, goose.WithDisableGlobalRegistry(true))...)
	if err != nil {
		return fmt.Errorf("reading migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	return nil
}

const lockID = 7_239_140_023 // ours by chance; any number that nobody else in the database uses

// lock takes an advisory lock for the whole Postgres database, because CREATE EXTENSION collides even between schemas.
// A transaction holds the lock: behind a pooler, the lock of a session would stay with a shared connection.
func lock(ctx context.Context, db *sql.DB) (unlock func(), err error) {
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("locking the database: %w", err)
	}
	unlock = func() { _ = t.Rollback() } // it has changed nothing
	for _, statement := range []string{
		"SET LOCAL idle_in_transaction_session_timeout = 0", // migrations of large databases take their time
		fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", int64(lockID)),
	} {
		if _, err := t.ExecContext(ctx, statement); err != nil {
			unlock()
			return nil, fmt.Errorf("locking the database: %w", err)
		}
	}
	return unlock, nil
}

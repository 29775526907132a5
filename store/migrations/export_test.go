package migrations

import (
	"context"
	"database/sql"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// UpTo brings a database up to one version.
func UpTo(ctx context.Context, db *sql.DB, postgres bool, version int64) error {
	dialect, folder := goose.DialectSQLite3, "sqlite"
	if postgres {
		dialect, folder = goose.DialectPostgres, "postgres"
	}
	sqls, err := fs.Sub(files, folder)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, db, sqls, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = provider.UpTo(ctx, version)
	return err
}

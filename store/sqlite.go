package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"sync"

	"modernc.org/sqlite"

	"guildboard/store/migrations"
)

// SQLite is told to keep times as integers, milliseconds since the epoch, and to give them back as times.
const (
	sqliteOptions = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)" +
		"&_pragma=foreign_keys(1)&_time_integer_format=unix_milli&_inttotime=1"
	sqliteWriter = sqliteOptions + "&_txlock=immediate" // a transaction that first reads could not become a writer later
	sqliteReader = sqliteOptions + "&_pragma=query_only(1)"
)

func (s *Store) openSQLite(ctx context.Context, path string) error {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return errors.New("SQLite needs the path of a file")
	}
	if err := foldUnicode(); err != nil {
		return fmt.Errorf("replacing lower(): %w", err)
	}
	var err error
	if s.write, err = openFile(path, sqliteWriter, 1); err != nil {
		return err
	}
	if s.read, err = openFile(path, sqliteReader, max(4, 2*runtime.NumCPU())); err != nil {
		return err
	}
	return migrations.SQLite(ctx, s.write)
}

func openFile(path, options string, connections int) (*sql.DB, error) {
	file := url.URL{Path: path}
	db, err := sql.Open("sqlite", "file:"+file.EscapedPath()+"?"+options)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// foldUnicode replaces SQLite's lower(), which knows ASCII only, by Go's, in every connection opened from now on.
var foldUnicode = sync.OnceValue(func() error {
	return sqlite.RegisterDeterministicScalarFunction("lower", 1,
		func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			switch text := args[0].(type) {
			case string:
				return strings.ToLower(text), nil
			case []byte:
				return strings.ToLower(string(text)), nil
			default:
				return text, nil
			}
		})
})

package sqldb

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"unicode/utf8"

	"modernc.org/sqlite"
)

// These options make SQLite store times as integers, in milliseconds since the epoch, and return them as times.
const (
	sqliteOptions = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)" +
		"&_pragma=foreign_keys(1)&_time_integer_format=unix_milli&_inttotime=1"
	// A transaction that begins with a read could not become a writer later.
	sqliteWriterOptions = sqliteOptions + "&_txlock=immediate"
	sqliteReaderOptions = sqliteOptions + "&_pragma=query_only(1)"
)

func (db *DB) openSQLite(path string, mustExist bool) error {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return errors.New("sqlite: missing file path")
	}
	if err := defineFunctions(); err != nil {
		return fmt.Errorf("register functions: %w", err)
	}
	if mustExist {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("open database file: %w", err)
		}
	} else if err := createPrivateFile(path); err != nil {
		return err
	}
	var err error
	if db.writer, err = openSQLiteFile(path, sqliteWriterOptions, 1); err != nil {
		return err
	}
	db.reader, err = openSQLiteFile(path, sqliteReaderOptions, max(4, 2*runtime.NumCPU()))
	return err
}

func openSQLiteFile(path, options string, connections int) (*sql.DB, error) {
	file := url.URL{Path: path}
	db, err := sql.Open("sqlite", "file:"+file.EscapedPath()+"?"+options)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// defineFunctions registers functions for every connection that is opened later: is_utf8(), and Postgres's byte order
// as collation "C".
var defineFunctions = sync.OnceValue(func() error {
	return errors.Join(
		sqlite.RegisterCollationUtf8("C", strings.Compare),
		defineFunction("is_utf8", func(text string) driver.Value { return utf8.ValidString(text) }),
	)
})

// DefineFunction registers an SQLite function, for every connection that is opened later, that applies fn to a text and
// returns any other value unchanged. A name can be registered once.
func DefineFunction(name string, fn func(string) string) error {
	return defineFunction(name, func(text string) driver.Value { return fn(text) })
}

func defineFunction(name string, fn func(string) driver.Value) error {
	return sqlite.RegisterDeterministicScalarFunction(name, 1, textFunction(fn))
}

// PrivateFileMode is the mode of database files, which hold members' messages. SQLite creates -wal and -shm files
// with the mode of the database file. https://www.sqlite.org/walformat.html
const PrivateFileMode fs.FileMode = 0o600

// createPrivateFile creates a missing database file.
func createPrivateFile(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, PrivateFileMode)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return fmt.Errorf("create database file: %w", err)
	}
	return file.Close()
}

// textFunction returns an SQLite function that applies fn to a text and returns any other value unchanged.
func textFunction(fn func(string) driver.Value) func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
	return func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		switch text := args[0].(type) {
		case string:
			return fn(text), nil
		case []byte:
			return fn(string(text)), nil
		default:
			return text, nil
		}
	}
}

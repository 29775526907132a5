// Package storetest provides tests with a real store on a temporary database, a store that always fails, and an
// isolated Redis.
//
// SQLite and an embedded Redis are always available. DATABASE_URL adds Postgres to EachDatabase, REDIS_URL makes
// Redis use a real server; tests that run at the same time may share both.
package storetest

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"guildboard/store"
)

// Open returns an empty store on an SQLite file.
func Open(t testing.TB) *store.Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "guildboard.db")
	if err := os.WriteFile(path, must(migratedSQLite())(t), 0o600); err != nil {
		t.Fatalf("copy empty database: %v", err)
	}
	return OpenAt(t, "sqlite:"+path)
}

// migratedSQLite returns an empty, migrated SQLite database. It is made once, because that takes longer than most
// tests.
var migratedSQLite = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "guildboard-storetest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "guildboard.db")
	s, err := store.Open(context.Background(), "sqlite:"+path)
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	copied := filepath.Join(dir, "whole.db") // without a write-ahead log
	if _, err := db.Exec("VACUUM INTO ?", copied); err != nil {
		return nil, err
	}
	return os.ReadFile(copied)
})

// callTimeout is long, so that tests pass on a busy machine. Tests of the timeout set their own.
const callTimeout = 2 * time.Minute

// OpenAt opens the store at an address and migrates its schema.
func OpenAt(t testing.TB, address string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), address)
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	s.CallTimeout = callTimeout
	addresses.Store(s, address)
	t.Cleanup(func() {
		addresses.Delete(s)
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return s
}

// openDirect opens a separate connection to the database of a store, bypassing the store, which must be opened by
// this package. It is closed at the end of the test.
func openDirect(t testing.TB, s *store.Store) (db *sql.DB, postgres bool) {
	t.Helper()
	at, ok := addresses.Load(s)
	if !ok {
		t.Fatal("the store was not opened by storetest")
	}
	address := at.(string)
	if path, file := strings.CutPrefix(address, "sqlite:"); file {
		// The store's driver. Data need not survive a power failure.
		db = must(sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(30000)&_pragma=synchronous(0)&_time_integer_format=unix_milli"))(t)
	} else {
		config := must(pgx.ParseConfig(address))(t)
		delete(config.RuntimeParams, "pool_max_conns") // for pools only
		config.RuntimeParams["timezone"] = "UTC"
		config.RuntimeParams["synchronous_commit"] = "off"
		db, postgres = stdlib.OpenDB(*config), true
	}
	db.SetMaxOpenConns(1) // keeps temporary tables
	t.Cleanup(func() { db.Close() })
	return db, postgres
}

// DB opens a separate connection to the database of a store, to write what no store method would. The store must be
// opened by this package.
func DB(t testing.TB, s *store.Store) (db *sql.DB, postgres bool) {
	t.Helper()
	return openDirect(t, s)
}

// addresses holds the addresses of open stores: *store.Store → string.
var addresses sync.Map

// DatabaseURL returns the address of an empty database for several processes: on Postgres if DATABASE_URL is set,
// otherwise an SQLite file.
func DatabaseURL(t testing.TB) string {
	t.Helper()
	if os.Getenv("DATABASE_URL") != "" {
		return CreateSchema(t)
	}
	t.Log("on SQLite: DATABASE_URL is not set")
	return "sqlite:" + filepath.Join(t.TempDir(), "guildboard.db")
}

// EachDatabase runs fn on an empty store of each kind: SQLite, and Postgres if DATABASE_URL is set.
func EachDatabase(t *testing.T, fn func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, Open(t)) })
	t.Run("postgres", func(t *testing.T) {
		if os.Getenv("DATABASE_URL") == "" {
			t.Skip("not run on Postgres: DATABASE_URL is not set")
		}
		fn(t, OpenAt(t, CreateSchema(t)))
	})
}

// OpenBroken returns a store whose methods all fail with store.ErrUnavailable.
func OpenBroken(t testing.TB) *store.Store {
	t.Helper()
	s := Open(t)
	if err := s.Close(); err != nil {
		t.Fatalf("close store: %v", err)
	}
	return s
}

// CreateSchema creates an empty schema in the database of DATABASE_URL, dropped at the end of the test, and returns
// the address of a store in that schema.
func CreateSchema(t testing.TB) string {
	t.Helper()
	address, err := url.Parse(os.Getenv("DATABASE_URL"))
	if err != nil {
		t.Fatalf("parse DATABASE_URL: %v", err)
	}
	name := "test_" + store.NewID()
	execute(t, "CREATE SCHEMA "+name)
	t.Cleanup(func() { execute(t, "DROP SCHEMA "+name+" CASCADE") })

	q := address.Query()
	q.Set("search_path", name+",public") // public holds the operators of pg_trgm
	q.Set("pool_max_conns", "8")
	address.RawQuery = q.Encode()
	return address.String()
}

func execute(t testing.TB, statement string) {
	t.Helper()
	ctx := context.Background() // the test's context is already canceled during cleanup
	conn, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		t.Fatalf("connect to DATABASE_URL: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("execute %q: %v", statement, err)
	}
}

// OpenReadOnly opens the database of a store a second time, read-only: on Postgres like a standby, on SQLite a copy
// whose header declares it read-only. The store must be opened by this package.
func OpenReadOnly(t testing.TB, s *store.Store) *store.Store {
	t.Helper()
	db, postgres := openDirect(t, s)
	if postgres {
		at, _ := addresses.Load(s)
		return OpenAt(t, at.(string)+"&default_transaction_read_only=on")
	}
	path := filepath.Join(t.TempDir(), "read-only.db")
	must(db.ExecContext(t.Context(), "VACUUM INTO ?", path))(t)
	content := must(os.ReadFile(path))(t)
	content[18], content[19] = 3, 2 // write and read version: an unknown one, and that of WAL
	noError(t, os.WriteFile(path, content, 0o600))
	return OpenAt(t, "sqlite:"+path)
}

// Package storetest gives tests a real store on a database that is thrown away after them, one that always fails, and a
// Redis of their own.
//
// SQLite and an embedded Redis are always there. DATABASE_URL adds Postgres to Each, REDIS_URL a real Redis to Redis;
// both may be shared by tests that run at the same time.
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

// Open is an empty store on an SQLite file.
func Open(t testing.TB) *store.Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "guildboard.db")
	if err := os.WriteFile(path, must(migratedSQLite())(t), 0o600); err != nil {
		t.Fatalf("copying the empty database: %v", err)
	}
	return OpenAt(t, "sqlite:"+path)
}

// migratedSQLite is an empty SQLite database whose schema is up to date. To make one takes longer than most tests do.
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
	copied := filepath.Join(dir, "whole.db") // without a log beside it
	if _, err := db.Exec("VACUUM INTO ?", copied); err != nil {
		return nil, err
	}
	return os.ReadFile(copied)
})

// callTimeout is generous, so that tests pass on a busy machine. Tests of the limit itself set their own.
const callTimeout = 2 * time.Minute

// OpenAt is the store at an address. Its schema is brought up to date.
func OpenAt(t testing.TB, address string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), address)
	if err != nil {
		t.Fatalf("opening store: %v", err)
	}
	s.CallTimeout = callTimeout
	addresses.Store(s, address)
	t.Cleanup(func() {
		addresses.Delete(s)
		if err := s.Close(); err != nil {
			t.Errorf("closing store: %v", err)
		}
	})
	return s
}

// openDirect is a connection of one's own to the database of a store, past all that the store does; the store must be one of
// this package's. It is closed at the end of the test.
func openDirect(t testing.TB, s *store.Store) (db *sql.DB, postgres bool) {
	t.Helper()
	at, ok := addresses.Load(s)
	if !ok {
		t.Fatal("the store was not opened by storetest")
	}
	address := at.(string)
	if path, file := strings.CutPrefix(address, "sqlite:"); file {
		// The store's own driver. What is lost when the machine stops need not be written to the disk.
		db = must(sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(30000)&_pragma=synchronous(0)&_time_integer_format=unix_milli"))(t)
	} else {
		config := must(pgx.ParseConfig(address))(t)
		delete(config.RuntimeParams, "pool_max_conns") // is for pools
		config.RuntimeParams["timezone"] = "UTC"
		config.RuntimeParams["synchronous_commit"] = "off"
		db, postgres = stdlib.OpenDB(*config), true
	}
	db.SetMaxOpenConns(1) // so that what is temporary stays
	t.Cleanup(func() { db.Close() })
	return db, postgres
}

// DB is a connection of one's own to the database of a store, for what no method of the store would write. The store must be
// one of this package's.
func DB(t testing.TB, s *store.Store) (db *sql.DB, postgres bool) {
	t.Helper()
	return openDirect(t, s)
}

// addresses are those of the stores that are open: *store.Store → string.
var addresses sync.Map

// DatabaseURL is that of an empty database for several processes: on Postgres when DATABASE_URL is set, else an SQLite file.
func DatabaseURL(t testing.TB) string {
	t.Helper()
	if os.Getenv("DATABASE_URL") != "" {
		return CreateSchema(t)
	}
	t.Log("on SQLite: DATABASE_URL is not set")
	return "sqlite:" + filepath.Join(t.TempDir(), "guildboard.db")
}

// EachDatabase runs fn on an empty store of each kind: SQLite, and Postgres when DATABASE_URL is set.
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

// OpenBroken is a store whose every call fails with store.ErrUnavailable.
func OpenBroken(t testing.TB) *store.Store {
	t.Helper()
	s := Open(t)
	if err := s.Close(); err != nil {
		t.Fatalf("closing store: %v", err)
	}
	return s
}

// CreateSchema makes an empty schema in the database of DATABASE_URL, dropped at the end of the test, and returns the address
// that makes a store live in it.
func CreateSchema(t testing.TB) string {
	t.Helper()
	address, err := url.Parse(os.Getenv("DATABASE_URL"))
	if err != nil {
		t.Fatalf("reading DATABASE_URL: %v", err)
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
	ctx := context.Background() // the test's own is over when it is cleaned up
	conn, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		t.Fatalf("connecting to DATABASE_URL: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("executing %q: %v", statement, err)
	}
}

// OpenReadOnly opens the database of a store once more, as one that answers queries and accepts no changes: on Postgres in the way
// of a standby, on SQLite a copy that its header declares read-only. The store must be one of this package's.
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
	content[18], content[19] = 3, 2 // versions to write and to read it with: an unknown one, and that of WAL
	noError(t, os.WriteFile(path, content, 0o600))
	return OpenAt(t, "sqlite:"+path)
}

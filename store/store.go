package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// callTimeout is the default of Store.CallTimeout.
const callTimeout = 5 * time.Second

// Store reads and writes the database: guilds, giveaways, tickets and commands. Its methods are safe for concurrent
// use. Each method works on one guild; a row that does not exist in that guild is ErrNotFound. A method returns
// ErrUnavailable when the database does not answer and ErrConflict when a concurrent change came first.
type Store struct {
	// CallTimeout limits one method call, including all its queries and retries. When it expires the method returns
	// ErrUnavailable. Open sets 5 s; change it only before the first call.
	CallTimeout time.Duration

	readDB  *sql.DB // SQLite only; separate, so that reads never wait for a write
	writeDB *sql.DB // SQLite: one connection, so that writes queue here and not on the file lock; Postgres: backed by pool
	pool    pool    // Postgres only: all reads, and the connections of writeDB
	closed  atomic.Bool

	skipMigrations bool
	reconnectedAt  atomic.Int64 // Postgres only: when the connections were last reset, in Unix milliseconds
	log            *slog.Logger

	preparedMu sync.Mutex
	prepared   map[string]*sql.Stmt // SQLite only: statements of readDB by SQL text; readDB closes them

	badValues badValueLog
	watcher   atomic.Pointer[func(Statement)]
}

// Option configures Open.
type Option func(*Store)

// WithLogger sets the logger for invalid values in rows and for database settings that need attention. The default is
// slog.Default.
func WithLogger(log *slog.Logger) Option {
	return func(s *Store) { s.log, s.badValues.log = log, log }
}

// pool is the part of pgxpool.Pool that the store uses for reads.
type pool interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	Reset()
	Close()
}

// WithoutMigrations makes Open leave the schema unchanged, for read-only tools.
func WithoutMigrations() Option { return func(s *Store) { s.skipMigrations = true } }

// Open opens the database at url and migrates its schema. url is "sqlite:path/to/file.db" (a missing file is created,
// a missing directory is not) or "postgres://…" (the tables are in the first schema of its search_path).
func Open(ctx context.Context, url string, options ...Option) (*Store, error) {
	s := &Store{CallTimeout: callTimeout, prepared: map[string]*sql.Stmt{}}
	WithLogger(slog.Default())(s)
	for _, option := range options {
		option(s)
	}
	var err error
	switch scheme, path, _ := strings.Cut(url, ":"); scheme {
	case "sqlite":
		err = s.openSQLite(ctx, path)
	case "postgres", "postgresql":
		err = s.openPostgres(ctx, url)
	default:
		// Only the scheme: the rest of the URL may contain a password.
		err = fmt.Errorf("%q is neither sqlite nor postgres", scheme)
	}
	if err != nil {
		err = s.wrapError("open database", err)
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close closes all connections. Later calls of any method return ErrUnavailable.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	var errs []error
	for _, db := range []*sql.DB{s.readDB, s.writeDB} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.pool != nil {
		s.pool.Close()
	}
	return errors.Join(errs...)
}

// withCallTimeout returns ctx with a timeout of CallTimeout.
func (s *Store) withCallTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.CallTimeout)
}

// Ping reports whether the database answers: nil or ErrUnavailable.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	return s.wrapError("ping database", s.batch(ctx, read{
		sql: "SELECT count(*) FROM (SELECT 1 FROM guilds LIMIT 1) g",
		row: func(r row) error { return r.Scan(new(int)) },
	}))
}

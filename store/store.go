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

// callTimeout is the CallTimeout of a Store that Open returns.
const callTimeout = 5 * time.Second

// Store is what the database holds: guilds, giveaways, tickets and commands. Its methods may be called by many
// goroutines at the same time. Each belongs to one guild and sees nothing of another: what is not that guild's is
// ErrNotFound. A database that does not answer is ErrUnavailable, a change that somebody else was faster with
// ErrConflict.
type Store struct {
	// CallTimeout bounds one call of a method with all its queries and retries. After that the method returns
	// ErrUnavailable. Open sets 5 s; change it before the first call only.
	CallTimeout time.Duration

	readDB  *sql.DB // SQLite only: readers never wait for the writer
	writeDB *sql.DB // on SQLite a single connection: writers queue here instead of on the file's lock
	pool    pool    // Postgres only: what write stands on, and what reads
	closed  atomic.Bool

	skipMigrations bool
	reconnectedAt  atomic.Int64 // Postgres only: when connections were given up, in milliseconds
	log            *slog.Logger

	preparedMu sync.Mutex
	prepared   map[string]*sql.Stmt // SQLite only: by their text; on read, which closes them

	badValues badValueLog
	watcher   atomic.Pointer[func(Statement)]
}

// An Option changes how Open opens a store.
type Option func(*Store)

// WithLogger has the store log to log what needs a look: bad values that it has read, and settings of the database that make
// it less than it could be. Without it they go to slog.Default.
func WithLogger(log *slog.Logger) Option {
	return func(s *Store) { s.log, s.badValues.log = log, log }
}

// pool is what the store reads from on Postgres; pgxpool's Pool is one.
type pool interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	Reset()
	Close()
}

// WithoutMigrations leaves the schema of the database as it is, for tools that only read.
func WithoutMigrations() Option { return func(s *Store) { s.skipMigrations = true } }

// Open opens the database at url and brings its schema up to date. url is "sqlite:path/to/file.db" (the file is made
// when it is missing, its folder is not) or "postgres://…" (the tables are in the first schema of its search_path).
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
		// The rest of the address may hold a password.
		err = fmt.Errorf("%q is neither sqlite nor postgres", scheme)
	}
	if err != nil {
		err = s.wrapError("opening database", err)
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close gives up all connections. From then on every call answers ErrUnavailable.
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

// withCallTimeout returns ctx with the time limit of one call.
func (s *Store) withCallTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.CallTimeout)
}

// Ping asks whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	return s.wrapError("pinging database", s.batch(ctx, read{
		sql: "SELECT count(*) FROM (SELECT 1 FROM guilds LIMIT 1) g",
		row: func(r row) error { return r.Scan(new(int)) },
	}))
}

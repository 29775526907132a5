// Package store reads and writes Guildboard's database: guilds, giveaways, tickets and the commands sent to the bot.
// It also implements the dashboard's side of the contract with the bot, which package contract describes.
package store

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"guildboard/store/internal/sqldb"
	"guildboard/store/migrations"
)

// callTimeout is the default of Store.CallTimeout.
const callTimeout = 5 * time.Second

// Store reads and writes the database: guilds, giveaways, tickets and commands. Its methods are safe for concurrent
// use. Each method works on one guild; a row that does not exist in that guild is ErrNotFound. A method returns
// ErrUnavailable when the database does not answer and ErrConflict when a concurrent change came first.
//
// Methods that only the bot calls are in bot_work.go and the files named *_bot.go; the dashboard's pages call the others.
type Store struct {
	// CallTimeout limits one method call, including all its queries and retries. When it expires the method returns
	// ErrUnavailable. Open sets 5 s; change it only before the first call.
	CallTimeout time.Duration

	db             *sqldb.DB
	skipMigrations bool
	log            *slog.Logger
}

// Option configures Open.
type Option func(*Store)

// WithLogger sets the logger for invalid values in rows and for database settings that need attention. The default is
// slog.Default.
func WithLogger(log *slog.Logger) Option {
	return func(s *Store) { s.log = log }
}

// WithoutMigrations makes Open leave the schema unchanged, for read-only tools.
func WithoutMigrations() Option { return func(s *Store) { s.skipMigrations = true } }

// Open opens the database at url and migrates its schema. url is "sqlite:path/to/file.db" (a missing file is created,
// a missing directory is not) or "postgres://…" (the tables are in the first schema of its search_path).
func Open(ctx context.Context, url string, options ...Option) (*Store, error) {
	s := &Store{CallTimeout: callTimeout, log: slog.Default()}
	for _, option := range options {
		option(s)
	}
	err := defineFoldText()
	if err == nil {
		s.db, err = sqldb.Open(ctx, url, sqldb.Options{Log: s.log, MustExist: s.skipMigrations})
	}
	if err != nil {
		return nil, wrapError("open database", err)
	}
	if s.skipMigrations {
		return s, nil
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(s.wrapError("open database", err), s.Close())
	}
	return s, nil
}

func (s *Store) migrate(ctx context.Context) error {
	if !s.db.IsPostgres() {
		return migrations.SQLite(ctx, s.db.Writer())
	}
	if err := migrations.Postgres(ctx, s.db.Writer()); err != nil {
		return err
	}
	return s.checkFolding(ctx)
}

// Close closes all connections. Later calls of any method return ErrUnavailable.
func (s *Store) Close() error { return s.db.Close() }

// Statement is a SQL statement and its arguments.
type Statement = sqldb.Statement

// Watch makes the store call fn with every read, and with every change that is a single statement, before it is sent;
// nil stops that. It is for measurements. fn is called concurrently.
func (s *Store) Watch(fn func(Statement)) { s.db.Watch(fn) }

// withCallTimeout returns ctx with a timeout of CallTimeout.
func (s *Store) withCallTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.CallTimeout)
}

// Ping reports whether the database answers: nil or ErrUnavailable.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	return s.wrapError("ping database", s.batch(ctx, sqldb.Query{
		SQL: "SELECT count(*) FROM (SELECT 1 FROM guilds LIMIT 1) g",
		Row: func(r sqldb.Row) error { return r.Scan(new(int)) },
	}))
}

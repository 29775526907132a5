package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"guildboard/store/migrations"
)

func (s *Store) openPostgres(ctx context.Context, url string) error {
	config, err := pgxpool.ParseConfig(url) // its errors omit the password
	if err != nil {
		return err
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = max(config.MaxConns, 10)
	}
	config.MaxConns = max(config.MaxConns, 2)           // migrations hold their lock on one of them
	config.ConnConfig.RuntimeParams["timezone"] = "UTC" // timestamp columns hold UTC without a zone
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "guildboard"
	}
	server, err := inspectServer(ctx, config.ConnConfig)
	if err != nil {
		return err
	}
	if server.isPooled {
		// A pooler may send the next statement over another connection, without the prepared statements and settings
		// of this one. Descriptions of statements are valid on all connections.
		if !strings.Contains(url, "default_query_exec_mode") {
			config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
		}
	} else {
		// Compiling a plan takes longer than any of our queries. If members are in many guilds, Postgres overestimates
		// the rows of a query and would compile it.
		config.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
			_, err := c.Exec(ctx, "SET jit = off")
			return err
		}
	}
	s.warnAboutServer(server)
	connections, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	s.pool, s.writeDB = connections, stdlib.OpenDBFromPool(connections)
	if s.skipMigrations {
		return nil
	}
	if err := migrations.Postgres(ctx, s.writeDB); err != nil {
		return err
	}
	return s.checkFolding(ctx)
}

// checkFolding logs a warning if fold_text does not fold all letters on this server, so that searches miss texts.
func (s *Store) checkFolding(ctx context.Context) error {
	var encoding string
	if err := s.writeDB.QueryRowContext(ctx, "SELECT current_setting('server_encoding')").Scan(&encoding); err != nil {
		return fmt.Errorf("check encoding: %w", err)
	}
	if encoding != "UTF8" {
		s.log.Warn("database encoding is not UTF8, searches are case-sensitive for letters other than ASCII",
			"encoding", encoding)
		return nil
	}
	const letters = "Ơ Ж Σ Ａ"
	var folded string
	if err := s.writeDB.QueryRowContext(ctx, "SELECT fold_text($1)", letters).Scan(&folded); err != nil {
		return fmt.Errorf("check case folding: %w", err)
	}
	if folded != FoldText(letters) {
		s.log.Warn("database has no full Unicode collation, searches are case-sensitive for letters other than ASCII: " +
			"use a server with ICU")
	}
	return nil
}

// serverInfo holds the properties of a Postgres server that inspectServer finds.
type serverInfo struct {
	isPooled    bool // connections go through a pooler such as PgBouncer
	hasJIT      bool
	isASCIIOnly bool // the locale, and so pg_trgm, knows ASCII letters only
}

// inspectServer queries the server on a separate connection without prepared statements. Behind a pooler the
// backend's process number differs from that of the handshake, because poolers make up the numbers for cancel
// requests.
func inspectServer(ctx context.Context, config *pgx.ConnConfig) (s serverInfo, err error) {
	conn, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return s, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var process uint32
	err = conn.QueryRow(ctx, `SELECT pg_backend_pid(), current_setting('jit') = 'on', 
		(SELECT datctype IN ('C', 'POSIX') FROM pg_database WHERE datname = current_database())`, pgx.QueryExecModeSimpleProtocol).
		Scan(&process, &s.hasJIT, &s.isASCIIOnly)
	if err != nil {
		return s, fmt.Errorf("inspect server: %w", err)
	}
	s.isPooled = process != conn.PgConn().PID()
	return s, nil
}

// warnAboutServer logs a warning for each property of the server that makes pages slow.
func (s *Store) warnAboutServer(server serverInfo) {
	if server.isASCIIOnly {
		s.log.Warn("database has LC_CTYPE C, the ticket text index covers only ASCII letters and other searches are slow: " +
			"use a database with LC_CTYPE C.UTF-8 or that of a language")
	}
	if server.isPooled && server.hasJIT {
		s.log.Warn("connections use a pooler and the server compiles queries, pages are slow: " +
			"run ALTER ROLE … SET jit = off for the role of DATABASE_URL")
	}
}

// minReconnectInterval is the shortest time between two calls of reconnect that close connections.
const minReconnectInterval = 10 * time.Second

// reconnect closes the connections to a server that accepts no changes. After a switchover they would stay with the
// standby, while new connections reach the new primary.
func (s *Store) reconnect() {
	now := time.Now().UnixMilli()
	last := s.reconnectedAt.Load()
	if s.pool != nil && now-last >= minReconnectInterval.Milliseconds() && s.reconnectedAt.CompareAndSwap(last, now) {
		s.pool.Reset()
	}
}

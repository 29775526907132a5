package sqldb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

func (db *DB) openPostgres(ctx context.Context, url string) error {
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
	db.warnAboutServer(server)
	connections, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	db.pool, db.writer = connections, stdlib.OpenDBFromPool(connections)
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
		(SELECT datctype IN ('C', 'POSIX') FROM pg_database WHERE datname = current_database())`,
		pgx.QueryExecModeSimpleProtocol).
		Scan(&process, &s.hasJIT, &s.isASCIIOnly)
	if err != nil {
		return s, fmt.Errorf("inspect server: %w", err)
	}
	s.isPooled = process != conn.PgConn().PID()
	return s, nil
}

// warnAboutServer logs a warning for each property of the server that makes pages slow.
func (db *DB) warnAboutServer(server serverInfo) {
	if server.isASCIIOnly {
		db.log.Warn("database has LC_CTYPE C, text indexes cover only ASCII letters and other searches are slow: " +
			"use a database with LC_CTYPE C.UTF-8 or that of a language")
	}
	if server.isPooled && server.hasJIT {
		db.log.Warn("connections use a pooler and the server compiles queries, pages are slow: " +
			"run ALTER ROLE … SET jit = off for the role of DATABASE_URL")
	}
}

// minReconnectInterval is the shortest time between two calls of Reconnect that close connections.
const minReconnectInterval = 10 * time.Second

// Reconnect closes the connections to a server that accepts no changes. After a switchover they would stay with the
// standby, while new connections reach the new primary.
func (db *DB) Reconnect() {
	now := time.Now().UnixMilli()
	last := db.reconnectedAt.Load()
	if db.pool != nil && now-last >= minReconnectInterval.Milliseconds() && db.reconnectedAt.CompareAndSwap(last, now) {
		db.pool.Reset()
	}
}

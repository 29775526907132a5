package sqldb

import (
	"context"
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5"
)

// Query is one SELECT and the function that receives its rows.
type Query struct {
	SQL        string
	Args       []any
	Unprepared bool            // plan for these argument values; Postgres's cached generic plan ignores them
	Table      string          // the table read, for log messages; "" for several
	Row        func(Row) error // called once for each row
}

// Row is the current row of a result.
type Row interface{ Scan(dest ...any) error }

// rows is the common part of both drivers' results.
type rows interface {
	Row
	Next() bool
	Err() error
}

// scanAll calls q.Row for each row.
func (q Query) scanAll(rs rows) error {
	for rs.Next() {
		if err := q.Row(rs); err != nil {
			return err
		}
	}
	return rs.Err()
}

// Batch runs the queries, in one round trip to Postgres unless one of them is Unprepared. The queries do not share a
// snapshot: a later one may see newer rows than an earlier one. A value that cannot be decoded is left at its zero value
// and is no error.
func (db *DB) Batch(ctx context.Context, queries ...Query) error {
	for _, q := range queries {
		db.reportStatement(q.SQL, q.Args)
	}
	switch {
	case len(queries) == 0:
		return nil
	case db.pool == nil:
		return db.markClosed(db.runSQLite(ctx, queries))
	case len(queries) == 1 || anyUnprepared(queries):
		return db.markClosed(db.runPostgres(ctx, queries))
	}
	return db.markClosed(db.runPostgresBatch(ctx, queries))
}

// runPostgresBatch runs the queries in one round trip.
func (db *DB) runPostgresBatch(ctx context.Context, queries []Query) error {
	var b pgx.Batch
	for _, q := range queries {
		b.Queue(q.SQL, driverArgs(q.Args)...)
	}
	results := db.pool.SendBatch(ctx, &b)
	for _, q := range queries {
		rs, err := results.Query()
		if err == nil {
			err = q.scanAll(&postgresRows{Rows: rs, table: q.Table, badValues: &db.badValues})
			rs.Close()
		}
		if err != nil {
			results.Close() // its error would repeat err
			return err
		}
	}
	return results.Close()
}

func (db *DB) runPostgres(ctx context.Context, queries []Query) error {
	for _, q := range queries {
		args := driverArgs(q.Args)
		if q.Unprepared {
			args = append([]any{pgx.QueryExecModeExec}, args...)
		}
		rs, err := db.pool.Query(ctx, q.SQL, args...)
		if err != nil {
			return err
		}
		err = q.scanAll(&postgresRows{Rows: rs, table: q.Table, badValues: &db.badValues})
		rs.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) runSQLite(ctx context.Context, queries []Query) error {
	for _, q := range queries {
		rs, err := db.querySQLite(ctx, q)
		if err != nil {
			return err
		}
		err = q.scanAll(&sqliteRows{Rows: rs, table: q.Table, badValues: &db.badValues})
		rs.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// maxPrepared limits the cached prepared statements for each reading connection. The first statements stay: they
// belong to the most used pages. The deeper pages of lists each have their own SQL text.
const maxPrepared = 100

// querySQLite runs a query on SQLite. Preparing a statement costs as much as a short read, so statements are cached.
func (db *DB) querySQLite(ctx context.Context, q Query) (*sql.Rows, error) {
	db.preparedMu.Lock()
	statement := db.prepared[q.SQL]
	hasRoom := len(db.prepared) < maxPrepared
	db.preparedMu.Unlock()
	if statement == nil && hasRoom {
		var err error
		if statement, err = db.reader.PrepareContext(ctx, q.SQL); err != nil {
			return nil, err
		}
		statement = db.cachePrepared(q.SQL, statement)
	}
	if statement == nil {
		return db.reader.QueryContext(ctx, q.SQL, driverArgs(q.Args)...)
	}
	return statement.QueryContext(ctx, driverArgs(q.Args)...)
}

// cachePrepared caches statement for text and returns the cached statement, which may be that of a concurrent caller.
func (db *DB) cachePrepared(text string, statement *sql.Stmt) *sql.Stmt {
	db.preparedMu.Lock()
	defer db.preparedMu.Unlock()
	if cached := db.prepared[text]; cached != nil {
		_ = statement.Close() // not in use yet
		return cached
	}
	db.prepared[text] = statement
	return statement
}

func anyUnprepared(queries []Query) bool {
	for _, q := range queries {
		if q.Unprepared {
			return true
		}
	}
	return false
}

// driverArgs converts arguments to what both drivers accept. Times become UTC, because Postgres's timestamp type
// silently drops the zone of a time.
func driverArgs(args []any) []any {
	out := make([]any, len(args))
	for i, arg := range args {
		switch v := arg.(type) {
		case time.Time:
			out[i] = UTC(v)
		case *time.Time:
			if v != nil {
				out[i] = UTC(*v)
			}
		default:
			out[i] = arg
		}
	}
	return out
}

// UTC returns t as the databases store it: in UTC, truncated to milliseconds.
func UTC(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Statement is a SQL statement and its arguments.
type Statement struct {
	SQL  string
	Args []any
}

// Watch makes the database call fn with every query, and with every change that is a single statement, before it is
// sent; nil stops that. It is for measurements. fn is called concurrently.
func (db *DB) Watch(fn func(Statement)) { db.watcher.Store(&fn) }

func (db *DB) reportStatement(sql string, args []any) {
	if fn := db.watcher.Load(); fn != nil && *fn != nil {
		(*fn)(Statement{sql, args})
	}
}

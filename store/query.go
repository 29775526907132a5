package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// read is one SELECT and the function that receives its rows. A function whose name ends in Query or Queries returns
// reads and runs nothing.
type read struct {
	sql        string
	args       []any
	unprepared bool            // plan for these argument values; Postgres's cached generic plan ignores them
	table      table           // the table read, for log messages; "" for several
	row        func(row) error // called once for each row
}

// row is the current row of a result.
type row interface{ Scan(dest ...any) error }

// rows is the common part of both drivers' results.
type rows interface {
	row
	Next() bool
	Err() error
}

// scanAll calls r.row for each row. A value that cannot be decoded is left at its zero value and is no error.
func (r read) scanAll(rs rows) error {
	for rs.Next() {
		if err := r.row(rs); err != nil {
			return err
		}
	}
	return rs.Err()
}

// batch runs the reads, in one round trip to Postgres unless one of them is unprepared. The reads do not share a
// snapshot: a later read may see newer rows than an earlier one.
func (s *Store) batch(ctx context.Context, reads ...read) error {
	for _, r := range reads {
		s.reportStatement(r.sql, r.args)
	}
	switch {
	case len(reads) == 0:
		return nil
	case s.pool == nil:
		return s.readSQLite(ctx, reads)
	case len(reads) == 1 || anyUnprepared(reads):
		return s.readPostgres(ctx, reads)
	}
	var b pgx.Batch
	for _, r := range reads {
		b.Queue(r.sql, driverArgs(r.args)...)
	}
	results := s.pool.SendBatch(ctx, &b)
	for _, r := range reads {
		rs, err := results.Query()
		if err == nil {
			err = r.scanAll(&postgresRows{Rows: rs, table: r.table, badValues: &s.badValues})
			rs.Close()
		}
		if err != nil {
			results.Close() // its error would repeat err
			return err
		}
	}
	return results.Close()
}

func (s *Store) readPostgres(ctx context.Context, reads []read) error {
	for _, r := range reads {
		args := driverArgs(r.args)
		if r.unprepared {
			args = append([]any{pgx.QueryExecModeExec}, args...)
		}
		rs, err := s.pool.Query(ctx, r.sql, args...)
		if err != nil {
			return err
		}
		err = r.scanAll(&postgresRows{Rows: rs, table: r.table, badValues: &s.badValues})
		rs.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) readSQLite(ctx context.Context, reads []read) error {
	for _, r := range reads {
		rs, err := s.querySQLite(ctx, r)
		if err != nil {
			return err
		}
		err = r.scanAll(&sqliteRows{Rows: rs, table: r.table, badValues: &s.badValues})
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

// querySQLite runs a read on SQLite. Preparing a statement costs as much as a short read, so statements are cached.
func (s *Store) querySQLite(ctx context.Context, r read) (*sql.Rows, error) {
	s.preparedMu.Lock()
	statement := s.prepared[r.sql]
	hasRoom := len(s.prepared) < maxPrepared
	s.preparedMu.Unlock()
	if statement == nil && hasRoom {
		var err error
		if statement, err = s.readDB.PrepareContext(ctx, r.sql); err != nil {
			return nil, err
		}
		statement = s.cachePrepared(r.sql, statement)
	}
	if statement == nil {
		return s.readDB.QueryContext(ctx, r.sql, driverArgs(r.args)...)
	}
	return statement.QueryContext(ctx, driverArgs(r.args)...)
}

// cachePrepared caches statement for text and returns the cached statement, which may be that of a concurrent caller.
func (s *Store) cachePrepared(text string, statement *sql.Stmt) *sql.Stmt {
	s.preparedMu.Lock()
	defer s.preparedMu.Unlock()
	if cached := s.prepared[text]; cached != nil {
		_ = statement.Close() // not in use yet
		return cached
	}
	s.prepared[text] = statement
	return statement
}

func anyUnprepared(reads []read) bool {
	for _, r := range reads {
		if r.unprepared {
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
			out[i] = utc(v)
		case *time.Time:
			if v != nil {
				out[i] = utc(*v)
			}
		default:
			out[i] = arg
		}
	}
	return out
}

// utc returns t as the databases store it: in UTC, truncated to milliseconds.
func utc(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// clause collects the conditions of a WHERE clause and their arguments.
type clause struct {
	conditions []string
	args       []any
}

// and adds a condition. Each ? in it is replaced by the $n of the next argument.
func (c *clause) and(condition string, args ...any) {
	for _, arg := range args {
		condition = strings.Replace(condition, "?", c.arg(arg), 1)
	}
	c.conditions = append(c.conditions, condition)
}

// arg adds an argument and returns its placeholder, such as "$3".
func (c *clause) arg(arg any) string {
	c.args = append(c.args, arg)
	return "$" + strconv.Itoa(len(c.args))
}

func (c *clause) String() string { return strings.Join(c.conditions, " AND ") }

// clone returns a copy that can be extended without changing c.
func (c *clause) clone() clause {
	return clause{conditions: append([]string(nil), c.conditions...), args: append([]any(nil), c.args...)}
}

// andIn adds "column IN (…)". values must not be empty.
func andIn[T any](c *clause, column string, values []T) {
	from := len(c.args)
	for _, v := range values {
		c.args = append(c.args, v)
	}
	c.conditions = append(c.conditions, column+" IN ("+placeholders(from, len(c.args))+")")
}

// placeholders returns the comma-separated placeholders of the arguments with indexes from to to-1.
func placeholders(from, to int) string {
	if to >= len(placeholderEnds) {
		return joinPlaceholders(from, to)
	}
	return allPlaceholders[placeholderEnds[from] : placeholderEnds[to]-len(", ")]
}

// allPlaceholders holds the placeholders of more arguments than most queries have; placeholderEnds[n] is the offset
// at which the first n of them end.
var (
	allPlaceholders = joinPlaceholders(0, 200) + ", "
	placeholderEnds = func() []int {
		ends := []int{0}
		for i, c := range allPlaceholders {
			if c == ' ' {
				ends = append(ends, i+1)
			}
		}
		return ends
	}()
)

func joinPlaceholders(from, to int) string {
	all := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		all = append(all, "$"+strconv.Itoa(i+1))
	}
	return strings.Join(all, ", ")
}

// andIDsOfGuild adds "guildColumn = guild AND idColumn IN (…)". ids must not be empty. coalesce keeps SQLite from
// using the guild's index, with which it would scan all rows of the guild in list order.
func andIDsOfGuild(c *clause, guildColumn, guild, idColumn string, ids []string) {
	c.and("coalesce("+guildColumn+", '') = ?", guild)
	andIn(c, idColumn, ids)
}

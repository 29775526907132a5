package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// read is one SELECT and what becomes of its rows.
type read struct {
	sql        string
	args       []any
	unprepared bool            // plan it for these very arguments: Postgres's cached plan is blind to them
	table      table           // whose rows are read, for the log; "" for those of several
	row        func(row) error // called for each row; may be called for none
}

// row is the row that a result stands on.
type row interface{ Scan(dest ...any) error }

// rows is what the results of both drivers have in common.
type rows interface {
	row
	Next() bool
	Err() error
}

// scanAll hands each row on. A value that can't be read is unknown, and fails nothing.
func (r read) scanAll(rs rows) error {
	for rs.Next() {
		if err := r.row(rs); err != nil {
			return err
		}
	}
	return rs.Err()
}

// batch makes the reads, in one trip to Postgres unless one of them is fresh. They do not share a snapshot: what one
// sees may be an event newer than what the one before it saw.
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
			results.Close() // would only repeat err
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

// maxPrepared is how many statements are kept prepared, on each connection that reads: those that were made first, which are
// those of the pages that everybody opens. Every page of a list has a text of its own.
const maxPrepared = 100

// querySQLite makes a read of a file. What SQLite makes of a text costs as much as a short read, and is kept.
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

// cachePrepared remembers a prepared statement, unless somebody was faster: theirs is as good.
func (s *Store) cachePrepared(text string, statement *sql.Stmt) *sql.Stmt {
	s.preparedMu.Lock()
	defer s.preparedMu.Unlock()
	if cached := s.prepared[text]; cached != nil {
		_ = statement.Close() // nothing has used it
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

// driverArgs are the arguments as both databases take them. Postgres's timestamp would take the wall clock of any zone for
// UTC, silently.
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

// utc is t as the databases keep it: UTC, to the millisecond.
func utc(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// clause collects the conditions of a WHERE and their arguments.
type clause struct {
	conditions []string
	args       []any
}

// and adds a condition; each ? in it becomes the $n of the next of args.
func (c *clause) and(condition string, args ...any) {
	for _, arg := range args {
		condition = strings.Replace(condition, "?", c.arg(arg), 1)
	}
	c.conditions = append(c.conditions, condition)
}

// arg adds an argument and returns its $n.
func (c *clause) arg(arg any) string {
	c.args = append(c.args, arg)
	return "$" + strconv.Itoa(len(c.args))
}

func (c *clause) String() string { return strings.Join(c.conditions, " AND ") }

// clone is a copy that can be added to without changing c.
func (c *clause) clone() clause {
	return clause{conditions: append([]string(nil), c.conditions...), args: append([]any(nil), c.args...)}
}

// andIn adds "column IN (…)"; values must not be empty.
func andIn[T any](c *clause, column string, values []T) {
	from := len(c.args)
	for _, v := range values {
		c.args = append(c.args, v)
	}
	c.conditions = append(c.conditions, column+" IN ("+placeholders(from, len(c.args))+")")
}

// placeholders are the $n of the arguments with these indexes, with commas between them.
func placeholders(from, to int) string {
	if to >= len(placeholderEnds) {
		return joinPlaceholders(from, to)
	}
	return allPlaceholders[placeholderEnds[from] : placeholderEnds[to]-len(", ")]
}

// allPlaceholders are those of more arguments than most queries have, and placeholderEnds where those of the first n end.
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

// andIDsOfGuild adds "guildColumn = guild AND idColumn IN (…)"; ids must not be empty. Its guild is compared in a way that has no
// index, or SQLite would rather walk through all of the guild's rows in the order of the list.
func andIDsOfGuild(c *clause, guildColumn, guild, idColumn string, ids []string) {
	c.and("coalesce("+guildColumn+", '') = ?", guild)
	andIn(c, idColumn, ids)
}

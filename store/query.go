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
	sql   string
	args  []any
	fresh bool            // plan it for these very arguments: Postgres's cached plan is blind to them
	of    table           // whose rows are read, for the log; "" for those of several
	row   func(row) error // called for each row; may be called for none
}

// row is the row that a result stands on.
type row interface{ Scan(dest ...any) error }

// rows is what the results of both drivers have in common.
type rows interface {
	row
	Next() bool
	Err() error
}

// take hands each row on. A value that can't be read is unknown, and fails nothing.
func (r read) take(rs rows) error {
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
		s.watched(r.sql, r.args)
	}
	switch {
	case len(reads) == 0:
		return nil
	case s.pool == nil:
		return s.readFile(ctx, reads)
	case len(reads) == 1 || anyFresh(reads):
		return s.readPool(ctx, reads)
	}
	var b pgx.Batch
	for _, r := range reads {
		b.Queue(r.sql, params(r.args)...)
	}
	results := s.pool.SendBatch(ctx, &b)
	for _, r := range reads {
		rs, err := results.Query()
		if err == nil {
			err = r.take(&poolRows{Rows: rs, of: r.of, bad: &s.bad})
			rs.Close()
		}
		if err != nil {
			results.Close() // would only repeat err
			return err
		}
	}
	return results.Close()
}

func (s *Store) readPool(ctx context.Context, reads []read) error {
	for _, r := range reads {
		args := params(r.args)
		if r.fresh {
			args = append([]any{pgx.QueryExecModeExec}, args...)
		}
		rs, err := s.pool.Query(ctx, r.sql, args...)
		if err != nil {
			return err
		}
		err = r.take(&poolRows{Rows: rs, of: r.of, bad: &s.bad})
		rs.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) readFile(ctx context.Context, reads []read) error {
	for _, r := range reads {
		rs, err := s.queryFile(ctx, r)
		if err != nil {
			return err
		}
		err = r.take(&fileRows{Rows: rs, of: r.of, bad: &s.bad})
		rs.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// preparedMost is how many statements are kept prepared, on each connection that reads: those that were made first, which are
// those of the pages that everybody opens. Every page of a list has a text of its own.
const preparedMost = 100

// queryFile makes a read of a file. What SQLite makes of a text costs as much as a short read, and is kept.
func (s *Store) queryFile(ctx context.Context, r read) (*sql.Rows, error) {
	s.preparedMu.Lock()
	statement := s.prepared[r.sql]
	room := len(s.prepared) < preparedMost
	s.preparedMu.Unlock()
	if statement == nil && room {
		var err error
		if statement, err = s.read.PrepareContext(ctx, r.sql); err != nil {
			return nil, err
		}
		statement = s.keep(r.sql, statement)
	}
	if statement == nil {
		return s.read.QueryContext(ctx, r.sql, params(r.args)...)
	}
	return statement.QueryContext(ctx, params(r.args)...)
}

// keep remembers a prepared statement, unless somebody was faster: theirs is as good.
func (s *Store) keep(text string, statement *sql.Stmt) *sql.Stmt {
	s.preparedMu.Lock()
	defer s.preparedMu.Unlock()
	if kept := s.prepared[text]; kept != nil {
		_ = statement.Close() // nothing has used it
		return kept
	}
	s.prepared[text] = statement
	return statement
}

func anyFresh(reads []read) bool {
	for _, r := range reads {
		if r.fresh {
			return true
		}
	}
	return false
}

// params are the arguments as both databases take them. Postgres's timestamp would take the wall clock of any zone for
// UTC, silently.
func params(args []any) []any {
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

// in adds "column IN (…)"; values must not be empty.
func in[T any](c *clause, column string, values []T) {
	from := len(c.args)
	for _, v := range values {
		c.args = append(c.args, v)
	}
	c.conditions = append(c.conditions, column+" IN ("+marks(from, len(c.args))+")")
}

// marks are the $n of the arguments with these indexes, with commas between them.
func marks(from, to int) string {
	if to >= len(markEnds) {
		return listMarks(from, to)
	}
	return allMarks[markEnds[from] : markEnds[to]-len(", ")]
}

// allMarks are those of more arguments than most queries have, and markEnds where those of the first n end.
var (
	allMarks = listMarks(0, 200) + ", "
	markEnds = func() []int {
		ends := []int{0}
		for i, c := range allMarks {
			if c == ' ' {
				ends = append(ends, i+1)
			}
		}
		return ends
	}()
)

func listMarks(from, to int) string {
	all := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		all = append(all, "$"+strconv.Itoa(i+1))
	}
	return strings.Join(all, ", ")
}

// named adds "guildColumn = guild AND idColumn IN (…)"; ids must not be empty. Its guild is compared in a way that has no
// index, or SQLite would rather walk through all of the guild's rows in the order of the list.
func named(c *clause, guildColumn, guild, idColumn string, ids []string) {
	c.and("coalesce("+guildColumn+", '') = ?", guild)
	in(c, idColumn, ids)
}

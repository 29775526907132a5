package store

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// BadValue is a value in the database that its column's readers can't use: a time at infinity, text in a column of numbers, a
// JSON document of another shape. It reads as unknown, so that the rest of its row and all other rows still show.
type BadValue struct {
	Table   string // "" where a query reads several
	ID      string // of the row; "" when it can't be read
	Column  string
	Problem string // what is wrong with it
}

func (b BadValue) String() string {
	return fmt.Sprintf("%s %s: %s: %s", b.Table, b.ID, b.Column, b.Problem)
}

// Bounds on the log of bad values: their number per process, and the bytes of each description.
const (
	maxLoggedValues  = 1000
	maxLoggedProblem = 200
)

// badValueLog logs each bad value once.
type badValueLog struct {
	log  *slog.Logger
	mu   sync.Mutex
	seen map[BadValue]bool
}

func (b *badValueLog) report(v BadValue) {
	if v.Problem = validText(v.Problem); len(v.Problem) > maxLoggedProblem {
		v.Problem = validText(v.Problem[:maxLoggedProblem]) + "…"
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen[v] || len(b.seen) > maxLoggedValues {
		return
	}
	if b.seen == nil {
		b.seen = map[BadValue]bool{}
	}
	b.seen[v] = true
	if len(b.seen) > maxLoggedValues {
		b.log.Warn("more bad values in the database, not logged: run guildboard doctor data")
		return
	}
	b.log.Warn("bad value in the database, shown as unknown", "table", v.Table, "id", v.ID, "column", v.Column, "what", v.Problem)
}

// isValidTime reports whether the year of a time can be written in JSON: 1 to 9999.
func isValidTime(t time.Time) bool { return t.Year() >= 1 && t.Year() <= 9999 }

var errTimeRange = errors.New("time out of range")

// setZero sets a destination of Scan to its zero value; a time that may be absent to the zero time, since it is not absent.
func setZero(dest any) {
	if at, ok := dest.(**time.Time); ok {
		*at = new(time.Time)
		return
	}
	reflect.ValueOf(dest).Elem().SetZero()
}

// clearInvalidTime sets a time out of range to unknown.
func clearInvalidTime(dest any) error {
	switch at := dest.(type) {
	case *time.Time:
		if !isValidTime(*at) {
			*at = time.Time{}
			return errTimeRange
		}
	case **time.Time:
		if *at != nil && !isValidTime(**at) {
			*at = new(time.Time)
			return errTimeRange
		}
	}
	return nil
}

// maxIDBytes is the length of the longest valid id, in bytes. Discord's ids have at most 20, ours 25. A list repeats a row's
// id dozens of times.
const maxIDBytes = 255

// isIDColumn reports whether a column holds an id.
func isIDColumn(column string) bool { return column == "id" || strings.HasSuffix(column, "_id") }

// truncateID cuts an id that is too long. No row has the cut id, but a list can show its row.
func truncateID(id *string) error {
	n := len(*id)
	if n <= maxIDBytes {
		return nil
	}
	*id = validText((*id)[:maxIDBytes])
	return fmt.Errorf("an id of %d bytes, more than %d", n, maxIDBytes)
}

// rowID is the id of the row, which is the first of its columns wherever rows have one.
func rowID(dest []any) string {
	if id, ok := dest[0].(*string); ok {
		return *id
	}
	return ""
}

// postgresRows are rows from Postgres. Scan never fails: a column that can't be read is unknown, and reported.
type postgresRows struct {
	pgx.Rows
	table       table
	badValues   *badValueLog
	plans       []pgtype.ScanPlan
	timeIndexes []int // indexes of the destinations that are times
	idIndexes   []int // indexes of the destinations that are ids
}

func (r *postgresRows) Scan(dest ...any) error {
	values := r.RawValues()
	if len(values) != len(dest) {
		return fmt.Errorf("%d columns for %d destinations", len(values), len(dest))
	}
	if r.plans == nil {
		r.planScan(dest)
	}
	for i, plan := range r.plans {
		if err := plan.Scan(values[i], dest[i]); err != nil {
			setZero(dest[i])
			r.reportBadValue(dest, i, err)
		}
	}
	for _, i := range r.timeIndexes {
		if err := clearInvalidTime(dest[i]); err != nil {
			r.reportBadValue(dest, i, err)
		}
	}
	for _, i := range r.idIndexes {
		if err := truncateID(dest[i].(*string)); err != nil {
			r.reportBadValue(dest, i, err)
		}
	}
	return nil
}

// planScan finds out once how the columns are read. All rows of a result are read into destinations of the same types.
func (r *postgresRows) planScan(dest []any) {
	types, fields := r.Conn().TypeMap(), r.FieldDescriptions()
	r.plans = make([]pgtype.ScanPlan, len(dest))
	for i, field := range fields {
		r.plans[i] = types.PlanScan(field.DataTypeOID, field.Format, dest[i])
		switch dest[i].(type) {
		case *time.Time, **time.Time:
			r.timeIndexes = append(r.timeIndexes, i)
		case *string:
			if isIDColumn(field.Name) {
				r.idIndexes = append(r.idIndexes, i)
			}
		}
	}
}

func (r *postgresRows) reportBadValue(dest []any, column int, err error) {
	r.badValues.report(BadValue{Table: string(r.table), ID: rowID(dest), Column: r.FieldDescriptions()[column].Name, Problem: err.Error()})
}

// sqliteRows are rows from SQLite, likewise. Its columns hold values of any type, and texts of any bytes.
type sqliteRows struct {
	*sql.Rows
	table     table
	badValues *badValueLog
}

func (r *sqliteRows) Scan(dest ...any) error {
	if err := r.Rows.Scan(dest...); isColumnScanError(err) {
		if err := r.scanColumnwise(dest); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	for i, d := range dest {
		switch d := d.(type) {
		case *string:
			*d = validText(*d)
			if len(*d) > maxIDBytes {
				r.truncateID(dest, i, d)
			}
		case **string:
			if *d != nil {
				**d = validText(**d)
			}
		default:
			if err := clearInvalidTime(d); err != nil {
				r.reportBadValue(dest, i, err)
			}
		}
	}
	return nil
}

// truncateID cuts text if the column holds ids.
func (r *sqliteRows) truncateID(dest []any, column int, text *string) {
	if columns, err := r.Columns(); err != nil || !isIDColumn(columns[column]) {
		return
	}
	if err := truncateID(text); err != nil {
		r.reportBadValue(dest, column, err)
	}
}

// scanColumnwise reads one column after another, so that one that can't be read leaves the others as they are.
func (r *sqliteRows) scanColumnwise(dest []any) error {
	columns, err := r.Columns()
	if err != nil || len(columns) != len(dest) {
		return fmt.Errorf("%d columns for %d destinations: %w", len(columns), len(dest), err)
	}
	discarded := make([]any, len(dest))
	for i := range discarded {
		discarded[i] = new(any)
	}
	for i, d := range dest {
		targets := append([]any(nil), discarded...)
		targets[i] = d
		if err := r.Rows.Scan(targets...); isColumnScanError(err) {
			setZero(d)
			r.reportBadValue(dest, i, err)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// isColumnScanError reports whether Scan failed because of a column's value. database/sql says so in words alone.
func isColumnScanError(err error) bool {
	return err != nil && strings.HasPrefix(err.Error(), "sql: Scan error on column index")
}

func (r *sqliteRows) reportBadValue(dest []any, column int, err error) {
	columns, _ := r.Columns() // were there a moment ago
	problem := err.Error()
	if cause := errors.Unwrap(err); cause != nil {
		problem = cause.Error()
	}
	r.badValues.report(BadValue{Table: string(r.table), ID: rowID(dest), Column: columns[column], Problem: problem})
}

// validText replaces what is no UTF-8: SQLite takes any bytes for text.
func validText(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

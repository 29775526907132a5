package sqldb

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

// BadValue is a value in the database that does not fit its column's Go type: an infinite time, text in a numeric
// column, or a JSON document with another structure. It is read as unknown, so that the rest of its row and all other
// rows can be shown.
type BadValue struct {
	Table   string // "" if a query reads several tables
	ID      string // of the row; "" when it can't be read
	Column  string
	Problem string // what is wrong with it
}

func (b BadValue) String() string {
	return fmt.Sprintf("%s %s: %s: %s", b.Table, b.ID, b.Column, b.Problem)
}

// Limits of badValueLog: the number of values per process, and the length of each description in bytes.
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
	if v.Problem = ValidText(v.Problem); len(v.Problem) > maxLoggedProblem {
		v.Problem = ValidText(v.Problem[:maxLoggedProblem]) + "…"
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
	b.log.Warn("bad value in the database, shown as unknown",
		"table", v.Table, "id", v.ID, "column", v.Column, "what", v.Problem)
}

// isValidTime reports whether the year of a time can be written in JSON: 1 to 9999.
func isValidTime(t time.Time) bool { return t.Year() >= 1 && t.Year() <= 9999 }

var errTimeRange = errors.New("time out of range")

// setZero sets a destination of Scan to its zero value. A *time.Time becomes the zero time instead of nil, because
// nil means that there is no value.
func setZero(dest any) {
	if at, ok := dest.(**time.Time); ok {
		*at = new(time.Time)
		return
	}
	reflect.ValueOf(dest).Elem().SetZero()
}

// clearInvalidTime sets dest to an unknown time and returns errTimeRange if the time is out of range.
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

// MaxIDBytes is the maximum length of an id, in bytes. Discord's ids have at most 20, ours 25. Pages repeat the id of
// a row dozens of times, so longer ones would make them large.
const MaxIDBytes = 255

// IsIDColumn reports whether a column holds an id.
func IsIDColumn(column string) bool { return column == "id" || strings.HasSuffix(column, "_id") }

// truncateID truncates an id that is too long and returns an error then. The truncated id matches no row, but a list
// can show its row.
func truncateID(id *string) error {
	n := len(*id)
	if n <= MaxIDBytes {
		return nil
	}
	*id = ValidText((*id)[:MaxIDBytes])
	return fmt.Errorf("an id of %d bytes, more than %d", n, MaxIDBytes)
}

// rowID returns the id of the row, which is its first column in all tables with ids, or "".
func rowID(dest []any) string {
	if id, ok := dest[0].(*string); ok {
		return *id
	}
	return ""
}

// postgresRows are rows of Postgres. Scan does not fail for a column that can't be read: it sets the value to unknown
// and reports it.
type postgresRows struct {
	pgx.Rows
	table       string
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

// planScan determines once how to read the columns. All rows of a result have destinations of the same types.
func (r *postgresRows) planScan(dest []any) {
	types, fields := r.Conn().TypeMap(), r.FieldDescriptions()
	r.plans = make([]pgtype.ScanPlan, len(dest))
	for i, field := range fields {
		r.plans[i] = types.PlanScan(field.DataTypeOID, field.Format, dest[i])
		switch dest[i].(type) {
		case *time.Time, **time.Time:
			r.timeIndexes = append(r.timeIndexes, i)
		case *string:
			if IsIDColumn(field.Name) {
				r.idIndexes = append(r.idIndexes, i)
			}
		}
	}
}

func (r *postgresRows) reportBadValue(dest []any, column int, err error) {
	r.badValues.report(BadValue{
		Table: r.table, ID: rowID(dest), Column: r.FieldDescriptions()[column].Name, Problem: err.Error(),
	})
}

// sqliteRows are rows of SQLite. Scan handles unreadable columns like that of postgresRows. Columns of SQLite can
// hold values of any type, and texts of any bytes.
type sqliteRows struct {
	*sql.Rows
	table     string
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
			*d = ValidText(*d)
			if len(*d) > MaxIDBytes {
				r.truncateID(dest, i, d)
			}
		case **string:
			if *d != nil {
				**d = ValidText(**d)
			}
		default:
			if err := clearInvalidTime(d); err != nil {
				r.reportBadValue(dest, i, err)
			}
		}
	}
	return nil
}

// truncateID truncates text if the column holds ids.
func (r *sqliteRows) truncateID(dest []any, column int, text *string) {
	if columns, err := r.Columns(); err != nil || !IsIDColumn(columns[column]) {
		return
	}
	if err := truncateID(text); err != nil {
		r.reportBadValue(dest, column, err)
	}
}

// scanColumnwise scans each column separately, so that an unreadable one does not affect the others.
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

// isColumnScanError reports whether Scan failed because of a column's value. database/sql has no error value for it,
// so the text is compared.
func isColumnScanError(err error) bool {
	return err != nil && strings.HasPrefix(err.Error(), "sql: Scan error on column index")
}

func (r *sqliteRows) reportBadValue(dest []any, column int, err error) {
	columns, _ := r.Columns() // can't fail: the rows are open
	problem := err.Error()
	if cause := errors.Unwrap(err); cause != nil {
		problem = cause.Error()
	}
	r.badValues.report(BadValue{Table: r.table, ID: rowID(dest), Column: columns[column], Problem: problem})
}

// ValidText replaces invalid UTF-8 by U+FFFD: SQLite stores any bytes as text.
func ValidText(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

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
	Table  string // "" where a query reads several
	ID     string // of the row; "" when it can't be read
	Column string
	What   string // what is wrong with it
}

func (b BadValue) String() string {
	return fmt.Sprintf("%s %s: %s: %s", b.Table, b.ID, b.Column, b.What)
}

// Bounds on the log of bad values: their number per process, and the bytes of each description.
const (
	loggedMost = 1000
	loggedWhat = 200
)

// badValues logs each bad value once.
type badValues struct {
	log  *slog.Logger
	mu   sync.Mutex
	seen map[BadValue]bool
}

func (b *badValues) report(v BadValue) {
	if v.What = validText(v.What); len(v.What) > loggedWhat {
		v.What = validText(v.What[:loggedWhat]) + "…"
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen[v] || len(b.seen) > loggedMost {
		return
	}
	if b.seen == nil {
		b.seen = map[BadValue]bool{}
	}
	b.seen[v] = true
	if len(b.seen) > loggedMost {
		b.log.Warn("more bad values in the database, not logged: run guildboard doctor data")
		return
	}
	b.log.Warn("bad value in the database, shown as unknown", "table", v.Table, "id", v.ID, "column", v.Column, "what", v.What)
}

// saneTime reports whether the year of a time can be written in JSON: 1 to 9999.
func saneTime(t time.Time) bool { return t.Year() >= 1 && t.Year() <= 9999 }

var errTimeRange = errors.New("time out of range")

// setUnknown sets a destination of Scan to its zero value; a time that may be absent to the zero time, since it is not absent.
func setUnknown(dest any) {
	if at, ok := dest.(**time.Time); ok {
		*at = new(time.Time)
		return
	}
	reflect.ValueOf(dest).Elem().SetZero()
}

// checkTime sets a time out of range to unknown.
func checkTime(dest any) error {
	switch at := dest.(type) {
	case *time.Time:
		if !saneTime(*at) {
			*at = time.Time{}
			return errTimeRange
		}
	case **time.Time:
		if *at != nil && !saneTime(**at) {
			*at = new(time.Time)
			return errTimeRange
		}
	}
	return nil
}

// maxID is the length of the longest valid id, in bytes. Discord's ids have at most 20, ours 25. A list repeats a row's
// id dozens of times.
const maxID = 255

// isID reports whether a column holds an id.
func isID(column string) bool { return column == "id" || strings.HasSuffix(column, "_id") }

// cutID cuts an id that is too long. No row has the cut id, but a list can show its row.
func cutID(id *string) error {
	n := len(*id)
	if n <= maxID {
		return nil
	}
	*id = validText((*id)[:maxID])
	return fmt.Errorf("an id of %d bytes, more than %d", n, maxID)
}

// idOf is the id of the row, which is the first of its columns wherever rows have one.
func idOf(dest []any) string {
	if id, ok := dest[0].(*string); ok {
		return *id
	}
	return ""
}

// poolRows are rows from Postgres. Scan never fails: a column that can't be read is unknown, and reported.
type poolRows struct {
	pgx.Rows
	of    table
	bad   *badValues
	plans []pgtype.ScanPlan
	times []int // indexes of the destinations that are times
	ids   []int // indexes of the destinations that are ids
}

func (r *poolRows) Scan(dest ...any) error {
	sent := r.RawValues()
	if len(sent) != len(dest) {
		return fmt.Errorf("%d columns for %d destinations", len(sent), len(dest))
	}
	if r.plans == nil {
		r.plan(dest)
	}
	for i, plan := range r.plans {
		if err := plan.Scan(sent[i], dest[i]); err != nil {
			setUnknown(dest[i])
			r.report(dest, i, err)
		}
	}
	for _, i := range r.times {
		if err := checkTime(dest[i]); err != nil {
			r.report(dest, i, err)
		}
	}
	for _, i := range r.ids {
		if err := cutID(dest[i].(*string)); err != nil {
			r.report(dest, i, err)
		}
	}
	return nil
}

// plan finds out once how the columns are read. All rows of a result are read into destinations of the same types.
func (r *poolRows) plan(dest []any) {
	types, fields := r.Conn().TypeMap(), r.FieldDescriptions()
	r.plans = make([]pgtype.ScanPlan, len(dest))
	for i, field := range fields {
		r.plans[i] = types.PlanScan(field.DataTypeOID, field.Format, dest[i])
		switch dest[i].(type) {
		case *time.Time, **time.Time:
			r.times = append(r.times, i)
		case *string:
			if isID(field.Name) {
				r.ids = append(r.ids, i)
			}
		}
	}
}

func (r *poolRows) report(dest []any, column int, err error) {
	r.bad.report(BadValue{Table: string(r.of), ID: idOf(dest), Column: r.FieldDescriptions()[column].Name, What: err.Error()})
}

// fileRows are rows from SQLite, likewise. Its columns hold values of any type, and texts of any bytes.
type fileRows struct {
	*sql.Rows
	of  table
	bad *badValues
}

func (r *fileRows) Scan(dest ...any) error {
	if err := r.Rows.Scan(dest...); isOfColumn(err) {
		if err := r.scanEach(dest); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	for i, d := range dest {
		switch d := d.(type) {
		case *string:
			*d = validText(*d)
			if len(*d) > maxID {
				r.cutID(dest, i, d)
			}
		case **string:
			if *d != nil {
				**d = validText(**d)
			}
		default:
			if err := checkTime(d); err != nil {
				r.report(dest, i, err)
			}
		}
	}
	return nil
}

// cutID cuts text if the column holds ids.
func (r *fileRows) cutID(dest []any, column int, text *string) {
	if columns, err := r.Columns(); err != nil || !isID(columns[column]) {
		return
	}
	if err := cutID(text); err != nil {
		r.report(dest, column, err)
	}
}

// scanEach reads one column after another, so that one that can't be read leaves the others as they are.
func (r *fileRows) scanEach(dest []any) error {
	columns, err := r.Columns()
	if err != nil || len(columns) != len(dest) {
		return fmt.Errorf("%d columns for %d destinations: %w", len(columns), len(dest), err)
	}
	others := make([]any, len(dest))
	for i := range others {
		others[i] = new(any)
	}
	for i, d := range dest {
		into := append([]any(nil), others...)
		into[i] = d
		if err := r.Rows.Scan(into...); isOfColumn(err) {
			setUnknown(d)
			r.report(dest, i, err)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// isOfColumn reports whether Scan failed because of a column's value. database/sql says so in words alone.
func isOfColumn(err error) bool {
	return err != nil && strings.HasPrefix(err.Error(), "sql: Scan error on column index")
}

func (r *fileRows) report(dest []any, column int, err error) {
	columns, _ := r.Columns() // were there a moment ago
	what := err.Error()
	if cause := errors.Unwrap(err); cause != nil {
		what = cause.Error()
	}
	r.bad.report(BadValue{Table: string(r.of), ID: idOf(dest), Column: columns[column], What: what})
}

// validText replaces what is no UTF-8: SQLite takes any bytes for text.
func validText(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

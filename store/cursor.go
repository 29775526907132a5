package store

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"guildboard/store/internal/sqldb"
)

// Cursor is the position of a row in a list ordered by time. A page that begins at a cursor is read without counting
// the rows before it. A cursor grants no access: the conditions of the query apply as always.
type Cursor struct {
	At time.Time
	ID string
}

// maxCursorIDBytes is the maximum length of the row id in a cursor, in bytes. Rows with longer ids have no cursor.
const maxCursorIDBytes = 64

// IsZero reports whether the cursor is empty.
func (c Cursor) IsZero() bool { return c.ID == "" }

// String returns the cursor as used in URLs, or "" if it is empty or can't be encoded.
func (c Cursor) String() string {
	if c.IsZero() || len(c.ID) > maxCursorIDBytes || c.At.IsZero() {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(c.At.UnixMilli(), 10) + " " + c.ID))
}

// ParseCursor parses a cursor that String returned, and accepts nothing else.
func ParseCursor(s string) (c Cursor, ok bool) {
	text, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(text) > maxCursorIDBytes+24 || !utf8.Valid(text) {
		return Cursor{}, false
	}
	at, id, found := strings.Cut(string(text), " ")
	millis, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !found || strings.ContainsRune(id, 0) {
		return Cursor{}, false
	}
	c = Cursor{At: time.UnixMilli(millis).UTC(), ID: id}
	if year := c.At.Year(); year < 1 || year > 9999 || c.String() != s || s == "" {
		return Cursor{}, false
	}
	return c, true
}

// Keyset locates a page of a list by the row next to it, instead of by its number. The zero value means that the page
// is located by its number.
type Keyset struct {
	Cursor   Cursor
	Backward bool // the page ends before Cursor; otherwise it starts after it
}

// IsZero reports whether the page is located by its number.
func (s Keyset) IsZero() bool { return s.Cursor.IsZero() }

// addCondition adds the condition that rows are beyond the cursor, in the given order and by id among equal values.
func (s Keyset) addCondition(where *sqldb.Where, by sortOrder, id string) {
	operator := "<"
	if s.isAscending(by) {
		operator = ">"
	}
	where.And("("+by.column+", "+id+") "+operator+" (?, ?)", s.Cursor.At, s.Cursor.ID)
}

// isAscending reports whether the rows beyond the cursor are later.
func (s Keyset) isAscending(by sortOrder) bool { return (by.direction == "ASC") != s.Backward }

// dropImpliedBound removes the bound of a time range if the cursor implies it. Otherwise SQLite would start reading at
// that bound.
func (s Keyset) dropImpliedBound(by sortOrder, from, to *time.Time) {
	switch at := s.Cursor.At; {
	case s.isAscending(by) && at.After(*from):
		*from = time.Time{}
	case !s.isAscending(by) && at.Before(*to):
		*to = time.Time{}
	}
}

// A rowRange is the part of a list that a SELECT reads: a number of rows after the skipped ones, counted from the
// beginning or from the end of the list.
type rowRange struct {
	fromEnd    bool
	skip, rows int
}

// readDirection returns the direction in which the SELECT reads a list with the direction listDirection. The rows are
// sorted into the list's order afterwards.
func (s rowRange) readDirection(listDirection string) string {
	switch {
	case !s.fromEnd:
		return listDirection
	case listDirection == "ASC":
		return "DESC"
	}
	return "ASC"
}

// limit returns the end of the SELECT; see page.limitSQL.
func (s rowRange) limit() string { return fmt.Sprintf(" LIMIT %d OFFSET %d", s.rows, s.skip) }

// limitToEnd returns the end of a SELECT that reads up to the end of the range.
func (s rowRange) limitToEnd() string { return fmt.Sprintf(" LIMIT %d", s.skip+s.rows) }

// rowRange returns the part of the list to read for the page: one row more than it holds, to tell whether it is the
// last.
func (s Keyset) rowRange(p page) rowRange { return rowRange{fromEnd: s.Backward, rows: p.size + 1} }

// maxSkippedRows is the maximum number of rows that are skipped to locate a page by its number. Links between pages have
// cursors, which have no such limit.
const maxSkippedRows = 20_000

// locate returns the page, or the last one that can be found by its number, and the part of the list to read. total
// must be exact or reach the page. If it is exact, the page is read from the nearer end.
func (p page) locate(total int, exact bool) (page, rowRange) {
	p = p.clamp(total)
	if exact && p.offset() > total/2 {
		rows := min(p.size, total-p.offset())
		if skip := total - p.offset() - rows; skip <= maxSkippedRows {
			return p, rowRange{fromEnd: true, skip: skip, rows: rows}
		}
	}
	p = p.limitSkip()
	return p, p.rowRange()
}

// limitSkip returns the page, or the last one that is found by skipping at most maxSkippedRows rows.
func (p page) limitSkip() page {
	p.number = min(p.number, maxSkippedRows/p.size+1)
	return p
}

// isDeep reports whether the page is found by its number from the nearer end, so that the total must be known first.
func (p page) isDeep() bool { return p.offset() > maxCounted }

// fallbackPage returns the number of the page to show if there is none at the cursor: the last or the first page of
// the list.
func (s Keyset) fallbackPage() int {
	if s.Backward {
		return 1
	}
	return maxPageNumber
}

// fillByCursor makes l the page p at the cursor, from the rows read. It returns false if the cursor is past the end
// of the list or at its start; then the caller shows the last or the first page by its number.
func (l *List[T]) fillByCursor(s Keyset, p page, total int, capped bool, cursorOf func(T) Cursor) bool {
	n := len(l.Items)
	hasMore := n > p.size
	if n == 0 || s.Backward && !hasMore {
		return false
	}
	if hasMore && s.Backward {
		l.Items = l.Items[1:]
	} else if hasMore {
		l.Items = l.Items[:p.size]
	}
	l.Page, l.ByCursor = p.number, true
	l.PrevCursor = cursorOf(l.Items[0])
	l.Total, l.TotalIsLowerBound = total, capped
	l.Pages = p.number // rows added since do not create a page after the last one
	if s.Backward || hasMore {
		l.NextCursor = cursorOf(l.Items[len(l.Items)-1])
		l.Pages = max(pageCount(total, p.size), p.number+1)
	}
	if capped {
		l.Total = max(total, (l.Pages-1)*p.size+1)
	}
	return true
}

// setCursors sets the cursors of the previous and next page of a page that was located by its number.
func (l *List[T]) setCursors(cursorOf func(T) Cursor) {
	if n := len(l.Items); n > 0 && l.Page > 1 {
		l.PrevCursor = cursorOf(l.Items[0])
	}
	if n := len(l.Items); n > 0 && l.Page < l.Pages {
		l.NextCursor = cursorOf(l.Items[n-1])
	}
}

package store

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Cursor is the position of a row in a list ordered by time. A page that begins at a cursor is read without counting
// the rows before it. A cursor grants no access: the conditions of the query apply as always.
type Cursor struct {
	At time.Time
	ID string
}

// maxCursorID is the length of the longest row id that a cursor holds, in bytes. Rows with longer ids have no cursor.
const maxCursorID = 64

// IsZero reports whether the cursor is empty.
func (c Cursor) IsZero() bool { return c.ID == "" }

// String returns the cursor as written in addresses, or "" if it is empty or can't be written.
func (c Cursor) String() string {
	if c.IsZero() || len(c.ID) > maxCursorID || c.At.IsZero() {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(c.At.UnixMilli(), 10) + " " + c.ID))
}

// ParseCursor parses a cursor that String returned, and accepts nothing else.
func ParseCursor(s string) (c Cursor, ok bool) {
	text, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(text) > maxCursorID+24 || !utf8.Valid(text) {
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

// Seek finds a page of a list by the row next to it, in place of its number. The zero value means that the page is
// found by its number.
type Seek struct {
	From Cursor
	Back bool // the page ends before From; else it begins after it
}

// IsZero reports whether the page is found by its number.
func (s Seek) IsZero() bool { return s.From.IsZero() }

// bound adds the condition that rows lie beyond the cursor, in this order and by id among equal times.
func (s Seek) bound(where *clause, by order, id string) {
	than := "<"
	if s.ascends(by) {
		than = ">"
	}
	where.and("("+by.column+", "+id+") "+than+" (?, ?)", s.From.At, s.From.ID)
}

// ascends reports whether the rows beyond the cursor are later.
func (s Seek) ascends(by order) bool { return (by.direction == "ASC") != s.Back }

// implied removes the bound of a time range if the cursor implies it. SQLite would otherwise begin to read at that
// bound.
func (s Seek) implied(by order, from, to *time.Time) {
	switch at := s.From.At; {
	case s.ascends(by) && at.After(*from):
		*from = time.Time{}
	case !s.ascends(by) && at.Before(*to):
		*to = time.Time{}
	}
}

// A stretch is the part of a list that a SELECT reads: a number of rows after the skipped ones, counted from the
// beginning or from the end of the list.
type stretch struct {
	fromEnd    bool
	skip, rows int
}

// direction returns the direction in which the SELECT reads a list that has the direction list. Its rows are put into
// the list's order afterwards.
func (s stretch) direction(list string) string {
	switch {
	case !s.fromEnd:
		return list
	case list == "ASC":
		return "DESC"
	}
	return "ASC"
}

// limit returns the end of the SELECT; see page.limit.
func (s stretch) limit() string { return fmt.Sprintf(" LIMIT %d OFFSET %d", s.rows, s.skip) }

// ahead returns the end of a SELECT that reads up to the end of the stretch.
func (s stretch) ahead() string { return fmt.Sprintf(" LIMIT %d", s.skip+s.rows) }

// stretch returns the part of the list to read for the page: one row more than it holds, to tell whether it is the
// last.
func (s Seek) stretch(p page) stretch { return stretch{fromEnd: s.Back, rows: p.size + 1} }

// maxSkipped is how many rows are skipped to find a page by its number. Links between pages have cursors, which have no
// such limit.
const maxSkipped = 20_000

// within returns the page, or the last one that can be found by its number, and the part of the list to read. total
// must be exact or reach the page. If it is exact, the page is read from the nearer end.
func (p page) within(total int, exact bool) (page, stretch) {
	p = p.last(total)
	if exact && p.offset() > total/2 {
		rows := min(p.size, total-p.offset())
		if skip := total - p.offset() - rows; skip <= maxSkipped {
			return p, stretch{fromEnd: true, skip: skip, rows: rows}
		}
	}
	p = p.near()
	return p, p.stretch()
}

// near returns the page, or the last one that is found by skipping at most maxSkipped rows.
func (p page) near() page {
	p.number = min(p.number, maxSkipped/p.size+1)
	return p
}

// isDeep reports whether the page is found by its number from the nearer end, so that the total must be known first.
func (p page) isDeep() bool { return p.offset() > counted }

// elsewhere returns the number of the page to show if the seek found none: the last or the first page of the list.
func (s Seek) elsewhere() int {
	if s.Back {
		return 1
	}
	return maxPages
}

// sought makes l the page p that a seek found. It reports false if the cursor is past the end of the list or at its
// beginning: then the last or the first page is shown by its number.
func (l *List[T]) sought(s Seek, p page, total int, capped bool, key func(T) Cursor) bool {
	n := len(l.Items)
	more := n > p.size
	if n == 0 || s.Back && !more {
		return false
	}
	if more && s.Back {
		l.Items = l.Items[1:]
	} else if more {
		l.Items = l.Items[:p.size]
	}
	l.Page, l.Sought = p.number, true
	l.Before = key(l.Items[0])
	l.Total, l.AtLeast = total, capped
	l.Pages = p.number // rows that were added since make no page after the last
	if s.Back || more {
		l.After = key(l.Items[len(l.Items)-1])
		l.Pages = max(pages(total, p.size), p.number+1)
	}
	if capped {
		l.Total = max(total, (l.Pages-1)*p.size+1)
	}
	return true
}

// between sets the cursors for the pages before and after this one, which was found by its number.
func (l *List[T]) between(key func(T) Cursor) {
	if n := len(l.Items); n > 0 && l.Page > 1 {
		l.Before = key(l.Items[0])
	}
	if n := len(l.Items); n > 0 && l.Page < l.Pages {
		l.After = key(l.Items[n-1])
	}
}

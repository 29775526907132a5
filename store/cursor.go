package store

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Cursor is where a row stands in a list ordered by time: where the list goes on, without counting the rows before. It names no
// guild and opens nothing: the same conditions select what is read from there.
type Cursor struct {
	At time.Time
	ID string
}

// maxCursorID is the length of the longest id of a row that a cursor holds, in bytes. Lists of rows with longer ones have no cursors.
const maxCursorID = 64

// IsZero reports whether the cursor is none.
func (c Cursor) IsZero() bool { return c.ID == "" }

// String returns the cursor as it stands in addresses, "" for none.
func (c Cursor) String() string {
	if c.IsZero() || len(c.ID) > maxCursorID || c.At.IsZero() {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(c.At.UnixMilli(), 10) + " " + c.ID))
}

// ParseCursor reads what String returned, and accepts nothing else.
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

// Seek is where a page of a list begins, or ends, in place of its number. The zero value is no such place.
type Seek struct {
	From Cursor
	Back bool // the page ends before From; else it begins after it
}

// IsZero reports whether the page is found by its number.
func (s Seek) IsZero() bool { return s.From.IsZero() }

// bound adds to a selection in this order, and by id where that is the same, that its rows lie beyond the place.
func (s Seek) bound(where *clause, by order, id string) {
	than := "<"
	if s.ascends(by) {
		than = ">"
	}
	where.and("("+by.column+", "+id+") "+than+" (?, ?)", s.From.At, s.From.ID)
}

// ascends tells whether what lies beyond the place is later.
func (s Seek) ascends(by order) bool { return (by.direction == "ASC") != s.Back }

// implied leaves out the bound of a time that follows from the place, in a list by that time: SQLite would begin there.
func (s Seek) implied(by order, from, to *time.Time) {
	switch at := s.From.At; {
	case s.ascends(by) && at.After(*from):
		*from = time.Time{}
	case !s.ascends(by) && at.Before(*to):
		*to = time.Time{}
	}
}

// A stretch is the part of a list that a SELECT reads: so many rows after those that are skipped, from its beginning or from
// its end.
type stretch struct {
	fromEnd    bool
	skip, rows int
}

// direction is that in which the rows of a list in this direction are read; they are put in its order afterwards.
func (s stretch) direction(list string) string {
	switch {
	case !s.fromEnd:
		return list
	case list == "ASC":
		return "DESC"
	}
	return "ASC"
}

// limit is the end of the SELECT; see page.limit.
func (s stretch) limit() string { return fmt.Sprintf(" LIMIT %d OFFSET %d", s.rows, s.skip) }

// ahead is the end of a SELECT that reads up to the end of the stretch.
func (s stretch) ahead() string { return fmt.Sprintf(" LIMIT %d", s.skip+s.rows) }

// stretch is what is read of the page: one row more than it holds where it is found by a seek, to tell whether it is the last.
func (s Seek) stretch(p page) stretch { return stretch{fromEnd: s.Back, rows: p.size + 1} }

// maxSkipped is how many rows are passed over to find a page by its number alone. Links between pages have cursors, which
// lead further.
const maxSkipped = 20_000

// within is the page, or the last one that can be found by its number, where total is known to be exact or to reach the page.
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

// near is the page, or the last one before which no more rows are skipped than maxSkipped.
func (p page) near() page {
	p.number = min(p.number, maxSkipped/p.size+1)
	return p
}

// isDeep tells whether the page is found by its number from the nearer end, which takes knowing the total first.
func (p page) isDeep() bool { return p.offset() > counted }

// elsewhere is the page of the list, by its number, in place of one that no seek found: its last, or its first.
func (s Seek) elsewhere() int {
	if s.Back {
		return 1
	}
	return maxPages
}

// sought has the list show what a seek found, in the list's order, as that page. It reports false where the place is past the list's
// end, or at its beginning: that is the last page, or the first, under its own number.
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
	l.Pages = p.number // what came to the list since makes no page after the last
	if s.Back || more {
		l.After = key(l.Items[len(l.Items)-1])
		l.Pages = max(pages(total, p.size), p.number+1)
	}
	if capped {
		l.Total = max(total, (l.Pages-1)*p.size+1)
	}
	return true
}

// between sets where the pages before and after go on from this one, which was found by its number.
func (l *List[T]) between(key func(T) Cursor) {
	if n := len(l.Items); n > 0 && l.Page > 1 {
		l.Before = key(l.Items[0])
	}
	if n := len(l.Items); n > 0 && l.Page < l.Pages {
		l.After = key(l.Items[n-1])
	}
}

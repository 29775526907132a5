package store

import "fmt"

// maxCounted is where counting the rows of a list stops, unless the page shown is further on. Counting all rows would
// cost more than reading the page, and the exact total of so many is not needed.
const maxCounted = 1001

const maxPageNumber = 100_000

// page is one page of a list: its number, from 1, and its number of rows.
type page struct{ number, size int }

// newPage returns the requested page within the limits: 1 to 100 rows, 25 by default.
func newPage(number, size int) page {
	if size <= 0 {
		size = 25
	}
	return page{number: min(max(number, 1), maxPageNumber), size: min(size, 100)}
}

func (p page) offset() int { return (p.number - 1) * p.size }

// countLimit returns how far to count to know whether there is a page after p.
func (p page) countLimit() int { return max(maxCounted, p.number*p.size+1) }

// clamp returns p, or the last page if p is past the end of total rows.
func (p page) clamp(total int) page {
	return page{number: min(p.number, pageCount(total, p.size)), size: p.size}
}

// pageCount returns the number of pages for total rows, at least 1.
func pageCount(total, size int) int { return max(1, (total+size-1)/size) }

// rowRange returns the rows to read for a page that is found by its number.
func (p page) rowRange() rowRange { return rowRange{skip: p.offset(), rows: p.size} }

// limitSQL returns the LIMIT and OFFSET of a SELECT that reads this page. The numbers are literals: with parameters,
// Postgres plans the query anew each time, which takes longer than the query.
func (p page) limitSQL() string { return fmt.Sprintf(" LIMIT %d OFFSET %d", p.size, p.offset()) }

// countLimitSQL returns the LIMIT of a SELECT whose rows are counted for this page.
func (p page) countLimitSQL() string { return fmt.Sprintf(" LIMIT %d", p.countLimit()) }

package store

import "fmt"

// maxCounted is where counting a selection stops, unless the page shown lies further on: nobody reads page 41, and a
// count of everything would cost more than the list.
const maxCounted = 1001

// maxPageNumber is the highest number of a page.
const maxPageNumber = 100_000

// page is one page of a list: its number, from 1, and how many rows it holds.
type page struct{ number, size int }

// newPage is the page asked for, within reason: 25 rows unless 1 to 100 are asked for.
func newPage(number, size int) page {
	if size <= 0 {
		size = 25
	}
	return page{number: min(max(number, 1), maxPageNumber), size: min(size, 100)}
}

func (p page) offset() int { return (p.number - 1) * p.size }

// countLimit is the count that tells how to go on from this page: whether there is another.
func (p page) countLimit() int { return max(maxCounted, p.number*p.size+1) }

// clamp is the page itself, or the last one when it lies past the end of so many rows.
func (p page) clamp(total int) page {
	return page{number: min(p.number, pageCount(total, p.size)), size: p.size}
}

// pageCount is how many pages so many rows fill, at least 1.
func pageCount(total, size int) int { return max(1, (total+size-1)/size) }

// rowRange returns the part of the list to read for the page, found by its number.
func (p page) rowRange() rowRange { return rowRange{skip: p.offset(), rows: p.size} }

// limitSQL is the end of a SELECT that reads this page. The numbers are part of the text: with arguments in their place
// Postgres has to plan the query anew each time, which takes longer than the query.
func (p page) limitSQL() string { return fmt.Sprintf(" LIMIT %d OFFSET %d", p.size, p.offset()) }

// countLimitSQL is the end of a SELECT whose rows are counted for this page.
func (p page) countLimitSQL() string { return fmt.Sprintf(" LIMIT %d", p.countLimit()) }

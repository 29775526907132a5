package store

import "fmt"

// counted is where counting a selection stops, unless the page shown lies further on: nobody reads page 41, and a
// count of everything would cost more than the list.
const counted = 1001

// maxPages is the highest number of a page.
const maxPages = 100_000

// page is one page of a list: its number, from 1, and how many rows it holds.
type page struct{ number, size int }

// pageOf is the page asked for, within reason: 25 rows unless 1 to 100 are asked for.
func pageOf(number, size int) page {
	if size <= 0 {
		size = 25
	}
	return page{number: min(max(number, 1), maxPages), size: min(size, 100)}
}

func (p page) offset() int { return (p.number - 1) * p.size }

// enough is the count that tells how to go on from this page: whether there is another.
func (p page) enough() int { return max(counted, p.number*p.size+1) }

// last is the page itself, or the last one when it lies past the end of so many rows.
func (p page) last(total int) page {
	return page{number: min(p.number, pages(total, p.size)), size: p.size}
}

// pages is how many pages so many rows fill, at least 1.
func pages(total, size int) int { return max(1, (total+size-1)/size) }

// stretch returns the part of the list to read for the page, found by its number.
func (p page) stretch() stretch { return stretch{skip: p.offset(), rows: p.size} }

// limit is the end of a SELECT that reads this page. The numbers are part of the text: with arguments in their place
// Postgres has to plan the query anew each time, which takes longer than the query.
func (p page) limit() string { return fmt.Sprintf(" LIMIT %d OFFSET %d", p.size, p.offset()) }

// countable is the end of a SELECT whose rows are counted for this page.
func (p page) countable() string { return fmt.Sprintf(" LIMIT %d", p.enough()) }

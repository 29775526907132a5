package store

// List is one page of the rows that a query selects.
type List[T any] struct {
	Items             []T
	Total             int    // selected rows on all pages
	TotalIsLowerBound bool   // counting stopped at Total
	Page              int    // page number from 1; a page past the end is replaced by the last
	Pages             int    // at least 1
	PrevCursor        Cursor // of the first item, if the previous page can be found by it; else empty
	NextCursor        Cursor // of the last item, likewise for the next page
	ByCursor          bool   // the page was found by a cursor, not by its number
	SearchLimit       int    // > 0: only that many of the newest rows were searched, because the term is too short for the index
}

// setPage sets all fields but the items. capped means that counting stopped at p.countLimit().
func (l *List[T]) setPage(p page, total int, capped bool) {
	l.Total, l.TotalIsLowerBound = total, capped && total == p.countLimit()
	l.Pages = pageCount(total, p.size)
	l.Page = min(p.number, l.Pages)
}

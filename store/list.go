package store

// List is one page of what a query selects.
type List[T any] struct {
	Items             []T
	Total             int    // how many the query selects, on all pages
	TotalIsLowerBound bool   // Total is a lower bound: counting stopped there
	Page              int    // the page shown, from 1: a page past the end shows the last one
	Pages             int    // at least 1
	PrevCursor        Cursor // of the first item, if the page before is found by it; else empty
	NextCursor        Cursor // of the last item, likewise for the page after
	ByCursor          bool   // the page was found by a cursor; else by its number
	SearchLimit       int    // > 0: only the newest so many rows were searched, because the text is too short for the index
}

// setPage sets all but the items: which page is shown of how many. capped tells that counting stopped at p.enough().
func (l *List[T]) setPage(p page, total int, capped bool) {
	l.Total, l.TotalIsLowerBound = total, capped && total == p.countLimit()
	l.Pages = pageCount(total, p.size)
	l.Page = min(p.number, l.Pages)
}

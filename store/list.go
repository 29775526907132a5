package store

// List is one page of what a query selects.
type List[T any] struct {
	Items   []T
	Total   int    // how many the query selects, on all pages
	AtLeast bool   // Total is a lower bound: counting stopped there
	Page    int    // the page shown, from 1: a page past the end shows the last one
	Pages   int    // at least 1
	Before  Cursor // of the first item, if the page before is found by it; else empty
	After   Cursor // of the last item, likewise for the page after
	Sought  bool   // the page was found by a cursor; else by its number
	Newest  int    // > 0: only the newest so many rows were searched, because the text is too short for the index
}

// fill sets all but the items: which page is shown of how many. capped tells that counting stopped at p.enough().
func (l *List[T]) fill(p page, total int, capped bool) {
	l.Total, l.AtLeast = total, capped && total == p.enough()
	l.Pages = pages(total, p.size)
	l.Page = min(p.number, l.Pages)
}

package handlers

import (
	"net/url"

	"guildboard/store"
	"guildboard/views/ui"
)

// listPage is the page of a list that the live part shows. It differs from the page in the URL if that is past the end,
// for example because the last row of the last page was removed while the page was open.
type listPage struct {
	url      ui.ListURL
	number   int  // 0 until the list is read
	byCursor bool // read with a cursor
}

func newListPage(url ui.ListURL) *listPage { return &listPage{url: url} }

// moved returns the URL of the shown page if it is not the page of p.url. A nil p has not moved.
func (p *listPage) moved() (url ui.ListURL, moved bool) {
	if p == nil || p.number == 0 || p.number == max(1, p.url.Page) && p.byCursor == !p.url.Keyset.IsZero() {
		return ui.ListURL{}, false
	}
	return p.url.WithPage(p.number), true
}

// readCursor parses the cursor of a link between pages of a list into f. Search results have page numbers only.
func readCursor(q url.Values, f *ui.Filter) (problems filterProblems) {
	after, before := q.Get("after"), q.Get("before")
	if f.SearchTerm != "" || after == "" && before == "" {
		return nil
	}
	cursor, ok := store.ParseCursor(after + before)
	if !ok || after != "" && before != "" {
		return filterProblems{{"page", "filter.badCursor", nil}}
	}
	f.Keyset = store.Keyset{Cursor: cursor, Backward: before != ""}
	return nil
}

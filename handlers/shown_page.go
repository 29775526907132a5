package handlers

import (
	"net/url"

	"guildboard/store"
	"guildboard/views"
)

// shownPage is the page of a list that its live part shows. It differs from the address if that lies past the end, for
// example because the last row of the last page was removed while the page was open.
type shownPage struct {
	filter views.Filter
	number int  // 0 until the list was read
	sought bool // it was found by a cursor
}

func newShownPage(f views.Filter) *shownPage { return &shownPage{filter: f} }

// moved returns the filter of the page that is shown, if that is not the page of p.filter. A nil p has not moved.
func (p *shownPage) moved() (f views.Filter, moved bool) {
	if p == nil || p.number == 0 || p.number == max(1, p.filter.Page) && p.sought == !p.filter.Seek.IsZero() {
		return views.Filter{}, false
	}
	return p.filter.WithPage(p.number), true
}

// readSeek reads the cursor of a link between pages of a list into f. Search results have page numbers only.
func readSeek(q url.Values, f *views.Filter) (problems filterProblems) {
	after, before := q.Get("after"), q.Get("before")
	if f.Text != "" || after == "" && before == "" {
		return nil
	}
	at, ok := store.ParseCursor(after + before)
	if !ok || after != "" && before != "" {
		return filterProblems{{"page", "filter.badPlace", nil}}
	}
	f.Seek = store.Seek{From: at, Back: before != ""}
	return nil
}

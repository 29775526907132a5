package handlers

import (
	"net/url"

	"guildboard/store"
	"guildboard/views"
)

// shownPage is which page of a list its live part shows. It is another than the address says when that lies past the end,
// as when the last row of the last page was removed while somebody looked.
type shownPage struct {
	filter views.Filter
	number int  // 0 until the list was read
	sought bool // it was found by a cursor
}

func newShownPage(f views.Filter) *shownPage { return &shownPage{filter: f} }

// moved is the address of the page that is shown, if that is not the one of the filter. Nil has not moved.
func (p *shownPage) moved() (f views.Filter, moved bool) {
	if p == nil || p.number == 0 || p.number == max(1, p.filter.Page) && p.sought == !p.filter.Seek.IsZero() {
		return views.Filter{}, false
	}
	return p.filter.WithPage(p.number), true
}

// readSeek reads where the page of a list begins or ends, as links between its pages say it. Lists of what a text finds have
// numbers alone.
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

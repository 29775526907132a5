package handlers

import "guildboard/views"

// shownPage is which page of a list its live part shows. It is another than the address says when that lies past the end,
// as when the last row of the last page was removed while somebody looked.
type shownPage struct {
	filter views.Filter
	number int // 0 until the list was read
}

func newShownPage(f views.Filter) *shownPage { return &shownPage{filter: f} }

// moved is the address of the page that is shown, if that is not the one of the filter. Nil has not moved.
func (p *shownPage) moved() (f views.Filter, moved bool) {
	if p == nil || p.number == 0 || p.number == max(1, p.filter.Page) {
		return views.Filter{}, false
	}
	return p.filter.WithPage(p.number), true
}

package ui

import (
	"cmp"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"guildboard/views/text"
)

// Toolbar is the toolbar above a list: search, filters, sort order, and the menu of the list. It is outside of the live
// region, so that updates do not overwrite input.
type Toolbar struct {
	List        string // name of the list, as in Columns
	URL         ListURL
	Filter      Filter
	SearchLabel string                 // label of the search field; "" for a list without one
	Fields      templ.Component        // fields of the filter panel; nil for a list without filters
	Describe    func(Parameter) string // describes a filter, for its chip
	Sorts       []string               // sort orders, the default first; empty for a list with one order
	Hidden      []Parameter            // parameters without a field, which the form keeps
	CanExport   bool

	HasStatusField bool // the status is a field of the panel rather than a tab
}

// An activeFilter is a filter that restricts the list, and the URL of the list without it.
type activeFilter struct{ id, label, removeURL string }

// activeFilters returns the filters that restrict the list, apart from its tab.
func (t Toolbar) activeFilters() (active []activeFilter) {
	for _, param := range t.URL.filters {
		if !t.isFilter(param) {
			continue
		}
		label := text.Isolate(text.SanitizeLine(param.Value))
		if t.Describe != nil {
			label = cmp.Or(t.Describe(param), label)
		}
		active = append(active, activeFilter{
			id: "chip-" + param.Name + "-" + param.Value, label: label, removeURL: t.URL.Without(param).String(),
		})
	}
	return active
}

// isFilter reports whether a parameter is shown as a chip: not the tab, the sort order, or the selection of rows, which
// has a notice of its own.
func (t Toolbar) isFilter(p Parameter) bool {
	return (p.Name != "status" || t.HasStatusField) && p.Name != "sort" && p.Name != "only" && p.Name != "q"
}

// panelIsOpen reports whether the filter panel has a field with a problem.
func (t Toolbar) panelIsOpen() bool {
	return t.Filter.Problems["from"] != "" || t.Filter.Problems["to"] != ""
}

// columns returns the columns of the list that can be hidden.
func (t Toolbar) columns() (columns []string) {
	return slices.DeleteFunc(slices.Clone(Columns), func(c string) bool { return !strings.HasPrefix(c, t.List+"-") })
}

// Columns are the columns and other parts of lists that viewers can hide, as "<list>-<column>". app.css hides them.
var Columns = []string{
	"giveaways-figures", "giveaways-entries", "giveaways-winners", "giveaways-ends", "giveaways-host",
	"tickets-figures", "tickets-category", "tickets-opener", "tickets-claimer", "tickets-opened", "tickets-waiting",
	"tickets-priority", "tickets-labels",
}

// ColumnMessageKey returns the message key of a column's heading.
func ColumnMessageKey(column string) string {
	_, name, _ := strings.Cut(column, "-")
	return "col." + name
}

package ui

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"guildboard/store"
	"guildboard/views/link"
)

// ListURL is the URL of a page of a list. Such URLs are bookmarked and shared, so they have one canonical form:
// parameters in a fixed order, without default values.
type ListURL struct {
	Path   string       // path of the list, without query
	Page   int          // from 1
	Keyset store.Keyset // position of the page, if known; Page is the number that viewers see

	filters []Parameter // in canonical order
}

// A Parameter restricts or sorts a list.
type Parameter struct{ Name, Value string }

// Add appends a parameter for each value that is not empty.
func (u *ListURL) Add(name string, values ...string) {
	for _, value := range values {
		if value != "" {
			u.filters = append(u.filters, Parameter{name, value})
		}
	}
}

// String returns the URL.
func (u ListURL) String() string { return u.Path + u.query() }

// Stream returns the URL of the list's stream.
func (u ListURL) Stream() string { return link.Stream(u.Path) + u.query() }

// Export returns the URL that exports all selected rows as a file.
func (u ListURL) Export(format string) string {
	u = u.WithPage(1)
	u.filters = append(slices.Clip(u.filters), Parameter{"format", format})
	return link.Export(u.Path) + u.query()
}

func (u ListURL) query() string {
	parameters := slices.Clip(u.filters) // other URLs can have the same array
	if u.Page > 1 {
		parameters = append(parameters, Parameter{"page", strconv.Itoa(u.Page)})
	}
	if cursor := u.Keyset.Cursor.String(); cursor != "" && u.Keyset.Backward {
		parameters = append(parameters, Parameter{"before", cursor})
	} else if cursor != "" {
		parameters = append(parameters, Parameter{"after", cursor})
	}
	var query strings.Builder
	separator := "?"
	for _, p := range parameters {
		query.WriteString(separator + p.Name + "=" + url.QueryEscape(p.Value))
		separator = "&"
	}
	return query.String()
}

// WithPage returns the URL of another page of the same list, found by its number.
func (u ListURL) WithPage(page int) ListURL {
	u.Page, u.Keyset = page, store.Keyset{}
	return u
}

// pageAfter returns the URL of the page after the row at last, or of the page found by its number if last is empty.
func (u ListURL) pageAfter(page int, last store.Cursor) ListURL {
	u = u.WithPage(page + 1)
	if last.String() != "" {
		u.Keyset = store.Keyset{Cursor: last}
	}
	return u
}

// pageBefore returns the URL of the page before the row at first, in the same way.
func (u ListURL) pageBefore(page int, first store.Cursor) ListURL {
	hasKeyset := !u.Keyset.IsZero()
	u = u.WithPage(max(page-1, 1))
	if first.String() != "" && (u.Page > 1 || hasKeyset) {
		u.Keyset = store.Keyset{Cursor: first, Backward: true}
	}
	return u
}

// pageAt returns the URL of page n. Pages next to the current page are found by its first and last row.
func (u ListURL) pageAt(n, page int, first, last store.Cursor) ListURL {
	switch n {
	case page - 1:
		return u.pageBefore(page, first)
	case page + 1:
		return u.pageAfter(page, last)
	}
	return u.WithPage(n)
}

// Without returns the URL of the first page of the list without a parameter.
func (u ListURL) Without(removed Parameter) ListURL {
	isRemoved := func(p Parameter) bool { return p == removed }
	return ListURL{Path: u.Path, filters: slices.DeleteFunc(slices.Clone(u.filters), isRemoved)}
}

// WithoutFilters returns the URL of the first page of the list with only the status tab.
func (u ListURL) WithoutFilters() ListURL {
	isFilter := func(p Parameter) bool { return p.Name != "status" }
	return ListURL{Path: u.Path, filters: slices.DeleteFunc(slices.Clone(u.filters), isFilter)}
}

// IsNarrowed reports whether anything but the tab and the page restricts the list.
func (u ListURL) IsNarrowed() bool {
	return slices.ContainsFunc(u.filters, func(p Parameter) bool { return p.Name != "status" && p.Name != "sort" })
}

// Clear returns the URL of the list without filters and sorting, under the same tab; "" if there are none.
func (u ListURL) Clear() string {
	if cleared := u.WithoutFilters(); len(cleared.filters) < len(u.filters) {
		return cleared.String()
	}
	return ""
}

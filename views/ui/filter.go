package ui

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"guildboard/store"
	"guildboard/views/link"
	"guildboard/views/text"
)

// Filter is the query of a list as the viewer wrote it in the URL. Such URLs are bookmarked and shared, so they have
// one canonical form: parameters in a fixed order, without default values.
type Filter struct {
	Path          string // path of the list, without query
	Status        string // lower case; "" for all
	Host          string // user id of the giveaway host; "" for all
	Channel       string // channel id; "" for all
	OnlyRepeating bool   // only repeating giveaways
	SearchTerm    string
	From          string       // first day, 2006-01-02, or ""
	To            string       // last day, inclusive, or ""
	Sort          string       // "" for newest first
	SelectedIDs   []string     // ids of selected rows; empty for all
	Category      string       // row id of the ticket category; "" for all
	Opener        string       // user id of the member who opened the ticket; "" for all
	Claimer       string       // user id of the staff member who claimed the ticket; "" for all
	Priority      string       // ticket priority, lower case; "" for all
	Labels        []string     // row ids of labels, all of which a ticket must have; empty for any
	OnlyOverdue   bool         // only overdue tickets
	Stars         string       // stars of a rating, 1 to 5; "" for all
	Staff         string       // user id of the rated staff member; "" for all
	OnlyReviewed  bool         // only ratings with a review
	Verb          string       // verb of a command, upper case; "" for all
	Actor         string       // user id of the member who sent the command; "" for all
	Page          int          // from 1
	Keyset        store.Keyset // position of the page, if known; Page is the number that viewers see

	Problems map[string]string // validation errors by field, translated
}

// URL returns the canonical URL of the list.
func (f Filter) URL() string { return f.Path + f.queryString() }

// ExportURL returns the URL that exports all selected rows as a file.
func (f Filter) ExportURL(format string) string {
	f = f.WithPage(1)
	query := f.queryString()
	if query == "" {
		return link.Export(f.Path) + "?format=" + format
	}
	return link.Export(f.Path) + query + "&format=" + format
}

// StreamURL returns the URL of the list's stream.
func (f Filter) StreamURL() string { return link.Stream(f.Path) + f.queryString() }

func (f Filter) queryString() string {
	var parts []string
	add := func(key, value string) {
		if value != "" {
			parts = append(parts, key+"="+url.QueryEscape(value))
		}
	}
	add("status", f.Status)
	add("q", f.SearchTerm)
	add("host", f.Host)
	add("channel", f.Channel)
	add("repeat", YesValue(f.OnlyRepeating))
	add("from", f.From)
	add("to", f.To)
	add("category", f.Category)
	add("opener", f.Opener)
	add("claimer", f.Claimer)
	add("priority", f.Priority)
	for _, id := range f.Labels {
		add("label", id)
	}
	add("late", YesValue(f.OnlyOverdue))
	add("stars", f.Stars)
	add("staff", f.Staff)
	if f.OnlyReviewed {
		add("words", "1")
	}
	add("sort", f.Sort)
	for _, id := range f.SelectedIDs {
		add("only", id)
	}
	add("verb", f.Verb)
	add("by", f.Actor)
	if f.Page > 1 {
		add("page", strconv.Itoa(f.Page))
	}
	if f.Keyset.Backward {
		add("before", f.Keyset.Cursor.String())
	} else {
		add("after", f.Keyset.Cursor.String())
	}
	if len(parts) == 0 {
		return ""
	}
	return "?" + strings.Join(parts, "&")
}

// WithStatus returns the filter of the first page of the list under another status tab.
func (f Filter) WithStatus(status string) Filter {
	f.Status = status
	return f.WithPage(1)
}

// WithPage returns the filter of another page of the same list, found by its number.
func (f Filter) WithPage(page int) Filter {
	f.Page, f.Keyset = page, store.Keyset{}
	return f
}

// pageAfter returns the filter of the page after the row at last, or of the page found by its number if last is empty.
func (f Filter) pageAfter(page int, last store.Cursor) Filter {
	f = f.WithPage(page + 1)
	if last.String() != "" {
		f.Keyset = store.Keyset{Cursor: last}
	}
	return f
}

// pageBefore returns the filter of the page before the row at first, in the same way.
func (f Filter) pageBefore(page int, first store.Cursor) Filter {
	hasKeyset := !f.Keyset.IsZero()
	f = f.WithPage(max(page-1, 1))
	if first.String() != "" && (f.Page > 1 || hasKeyset) {
		f.Keyset = store.Keyset{Cursor: first, Backward: true}
	}
	return f
}

// pageAt returns the filter of page n. Pages next to the current page are found by its first and last row.
func (f Filter) pageAt(n, page int, first, last store.Cursor) Filter {
	switch n {
	case page - 1:
		return f.pageBefore(page, first)
	case page + 1:
		return f.pageAfter(page, last)
	}
	return f.WithPage(n)
}

// WithActor returns the filter of the commands of one user.
func (f Filter) WithActor(id string) Filter {
	f.Actor = id
	return f.WithPage(1)
}

// WithoutFilters returns the filter with only the status tab.
func (f Filter) WithoutFilters() Filter { return Filter{Path: f.Path, Status: f.Status} }

// IsNarrowed reports whether anything but the tab and the page restricts the list.
func (f Filter) IsNarrowed() bool {
	return f.SearchTerm != "" || f.From != "" || f.To != "" || len(f.SelectedIDs) > 0 || f.Verb != "" || f.Actor != "" ||
		f.Host != "" || f.Channel != "" || f.Category != "" || f.Opener != "" || f.Claimer != "" || f.Priority != "" ||
		len(f.Labels) > 0 || f.OnlyOverdue || f.Stars != "" || f.Staff != "" || f.OnlyReviewed || f.OnlyRepeating
}

// ClearURL returns the URL of the list without filters and sorting, under the same tab; "" if there are none.
func (f Filter) ClearURL() string {
	if !f.IsNarrowed() && f.Sort == "" {
		return ""
	}
	return f.WithoutFilters().URL()
}

// ClearAllURL is clearURL for a list whose status is a field of the filter form.
func (f Filter) ClearAllURL() string {
	if !f.IsNarrowed() && f.Status == "" {
		return ""
	}
	return f.Path
}

// OnlyReviewedValue returns the value of the "words" parameter: "1", or "" if it is not set.
func (f Filter) OnlyReviewedValue() string {
	if f.OnlyReviewed {
		return "1"
	}
	return ""
}

// YesValue returns the value of a boolean query parameter: "yes", or "" if it is not set.
func YesValue(isSet bool) string {
	if isSet {
		return "yes"
	}
	return ""
}

// Option is a choice in a filter.
type Option struct{ Value, Label string }

// WithAllOption returns the options, preceded by the one that selects all.
func (p Page) WithAllOption(options []Option) []Option {
	return append([]Option{{"", p.T("filter.all")}}, options...)
}

func withChosenOption(options []Option, chosen string) []Option {
	if slices.ContainsFunc(options, func(o Option) bool { return o.Value == chosen }) {
		return options
	}
	return append(options, Option{chosen, text.SanitizeLine(chosen)})
}

// TranslatedOptions returns options whose labels are the messages with the key prefix + value.
func TranslatedOptions[S ~string](p Page, prefix string, values []S) (options []Option) {
	for _, v := range values {
		options = append(options, Option{string(v), p.T(prefix + string(v))})
	}
	return options
}

// UserOptions returns an option for each user.
func UserOptions(users []store.User) (options []Option) {
	for _, user := range users {
		options = append(options, Option{user.ID, UserName(user)})
	}
	return options
}

// ChannelFilterOptions returns an option for each channel id.
func ChannelFilterOptions(p Page, ids []string) (options []Option) {
	for _, id := range ids {
		options = append(options, Option{id, p.ChannelName(id)})
	}
	return options
}

// SortOptions returns an option for each sort order.
func SortOptions(p Page, known []string) (options []Option) {
	for _, sort := range known {
		options = append(options, Option{sort, p.T("sort." + orNewest(sort))})
	}
	return options
}

// StarOptions returns the options 5 to 1 stars.
func StarOptions(p Page) (options []Option) {
	for n := 5; n > 0; n-- {
		options = append(options, Option{strconv.Itoa(n), p.N("ticket.stars", n)})
	}
	return options
}

// OrAll returns the status, or "all" for "".
func OrAll(status string) string { return cmp.Or(status, "all") }

func orNewest(sort string) string { return cmp.Or(sort, "newest") }

// StarText returns five stars, n of them filled. n is limited to 0 to 5.
func StarText(n int) string {
	n = min(max(n, 0), 5)
	return strings.Repeat("★", n) + strings.Repeat("☆", 5-n)
}

// WithOpener returns the filter of the tickets opened by one member.
func (f Filter) WithOpener(id string) Filter {
	f.Opener = id
	return f.WithPage(1)
}

// ClaimerOptions returns the staff members to choose from, the viewer first if there is one.
func ClaimerOptions(p Page, viewer *store.User, all []store.User) []Option {
	options := []Option{{"", p.T("filter.anybody")}}
	if viewer != nil {
		options = append(options, Option{viewer.ID, p.T("filter.me")})
		all = slices.DeleteFunc(slices.Clone(all), func(user store.User) bool { return user.ID == viewer.ID })
	}
	return append(options, UserOptions(all)...)
}

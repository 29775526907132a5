package ui

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/views/text"
)

// Filter is what the filters of all lists have in common: the query of a list as the viewer wrote it in the URL. Each
// list has a type of its own, with further fields and a method URL.
type Filter struct {
	Path        string // path of the list, without query
	Status      string // lower case; "" for all
	SearchTerm  string
	From        string       // first day, 2006-01-02, or ""
	To          string       // last day, inclusive, or ""
	Sort        string       // "" for newest first
	SelectedIDs []string     // ids of selected rows; empty for all
	Page        int          // from 1
	Keyset      store.Keyset // position of the page, if known; Page is the number that viewers see

	Problems map[string]string // validation errors by field, translated
}

// NewURL returns the URL of the page of the list. The caller adds the parameters of its filter.
func (f Filter) NewURL() ListURL { return ListURL{Path: f.Path, Page: f.Page, Keyset: f.Keyset} }

// YesValue returns the value of a boolean query parameter: "yes", or "" if it is not set.
func YesValue(isSet bool) string {
	if isSet {
		return "yes"
	}
	return ""
}

// FilterLabel returns the label of a filter's chip, such as "Category: Support"; "" without a value.
func (p Page) FilterLabel(key, value string) string {
	if value == "" {
		return ""
	}
	return p.T("filter.chip", "label", p.T(key), "value", value)
}

// DayLabel returns the label of the chip of the first or last day; "" for other parameters.
func (p Page) DayLabel(param Parameter) string {
	day, err := time.ParseInLocation(time.DateOnly, param.Value, p.TimeZone())
	switch {
	case err != nil:
		return ""
	case param.Name == "from":
		return p.T("filter.since", "day", p.FormatDay(day))
	case param.Name == "to":
		return p.T("filter.until", "day", p.FormatDay(day))
	}
	return ""
}

// OptionLabel returns the label of the option with this value, or "".
func OptionLabel(options []Option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return o.Label
		}
	}
	return ""
}

// Option is a choice in a filter.
type Option struct{ Value, Label string }

// WithAllOption returns the options, preceded by the one that selects all.
func (p Page) WithAllOption(options []Option) []Option {
	return append([]Option{{"", p.T("filter.all")}}, options...)
}

func withSelectedOption(options []Option, selected string) []Option {
	if slices.ContainsFunc(options, func(o Option) bool { return o.Value == selected }) {
		return options
	}
	return append(options, Option{selected, text.Isolate(text.SanitizeLine(selected))})
}

// TranslatedOptions returns options whose labels are the messages with the key prefix + value.
func TranslatedOptions[S ~string](p Page, prefix string, values []S) (options []Option) {
	for _, v := range values {
		options = append(options, Option{string(v), p.T(prefix + string(v))})
	}
	return options
}

// UserOptions returns an option for each user.
func UserOptions(users []contract.User) (options []Option) {
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
		options = append(options, Option{sort, p.T("sort." + sortOrNewest(sort))})
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

// StatusOrAll returns the status, or "all" for "".
func StatusOrAll(status string) string { return cmp.Or(status, "all") }

func sortOrNewest(sort string) string { return cmp.Or(sort, "newest") }

// StarText returns five stars, n of them filled. n is limited to 0 to 5.
func StarText(n int) string {
	n = min(max(n, 0), 5)
	return strings.Repeat("★", n) + strings.Repeat("☆", 5-n)
}

// ClaimerOptions returns the staff members to choose from, the viewer first if there is one.
func ClaimerOptions(p Page, viewer *contract.User, all []contract.User) []Option {
	options := []Option{{"", p.T("filter.anyone")}}
	if viewer != nil {
		options = append(options, Option{viewer.ID, p.T("filter.me")})
		all = slices.DeleteFunc(slices.Clone(all), func(user contract.User) bool { return user.ID == viewer.ID })
	}
	return append(options, UserOptions(all)...)
}

package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"guildboard/store"
)

// Filter is what the address of a list selects, as its reader wrote it. The address can be bookmarked and shared, so
// it has one canonical form: fixed order, nothing that says the default.
type Filter struct {
	Path     string     // of the list, without query
	Status   string     // lower case; "" for all
	Host     string     // snowflake of who started it; "" for all
	Channel  string     // snowflake; "" for all
	Repeats  bool       // only giveaways that are made again
	Text     string     // search
	From     string     // first day, 2006-01-02, or ""
	To       string     // last day, inclusive, or ""
	Sort     string     // "" for newest first
	Only     []string   // ids of rows picked by hand; empty for all
	Kind     string     // row id of a ticket's category; "" for all
	Opener   string     // snowflake of who opened a ticket; "" for all
	Claims   string     // snowflake of who has claimed it; "" for all
	Priority string     // of a ticket, lower case; "" for all
	Labels   []string   // row ids of labels that a ticket has, all of them; empty for any
	Late     bool       // only tickets whose answer is due
	Stars    string     // of a rating, 1 to 5; "" for all
	Staff    string     // snowflake of whose help was rated; "" for all
	Words    bool       // only ratings with words
	Verb     string     // of a command, upper case; "" for all
	By       string     // snowflake of who asked; "" for all
	Page     int        // from 1
	Seek     store.Seek // position of the page, if known; Page is the number that readers see

	Problems map[string]string // by field: what was wrong with it, already in the reader's language
}

// URL is the canonical address of the list.
func (f Filter) URL() string { return f.Path + f.query() }

// Export is the address of what the list selects, all of it, as a file.
func (f Filter) Export(format string) string {
	f = f.WithPage(1)
	query := f.query()
	if query == "" {
		return f.Path + "/export?format=" + format
	}
	return f.Path + "/export" + query + "&format=" + format
}

// Stream is the address of the list's stream.
func (f Filter) Stream() string { return f.Path + "/live" + f.query() }

func (f Filter) query() string {
	var parts []string
	add := func(key, value string) {
		if value != "" {
			parts = append(parts, key+"="+url.QueryEscape(value))
		}
	}
	add("status", f.Status)
	add("q", f.Text)
	add("host", f.Host)
	add("channel", f.Channel)
	add("repeat", yes(f.Repeats))
	add("from", f.From)
	add("to", f.To)
	add("category", f.Kind)
	add("opener", f.Opener)
	add("claimer", f.Claims)
	add("priority", f.Priority)
	for _, id := range f.Labels {
		add("label", id)
	}
	add("late", yes(f.Late))
	add("stars", f.Stars)
	add("staff", f.Staff)
	if f.Words {
		add("words", "1")
	}
	add("sort", f.Sort)
	for _, id := range f.Only {
		add("only", id)
	}
	add("verb", f.Verb)
	add("by", f.By)
	if f.Page > 1 {
		add("page", strconv.Itoa(f.Page))
	}
	if f.Seek.Back {
		add("before", f.Seek.From.String())
	} else {
		add("after", f.Seek.From.String())
	}
	if len(parts) == 0 {
		return ""
	}
	return "?" + strings.Join(parts, "&")
}

// WithStatus is the first page of the list under another tab.
func (f Filter) WithStatus(status string) Filter {
	f.Status = status
	return f.WithPage(1)
}

// WithPage returns the filter of another page of the same list, found by its number.
func (f Filter) WithPage(page int) Filter {
	f.Page, f.Seek = page, store.Seek{}
	return f
}

// pageAfter returns the filter of the page after the row at last, or of the page found by its number if last is empty.
func (f Filter) pageAfter(page int, last store.Cursor) Filter {
	f = f.WithPage(page + 1)
	if last.String() != "" {
		f.Seek = store.Seek{From: last}
	}
	return f
}

// pageBefore returns the filter of the page before the row at first, in the same way.
func (f Filter) pageBefore(page int, first store.Cursor) Filter {
	isSought := !f.Seek.IsZero()
	f = f.WithPage(max(page-1, 1))
	if first.String() != "" && (f.Page > 1 || isSought) {
		f.Seek = store.Seek{From: first, Back: true}
	}
	return f
}

// numbered returns the filter of page n. Pages next to the current page are found by its first and last row.
func (f Filter) numbered(n, page int, first, last store.Cursor) Filter {
	switch n {
	case page - 1:
		return f.pageBefore(page, first)
	case page + 1:
		return f.pageAfter(page, last)
	}
	return f.WithPage(n)
}

// byActor is the list of what one person asked for.
func (f Filter) byActor(id string) Filter {
	f.By = id
	return f.WithPage(1)
}

// Cleared is the list with no filter but its tab.
func (f Filter) Cleared() Filter { return Filter{Path: f.Path, Status: f.Status} }

// Narrowed tells whether anything but the tab and the page selects.
func (f Filter) Narrowed() bool {
	return f.Text != "" || f.From != "" || f.To != "" || len(f.Only) > 0 || f.Verb != "" || f.By != "" ||
		f.Host != "" || f.Channel != "" || f.Kind != "" || f.Opener != "" || f.Claims != "" || f.Priority != "" || len(f.Labels) > 0 || f.Late || f.Stars != "" || f.Staff != "" || f.Words || f.Repeats
}

// cleared is where the list is without what narrows it, under the same tab; "" where nothing does.
func (f Filter) cleared() string {
	if !f.Narrowed() && f.Sort == "" {
		return ""
	}
	return f.Cleared().URL()
}

// clearedOfAll is the same for a list whose status is chosen in the form.
func (f Filter) clearedOfAll() string {
	if !f.Narrowed() && f.Status == "" {
		return ""
	}
	return f.Path
}

func (f Filter) wordy() string {
	if f.Words {
		return "1"
	}
	return ""
}

// yes is how an address says what it either says or not.
func yes(said bool) string {
	if said {
		return "yes"
	}
	return ""
}

// An option is one that a filter offers.
type option struct{ value, label string }

// all are the options, after the one that does not narrow.
func (p Page) all(options []option) []option {
	return append([]option{{"", p.T("filter.all")}}, options...)
}

func with(options []option, chosen string) []option {
	if slices.ContainsFunc(options, func(o option) bool { return o.value == chosen }) {
		return options
	}
	return append(options, option{chosen, clean(chosen)})
}

// named are options whose labels begin with a prefix among the words of the pages.
func named[S ~string](p Page, prefix string, values []S) (options []option) {
	for _, v := range values {
		options = append(options, option{string(v), p.T(prefix + string(v))})
	}
	return options
}

func people(found []store.Person) (options []option) {
	for _, who := range found {
		options = append(options, option{who.ID, personName(who)})
	}
	return options
}

func channels(p Page, ids []string) (options []option) {
	for _, id := range ids {
		options = append(options, option{id, p.channelName(id)})
	}
	return options
}

func sorts(p Page, known []string) (options []option) {
	for _, sort := range known {
		options = append(options, option{sort, p.T("sort." + orNewest(sort))})
	}
	return options
}

func starChoices(p Page) (options []option) {
	for n := 5; n > 0; n-- {
		options = append(options, option{strconv.Itoa(n), p.N("ticket.stars", n)})
	}
	return options
}

// pageNumbers are the pages to link to around the one shown, at most seven, 0 standing for a gap.
func pageNumbers(page, pages int) []int {
	if pages <= 7 {
		all := make([]int, pages)
		for i := range all {
			all[i] = i + 1
		}
		return all
	}
	first := min(max(page-1, 2), pages-3)
	last := max(min(page+1, pages-1), 4)
	numbers := []int{1}
	if first > 2 {
		numbers = append(numbers, 0)
	}
	for n := first; n <= last; n++ {
		numbers = append(numbers, n)
	}
	if last < pages-1 {
		numbers = append(numbers, 0)
	}
	return append(numbers, pages)
}

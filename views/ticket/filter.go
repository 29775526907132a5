package ticket

import (
	"cmp"
	"slices"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// Filter is the filter of the list of tickets.
type Filter struct {
	ui.Filter
	Category    string   // row id; "" for all
	Opener      string   // user id of the member who opened the ticket; "" for all
	Claimer     string   // user id of the staff member who claimed the ticket; "" for all
	Priority    string   // lower case; "" for all
	Labels      []string // row ids of labels, all of which a ticket must have; empty for any
	OnlyOverdue bool     // only overdue tickets
}

// URL returns the URL of the list.
func (f Filter) URL() ui.ListURL {
	u := f.NewURL()
	u.Add("status", f.Status)
	u.Add("q", f.SearchTerm)
	u.Add("from", f.From)
	u.Add("to", f.To)
	u.Add("category", f.Category)
	u.Add("opener", f.Opener)
	u.Add("claimer", f.Claimer)
	u.Add("priority", f.Priority)
	u.Add("label", f.Labels...)
	u.Add("overdue", ui.YesValue(f.OnlyOverdue))
	u.Add("sort", f.Sort)
	u.Add("only", f.SelectedIDs...)
	return u
}

// anyOpenerURL returns the URL of the list of tickets of all members.
func (f Filter) anyOpenerURL() string {
	f.Opener = ""
	return f.URL().WithPage(1).String()
}

// Sorts are the sort orders of the ticket list, the default first.
var Sorts = []string{string(store.TicketSortNewest), string(store.TicketSortOldest), string(store.TicketSortWaiting)}

func lowerAll[S ~string](all []S) (names []string) {
	for _, s := range all {
		names = append(names, text.Lower(s))
	}
	return names
}

// ticketStatusFilters are the statuses that the list can be filtered by, in the order of a ticket's life cycle.
var ticketStatusFilters = []string{text.Lower(store.TicketOpen), text.Lower(store.TicketClaimed),
	text.Lower(store.TicketActive), text.Lower(store.TicketClosed)}

// ticketListRows renders the rows of the list, from the fragment cache where possible.
func ticketListRows(p ui.Page, v ListView) templ.Component {
	rows := v.List.Items
	return p.Fragments.CachedList([]any{v.Requests.RowBotState()}, len(rows),
		func(i int) string { return rows[i].ID },
		func(i int) templ.Component { return ticketRow(p, v.Filter, rows[i], v.Requests.ForRow(rows[i].ID)) },
		func(i int) []any { return []any{rows[i], rows[i].IsOverdue(p.Now), v.Requests.Command(rows[i].ID)} })
}

// A ticketTab is a predefined filter of the ticket list.
type ticketTab struct {
	id, label string
	url       ui.ListURL
	count     int // -1: not shown
	isCurrent bool
}

// tabs returns the tabs of the list. A tab keeps the search term and other filters, and sets its own.
func (v ListView) tabs(p ui.Page) []ticketTab {
	urlFor := func(status, sort, claimer string) ui.ListURL {
		f := v.Filter
		f.Status, f.Claimer = status, claimer
		switch {
		case sort != "":
			f.Sort = sort
		case f.Sort == string(store.TicketSortWaiting):
			f.Sort = ""
		}
		return f.URL().WithPage(1)
	}
	f, waiting := v.Filter, string(store.TicketSortWaiting)
	tab := func(id string, status store.TicketStatus, label string) ticketTab {
		return ticketTab{
			id: id, label: p.T(label), url: urlFor(text.Lower(status), "", ""), count: v.Stats.Count(status),
			isCurrent: f.Status == text.Lower(status) && f.Sort != waiting && f.Claimer == "",
		}
	}
	tabs := []ticketTab{
		tab("all", "", "filter.all"),
		tab("open", store.TicketOpen, "ticket.open"),
		{id: "mine", label: p.T("tickets.mine"), url: urlFor(text.Lower(store.TicketActive), "", "me"), count: -1},
		tab("active", store.TicketActive, "tickets.active"),
		{id: "waiting", label: p.T("tickets.waiting"), url: urlFor("", waiting, ""), count: -1,
			isCurrent: f.Sort == waiting && f.Claimer == ""},
		tab("closed", store.TicketClosed, "ticket.closed"),
	}
	if f.Claimer != "" {
		tabs = slices.Insert(tabs, 3, ticketTab{
			id: "claimer", label: p.T("tickets.claimedBy", "name", ui.UserName(v.Claimer)), url: f.URL().WithPage(1),
			count: v.List.Total, isCurrent: true,
		})
	}
	return tabs
}

func categoryLabel(c store.TicketCategory) string {
	name := cmp.Or(text.SanitizeLine(c.Name), c.ID)
	if c.Emoji != nil && *c.Emoji != "" {
		name = text.SanitizeLine(*c.Emoji) + " " + name
	}
	return name
}

func categoryOptions(categories []store.TicketCategory) (options []ui.Option) {
	for _, c := range categories {
		options = append(options, ui.Option{Value: c.ID, Label: categoryLabel(c)})
	}
	return options
}

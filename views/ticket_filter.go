package views

import (
	"cmp"
	"slices"

	"github.com/a-h/templ"

	"guildboard/store"
)

// TicketSorts are the sort orders of the ticket list, the default first.
var TicketSorts = []string{string(store.TicketsNewest), string(store.TicketsOldest), string(store.TicketsWaiting)}

func lowerAll[S ~string](all []S) (names []string) {
	for _, s := range all {
		names = append(names, lower(s))
	}
	return names
}

// ticketStatusFilters are the statuses that the list can be filtered by, in the order of a ticket's life cycle.
var ticketStatusFilters = []string{lower(store.TicketOpen), lower(store.TicketClaimed), lower(store.TicketActive), lower(store.TicketClosed)}

// ticketListRows renders the rows of the list, from the fragment cache where possible.
func ticketListRows(p Page, v TicketList) templ.Component {
	rows := v.List.Items
	return p.Fragments.cachedList([]any{v.Requests.rowBotState()}, len(rows),
		func(i int) string { return rows[i].ID },
		func(i int) templ.Component { return ticketRow(p, v.Filter, rows[i], v.Requests.forRow(rows[i].ID)) },
		func(i int) []any { return []any{rows[i], rows[i].IsOverdue(p.Now), v.Requests.command(rows[i].ID)} })
}

// A ticketTab is a predefined filter of the ticket list.
type ticketTab struct {
	id, label string
	filter    Filter
	count     int // -1: not shown
	isCurrent bool
}

// tabs returns the tabs of the list. A tab keeps the search term and other filters, and sets its own.
func (v TicketList) tabs(p Page) []ticketTab {
	filterFor := func(status, sort, claimer string) Filter {
		f := v.Filter.WithStatus(status)
		f.Claimer = claimer
		switch {
		case sort != "":
			f.Sort = sort
		case f.Sort == string(store.TicketsWaiting):
			f.Sort = ""
		}
		return f
	}
	f, waiting := v.Filter, string(store.TicketsWaiting)
	tab := func(id string, status store.TicketStatus, label string) ticketTab {
		return ticketTab{
			id: id, label: p.T(label), filter: filterFor(lower(status), "", ""), count: v.Stats.Count(status),
			isCurrent: f.Status == lower(status) && f.Sort != waiting && f.Claimer == "",
		}
	}
	tabs := []ticketTab{
		tab("all", "", "filter.all"),
		tab("open", store.TicketOpen, "ticket.open"),
		{id: "mine", label: p.T("tickets.mine"), filter: filterFor(lower(store.TicketActive), "", "me"), count: -1},
		tab("active", store.TicketActive, "tickets.active"),
		{id: "waiting", label: p.T("tickets.waiting"), filter: filterFor("", waiting, ""), count: -1, isCurrent: f.Sort == waiting && f.Claimer == ""},
		tab("closed", store.TicketClosed, "ticket.closed"),
	}
	if f.Claimer != "" {
		tabs = slices.Insert(tabs, 3, ticketTab{
			id: "claimer", label: p.T("tickets.ofClaimer", "name", userName(v.Claimer)), filter: f.WithPage(1), count: v.List.Total, isCurrent: true,
		})
	}
	return tabs
}

func categoryLabel(c store.TicketCategory) string {
	name := cmp.Or(sanitizeLine(c.Name), c.ID)
	if c.Emoji != nil && *c.Emoji != "" {
		name = sanitizeLine(*c.Emoji) + " " + name
	}
	return name
}

func categoryOptions(categories []store.TicketCategory) (options []option) {
	for _, c := range categories {
		options = append(options, option{c.ID, categoryLabel(c)})
	}
	return options
}

package views

import (
	"slices"

	"github.com/a-h/templ"

	"guildboard/store"
)

func lowerAll[S ~string](all []S) (names []string) {
	for _, s := range all {
		names = append(names, lower(s))
	}
	return names
}

// ticketStatusFilters are what the list can be narrowed to, in the order of a ticket's life.
var ticketStatusFilters = []string{lower(store.TicketOpen), lower(store.TicketClaimed), lower(store.TicketActive), lower(store.TicketClosed)}

// ticketListRows are the rows of the list.
func ticketListRows(p Page, v TicketList) templ.Component {
	rows := v.List.Items
	return p.Fragments.cachedList([]any{v.Requests.rowBotState()}, len(rows),
		func(i int) string { return rows[i].ID },
		func(i int) templ.Component { return ticketRow(p, v.Filter, rows[i], v.Requests.forRow(rows[i].ID)) },
		func(i int) []any { return []any{rows[i], rows[i].IsOverdue(p.Now), v.Requests.command(rows[i].ID)} })
}

// ticketTab is one way into the list of tickets.
type ticketTab struct {
	id, label string
	filter    Filter
	count     int // -1: not said
	isCurrent bool
}

// tabs are the ways into the list. A tab keeps what is looked for, and says anew what its own words say.
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

// withOpener is the list of what one person opened.
func (f Filter) withOpener(id string) Filter {
	f.Opener = id
	return f.WithPage(1)
}

func categoryLabel(c store.TicketCategory) string {
	name := orDefault(sanitizeLine(c.Name), c.ID)
	if c.Emoji != nil && *c.Emoji != "" {
		name = sanitizeLine(*c.Emoji) + " " + name
	}
	return name
}

// claimerOptions are those to choose from, the reader first, if they are to be among them.
func claimerOptions(p Page, viewer *store.User, all []store.User) []option {
	options := []option{{"", p.T("filter.anybody")}}
	if viewer != nil {
		options = append(options, option{viewer.ID, p.T("filter.me")})
		all = slices.DeleteFunc(slices.Clone(all), func(user store.User) bool { return user.ID == viewer.ID })
	}
	return append(options, userOptions(all)...)
}

func categoryOptions(categories []store.TicketCategory) (options []option) {
	for _, c := range categories {
		options = append(options, option{c.ID, categoryLabel(c)})
	}
	return options
}

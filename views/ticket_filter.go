package views

import (
	"slices"

	"github.com/a-h/templ"

	"guildboard/store"
)

func lowered[S ~string](all []S) (names []string) {
	for _, s := range all {
		names = append(names, lower(s))
	}
	return names
}

// ticketStates are what the list can be narrowed to, in the order of a ticket's life.
var ticketStates = []string{lower(store.TicketOpen), lower(store.TicketClaimed), lower(store.TicketActive), lower(store.TicketClosed)}

// listedTickets are the rows of the list.
func listedTickets(p Page, v TicketList) templ.Component {
	rows := v.List.Items
	return p.Memo.list([]any{v.Asked.ofAll()}, len(rows),
		func(i int) string { return rows[i].ID },
		func(i int) templ.Component { return ticketRow(p, v.Filter, rows[i], v.Asked.about(rows[i].ID)) },
		func(i int) []any { return []any{rows[i], rows[i].Late(p.Now), v.Asked.command(rows[i].ID)} })
}

// ticketTab is one way into the list of tickets.
type ticketTab struct {
	id, label string
	filter    Filter
	count     int // -1: not said
	current   bool
}

// tabs are the ways into the list. A tab keeps what is looked for, and says anew what its own words say.
func (v TicketList) tabs(p Page) []ticketTab {
	at := func(status, sort, claimer string) Filter {
		f := v.Filter.WithStatus(status)
		f.Claims = claimer
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
			id: id, label: p.T(label), filter: at(lower(status), "", ""), count: v.Tiles.Count(status),
			current: f.Status == lower(status) && f.Sort != waiting && f.Claims == "",
		}
	}
	tabs := []ticketTab{
		tab("all", "", "filter.all"),
		tab("open", store.TicketOpen, "ticket.open"),
		{id: "mine", label: p.T("tickets.mine"), filter: at(lower(store.TicketActive), "", "me"), count: -1},
		tab("active", store.TicketActive, "tickets.active"),
		{id: "waiting", label: p.T("tickets.waiting"), filter: at("", waiting, ""), count: -1, current: f.Sort == waiting && f.Claims == ""},
		tab("closed", store.TicketClosed, "ticket.closed"),
	}
	if f.Claims != "" {
		tabs = slices.Insert(tabs, 3, ticketTab{
			id: "claimer", label: p.T("tickets.ofClaimer", "name", personName(v.Claimer)), filter: f.WithPage(1), count: v.List.Total, current: true,
		})
	}
	return tabs
}

// withOpener is the list of what one person opened.
func (f Filter) withOpener(id string) Filter {
	f.Opener = id
	return f.WithPage(1)
}

func kindName(c store.TicketCategory) string {
	name := or(clean(c.Name), c.ID)
	if c.Emoji != nil && *c.Emoji != "" {
		name = clean(*c.Emoji) + " " + name
	}
	return name
}

// claimers are those to choose from, the reader first, if they are to be among them.
func claimers(p Page, reader *store.Person, all []store.Person) []option {
	options := []option{{"", p.T("filter.anybody")}}
	if reader != nil {
		options = append(options, option{reader.ID, p.T("filter.me")})
		all = slices.DeleteFunc(slices.Clone(all), func(who store.Person) bool { return who.ID == reader.ID })
	}
	return append(options, people(all)...)
}

func kinds(categories []store.TicketCategory) (options []option) {
	for _, c := range categories {
		options = append(options, option{c.ID, kindName(c)})
	}
	return options
}

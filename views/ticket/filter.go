package ticket

import (
	"cmp"
	"slices"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/contract"
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

// Sorts are the sort orders of the ticket list, the default first.
var Sorts = []string{string(store.TicketSortNewest), string(store.TicketSortOldest), string(store.TicketSortWaiting)}

// Toolbar returns the toolbar of the list. opener is the user that the filter selects, if any.
func Toolbar(p ui.Page, f Filter, options store.TicketFilterOptions, opener contract.User) ui.Toolbar {
	t := ui.Toolbar{
		List: "tickets", URL: f.URL(), Filter: f.Filter, SearchLabel: p.T("tickets.search"), Sorts: Sorts,
		Fields: filterFields(p, f, options), CanExport: true,
		Hidden: []ui.Parameter{{Name: "status", Value: f.Status}},
	}
	if f.Opener != "" {
		t.Hidden = append(t.Hidden, ui.Parameter{Name: "opener", Value: f.Opener})
	}
	t.Describe = func(param ui.Parameter) string {
		switch param.Name {
		case "category":
			return p.FilterLabel("col.category", ui.OptionLabel(categoryOptions(options.Categories), param.Value))
		case "priority":
			return p.FilterLabel("col.priority", ui.OptionLabel(priorityOptions(p), param.Value))
		case "label":
			return labelName(options.Labels, param.Value)
		case "overdue":
			return p.T("ticket.overdue")
		case "claimer":
			return p.FilterLabel("col.claimer", ui.OptionLabel(ui.ClaimerOptions(p, p.User, options.Claimers), param.Value))
		case "opener":
			return p.FilterLabel("col.opener", ui.UserName(opener))
		}
		return p.DayLabel(param)
	}
	return t
}

func priorityOptions(p ui.Page) []ui.Option {
	return ui.TranslatedOptions(p, "priority.", lowerAll(store.TicketPriorities))
}

// labelName returns the name of a label, or "" if it is not among them.
func labelName(labels []store.TicketLabel, id string) string {
	for _, l := range labels {
		if l.ID == id {
			return text.Truncate(l.Name, store.MaxLabelNameLength)
		}
	}
	return ""
}

func lowerAll[S ~string](all []S) (names []string) {
	for _, s := range all {
		names = append(names, text.Lower(s))
	}
	return names
}

// ticketListRows renders the rows of the list, from the fragment cache where possible.
func ticketListRows(p ui.Page, v ListView) templ.Component {
	rows := v.List.Items
	return p.Fragments.CachedList([]any{v.Requests.RowBotState()}, len(rows),
		func(i int) string { return rows[i].ID },
		func(i int) templ.Component { return ticketRow(p, v.Filter, rows[i], v.Requests.ForRow(rows[i].ID)) },
		func(i int) []any { return []any{rows[i], rows[i].IsOverdue(p.Now), v.Requests.Command(rows[i].ID)} })
}

// tabs returns the tabs of the list. A tab keeps the search term and other filters, and sets its own.
func (v ListView) tabs(p ui.Page) []ui.ListTab {
	urlFor := func(status, claimer string) ui.ListURL {
		f := v.Filter
		f.Status, f.Claimer = status, claimer
		return f.URL().WithPage(1)
	}
	f := v.Filter
	tab := func(id string, status store.TicketStatus, label string) ui.ListTab {
		return ui.ListTab{
			ID: id, Label: p.T(label), URL: urlFor(text.Lower(status), ""), Count: v.Stats.Count(status), HasCount: true,
			IsCurrent: f.Status == text.Lower(status) && f.Claimer == "",
		}
	}
	tabs := []ui.ListTab{
		tab("all", "", "filter.all"),
		tab("open", store.TicketOpen, "ticket.open"),
		{ID: "mine", Label: p.T("tickets.mine"), URL: urlFor(text.Lower(store.TicketActive), "me")},
		tab("active", store.TicketActive, "tickets.active"),
		tab("closed", store.TicketClosed, "ticket.closed"),
	}
	if f.Claimer != "" {
		tabs = slices.Insert(tabs, 3, ui.ListTab{
			ID: "claimer", Label: p.T("tickets.claimedBy", "name", ui.UserName(v.Claimer)), URL: f.URL().WithPage(1),
			Count: v.List.Total, HasCount: true, IsCurrent: true,
		})
	}
	return tabs
}

func categoryLabel(c store.TicketCategory) string {
	name := cmp.Or(text.SanitizeLine(c.Name), c.ID)
	if c.Emoji != nil && *c.Emoji != "" {
		name = text.SanitizeLine(*c.Emoji) + " " + name
	}
	return text.Isolate(name)
}

func categoryOptions(categories []store.TicketCategory) (options []ui.Option) {
	for _, c := range categories {
		options = append(options, ui.Option{Value: c.ID, Label: categoryLabel(c)})
	}
	return options
}

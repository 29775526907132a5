package giveaway

import (
	"guildboard/store"
	"guildboard/views/link"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// Filter is the filter of the list of giveaways.
type Filter struct {
	ui.Filter
	Host          string // user id; "" for all
	Channel       string // id; "" for all
	OnlyRepeating bool   // only repeating giveaways
	OnlyUnclaimed bool   // only giveaways with a prize that was not claimed in time
}

// URL returns the URL of the list.
func (f Filter) URL() ui.ListURL {
	u := f.NewURL()
	u.Add("status", f.Status)
	u.Add("q", f.SearchTerm)
	u.Add("host", f.Host)
	u.Add("channel", f.Channel)
	u.Add("repeat", ui.YesValue(f.OnlyRepeating))
	u.Add("prizes", f.prizes())
	u.Add("from", f.From)
	u.Add("to", f.To)
	u.Add("sort", f.Sort)
	u.Add("only", f.SelectedIDs...)
	return u
}

// prizes returns the value of the filter for prizes.
func (f Filter) prizes() string {
	if f.OnlyUnclaimed {
		return "unclaimed"
	}
	return ""
}

// tabs returns the tabs of the list. A tab keeps the search term and other filters.
func (f Filter) tabs(p ui.Page, t store.GiveawayStats) []ui.ListTab {
	tab := func(status, label string, n int) ui.ListTab {
		filter := f
		filter.Status = status
		return ui.ListTab{
			ID: ui.StatusOrAll(status), Label: label, URL: filter.URL().WithPage(1), Count: n, HasCount: true,
			IsCurrent: f.Status == status,
		}
	}
	tabs := []ui.ListTab{tab("", p.T("filter.all"), t.Total())}
	for _, s := range giveawayTabOrder {
		tabs = append(tabs, tab(text.Lower(s), p.T("giveaway."+text.Lower(s)), t.Count(s)))
	}
	return tabs
}

// Toolbar returns the toolbar of the list.
func Toolbar(p ui.Page, f Filter, options store.GiveawayFilterOptions) ui.Toolbar {
	return ui.Toolbar{
		List: "giveaways", URL: f.URL(), Filter: f.Filter, SearchLabel: p.T("giveaways.search"), Sorts: Sorts,
		Fields: filterFields(p, f, options), CanExport: true,
		Hidden: []ui.Parameter{{Name: "status", Value: f.Status}},
		Describe: func(param ui.Parameter) string {
			switch param.Name {
			case "host":
				return p.FilterLabel("col.host", ui.OptionLabel(ui.UserOptions(options.Hosts), param.Value))
			case "channel":
				return p.FilterLabel("filter.channel", p.ChannelName(param.Value))
			case "repeat":
				return p.T("filter.repeats")
			case "prizes":
				return p.T("filter.unclaimedPrizes")
			}
			return p.DayLabel(param)
		},
	}
}

// EntrantToolbar returns the toolbar of the list of entrants.
func EntrantToolbar(p ui.Page, f EntrantFilter) ui.Toolbar {
	return ui.Toolbar{List: "entrants", URL: f.URL(), Filter: f.Filter, SearchLabel: p.T("entry.search")}
}

// EntrantFilter is the filter of the list of a giveaway's entrants.
type EntrantFilter struct{ ui.Filter }

// URL returns the URL of the list.
func (f EntrantFilter) URL() ui.ListURL {
	u := f.NewURL()
	u.Add("q", f.SearchTerm)
	return u
}

// Sorts are the sort orders of the giveaway list, the default first.
var Sorts = []string{
	string(store.GiveawaySortNewest), string(store.GiveawaySortOldest), string(store.GiveawaySortEnding),
	string(store.GiveawaySortEntries), string(store.GiveawaySortPrize),
}

// giveawayTabOrder lists the tabs of the giveaway list in order.
var giveawayTabOrder = []store.GiveawayStatus{
	store.GiveawayActive, store.GiveawayPending, store.GiveawayPaused, store.GiveawayEnded, store.GiveawayCancelled,
}

// listFilter returns the filter of the whole list of giveaways.
func listFilter(p ui.Page) Filter { return Filter{Filter: ui.Filter{Path: link.Giveaways(p.Guild.ID)}} }

// giveawayListURL returns the URL of the giveaway list under a tab.
func giveawayListURL(p ui.Page, status string) string {
	f := listFilter(p)
	f.Status = status
	return f.URL().String()
}

package giveaway

import (
	"guildboard/store"
	"guildboard/views/link"
	"guildboard/views/ui"
)

// Filter is the filter of the list of giveaways.
type Filter struct {
	ui.Filter
	Host          string // user id; "" for all
	Channel       string // id; "" for all
	OnlyRepeating bool   // only repeating giveaways
}

// URL returns the URL of the list.
func (f Filter) URL() ui.ListURL {
	u := f.NewURL()
	u.Add("status", f.Status)
	u.Add("q", f.SearchTerm)
	u.Add("host", f.Host)
	u.Add("channel", f.Channel)
	u.Add("repeat", ui.YesValue(f.OnlyRepeating))
	u.Add("from", f.From)
	u.Add("to", f.To)
	u.Add("sort", f.Sort)
	u.Add("only", f.SelectedIDs...)
	return u
}

// tabURL returns the URL of the list under another status tab.
func (f Filter) tabURL(status string) string {
	f.Status = status
	return f.URL().WithPage(1).String()
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
	store.GiveawayActive, store.GiveawayPending, store.GiveawayPaused,
	store.GiveawayHistory, store.GiveawayEnded, store.GiveawayCancelled,
}

// giveawayListURL returns the URL of the giveaway list under a tab.
func giveawayListURL(p ui.Page, status string) string {
	return Filter{Filter: ui.Filter{Path: link.Giveaways(p.Guild.ID)}}.tabURL(status)
}

package rating

import (
	"guildboard/store"
	"guildboard/views/ui"
)

// Filter is the filter of the list of ratings.
type Filter struct {
	ui.Filter
	Stars        string // 1 to 5; "" for all
	Staff        string // user id of the rated staff member; "" for all
	OnlyReviewed bool   // only ratings with a review
}

// URL returns the URL of the list.
func (f Filter) URL() ui.ListURL {
	u := f.NewURL()
	u.Add("status", f.Status)
	u.Add("from", f.From)
	u.Add("to", f.To)
	u.Add("stars", f.Stars)
	u.Add("staff", f.Staff)
	u.Add("words", f.reviewedValue())
	u.Add("only", f.SelectedIDs...)
	return u
}

// reviewedValue returns the value of the "words" parameter: "1", or "" if it is not set.
func (f Filter) reviewedValue() string {
	if f.OnlyReviewed {
		return "1"
	}
	return ""
}

// tabs returns the tabs of the list: the publication states.
func (v ListView) tabs(p ui.Page) []ui.ListTab {
	tab := func(status, label string, n int) ui.ListTab {
		f := v.Filter
		f.Status = status
		return ui.ListTab{
			ID: ui.StatusOrAll(status), Label: label, URL: f.URL().WithPage(1), Count: n, HasCount: true,
			IsCurrent: v.Filter.Status == status,
		}
	}
	tabs := []ui.ListTab{tab("", p.T("filter.all"), v.Stats.Total())}
	for _, s := range store.RatingStates {
		tabs = append(tabs, tab(string(s), p.T("rating."+string(s)), v.Stats.States[s]))
	}
	return tabs
}

// Toolbar returns the toolbar of the list.
func Toolbar(p ui.Page, f Filter, options store.TicketFilterOptions) ui.Toolbar {
	return ui.Toolbar{
		List: "ratings", URL: f.URL(), Filter: f.Filter, Fields: filterFields(p, f, options),
		Hidden: []ui.Parameter{{Name: "status", Value: f.Status}},
		Describe: func(param ui.Parameter) string {
			switch param.Name {
			case "stars":
				return ui.OptionLabel(ui.StarOptions(p), param.Value)
			case "staff":
				return p.FilterLabel("ratings.staff", ui.OptionLabel(ui.ClaimerOptions(p, nil, options.Claimers), param.Value))
			case "words":
				return p.T("ratings.withReview")
			}
			return p.DayLabel(param)
		},
	}
}

package rating

import "guildboard/views/ui"

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

package audit

import "guildboard/views/ui"

// Filter is the filter of the audit log.
type Filter struct {
	ui.Filter
	Verb  string // of a command, upper case; "" for all
	Actor string // user id of the member who sent the command; "" for all
}

// URL returns the URL of the audit log.
func (f Filter) URL() ui.ListURL {
	u := f.NewURL()
	u.Add("status", f.Status)
	u.Add("from", f.From)
	u.Add("to", f.To)
	u.Add("verb", f.Verb)
	u.Add("by", f.Actor)
	return u
}

// actorURL returns the URL of the commands of one user.
func (f Filter) actorURL(id string) string {
	f.Actor = id
	return f.URL().WithPage(1).String()
}

package audit

import (
	"slices"

	"guildboard/store/contract"
	"guildboard/views/ui"
)

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

// Toolbar returns the toolbar of the audit log. actor is the user that the filter selects, if any.
func Toolbar(p ui.Page, f Filter, actor contract.User) ui.Toolbar {
	t := ui.Toolbar{
		List: "audit", URL: f.URL(), Filter: f.Filter, Fields: filterFields(p, f), CanExport: true, HasStatusField: true,
		Describe: func(param ui.Parameter) string {
			switch param.Name {
			case "status":
				return p.FilterLabel("audit.status", ui.OptionLabel(statusOptions(p), param.Value))
			case "verb":
				return ui.OptionLabel(verbOptions(p), param.Value)
			case "by":
				return p.FilterLabel("audit.who", ui.UserName(actor))
			}
			return p.DayLabel(param)
		},
	}
	if f.Actor != "" {
		t.Hidden = []ui.Parameter{{Name: "by", Value: f.Actor}}
	}
	return t
}

func verbOptions(p ui.Page) []ui.Option {
	return ui.TranslatedOptions(p, "audit.", slices.Concat(contract.Verbs, contract.DashboardVerbs))
}

func statusOptions(p ui.Page) []ui.Option {
	return ui.TranslatedOptions(p, "status.", contract.CommandStatuses)
}

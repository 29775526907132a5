package views

import (
	"github.com/a-h/templ"

	"guildboard/store"
)

// statesOfSettings are the settings of both modules, panels, kinds of ticket and products.
func statesOfSettings(v values) []State {
	setup := store.TicketSetup{
		Panels: []store.TicketPanel{{ID: "p1", Name: v.text, Title: v.text, ChannelID: new("400000000000000001"), MessageID: new("900000000000000001"), PostedIn: new("400000000000000001"), GuildID: stateGuild, Enabled: true}, {ID: "p2", Name: v.text, Title: v.text}},
		Categories: []store.TicketCategory{
			{ID: "k1", PanelID: "p1", Name: v.text, Emoji: &v.text, Enabled: true}, {ID: "k2", PanelID: "p1", Name: v.text},
		},
		Products: []store.TicketProduct{{ID: "d1", Name: v.text, Emoji: &v.text, AssignedRoleIDs: store.Strings{"7", "9"}}},
	}
	refused := v.command(13, store.VerbPanelPost, store.CommandRefused)
	panelAsked := Asked{Bot: v.silent, Commands: map[string]store.Command{"p1": refused}}
	sheet := func(tab SettingsTab, fields store.Sheet, values store.Values) SheetView {
		return SheetView{
			Title: v.text, Tab: tab, Sheet: fields, Values: values, Action: "/guilds/1/settings/" + string(tab), Back: "/guilds/1/settings/" + string(tab),
			Choice: setup.Categories, Bot: v.asked.Bot,
		}
	}
	filled, theirs := store.Values{}, store.Values{}
	for _, f := range store.PanelSheet {
		filled[f.Name], theirs[f.Name] = v.text, v.said+"!"
	}
	wrong := sheet(TabPanels, store.PanelSheet, filled)
	wrong.Text, wrong.Delete, wrong.Preview, wrong.Bot = v.said, "/guilds/1/settings/panels/p1/delete", PreviewPanel, v.silent
	wrong.Theirs, wrong.By, wrong.At, wrong.Problems = theirs, v.who, v.at, map[string]string{"title": v.said}
	barred := sheet(TabPanels, store.PanelSheet, filled)
	barred.Back, barred.Refused = "", v.said
	previewed := func(tab SettingsTab, fields store.Sheet, p Preview) templ.Component {
		values := store.Values{}
		for _, f := range fields {
			values[f.Name] = v.text
			if f.Kind == store.FieldRoles {
				values[f.Name] = "7 9" // one that the bot has named, and one that it has not
			}
		}
		s := sheet(tab, fields, values)
		s.Preview = p
		return Sheet(v.named, s)
	}
	return []State{
		{"Sheet", "giveaways", previewed(TabGiveaways, store.GiveawaySheet, PreviewGiveaway)},
		{"Sheet", "tickets", previewed(TabTickets, store.TicketSheet, PreviewMessages)},
		{"Sheet", "category", previewed(TabPanels, store.CategorySheet, PreviewCategory)},
		{"Sheet", "empty", Sheet(v.p, sheet(TabPanels, store.PanelSheet, store.Values{}))},
		{"Sheet", "overtaken", Sheet(v.p, wrong)},
		{"Sheet", "refused", Sheet(v.watcher, barred)},
		{"SettingsList", "empty", SettingsList(v.p, TabPanels, "/guilds/1/settings/panels/new", v.live(PanelRows(v.p, store.TicketSetup{}, Asked{Bot: v.asked.Bot})))},
		{"PanelRows", "many", PanelRows(v.p, setup, panelAsked)},
		{"PanelRows", "named", PanelRows(v.named, setup, Asked{Bot: v.asked.Bot})},
		{"ProductRows", "empty", ProductRows(v.p, nil)},
		{"ProductRows", "one", ProductRows(v.named, setup.Products)},
		{"ConfirmDelete", "one", ConfirmDelete(v.p, v.text, v.said, "/guilds/1", "/guilds/1")},
	}
}

package gallery

import (
	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/forms"
	settingsview "guildboard/views/settings"
	"guildboard/views/ui"
)

// statesOfSettings returns the gallery states of the settings of both modules, panels, ticket categories and products.
func statesOfSettings(v stateFixtures) []State {
	setup := store.TicketSetup{
		Panels: []store.TicketPanel{{ID: "p1", Name: v.text, Title: v.text, ChannelID: new("400000000000000001"),
			MessageID: new("900000000000000001"), MessageChannelID: new("400000000000000001"), GuildID: stateGuild,
			Enabled: true}, {ID: "p2", Name: v.text, Title: v.text}},
		Categories: []store.TicketCategory{
			{ID: "k1", PanelID: "p1", Name: v.text, Emoji: &v.text, Enabled: true}, {ID: "k2", PanelID: "p1", Name: v.text},
		},
		Products: []store.TicketProduct{{ID: "d1", Name: v.text, Emoji: &v.text, AssignedRoleIDs: store.Strings{"7", "9"}}},
	}
	refused := v.command(13, contract.VerbPanelPost, contract.CommandRefused)
	panelAsked := ui.BotRequests{Bot: v.silentBot, Commands: map[string]contract.Command{"p1": refused}}
	form := func(tab settingsview.Tab, fields forms.Schema, values forms.Values) settingsview.FormView {
		return settingsview.FormView{
			Title: v.text, Tab: tab, Schema: fields, Values: values, Action: "/guilds/1/settings/" + string(tab),
			Back:       "/guilds/1/settings/" + string(tab),
			Categories: setup.Categories, Bot: v.requests.Bot,
		}
	}
	filled, saved := forms.Values{}, forms.Values{}
	for _, f := range store.PanelSchema {
		filled[f.Name], saved[f.Name] = v.text, v.cleanText+"!"
	}
	invalid := form(settingsview.TabPanels, store.PanelSchema, filled)
	invalid.Description, invalid.DeletePath, invalid.Preview, invalid.Bot = v.cleanText,
		"/guilds/1/settings/panels/p1/delete", settingsview.PreviewPanel, v.silentBot
	invalid.SavedValues, invalid.SavedBy, invalid.SavedAt, invalid.Problems = saved, v.user, v.now, map[string]string{"title": v.cleanText}
	denied := form(settingsview.TabPanels, store.PanelSchema, filled)
	denied.Back, denied.RefusedReason = "", v.cleanText
	previewed := func(tab settingsview.Tab, fields forms.Schema, p settingsview.Preview) templ.Component {
		values := forms.Values{}
		for _, f := range fields {
			values[f.Name] = v.text
			if f.Kind == forms.Roles {
				values[f.Name] = "7 9" // one that the bot has named, and one that it has not
			}
		}
		s := form(tab, fields, values)
		s.Preview = p
		return settingsview.Form(v.namedPage, s)
	}
	return []State{
		{"settings.Form", "giveaways", previewed(settingsview.TabGiveaways, store.GiveawaySettingsSchema, settingsview.PreviewGiveaway)},
		{"settings.Form", "tickets", previewed(settingsview.TabTickets, store.TicketSettingsSchema, settingsview.PreviewMessages)},
		{"settings.Form", "category", previewed(settingsview.TabPanels, store.CategorySchema, settingsview.PreviewCategory)},
		{"settings.Form", "label", previewed(settingsview.TabLabels, store.LabelSchema, settingsview.PreviewLabel)},
		{"settings.Form", "reply", previewed(settingsview.TabReplies, store.CannedReplySchema, settingsview.PreviewMessages)},
		{"settings.Form", "empty", settingsview.Form(v.page, form(settingsview.TabPanels, store.PanelSchema, forms.Values{}))},
		{"settings.Form", "overtaken", settingsview.Form(v.page, invalid)},
		{"settings.Form", "refused", settingsview.Form(v.readOnlyPage, denied)},
		{"settings.List", "empty", settingsview.List(v.page, settingsview.TabPanels,
			"/guilds/1/settings/panels/new", v.liveRegion(settingsview.PanelRows(v.page, store.TicketSetup{},
				ui.BotRequests{Bot: v.requests.Bot})))},
		{"settings.PanelPostPreview", "one", settingsview.PanelPostPreview(v.namedPage, setup, setup.Panels[0])},
		{"settings.PanelRows", "many", settingsview.PanelRows(v.page, setup, panelAsked)},
		{"settings.PanelRows", "named", settingsview.PanelRows(v.namedPage, setup, ui.BotRequests{Bot: v.requests.Bot})},
		{"settings.ProductRows", "empty", settingsview.ProductRows(v.page, nil)},
		{"settings.ProductRows", "one", settingsview.ProductRows(v.namedPage, setup.Products)},
		{"settings.ConfirmDelete", "one", settingsview.ConfirmDelete(v.page, v.text, v.cleanText, "/guilds/1", "/guilds/1")},
	}
}

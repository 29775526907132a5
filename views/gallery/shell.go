package gallery

import "guildboard/views/ui"

// statesOfShell returns the gallery states of the page layout.
func statesOfShell(v stateFixtures) []State {
	withAlerts := v.page
	withAlerts.IsAccessUnconfirmed, withAlerts.Alerts = true, []ui.Alert{{Kind: ui.AlertInfo, Text: v.cleanText},
		{Kind: ui.AlertSuccess, Text: v.cleanText}, {Kind: ui.AlertProblem, Text: v.cleanText}}
	many := v.page
	many.Guilds = nil
	for _, id := range []string{stateGuild, "2", "3", "4", "5", "6", "7", "8"} {
		many.Guilds = append(many.Guilds, ui.GuildLink{ID: id, Name: v.text, Icon: v.text})
	}
	nameless := v.page
	nameless.User, nameless.Guild = &v.unknownUser, &ui.GuildLink{ID: stateGuild}
	return []State{
		{"Layout", "noted", ui.Layout(withAlerts)},
		{"Header", "signed-in", ui.Header(v.page)},
		{"Header", "stranger", ui.Header(v.anonymousPage)},
		{"Header", "nameless", ui.Header(nameless)},
		{"Sidebar", "manager", ui.Sidebar(v.page)},
		{"Sidebar", "many", ui.Sidebar(many)},
		{"Sidebar", "watcher", ui.Sidebar(v.readOnlyPage)},
		{"Sidebar", "nameless", ui.Sidebar(nameless)},
		{"Footer", "signed-in", ui.Footer(v.page)},
		{"QuickSearchDialog", "open", ui.QuickSearchDialog(v.page)},
		{"ShortcutHelp", "open", ui.ShortcutHelp(v.page)},
		{"AlertBox", "info", ui.AlertBox(v.page, ui.Alert{Kind: ui.AlertInfo, Text: v.cleanText})},
		{"AlertBox", "success", ui.AlertBox(v.page, ui.Alert{Kind: ui.AlertSuccess, Text: v.cleanText})},
		{"AlertBox", "problem", ui.AlertBox(v.page, ui.Alert{Kind: ui.AlertProblem, Text: v.cleanText})},
		{"LiveStatus", "still", ui.LiveStatus(v.page)},
		{"LiveRegion", "one", ui.LiveRegion(v.liveRegion(ui.AlertBox(v.page, ui.Alert{Kind: ui.AlertInfo, Text: v.cleanText})))},
		{"toastPreview", "info", toastPreview(v.page, "info", v.cleanText)},
		{"toastPreview", "problem", toastPreview(v.page, "problem", v.cleanText)},
		{"ErrorPage", "not-found", ui.ErrorPage(v.page, 404, "notFound", "")},
		{"ErrorPage", "forbidden", ui.ErrorPage(v.page, 403, "forbidden", "")},
		{"ErrorPage", "unavailable", ui.ErrorPage(v.page, 503, "unavailable", v.cleanText)},
		{"ErrorPage", "internal", ui.ErrorPage(v.anonymousPage, 500, "internal", v.cleanText)},
		{"ErrorDialog", "forbidden", ui.ErrorDialog(v.page, "forbidden")},
		{"ErrorFragment", "internal", ui.ErrorFragment(v.page, "internal")},
	}
}

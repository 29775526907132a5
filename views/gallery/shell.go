package gallery

import "guildboard/views/ui"

// statesOfShell returns the gallery states of the page layout.
func statesOfShell(v stateFixtures) []State {
	withAlerts := v.page
	withAlerts.IsAccessUnconfirmed, withAlerts.Alerts = true, []ui.Alert{{Kind: ui.AlertInfo, Text: v.cleanText},
		{Kind: ui.AlertSuccess, Text: v.cleanText}, {Kind: ui.AlertProblem, Text: v.cleanText}}
	asRole, asUnknownRole := v.namedPage, v.page
	asRole.Rights, asUnknownRole.Rights = v.readOnlyPage.Rights, v.readOnlyPage.Rights
	asRole.ViewedRoleID, asUnknownRole.ViewedRoleID = "7", "700000000000000007"
	many := v.page
	many.Guilds = nil
	for _, id := range []string{stateGuild, "2", "3", "4", "5", "6", "7", "8"} {
		many.Guilds = append(many.Guilds, ui.GuildLink{ID: id, Name: v.text, Icon: v.text})
	}
	nameless := v.page
	nameless.User, nameless.Guild = &v.unknownUser, &ui.GuildLink{ID: stateGuild}
	return []State{
		{"ui.Layout", "noted", ui.Layout(withAlerts)},
		{"ui.Layout", "view-as", ui.Layout(asRole)},
		{"ui.Layout", "view-as-unknown", ui.Layout(asUnknownRole)},
		{"ui.Header", "signed-in", ui.Header(v.page)},
		{"ui.Header", "stranger", ui.Header(v.anonymousPage)},
		{"ui.Header", "nameless", ui.Header(nameless)},
		{"ui.Sidebar", "manager", ui.Sidebar(v.page)},
		{"ui.Sidebar", "many", ui.Sidebar(many)},
		{"ui.Sidebar", "watcher", ui.Sidebar(v.readOnlyPage)},
		{"ui.Sidebar", "nameless", ui.Sidebar(nameless)},
		{"ui.Footer", "signed-in", ui.Footer(v.page)},
		{"ui.QuickSearchDialog", "open", ui.QuickSearchDialog(v.page)},
		{"ui.ShortcutHelp", "open", ui.ShortcutHelp(v.page)},
		{"ui.AlertBox", "info", ui.AlertBox(v.page, ui.Alert{Kind: ui.AlertInfo, Text: v.cleanText})},
		{"ui.AlertBox", "success", ui.AlertBox(v.page, ui.Alert{Kind: ui.AlertSuccess, Text: v.cleanText})},
		{"ui.AlertBox", "problem", ui.AlertBox(v.page, ui.Alert{Kind: ui.AlertProblem, Text: v.cleanText})},
		{"ui.LiveStatus", "still", ui.LiveStatus(v.page)},
		{"ui.LiveRegion", "one", ui.LiveRegion(v.liveRegion(ui.AlertBox(v.page, ui.Alert{Kind: ui.AlertInfo, Text: v.cleanText})))},
		{"gallery.toastPreview", "info", toastPreview(v.page, "info", v.cleanText)},
		{"gallery.toastPreview", "problem", toastPreview(v.page, "problem", v.cleanText)},
		{"ui.ErrorPage", "not-found", ui.ErrorPage(v.page, 404, "notFound", "")},
		{"ui.ErrorPage", "forbidden", ui.ErrorPage(v.page, 403, "forbidden", "")},
		{"ui.ErrorPage", "unavailable", ui.ErrorPage(v.page, 503, "unavailable", v.cleanText)},
		{"ui.ErrorPage", "internal", ui.ErrorPage(v.anonymousPage, 500, "internal", v.cleanText)},
		{"ui.ErrorDialog", "forbidden", ui.ErrorDialog(v.page, "forbidden")},
		{"ui.ErrorFragment", "internal", ui.ErrorFragment(v.page, "internal")},
	}
}

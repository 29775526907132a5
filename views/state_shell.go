package views

// statesOfShell has the page layout.
func statesOfShell(v stateFixtures) []State {
	withAlerts := v.page
	withAlerts.IsAccessUnconfirmed, withAlerts.Alerts = true, []Alert{{AlertInfo, v.cleanText}, {AlertSuccess, v.cleanText}, {AlertProblem, v.cleanText}}
	many := v.page
	many.Guilds = nil
	for _, id := range []string{stateGuild, "2", "3", "4", "5", "6", "7", "8"} {
		many.Guilds = append(many.Guilds, GuildLink{ID: id, Name: v.text, Icon: v.text})
	}
	nameless := v.page
	nameless.User, nameless.Guild = &v.unknownUser, &GuildLink{ID: stateGuild}
	return []State{
		{"Layout", "noted", Layout(withAlerts)},
		{"header", "signed-in", header(v.page)},
		{"header", "stranger", header(v.anonymousPage)},
		{"header", "nameless", header(nameless)},
		{"sidebar", "manager", sidebar(v.page)},
		{"sidebar", "many", sidebar(many)},
		{"sidebar", "watcher", sidebar(v.readOnlyPage)},
		{"sidebar", "nameless", sidebar(nameless)},
		{"footer", "signed-in", footer(v.page)},
		{"quickSearchDialog", "open", quickSearchDialog(v.page)},
		{"shortcutHelp", "open", shortcutHelp(v.page)},
		{"AlertBox", "info", AlertBox(v.page, Alert{AlertInfo, v.cleanText})},
		{"AlertBox", "success", AlertBox(v.page, Alert{AlertSuccess, v.cleanText})},
		{"AlertBox", "problem", AlertBox(v.page, Alert{AlertProblem, v.cleanText})},
		{"LiveStatus", "still", LiveStatus(v.page)},
		{"LiveRegion", "one", LiveRegion(v.liveRegion(AlertBox(v.page, Alert{AlertInfo, v.cleanText})))},
		{"toastPreview", "info", toastPreview(v.page, "info", v.cleanText)},
		{"toastPreview", "problem", toastPreview(v.page, "problem", v.cleanText)},
		{"ErrorPage", "not-found", ErrorPage(v.page, 404, "notFound", "")},
		{"ErrorPage", "forbidden", ErrorPage(v.page, 403, "forbidden", "")},
		{"ErrorPage", "unavailable", ErrorPage(v.page, 503, "unavailable", v.cleanText)},
		{"ErrorPage", "internal", ErrorPage(v.anonymousPage, 500, "internal", v.cleanText)},
		{"ErrorDialog", "forbidden", ErrorDialog(v.page, "forbidden")},
		{"ErrorFragment", "internal", ErrorFragment(v.page, "internal")},
	}
}

package views

// statesOfShell are what stands around every page.
func statesOfShell(v values) []State {
	noted := v.p
	noted.Stale, noted.Notes = true, []Note{{NoteInfo, v.said}, {NoteSuccess, v.said}, {NoteProblem, v.said}}
	many := v.p
	many.Guilds = nil
	for _, id := range []string{stateGuild, "2", "3", "4", "5", "6", "7", "8"} {
		many.Guilds = append(many.Guilds, GuildLink{ID: id, Name: v.text, Icon: v.text})
	}
	nameless := v.p
	nameless.User, nameless.Guild = &v.nobody, &GuildLink{ID: stateGuild}
	return []State{
		{"Layout", "noted", Layout(noted)},
		{"header", "signed-in", header(v.p)},
		{"header", "stranger", header(v.stranger)},
		{"header", "nameless", header(nameless)},
		{"sidebar", "manager", sidebar(v.p)},
		{"sidebar", "many", sidebar(many)},
		{"sidebar", "watcher", sidebar(v.watcher)},
		{"sidebar", "nameless", sidebar(nameless)},
		{"footer", "signed-in", footer(v.p)},
		{"palette", "open", palette(v.p)},
		{"shortcutHelp", "open", shortcutHelp(v.p)},
		{"Notice", "info", Notice(v.p, Note{NoteInfo, v.said})},
		{"Notice", "success", Notice(v.p, Note{NoteSuccess, v.said})},
		{"Notice", "problem", Notice(v.p, Note{NoteProblem, v.said})},
		{"LiveMark", "still", LiveMark(v.p)},
		{"LiveRegion", "one", LiveRegion(v.live(Notice(v.p, Note{NoteInfo, v.said})))},
		{"toastLook", "info", toastLook(v.p, "info", v.said)},
		{"toastLook", "problem", toastLook(v.p, "problem", v.said)},
		{"Problem", "not-found", Problem(v.p, 404, "notFound", "")},
		{"Problem", "forbidden", Problem(v.p, 403, "forbidden", "")},
		{"Problem", "unavailable", Problem(v.p, 503, "unavailable", v.said)},
		{"Problem", "internal", Problem(v.stranger, 500, "internal", v.said)},
		{"ProblemDialog", "forbidden", ProblemDialog(v.p, "forbidden")},
		{"ProblemFragment", "internal", ProblemFragment(v.p, "internal")},
	}
}

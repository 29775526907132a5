package gallery

import (
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	giveawayview "guildboard/views/giveaway"
	"guildboard/views/home"
	"guildboard/views/text"
	ticketview "guildboard/views/ticket"
	"guildboard/views/ui"
)

// statesOfParts returns the gallery states of small components that pages are composed of.
func statesOfParts(v stateFixtures) []State {
	list := v.giveawayFilter.URL()
	states := []State{
		{"ui.Mark", "one", ui.Mark("note", v.page.T("ticket.hasNotes"))},
		{"ui.Stat", "one", withText(ui.Stat("live", v.text), "1,234")},
		{"ui.Stats", "none", ui.Stats("tickets", v.text)},
		{"ui.CountStat", "one", ui.CountStat(v.page, "plain", v.text, 1234)},
		{"ui.Tab", "counted", ui.Tab(v.page, ui.ListTab{ID: "one", Label: v.text, URL: list, Count: 1234, HasCount: true, IsCurrent: true})},
		{"ui.Tab", "plain", ui.Tab(v.page, ui.ListTab{ID: "two", Label: v.text, URL: list})},
		{"ui.RowAction", "claim", ui.RowAction(v.page, "a1", "/guilds/1/tickets/a1", contract.VerbTicketClaim)},
		{"ui.DetailItem", "one", withText(ui.DetailItem(v.text), v.text)},
		{"ui.EmptyState", "one", ui.EmptyState("none", v.text, v.text)},
		{"ui.UserTag", "known", ui.UserTag(v.user)},
		{"ui.UserTag", "unknown", ui.UserTag(v.unknownUser)},
		{"ui.UserTag", "nobody", ui.UserTag(contract.User{})},
		{"ui.Avatar", "picture", ui.Avatar(v.user, 28)},
		{"ui.Avatar", "letter", ui.Avatar(v.unknownUser, 28)},
		{"ui.GuildIcon", "picture", ui.GuildIcon(stateGuild, v.text, v.text, 48)},
		{"ui.GuildIcon", "letters", ui.GuildIcon(stateGuild, v.text, "", 48)},
		{"home.GuildLabel", "one", home.GuildLabel(v.guild)},
		{"ui.TimeAgo", "one", ui.TimeAgo(v.page, "ago", v.now)},
		{"ui.TimeLeft", "one", ui.TimeLeft(v.page, "left", v.now.Add(3*time.Hour))},
		{"ui.TimeLeft", "over", ui.TimeLeft(v.page, "over", v.now.Add(-3*time.Hour))},
		{"ui.TimeUnknown", "one", ui.TimeUnknown(v.page, "unknown")},
		{"ui.FullTime", "one", ui.FullTime(v.page, "full", v.now)},
		{"ticket.TicketWaitingTime", "answered", ticketview.TicketWaitingTime(v.page, store.Ticket{ID: "answered"})},
		{"ticket.WaitingTime", "long", ticketview.WaitingTime(v.page, "waits", v.now.Add(-500*time.Hour))},
		{"ui.Pager", "first", ui.Pager(v.page, list, 1, 41)},
		{"ui.Pager", "middle", ui.Pager(v.page, list, 20, 41)},
		{"ui.Pager", "last", ui.Pager(v.page, list, 41, 41)},
		{"ui.Pager", "two", ui.Pager(v.page, list, 1, 2)},
		{"ui.Pager", "one", ui.Pager(v.page, list, 1, 1)},
		{"ui.ListRedirect", "one", ui.ListRedirect(list)},
		{"ui.TooLargeNotice", "one", ui.TooLargeNotice(v.page)},
		{"ui.SelectionBar", "only", ui.SelectionBar(v.page, list, 1,
			[]contract.Verb{contract.VerbGiveawayEnd, contract.VerbGiveawayCancel})},
		{"ui.RowMenu", "manager", ui.RowMenu(v.page, "m1", v.cleanText, "", "/guilds/1/giveaways/c1",
			store.AvailableGiveawayVerbs(v.giveaways[0]))},
		{"ui.RowMenu", "watcher", ui.RowMenu(v.readOnlyPage, "m2", v.cleanText, "", "/guilds/1/giveaways/c1",
			store.AvailableGiveawayVerbs(v.giveaways[0]))},
		{"ui.DayFields", "problems", ui.DayFields(v.page, v.giveawayFilter.Filter, "filter.from")},
		{"ui.SaveBar", "saved", ui.SaveBar(v.page, "/guilds/1/settings/labels")},
		{"ui.RoleTag", "known", ui.RoleTag(v.page, store.Role{ID: "7", Name: v.text, Color: "#e67e22"})},
		{"ui.RoleTag", "unknown", ui.RoleTag(v.page, store.Role{ID: "7"})},
		{"giveaway.EntryChart", "empty", giveawayview.EntryChart(v.page, giveawayview.NewEntryHistogram(nil, time.Hour))},
		{"giveaway.EntryChart", "one", giveawayview.EntryChart(v.page, giveawayview.NewEntryHistogram(v.counts(1), time.Hour))},
		{"giveaway.EntryChart", "many", giveawayview.EntryChart(v.page, giveawayview.NewEntryHistogram(v.counts(48), time.Hour))},
	}
	for _, status := range store.GiveawayStatuses {
		states = append(states, State{"ui.Badge", "giveaway-" + text.Lower(status), ui.Badge(v.page, "giveaway", text.Lower(status))})
	}
	for _, status := range store.TicketStatuses {
		states = append(states, State{"ui.Badge", "ticket-" + text.Lower(status), ui.Badge(v.page, "ticket", text.Lower(status))})
	}
	return states
}

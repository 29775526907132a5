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
		{"Tile", "live", withText(ui.Tile("live", v.text, "live"), "1,234")},
		{"Tile", "plain", withText(ui.Tile("plain", v.text, ""), "0")},
		{"DetailItem", "one", withText(ui.DetailItem(v.text), v.text)},
		{"EmptyState", "one", ui.EmptyState("none", v.text, v.text)},
		{"UserTag", "known", ui.UserTag(v.user)},
		{"UserTag", "unknown", ui.UserTag(v.unknownUser)},
		{"UserTag", "nobody", ui.UserTag(contract.User{})},
		{"Avatar", "picture", ui.Avatar(v.user, 28)},
		{"Avatar", "letter", ui.Avatar(v.unknownUser, 28)},
		{"GuildIcon", "picture", ui.GuildIcon(stateGuild, v.text, v.text, 48)},
		{"GuildIcon", "letters", ui.GuildIcon(stateGuild, v.text, "", 48)},
		{"GuildLabel", "one", home.GuildLabel(v.guild)},
		{"TimeAgo", "one", ui.TimeAgo(v.page, "ago", v.now)},
		{"TimeLeft", "one", ui.TimeLeft(v.page, "left", v.now.Add(3*time.Hour))},
		{"TimeLeft", "over", ui.TimeLeft(v.page, "over", v.now.Add(-3*time.Hour))},
		{"TimeUnknown", "one", ui.TimeUnknown(v.page, "unknown")},
		{"FullTime", "one", ui.FullTime(v.page, "full", v.now)},
		{"TicketWaitingTime", "answered", ticketview.TicketWaitingTime(v.page, store.Ticket{ID: "answered"})},
		{"WaitingTime", "long", ticketview.WaitingTime(v.page, "waits", v.now.Add(-500*time.Hour))},
		{"Pager", "first", ui.Pager(v.page, list, 1, 41)},
		{"Pager", "middle", ui.Pager(v.page, list, 20, 41)},
		{"Pager", "last", ui.Pager(v.page, list, 41, 41)},
		{"Pager", "two", ui.Pager(v.page, list, 1, 2)},
		{"Pager", "one", ui.Pager(v.page, list, 1, 1)},
		{"ListRedirect", "one", ui.ListRedirect(list)},
		{"TooLargeNotice", "one", ui.TooLargeNotice(v.page)},
		{"SelectionBar", "only", ui.SelectionBar(v.page, list, 1, []contract.Verb{contract.VerbGiveawayEnd, contract.VerbGiveawayCancel})},
		{"ListHeader", "one", ui.ListHeader(v.page, list, v.text)},
		{"RowMenu", "manager", ui.RowMenu(v.page, "m1", v.cleanText, "", "/guilds/1/giveaways/c1",
			store.AvailableGiveawayVerbs(v.giveaways[0]))},
		{"RowMenu", "watcher", ui.RowMenu(v.readOnlyPage, "m2", v.cleanText, "", "/guilds/1/giveaways/c1",
			store.AvailableGiveawayVerbs(v.giveaways[0]))},
		{"DayFields", "problems", ui.DayFields(v.page, v.giveawayFilter.Filter, "filter.from")},
		{"SaveBar", "saved", ui.SaveBar(v.page)},
		{"RoleTag", "known", ui.RoleTag(v.page, store.Role{ID: "7", Name: v.text, Color: "#e67e22"})},
		{"RoleTag", "unknown", ui.RoleTag(v.page, store.Role{ID: "7"})},
		{"EntryChart", "empty", giveawayview.EntryChart(v.page, giveawayview.NewEntryHistogram(nil, time.Hour))},
		{"EntryChart", "one", giveawayview.EntryChart(v.page, giveawayview.NewEntryHistogram(v.counts(1), time.Hour))},
		{"EntryChart", "many", giveawayview.EntryChart(v.page, giveawayview.NewEntryHistogram(v.counts(48), time.Hour))},
	}
	for _, status := range store.GiveawayStatuses {
		states = append(states, State{"Badge", "giveaway-" + text.Lower(status), ui.Badge(v.page, "giveaway", text.Lower(status))})
	}
	for _, status := range store.TicketStatuses {
		states = append(states, State{"Badge", "ticket-" + text.Lower(status), ui.Badge(v.page, "ticket", text.Lower(status))})
	}
	return states
}

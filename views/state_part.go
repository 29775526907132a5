package views

import (
	"time"

	"guildboard/store"
)

// statesOfParts has small components that pages are composed of.
func statesOfParts(v stateFixtures) []State {
	f := v.filter
	f.Problems = nil
	states := []State{
		{"tile", "live", withText(tile("live", v.text, "live"), "1,234")},
		{"tile", "plain", withText(tile("plain", v.text, ""), "0")},
		{"detailItem", "one", withText(detailItem(v.text), v.text)},
		{"emptyState", "one", emptyState("none", v.text, v.text)},
		{"userTag", "known", userTag(v.user)},
		{"userTag", "unknown", userTag(v.unknownUser)},
		{"userTag", "nobody", userTag(store.User{})},
		{"avatar", "picture", avatar(v.user, 28)},
		{"avatar", "letter", avatar(v.unknownUser, 28)},
		{"guildIcon", "picture", guildIcon(stateGuild, v.text, v.text, 48)},
		{"guildIcon", "letters", guildIcon(stateGuild, v.text, "", 48)},
		{"guildLabel", "one", guildLabel(v.guild)},
		{"timeAgo", "one", timeAgo(v.page, "ago", v.now)},
		{"timeLeft", "one", timeLeft(v.page, "left", v.now.Add(3*time.Hour))},
		{"timeLeft", "over", timeLeft(v.page, "over", v.now.Add(-3*time.Hour))},
		{"timeUnknown", "one", timeUnknown(v.page, "unknown")},
		{"fullTime", "one", fullTime(v.page, "full", v.now)},
		{"ticketWaitingTime", "answered", ticketWaitingTime(v.page, store.Ticket{ID: "answered"})},
		{"waitingTime", "long", waitingTime(v.page, "waits", v.now.Add(-500*time.Hour))},
		{"pager", "first", pager(v.page, f, 1, 41)},
		{"pager", "middle", pager(v.page, f, 20, 41)},
		{"pager", "last", pager(v.page, f, 41, 41)},
		{"pager", "two", pager(v.page, f, 1, 2)},
		{"pager", "one", pager(v.page, f, 1, 1)},
		{"ListRedirect", "one", ListRedirect(f)},
		{"TooLarge", "one", TooLarge(v.page)},
		{"selectionBar", "only", selectionBar(v.page, f, []store.Verb{store.VerbGiveawayEnd, store.VerbGiveawayCancel})},
		{"listHead", "one", listHead(v.page, f, v.text)},
		{"rowMenu", "manager", rowMenu(v.page, "m1", v.cleanText, "", "/guilds/1/giveaways/c1", store.AvailableGiveawayVerbs(v.giveaways[0]))},
		{"rowMenu", "watcher", rowMenu(v.readOnlyPage, "m2", v.cleanText, "", "/guilds/1/giveaways/c1", store.AvailableGiveawayVerbs(v.giveaways[0]))},
		{"dayFields", "problems", dayFields(v.page, v.filter, "filter.from")},
		{"saveBar", "saved", saveBar(v.page)},
		{"roleTag", "known", roleTag(v.page, store.Role{ID: "7", Name: v.text, Color: "#e67e22"})},
		{"roleTag", "unknown", roleTag(v.page, store.Role{ID: "7"})},
		{"entryChart", "empty", entryChart(v.page, newEntryHistogram(nil, time.Hour))},
		{"entryChart", "one", entryChart(v.page, newEntryHistogram(v.counts(1), time.Hour))},
		{"entryChart", "many", entryChart(v.page, newEntryHistogram(v.counts(48), time.Hour))},
	}
	for _, status := range store.GiveawayStatuses {
		states = append(states, State{"badge", "giveaway-" + lower(status), badge(v.page, "giveaway", lower(status))})
	}
	for _, status := range store.TicketStatuses {
		states = append(states, State{"badge", "ticket-" + lower(status), badge(v.page, "ticket", lower(status))})
	}
	return states
}

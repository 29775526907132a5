package views

import (
	"time"

	"guildboard/store"
)

// statesOfParts are the small parts that pages are made of.
func statesOfParts(v values) []State {
	f := v.filter
	f.Problems = nil
	states := []State{
		{"tile", "live", withText(tile("live", v.text, "live"), "1,234")},
		{"tile", "plain", withText(tile("plain", v.text, ""), "0")},
		{"fact", "one", withText(fact(v.text), v.text)},
		{"empty", "one", empty("none", v.text, v.text)},
		{"person", "known", person(v.who)},
		{"person", "unknown", person(v.nobody)},
		{"person", "nobody", person(store.Person{})},
		{"avatar", "picture", avatar(v.who, 28)},
		{"avatar", "letter", avatar(v.nobody, 28)},
		{"guildIcon", "picture", guildIcon(stateGuild, v.text, v.text, 48)},
		{"guildIcon", "letters", guildIcon(stateGuild, v.text, "", 48)},
		{"guildLabel", "one", guildLabel(v.guild)},
		{"timeAgo", "one", timeAgo(v.p, "ago", v.at)},
		{"timeLeft", "one", timeLeft(v.p, "left", v.at.Add(3*time.Hour))},
		{"timeLeft", "over", timeLeft(v.p, "over", v.at.Add(-3*time.Hour))},
		{"timeUnknown", "one", timeUnknown(v.p, "unknown")},
		{"timeFull", "one", timeFull(v.p, "full", v.at)},
		{"waitsIn", "answered", waitsIn(v.p, store.Ticket{ID: "answered"})},
		{"waits", "long", waits(v.p, "waits", v.at.Add(-500*time.Hour))},
		{"pager", "first", pager(v.p, f, 1, 41)},
		{"pager", "middle", pager(v.p, f, 20, 41)},
		{"pager", "last", pager(v.p, f, 41, 41)},
		{"pager", "two", pager(v.p, f, 1, 2)},
		{"pager", "one", pager(v.p, f, 1, 1)},
		{"Moved", "one", Moved(f)},
		{"TooLarge", "one", TooLarge(v.p)},
		{"ticked", "only", ticked(v.p, f, []store.Verb{store.VerbGiveawayEnd, store.VerbGiveawayCancel})},
		{"listHead", "one", listHead(v.p, f, v.text)},
		{"rowMenu", "manager", rowMenu(v.p, "m1", v.said, "", "/guilds/1/giveaways/c1", store.Possible(v.giveaways[0]))},
		{"rowMenu", "watcher", rowMenu(v.watcher, "m2", v.said, "", "/guilds/1/giveaways/c1", store.Possible(v.giveaways[0]))},
		{"dayFields", "problems", dayFields(v.p, v.filter, "filter.from")},
		{"saveBar", "saved", saveBar(v.p)},
		{"roleTag", "known", roleTag(v.p, store.Role{ID: "7", Name: v.text, Color: "#e67e22"})},
		{"roleTag", "unknown", roleTag(v.p, store.Role{ID: "7"})},
		{"entryChart", "empty", entryChart(v.p, barsOf(nil, time.Hour))},
		{"entryChart", "one", entryChart(v.p, barsOf(v.counts(1), time.Hour))},
		{"entryChart", "many", entryChart(v.p, barsOf(v.counts(48), time.Hour))},
	}
	for _, status := range store.GiveawayStatuses {
		states = append(states, State{"badge", "giveaway-" + lower(status), badge(v.p, "giveaway", lower(status))})
	}
	for _, status := range store.TicketStatuses {
		states = append(states, State{"badge", "ticket-" + lower(status), badge(v.p, "ticket", lower(status))})
	}
	return states
}

package home

import (
	"guildboard/store"
	"guildboard/views/link"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// An attentionItem is something that needs attention, and the list that shows it.
type attentionItem struct {
	id, label, url string
	isUrgent       bool
}

// attentionItems returns what needs attention in a guild, the most urgent first.
func attentionItems(p ui.Page, g ui.GuildLink, a store.Attention) (items []attentionItem) {
	add := func(id string, n int, label, url string, isUrgent bool) {
		if n > 0 {
			items = append(items, attentionItem{id + "-" + g.ID, label, url, isUrgent})
		}
	}
	tickets, giveaways := link.Tickets(g.ID), link.Giveaways(g.ID)
	add("overdueGiveaways", a.OverdueGiveaways, p.N("attention.overdueGiveaways", a.OverdueGiveaways),
		link.WithQuery(giveaways, "status", text.Lower(store.GiveawayActive), "sort", string(store.GiveawaySortEnding)), true)
	add("overdue", a.OverdueTickets, p.N("attention.overdue", a.OverdueTickets),
		link.WithQuery(tickets, "overdue", "yes", "sort", string(store.TicketSortWaiting)), true)
	add("urgent", a.UrgentTickets, p.N("attention.urgent", a.UrgentTickets),
		link.WithQuery(tickets, "status", text.Lower(store.TicketActive), "priority", text.Lower(store.PriorityUrgent)), true)
	add("permissions", a.PermissionIssues, p.N("attention.permissions", a.PermissionIssues),
		link.Guild(g.ID)+"#missing-permissions-title", true)
	add("issues", a.SyncIssues, p.N("attention.issues", a.SyncIssues), link.Guild(g.ID)+"#sync-issues-title", true)
	add("unclaimed", a.UnclaimedTickets, p.N("attention.unclaimed", a.UnclaimedTickets),
		link.WithQuery(tickets, "status", text.Lower(store.TicketOpen)), false)
	add("prizes", a.UnclaimedPrizes, p.N("attention.prizes", a.UnclaimedPrizes),
		link.WithQuery(giveaways, "prizes", "unclaimed"), false)
	return items
}

// maxAttentionGuilds limits the guilds that the home page lists under "Needs attention". Further guilds are only counted,
// with a link to all guilds.
const maxAttentionGuilds = 20

// needsAttention returns the guilds in which something needs attention, those with something urgent first, and how many
// more than maxAttentionGuilds there are.
func needsAttention(guilds []ui.GuildLink, attention map[string]store.Attention) (found []ui.GuildLink, more int) {
	var others []ui.GuildLink
	for _, g := range guilds {
		switch a := attention[g.ID]; {
		case a.IsUrgent():
			found = append(found, g)
		case !a.IsZero():
			others = append(others, g)
		}
	}
	found = append(found, others...)
	more = max(len(found)-maxAttentionGuilds, 0)
	return found[:len(found)-more], more
}

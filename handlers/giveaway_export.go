package handlers

import (
	"net/http"
	"time"

	"guildboard/store"
)

// exportGiveaways answers "GET /guilds/{guild}/giveaways/export?format=csv|json|xlsx" with the giveaways that the
// filters select.
func (s *Server) exportGiveaways(w http.ResponseWriter, r *http.Request) error {
	page := s.page(r)
	zone := page.TimeZone()
	query := giveawayQuery(parseGiveawayFilter(r, &page), zone)
	rights := guildOf(r).rights
	return s.export(w, r, newExportFile("giveaways-"+page.Guild.ID, giveawayColumns(zone, page.Names),
		func(fn func(store.Giveaway) error) error {
			return s.Store.EachGiveaway(r.Context(), page.Guild.ID, query,
				func(g store.Giveaway) error { return fn(g.Redacted(rights)) })
		}))
}

// giveawayColumns returns the columns of an export of giveaways. The first eight are those of the bot's own dashboard,
// in its order. zone is the viewer's.
func giveawayColumns(zone *time.Location, names store.GuildDirectory) []exportColumn[store.Giveaway] {
	return []exportColumn[store.Giveaway]{
		{"id", func(g *store.Giveaway) any { return g.ID }},
		{"prize", func(g *store.Giveaway) any { return g.Prize }},
		{"winnerCount", func(g *store.Giveaway) any { return g.WinnerCount }},
		{"entries", func(g *store.Giveaway) any { return g.Entries }},
		{"status", func(g *store.Giveaway) any { return g.Status }},
		{"createdAt", func(g *store.Giveaway) any { return exportTime(&g.CreatedAt, zone) }},
		{"endedAt", func(g *store.Giveaway) any { return exportTime(g.EndedAt, zone) }},
		{"winners", winnerIDsCell},
		{"endsAt", func(g *store.Giveaway) any { return exportTime(&g.EndsAt, zone) }},
		{"startsAt", func(g *store.Giveaway) any { return exportTime(g.StartsAt, zone) }},
		{"channelId", func(g *store.Giveaway) any { return g.ChannelID }},
		{"messageId", func(g *store.Giveaway) any { return g.MessageID }},
		{"hostId", func(g *store.Giveaway) any { return g.Host.ID }},
		{"host", func(g *store.Giveaway) any { return g.Host.Username }},
		{"description", func(g *store.Giveaway) any { return g.Description }},
		{"winnerNames", winnerNamesCell},
		{"rerollCount", func(g *store.Giveaway) any { return g.RerollCount }},
		{"channel", func(g *store.Giveaway) any { return channelName(names, g.ChannelID) }},
		{"repeatDays", func(g *store.Giveaway) any { return g.RepeatDays }},
		{"repeatAt", func(g *store.Giveaway) any { return exportTime(g.RepeatAt, zone) }},
		{"requiredRoleIds", func(g *store.Giveaway) any { return commaList(g.RequiredRoleIDs) }},
		{"requiredRoles", func(g *store.Giveaway) any { return roleNames(names, g.RequiredRoleIDs) }},
		{"blacklistRoleIds", func(g *store.Giveaway) any { return commaList(g.BlacklistRoleIDs) }},
		{"blacklistRoles", func(g *store.Giveaway) any { return roleNames(names, g.BlacklistRoleIDs) }},
		{"claimed", claimedWinnerIDsCell},
		{"repeatZone", func(g *store.Giveaway) any { return g.RepeatRule().Location().String() }},
	}
}

// winnerIDsCell, winnerNamesCell and claimedWinnerIDsCell omit rerolled winners.
func winnerIDsCell(g *store.Giveaway) any {
	ids := commaList{}
	for _, w := range g.Winners {
		if !w.Rerolled {
			ids = append(ids, w.User.ID)
		}
	}
	return ids
}

func winnerNamesCell(g *store.Giveaway) any {
	names := []string{}
	for _, w := range g.Winners {
		if !w.Rerolled {
			names = append(names, w.User.Username)
		}
	}
	return names
}

func claimedWinnerIDsCell(g *store.Giveaway) any {
	ids := commaList{}
	for _, w := range g.Winners {
		if w.Claimed && !w.Rerolled {
			ids = append(ids, w.User.ID)
		}
	}
	return ids
}

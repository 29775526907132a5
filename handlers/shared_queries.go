package handlers

import (
	"context"
	"time"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/views"
)

// loadGiveaways is one page of a guild's giveaways, and the totals over all of them. What the lists of a guild have in
// common is read once for all that one event has looked at again.
func (s *Server) loadGiveaways(ctx context.Context, guild string, q store.GiveawayQuery) (store.List[store.Giveaway], store.GiveawayStats, error) {
	var err error
	if q.Overview, err = s.loadSharedOverview(ctx, guild); err != nil {
		return store.List[store.Giveaway]{}, store.GiveawayStats{}, err
	}
	return s.Store.Giveaways(ctx, guild, q)
}

// loadGiveawaysWithRequests is loadGiveaways, and what was asked of the bot about them and beside them.
func (s *Server) loadGiveawaysWithRequests(ctx context.Context, guild string, q store.GiveawayQuery) (store.List[store.Giveaway], store.GiveawayStats, views.BotRequests, error) {
	now := time.Now()
	requests := views.BotRequests{Bot: s.Commands.BotState(ctx)}
	var err error
	if q.Overview, err = s.loadSharedOverview(ctx, guild); err != nil {
		return store.List[store.Giveaway]{}, store.GiveawayStats{}, requests, err
	}
	l, err := s.Store.RequestedGiveaways(ctx, guild, q, now.Add(-failedVisibleFor))
	requests.Commands, requests.RequestedGiveaways = l.Commands, l.PendingCreates
	dropCompleted(requests.Commands, now)
	return l.List, l.Stats, requests, err
}

// loadSharedOverview is what the lists of a guild's giveaways have in common, when several look at once; nil for one
// alone, which reads it along with its rows.
func (s *Server) loadSharedOverview(ctx context.Context, guild string) (*store.GiveawayOverview, error) {
	if !live.ShouldShareQuery(ctx) {
		return nil, nil
	}
	overview, err := live.ShareQuery(ctx, "giveaways "+guild, func(ctx context.Context) (store.GiveawayOverview, error) {
		return s.Store.GiveawayOverview(ctx, guild, time.Now().Add(-failedVisibleFor))
	})
	return &overview, err
}

// loadTickets is one page of a guild's tickets, and the totals over all of them; see loadGiveaways.
func (s *Server) loadTickets(ctx context.Context, guild string, q store.TicketQuery, today time.Time) (store.List[store.Ticket], store.TicketStats, error) {
	if live.ShouldShareQuery(ctx) {
		stats, err := live.ShareQuery(ctx, "ticket tiles "+guild+today.String(), func(ctx context.Context) (store.TicketStats, error) {
			return s.Store.TicketStats(ctx, guild, today)
		})
		if err != nil {
			return store.List[store.Ticket]{}, stats, err
		}
		q.Stats = &stats
	}
	return s.Store.Tickets(ctx, guild, q, today)
}

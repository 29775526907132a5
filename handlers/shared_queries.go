package handlers

import (
	"context"
	"time"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/views/ui"
)

// loadGiveaways loads a page of a guild's giveaways, and the totals of all. In a render pass, concurrent views of the
// guild share the query of the totals.
func (s *Server) loadGiveaways(
	ctx context.Context, guild string, q store.GiveawayQuery,
) (store.List[store.Giveaway], store.GiveawayStats, error) {
	var err error
	if q.Overview, err = s.loadSharedOverview(ctx, guild); err != nil {
		return store.List[store.Giveaway]{}, store.GiveawayStats{}, err
	}
	return s.Store.Giveaways(ctx, guild, q)
}

// loadGiveawaysWithRequests is like loadGiveaways, and also loads the bot requests for the giveaways and for new ones.
func (s *Server) loadGiveawaysWithRequests(
	ctx context.Context, guild string, q store.GiveawayQuery,
) (store.List[store.Giveaway], store.GiveawayStats, ui.BotRequests, error) {
	now := time.Now()
	requests := ui.BotRequests{Bot: s.Commands.BotState(ctx)}
	var err error
	if q.Overview, err = s.loadSharedOverview(ctx, guild); err != nil {
		return store.List[store.Giveaway]{}, store.GiveawayStats{}, requests, err
	}
	l, err := s.Store.RequestedGiveaways(ctx, guild, q, now.Add(-failedVisibleFor))
	requests.Commands, requests.RequestedGiveaways = l.Commands, l.PendingCreates
	dropCompleted(requests.Commands, now)
	return l.List, l.Stats, requests, err
}

// loadSharedOverview loads what the giveaway lists of a guild have in common, in a shared query. It returns nil outside
// of one; then the store loads it with the rows.
func (s *Server) loadSharedOverview(ctx context.Context, guild string) (*store.GiveawayOverview, error) {
	if !live.ShouldShareQuery(ctx) {
		return nil, nil
	}
	overview, err := live.ShareQuery(ctx, "giveaways "+guild, func(ctx context.Context) (store.GiveawayOverview, error) {
		return s.Store.GiveawayOverview(ctx, guild, time.Now().Add(-failedVisibleFor))
	})
	return &overview, err
}

// loadTickets loads a page of a guild's tickets, and the totals of all; see loadGiveaways.
func (s *Server) loadTickets(
	ctx context.Context, guild string, q store.TicketQuery, today time.Time,
) (store.List[store.Ticket], store.TicketStats, error) {
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

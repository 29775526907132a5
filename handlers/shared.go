package handlers

import (
	"context"
	"time"

	"guildboard/handlers/live"
	"guildboard/store"
)

// giveawaysOf is one page of a guild's giveaways, and the totals over all of them. The lists of a guild that one event
// has looked at again count them once.
func (s *Server) giveawaysOf(ctx context.Context, guild string, q store.GiveawayQuery) (store.List[store.Giveaway], store.GiveawayTiles, error) {
	if live.Crowded(ctx) {
		tiles, err := live.Share(ctx, "giveaway tiles "+guild, func(ctx context.Context) (store.GiveawayTiles, error) {
			return s.Store.GiveawayTiles(ctx, guild)
		})
		if err != nil {
			return store.List[store.Giveaway]{}, tiles, err
		}
		q.Tiles = &tiles
	}
	return s.Store.Giveaways(ctx, guild, q)
}

// ticketsOf is one page of a guild's tickets, and the totals over all of them; see giveawaysOf.
func (s *Server) ticketsOf(ctx context.Context, guild string, q store.TicketQuery, today time.Time) (store.List[store.Ticket], store.TicketTiles, error) {
	if live.Crowded(ctx) {
		tiles, err := live.Share(ctx, "ticket tiles "+guild+today.String(), func(ctx context.Context) (store.TicketTiles, error) {
			return s.Store.TicketTiles(ctx, guild, today)
		})
		if err != nil {
			return store.List[store.Ticket]{}, tiles, err
		}
		q.Tiles = &tiles
	}
	return s.Store.Tickets(ctx, guild, q, today)
}

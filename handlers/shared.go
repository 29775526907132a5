package handlers

import (
	"context"
	"time"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/views"
)

// giveawaysOf is one page of a guild's giveaways, and the totals over all of them. What the lists of a guild have in common
// is read once for all that one event has looked at again.
func (s *Server) giveawaysOf(ctx context.Context, guild string, q store.GiveawayQuery) (store.List[store.Giveaway], store.GiveawayTiles, error) {
	var err error
	if q.Common, err = s.commonOf(ctx, guild); err != nil {
		return store.List[store.Giveaway]{}, store.GiveawayTiles{}, err
	}
	return s.Store.Giveaways(ctx, guild, q)
}

// askedGiveaways is giveawaysOf, and what was asked of the bot about them and beside them.
func (s *Server) askedGiveaways(ctx context.Context, guild string, q store.GiveawayQuery) (store.List[store.Giveaway], store.GiveawayTiles, views.Asked, error) {
	now := time.Now()
	asked := views.Asked{Bot: s.Commands.Bot(ctx)}
	var err error
	if q.Common, err = s.commonOf(ctx, guild); err != nil {
		return store.List[store.Giveaway]{}, store.GiveawayTiles{}, asked, err
	}
	l, err := s.Store.AskedGiveaways(ctx, guild, q, now.Add(-failedStay))
	asked.Commands, asked.Creates = l.Commands, l.Creates
	forgetDone(asked.Commands, now)
	return l.List, l.Tiles, asked, err
}

// commonOf is what the lists of a guild's giveaways have in common, when several look at once; nil for one alone, which
// reads it along with its rows.
func (s *Server) commonOf(ctx context.Context, guild string) (*store.GiveawayCommon, error) {
	if !live.Crowded(ctx) {
		return nil, nil
	}
	common, err := live.Share(ctx, "giveaways "+guild, func(ctx context.Context) (store.GiveawayCommon, error) {
		return s.Store.GiveawayCommon(ctx, guild, time.Now().Add(-failedStay))
	})
	return &common, err
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

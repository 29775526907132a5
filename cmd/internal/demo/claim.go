package demo

import (
	"context"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/draw"
)

// seedClaims makes the winners of a giveaway drawn at drawnAt claim their prize, except the winner of the second place:
// that claim is pending or has expired. No claim expires within the next six hours, so that a demo without simulation
// does not change.
func (w *World) seedClaims(ctx context.Context, g store.Giveaway, drawnAt time.Time) error {
	until, now := g.ClaimDeadline(drawnAt), time.Now()
	g, err := w.store.Giveaway(ctx, g.GuildID, g.ID)
	if err != nil || until == nil {
		return err
	}
	for _, winner := range g.Winners {
		switch {
		case winner.Place != 2 || until.After(now) && until.Before(now.Add(6*time.Hour)):
			at := drawnAt.Add(time.Duration(7*winner.Place) * time.Minute)
			if !at.Before(now) {
				continue
			}
			err = w.store.ClaimPrize(ctx, g.GuildID, g.ID, winner.User.ID, at)
		case until.Before(now):
			err = w.expireClaim(ctx, g, winner, *until)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// expireClaim does what the bot's clock would have done at that time: it draws a replacement, who claims the prize, or
// marks the claim as expired.
func (w *World) expireClaim(ctx context.Context, g store.Giveaway, expired store.Winner, at time.Time) error {
	seed, err := w.store.DrawSeed(ctx, g.GuildID, g.ID, 1)
	if err != nil {
		return err
	}
	entries, err := w.store.DrawEntries(ctx, g.GuildID, g.ID)
	if err != nil {
		return err
	}
	d := store.DrawOutcome{
		Round: 1, Places: 1, Entries: entries, ReplacedWinnerIDs: []string{expired.ID}, ExpiredClaimIDs: []string{expired.ID},
		At: at, NextSeed: draw.NewSeed(),
	}
	won := map[string]bool{}
	for _, winner := range g.Winners {
		won[winner.User.ID] = true
		d.Excluded = append(d.Excluded, winner.User.ID)
	}
	claimedAt := at.Add(20 * time.Minute)
	for _, id := range draw.Winners(seed, entries, 1, won) {
		d.Winners = append(d.Winners, store.Winner{
			User: contract.User{ID: id}, Place: expired.Place, CreatedAt: at, ClaimDeadline: g.ClaimDeadline(at),
			Claimed: true, ClaimedAt: &claimedAt,
		})
	}
	if !g.AutoReroll || len(d.Winners) == 0 {
		return w.store.ExpireClaims(ctx, g.GuildID, g.ID, d.ExpiredClaimIDs, at)
	}
	return w.store.FinalizeDraw(ctx, g.GuildID, g.ID, d)
}

// claimRecentPrize makes a recent winner claim a pending prize.
func (w *World) claimRecentPrize(ctx context.Context, guild string) error {
	list, _, err := w.store.Giveaways(ctx, guild, store.GiveawayQuery{Status: store.GiveawayEnded,
		Sort: store.GiveawaySortEnded, PerPage: 5})
	if err != nil {
		return err
	}
	for _, g := range list.Items {
		for _, winner := range g.Winners {
			if winner.Place != 2 && winner.IsClaimPending() {
				return w.bot.ClaimPrize(ctx, guild, g.ID, winner.User.ID)
			}
		}
	}
	return nil
}

// addExpiringClaims adds a giveaway that ended some hours ago and whose winners have two minutes left to claim their
// prize, so that the demo soon shows a reroll.
func (w *World) addExpiringClaims(ctx context.Context, guild string) error {
	const hours = 6
	drawnAt := time.Now().Add(2*time.Minute - hours*time.Hour).UTC()
	g := w.newGiveaway(guild, 2, drawnAt.Add(-3*time.Hour))
	g.WinnerCount, g.WinnerClaimTimeout, g.AutoReroll, g.EndsAt = 3, hours, true, time.Now().Add(time.Hour) // ended before its end time
	g, err := w.store.CreateGiveaway(ctx, g)
	if err == nil {
		err = w.store.CommitDraw(ctx, guild, g.ID, 0, draw.NewSeed())
	}
	if err != nil {
		return err
	}
	w.addGiveawayMessage(g)
	g.EndsAt = drawnAt // the end of the entry period
	for _, m := range w.members[guild][:20] {
		if err := w.enterGiveaway(ctx, g, m); err != nil {
			return err
		}
	}
	return w.drawWinners(ctx, g, drawnAt)
}

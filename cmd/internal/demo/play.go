package demo

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"guildboard/store"
)

// Play has something happen every few seconds until ctx ends. What fails is logged and left: the next thing may work.
func (w *World) Play(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(700*time.Millisecond + w.upTo(2500*time.Millisecond)):
		}
		if err := w.happen(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrConflict) {
			w.log.WarnContext(ctx, "demo: something could not happen", "error", err)
		}
	}
}

// happen does one thing, mostly in the busy guild. Entries are what happens most.
func (w *World) happen(ctx context.Context) error {
	guild := busyGuild
	if w.dice.IntN(6) == 0 {
		guild = smallGuild
	}
	if err := w.endOverdue(ctx, guild); err != nil {
		return err
	}
	switch w.dice.IntN(12) {
	case 0:
		return w.startGiveaway(ctx, guild)
	case 1, 2:
		return w.openTicket(ctx, guild)
	case 3, 4:
		return w.claimTicket(ctx, guild)
	case 5:
		return w.closeTicket(ctx, guild)
	}
	return w.enterSome(ctx, guild)
}

// tell publishes an event, as a bot does after it has committed.
func (w *World) tell(ctx context.Context, kind store.EventType, guild, user string, data map[string]any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return w.bus.Publish(ctx, store.Event{Type: kind, GuildID: guild, UserID: user, Data: raw})
}

func (w *World) startGiveaway(ctx context.Context, guild string) error {
	g := w.newGiveaway(guild, w.dice.IntN(len(prizes)), time.Now().UTC())
	g.Status, g.EndsAt = store.GiveawayActive, time.Now().UTC().Add(2*time.Minute+w.upTo(20*time.Minute))
	g, err := w.store.CreateGiveaway(ctx, g)
	if err != nil {
		return err
	}
	return w.tell(ctx, store.GiveawayCreateEvent, guild, g.Host.ID, map[string]any{"giveawayId": g.ID, "prize": g.Prize})
}

func (w *World) enterSome(ctx context.Context, guild string) error {
	running, _, err := w.store.Giveaways(ctx, guild, store.GiveawayQuery{Status: store.GiveawayActive})
	if err != nil || len(running.Items) == 0 {
		return err
	}
	g := running.Items[w.dice.IntN(len(running.Items))]
	people := w.members[guild]
	m := people[w.dice.IntN(len(people))]
	if err := w.enter(ctx, g, m); err != nil { // mostly: has entered before
		return err
	}
	return w.tell(ctx, store.GiveawayEntryEvent, guild, m.DiscordID, map[string]any{"giveawayId": g.ID})
}

func (w *World) endOverdue(ctx context.Context, guild string) error {
	soonest, _, err := w.store.Giveaways(ctx, guild, store.GiveawayQuery{
		Status: store.GiveawayActive, Sort: store.GiveawaysEnding, PerPage: 1,
	})
	now := time.Now().UTC()
	if err != nil || len(soonest.Items) == 0 || soonest.Items[0].EndsAt.After(now) {
		return err
	}
	g := soonest.Items[0]
	if err := w.end(ctx, g, now); err != nil {
		return err
	}
	ended, err := w.store.Giveaway(ctx, guild, g.ID)
	if err != nil {
		return err
	}
	data := map[string]any{"giveawayId": g.ID, "prize": g.Prize}
	ids := []string{}
	for _, winner := range ended.Winners {
		ids = append(ids, winner.User.ID)
	}
	data["winnerIds"] = ids
	if len(ids) > 0 {
		data["winnerId"] = ids[0]
	}
	return w.tell(ctx, store.GiveawayEndEvent, guild, "", data)
}

func (w *World) openTicket(ctx context.Context, guild string) error {
	people := w.members[guild]
	opener := people[w.dice.IntN(len(people))]
	t, err := w.store.OpenTicket(ctx, w.newTicket(guild, time.Now().UTC()), opener.ID)
	if err != nil {
		return err
	}
	return w.tell(ctx, store.TicketCreateEvent, guild, opener.DiscordID, map[string]any{
		"ticketId": t.ID, "channelId": t.ChannelID, "userId": opener.DiscordID,
	})
}

func (w *World) claimTicket(ctx context.Context, guild string) error {
	t, err := w.oldest(ctx, guild, store.TicketOpen)
	if err != nil || t == nil {
		return err
	}
	staff := w.members[guild][w.dice.IntN(4)]
	if err := w.store.ClaimTicket(ctx, guild, t.ID, staff.DiscordID, time.Now()); err != nil {
		return err
	}
	return w.tell(ctx, store.TicketClaimEvent, guild, staff.DiscordID, map[string]any{
		"ticketId": t.ID, "channelId": t.ChannelID, "claimedBy": staff.DiscordID,
	})
}

func (w *World) closeTicket(ctx context.Context, guild string) error {
	t, err := w.oldest(ctx, guild, store.TicketClaimed)
	if err != nil || t == nil {
		return err
	}
	if err := w.store.CloseTicket(ctx, guild, t.ID, t.ClaimedBy.ID, time.Now()); err != nil {
		return err
	}
	return w.tell(ctx, store.TicketCloseEvent, guild, t.ClaimedBy.ID, map[string]any{
		"ticketId": t.ID, "channelId": t.ChannelID, "closedBy": t.ClaimedBy.ID,
	})
}

func (w *World) oldest(ctx context.Context, guild string, status store.TicketStatus) (*store.Ticket, error) {
	list, _, err := w.store.Tickets(ctx, guild, store.TicketQuery{Status: status, Sort: store.TicketsOldest, PerPage: 1}, time.Now())
	if err != nil || len(list.Items) == 0 {
		return nil, err
	}
	return &list.Items[0], nil
}

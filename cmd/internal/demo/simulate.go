package demo

import (
	"context"
	"errors"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
	"guildboard/store/contract"
)

// Simulate performs a random action every few seconds until ctx ends. Errors are logged.
func (w *World) Simulate(ctx context.Context) error {
	if err := w.addExpiringClaims(ctx, busyGuild); err != nil && ctx.Err() == nil {
		w.log.WarnContext(ctx, "add expiring claims failed", "component", "demo", "err", err)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(700*time.Millisecond + w.randomDuration(2500*time.Millisecond)):
		}
		if err := w.simulateEvent(ctx); err != nil && ctx.Err() == nil {
			w.log.WarnContext(ctx, "simulated action failed", "component", "demo", "err", err)
		}
	}
}

// simulateEvent performs one random action, mostly in the busy guild. Refusals are expected: mostly a member enters the
// same giveaway twice.
func (w *World) simulateEvent(ctx context.Context) error {
	guild := busyGuild
	if w.rng.IntN(6) == 0 {
		guild = smallGuild
	}
	var refusal *bot.Refusal
	if err := w.performRandomAction(ctx, guild); !errors.As(err, &refusal) {
		return err
	}
	return nil
}

// performRandomAction performs an action of a member or a staff member. Most actions are entries.
func (w *World) performRandomAction(ctx context.Context, guild string) error {
	switch w.rng.IntN(15) {
	case 0:
		return w.startGiveaway(ctx, guild)
	case 1, 2:
		return w.openTicket(ctx, guild)
	case 3, 4:
		return w.claimTicket(ctx, guild)
	case 5:
		return w.closeTicket(ctx, guild)
	case 6, 7:
		return w.simulateMessage(ctx, guild)
	case 8:
		return w.claimRecentPrize(ctx, guild)
	}
	return w.enterRandomGiveaway(ctx, guild)
}

// executeCommand executes a command of a user in Discord.
func (w *World) executeCommand(
	ctx context.Context, guild, user string, verb contract.Verb, target string, payload contract.CommandPayload,
) error {
	data, err := contract.EncodePayload(payload)
	if err != nil {
		return err
	}
	answer, err := w.bot.Execute(ctx, contract.Command{
		ID: store.NewID(), GuildID: guild, Actor: contract.User{ID: user}, Verb: verb, Target: target, Data: data,
	})
	if err == nil && answer.Status == contract.CommandRefused {
		err = &bot.Refusal{Code: answer.Code, Message: answer.Message}
	}
	return err
}

func (w *World) startGiveaway(ctx context.Context, guild string) error {
	g := w.newGiveaway(guild, w.rng.IntN(len(prizes)), time.Now())
	f := g.Form()
	f.EndsAt = time.Now().Add(2*time.Minute + w.randomDuration(20*time.Minute))
	return w.executeCommand(ctx, guild, g.Host.ID, contract.VerbGiveawayCreate, store.NewID(), f)
}

func (w *World) enterRandomGiveaway(ctx context.Context, guild string) error {
	running, _, err := w.store.Giveaways(ctx, guild, store.GiveawayQuery{Status: store.GiveawayActive})
	if err != nil || len(running.Items) == 0 {
		return err
	}
	g := running.Items[w.rng.IntN(len(running.Items))]
	return w.bot.EnterGiveaway(ctx, guild, g.ID, bot.Entrant{User: userOf(w.randomMember(guild)), Level: w.rng.IntN(20)})
}

func (w *World) openTicket(ctx context.Context, guild string) error {
	t := w.newTicket(guild, time.Now())
	o := bot.TicketRequest{
		ID: store.NewID(), GuildID: guild, Opener: userOf(w.randomMember(guild)), Subject: t.Subject, FormResponses: t.FormResponses,
	}
	if t.Category != nil {
		o.Category = t.Category.ID
	}
	_, err := w.bot.OpenTicket(ctx, o)
	return err
}

func (w *World) claimTicket(ctx context.Context, guild string) error {
	t, err := w.oldestTicket(ctx, guild, store.TicketOpen)
	if err != nil || t == nil {
		return err
	}
	staff := w.members[guild][w.rng.IntN(4)]
	return w.executeCommand(ctx, guild, staff.DiscordID, contract.VerbTicketClaim, t.ID, contract.NoPayload{})
}

func (w *World) closeTicket(ctx context.Context, guild string) error {
	t, err := w.oldestTicket(ctx, guild, store.TicketClaimed)
	if err != nil || t == nil {
		return err
	}
	return w.executeCommand(ctx, guild, t.ClaimedBy.ID, contract.VerbTicketClose, t.ID,
		contract.ClosePayload{Reason: closeReasons[w.rng.IntN(len(closeReasons))]})
}

func (w *World) oldestTicket(ctx context.Context, guild string, status store.TicketStatus) (*store.Ticket, error) {
	list, _, err := w.store.Tickets(ctx, guild, store.TicketQuery{Status: status, Sort: store.TicketSortOldest, PerPage: 1}, time.Now())
	if err != nil || len(list.Items) == 0 {
		return nil, err
	}
	return &list.Items[0], nil
}

func (w *World) randomMember(guild string) store.Member {
	return w.members[guild][w.rng.IntN(len(w.members[guild]))]
}

func userOf(m store.Member) contract.User {
	p := contract.User{ID: m.DiscordID}
	if m.Username != nil {
		p.Username = *m.Username
	}
	return p
}

package demo

import (
	"context"
	"fmt"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
)

// seedDiscord adds the messages and channels of the guild's rows to the simulated Discord, which starts empty.
func (w *World) seedDiscord(ctx context.Context, guild string) error {
	for page := 1; ; page++ {
		list, _, err := w.store.Giveaways(ctx, guild, store.GiveawayQuery{Page: page, PerPage: 100})
		if err != nil {
			return err
		}
		for _, g := range list.Items {
			w.addGiveawayMessage(g)
		}
		if page >= list.Pages {
			break
		}
	}
	named := guildChannels(guild)
	for page := 1; ; page++ {
		list, _, err := w.store.Tickets(ctx, guild, store.TicketQuery{Page: page, PerPage: 100}, time.Now())
		if err != nil {
			return err
		}
		for _, t := range list.Items {
			w.discord.AddChannel(guild, t.ChannelID, t.Status != store.TicketClosed)
			if t.Status != store.TicketClosed {
				named = append(named, store.Channel{
					ID: t.ChannelID, Name: fmt.Sprintf("ticket-%04d", t.Number), Kind: store.ChannelText,
					ParentID: guildScopedID(guild, supportCategory), Position: 1000,
				})
			}
		}
		if page >= list.Pages {
			w.discord.SetChannels(guild, named...)
			return nil
		}
	}
}

// addGiveawayMessage adds a giveaway's message to the simulated Discord.
func (w *World) addGiveawayMessage(g store.Giveaway) {
	if g.MessageID == nil {
		return
	}
	w.discord.AddMessage(g.ChannelID, *g.MessageID, bot.Message{
		Embed:  &bot.Embed{Title: g.Prize, Color: g.EmbedColor},
		Button: &bot.Button{Label: g.ButtonText, Style: g.ButtonStyle, Disabled: g.Status != store.GiveawayActive},
	})
}

// createSyncIssue deletes the channel of an open ticket in Discord, so that the bot finds a sync issue to repair.
func (w *World) createSyncIssue(ctx context.Context) error {
	list, _, err := w.store.Tickets(ctx, busyGuild, store.TicketQuery{Status: store.TicketOpen, PerPage: 1}, time.Now())
	if err != nil || len(list.Items) == 0 {
		return err
	}
	w.discord.RemoveChannel(list.Items[0].ChannelID)
	return nil
}

package demo

import (
	"context"
	"fmt"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
)

// remember puts into the made-up Discord, which begins empty, the messages and channels that the guild's rows speak of.
func (w *World) remember(ctx context.Context, guild string) error {
	for page := 1; ; page++ {
		list, _, err := w.store.Giveaways(ctx, guild, store.GiveawayQuery{Page: page, PerPage: 100})
		if err != nil {
			return err
		}
		for _, g := range list.Items {
			w.posted(g)
		}
		if page >= list.Pages {
			break
		}
	}
	named := channelsOf(guild)
	for page := 1; ; page++ {
		list, _, err := w.store.Tickets(ctx, guild, store.TicketQuery{Page: page, PerPage: 100}, time.Now())
		if err != nil {
			return err
		}
		for _, t := range list.Items {
			w.discord.AddChannel(guild, t.ChannelID, t.Status != store.TicketClosed)
			if t.Status != store.TicketClosed {
				named = append(named, store.Channel{
					ID: t.ChannelID, Name: fmt.Sprintf("ticket-%04d", t.Number), Kind: store.ChannelText, ParentID: in(guild, supportCategory), Position: 1000,
				})
			}
		}
		if page >= list.Pages {
			w.discord.SetChannels(guild, named...)
			return nil
		}
	}
}

// posted puts a giveaway's message into Discord.
func (w *World) posted(g store.Giveaway) {
	if g.MessageID == nil {
		return
	}
	w.discord.AddMessage(g.ChannelID, *g.MessageID, bot.Message{
		Embed:  &bot.Embed{Title: g.Prize, Color: g.EmbedColor},
		Button: &bot.Button{Label: g.ButtonText, Style: g.ButtonStyle, Disabled: g.Status != store.GiveawayActive},
	})
}

// drift has somebody work in Discord behind the bot's back: a waiting ticket's channel is deleted by hand, so that there
// is something to find and to mend.
func (w *World) drift(ctx context.Context) error {
	list, _, err := w.store.Tickets(ctx, busyGuild, store.TicketQuery{Status: store.TicketOpen, PerPage: 1}, time.Now())
	if err != nil || len(list.Items) == 0 {
		return err
	}
	w.discord.RemoveChannel(list.Items[0].ChannelID)
	return nil
}

package bot

import (
	"context"

	"guildboard/store"
)

// checkPanel passes the check of a panel that has somewhere to stand and something to offer.
func (j *job) checkPanel(ctx context.Context) error {
	setup, err := j.store.TicketSetup(ctx, j.GuildID)
	if err != nil {
		return err
	}
	panel, there := setup.Panel(j.Target)
	j.p = panel
	switch {
	case !there:
		return store.ErrNotFound
	case j.memo.Checked:
		return nil
	case panel.ChannelID == nil:
		return refuse(store.CodeSettings, "The panel has no channel.")
	case !panel.Enabled:
		return refuse(store.CodeSettings, "The panel is turned off.")
	case len(setup.Offered(panel.ID)) == 0:
		return refuse(store.CodeSettings, "The panel offers nothing.")
	}
	if err := j.requireOwn(ctx, j.GuildID, map[string][]string{"channelId": {*panel.ChannelID}}); err != nil {
		return err
	}
	if panel.MessageID != nil && panel.PostedIn != nil && *panel.PostedIn != *panel.ChannelID {
		j.memo.Old = []string{*panel.PostedIn, *panel.MessageID}
	}
	return j.checked(ctx)
}

// postPanel brings the panel's message up to date where it stands in its channel, else it posts one.
func (j *job) postPanel(ctx context.Context) error {
	setup, err := j.store.TicketSetup(ctx, j.GuildID)
	if err != nil {
		return err
	}
	m := panelMessage(j.p, setup.Offered(j.p.ID))
	channel := text(j.p.ChannelID)
	if j.p.MessageID != nil && text(j.p.PostedIn) == channel {
		err := j.in(j.GuildID).Edit(ctx, channel, *j.p.MessageID, m)
		if !gone(err) {
			j.stands = *j.p.MessageID
			return err
		}
	}
	m.Nonce = nonce("panel", j.ID)
	j.stands, err = j.say(ctx, channel, m)
	return err
}

func (j *job) panelPosted(ctx context.Context) error {
	return j.store.PanelPosted(ctx, j.GuildID, j.Target, text(j.p.ChannelID), j.stands)
}

// removeOldPanel takes away the message that the panel had in another channel.
func (j *job) removeOldPanel(ctx context.Context) error {
	if len(j.memo.Old) != 2 {
		return nil
	}
	err := j.in(j.GuildID).Remove(ctx, j.memo.Old[0], j.memo.Old[1])
	if gone(err) {
		return nil
	}
	return err
}

// panelMessage is what a panel says in Discord.
func panelMessage(p store.TicketPanel, offered []store.TicketCategory) Message {
	m := Message{
		Embed: &Embed{
			Title: cut(p.Title, maxTitle), Description: cut(p.Description, maxDescription), Footer: cut(text(p.Footer), maxFooter),
			Color: p.Color, ImageURL: text(p.ImageURL), ThumbnailURL: text(p.Thumbnail),
		},
		Choice: &Choice{Menu: p.ComponentType == "SELECT", Placeholder: p.SelectPlaceholder},
	}
	for _, c := range offered {
		m.Choice.Options = append(m.Choice.Options, Option{
			ID: "ticket:" + c.ID, Label: cut(c.Name, maxLabel), Emoji: text(c.Emoji), Style: p.ButtonStyle, Description: cut(text(c.Description), 100),
		})
	}
	return m
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

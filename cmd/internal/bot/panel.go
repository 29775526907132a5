package bot

import (
	"context"

	"guildboard/store"
	"guildboard/store/contract"
)

// checkPanel passes the check if the panel is enabled and has a channel and at least one enabled ticket category.
func (j *job) checkPanel(ctx context.Context) error {
	setup, err := j.store.TicketSetup(ctx, j.GuildID)
	if err != nil {
		return err
	}
	panel, found := setup.Panel(j.Target)
	j.panel = panel
	switch {
	case !found:
		return store.ErrNotFound
	case j.checkpoint.Checked:
		return nil
	case panel.ChannelID == nil:
		return refusalf(contract.RefusalSettings, "The panel has no channel.")
	case !panel.Enabled:
		return refusalf(contract.RefusalSettings, "The panel is turned off.")
	case len(setup.EnabledCategories(panel.ID)) == 0:
		return refusalf(contract.RefusalSettings, "The panel has no categories.")
	}
	if err := j.requireGuildIDs(ctx, j.GuildID, map[string][]string{"channelId": {*panel.ChannelID}}); err != nil {
		return err
	}
	if panel.MessageID != nil && panel.MessageChannelID != nil && *panel.MessageChannelID != *panel.ChannelID {
		j.checkpoint.OldPanelMessage = []string{*panel.MessageChannelID, *panel.MessageID}
	}
	return j.markChecked(ctx)
}

// postOrEditPanel edits the panel's message if it exists in the panel's channel, and posts a new one otherwise.
func (j *job) postOrEditPanel(ctx context.Context) error {
	setup, err := j.store.TicketSetup(ctx, j.GuildID)
	if err != nil {
		return err
	}
	m := panelMessage(j.panel, setup.EnabledCategories(j.panel.ID))
	channel := stringOrEmpty(j.panel.ChannelID)
	if j.panel.MessageID != nil && stringOrEmpty(j.panel.MessageChannelID) == channel {
		err := j.discordIn(j.GuildID).EditMessage(ctx, channel, *j.panel.MessageID, m)
		if !isGone(err) {
			j.panelMessageID = *j.panel.MessageID
			return err
		}
	}
	m.Nonce = deriveNonce("panel", j.ID)
	j.panelMessageID, err = j.postMessage(ctx, channel, m)
	return err
}

func (j *job) savePanelMessage(ctx context.Context) error {
	return j.store.SetPanelMessage(ctx, j.GuildID, j.Target, stringOrEmpty(j.panel.ChannelID), j.panelMessageID)
}

// deleteOldPanelMessage deletes the panel's message in its previous channel.
func (j *job) deleteOldPanelMessage(ctx context.Context) error {
	if len(j.checkpoint.OldPanelMessage) != 2 {
		return nil
	}
	err := j.discordIn(j.GuildID).DeleteMessage(ctx, j.checkpoint.OldPanelMessage[0], j.checkpoint.OldPanelMessage[1])
	if isGone(err) {
		return nil
	}
	return err
}

// panelMessage returns a panel's message with its ticket categories.
func panelMessage(p store.TicketPanel, offered []store.TicketCategory) Message {
	m := Message{
		Embed: &Embed{
			Title: truncate(p.Title, maxTitle), Description: truncate(p.Description, maxDescription),
			Footer: truncate(stringOrEmpty(p.Footer), maxFooter), Color: p.Color,
			ImageURL: stringOrEmpty(p.ImageURL), ThumbnailURL: stringOrEmpty(p.Thumbnail),
		},
		Choice: &Choice{IsSelectMenu: p.ComponentType == "SELECT", Placeholder: p.SelectPlaceholder},
	}
	for _, c := range offered {
		m.Choice.Options = append(m.Choice.Options, Option{
			ID: "ticket:" + c.ID, Label: truncate(c.Name, maxLabel), Emoji: stringOrEmpty(c.Emoji), Style: p.ButtonStyle,
			Description: truncate(stringOrEmpty(c.Description), 100),
		})
	}
	return m
}

func stringOrEmpty(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

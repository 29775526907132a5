package bot

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"guildboard/store"
	"guildboard/store/access"
)

// messagePermissions are the permissions that the bot needs in the channel of a giveaway or panel: to post and edit the
// message, and to find it again after a call with an unknown outcome.
var messagePermissions = []store.Permission{store.PermissionViewChannel, store.PermissionSendMessages,
	store.PermissionEmbedLinks, store.PermissionReadMessageHistory}

// ticketChannelPermissions are the permissions that the bot needs where it creates ticket channels: to create them, to
// change the overwrites of their members, and those that the overwrites grant, since Discord lets the bot grant only
// permissions that it has.
// https://docs.discord.com/developers/resources/guild#create-guild-channel
var ticketChannelPermissions = []store.Permission{store.PermissionViewChannel, store.PermissionManageChannels,
	store.PermissionManageRoles, store.PermissionSendMessages, store.PermissionEmbedLinks, store.PermissionAttachFiles,
	store.PermissionReadMessageHistory}

// findMissingPermissions compares the bot's permissions in a guild with what giveaways and tickets need.
func (e *Engine) findMissingPermissions(ctx context.Context, guild string, giveawayChannels []string) ([]store.SyncIssue, error) {
	forGiveaways := map[string][]store.Permission{}
	for _, channel := range giveawayChannels {
		forGiveaways[channel] = messagePermissions
	}
	forTickets, err := e.permissionsForTickets(ctx, guild)
	if err != nil {
		return nil, err
	}
	var issues []store.SyncIssue
	for kind, needed := range map[store.SyncIssueKind]map[string][]store.Permission{
		store.SyncIssueGiveawayPermissions: forGiveaways, store.SyncIssueTicketPermissions: forTickets,
	} {
		if len(needed) == 0 {
			continue
		}
		missing, err := e.discord.MissingPermissions(ctx, guild, needed)
		if err != nil {
			return nil, err
		}
		for _, channel := range slices.Sorted(maps.Keys(missing)) {
			issues = append(issues, store.SyncIssue{
				GuildID: guild, Kind: kind, Target: channel, Label: store.PermissionLabel(missing[channel]),
			})
		}
	}
	return issues, nil
}

// permissionsForTickets returns the permissions that the guild's ticket panels need, by channel. Tickets of a category
// without a channel category are created outside of any: their channel is "".
func (e *Engine) permissionsForTickets(ctx context.Context, guild string) (map[string][]store.Permission, error) {
	settings, err := e.store.Settings(ctx, guild, access.ModuleTickets)
	if err != nil || settings.Version > 0 && !settings.Bool("enabled") {
		return nil, err
	}
	setup, err := e.store.TicketSetup(ctx, guild)
	if err != nil {
		return nil, err
	}
	needed := map[string][]store.Permission{}
	for _, panel := range setup.Panels {
		offered := setup.EnabledCategories(panel.ID)
		if !panel.Enabled || panel.ChannelID == nil || len(offered) == 0 {
			continue // the panel cannot be posted
		}
		needed[*panel.ChannelID] = messagePermissions
		for _, c := range offered {
			parent := cmp.Or(stringOrEmpty(c.CategoryChannelID), settings.Values["categoryChannelId"])
			needed[parent] = ticketChannelPermissions
		}
	}
	return needed, nil
}

package bot

import (
	"context"
	"errors"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

// Directory is a Discord that also lists roles, their holders, and channels. Discord sends changes of members only to
// bots with the intent GUILD_MEMBERS. If the bot's Discord is not a Directory, only managers have access to the
// dashboard, and pages show ids instead of names.
// https://docs.discord.com/developers/events/gateway#privileged-intents
type Directory interface {
	// Roles returns all roles of the guild except @everyone, which cannot be granted access.
	Roles(ctx context.Context, guild string) ([]store.Role, error)
	// RoleHolders returns the members who hold at least one of the roles: all their roles, by user id.
	RoleHolders(ctx context.Context, guild string, roles []string) (map[string]store.Strings, error)
	// AllChannels returns all channels of the guild.
	AllChannels(ctx context.Context, guild string) ([]store.Channel, error)
}

// idleRoleSyncInterval is the interval of role syncs in guilds that grant access to no role.
const idleRoleSyncInterval = 5 * time.Minute

// channelSyncInterval is the interval of channel syncs, unless the bot has created a channel.
const channelSyncInterval = time.Minute

// syncDirectory saves, for every guild, the members who hold roles with access and the names of its channels. Every
// engine does this; the writes are idempotent.
func (e *Engine) syncDirectory(ctx context.Context) {
	directory, ok := e.discord.(Directory)
	if !ok {
		return
	}
	guilds, err := e.store.GuildIDs(ctx)
	if err != nil {
		e.logSyncFailure(ctx, "", err)
		return
	}
	for _, guild := range guilds {
		// A failure in one guild does not stop the others.
		if err := errors.Join(e.syncRoles(ctx, directory, guild), e.syncChannels(ctx, directory, guild)); err != nil {
			e.logSyncFailure(ctx, guild, err)
		}
	}
}

func (e *Engine) logSyncFailure(ctx context.Context, guild string, err error) {
	if ctx.Err() == nil {
		e.log.WarnContext(ctx, "sync roles and channels", "guild", guild, "err", err)
	}
}

// syncRoles saves the guild's roles and their holders as of the time before the request to Discord.
func (e *Engine) syncRoles(ctx context.Context, directory Directory, guild string) error {
	at := time.Now()
	granted, err := e.store.GrantedRoles(ctx, guild)
	if err != nil || len(granted) == 0 && at.Sub(e.rolesSyncedAt[guild]) < idleRoleSyncInterval {
		return err
	}
	roles, err := directory.Roles(ctx, guild)
	if err != nil {
		return err
	}
	holders, err := directory.RoleHolders(ctx, guild, granted)
	if err != nil {
		return err
	}
	changed, err := e.store.SyncRoles(ctx, guild, roles, holders, at)
	if err != nil {
		return err
	}
	e.rolesSyncedAt[guild] = at
	if changed {
		e.publishEvent(ctx, contract.Event{Type: contract.MemberUpdateEvent, GuildID: guild, Timestamp: at})
	}
	return nil
}

// syncChannels saves the names of the guild's channels.
func (e *Engine) syncChannels(ctx context.Context, directory Directory, guild string) error {
	at := time.Now()
	if at.Sub(e.channelsSyncedAt[guild]) < channelSyncInterval && !e.guildsWithNewChannels.has(guild) {
		return nil
	}
	e.guildsWithNewChannels.remove(guild)
	channels, err := directory.AllChannels(ctx, guild)
	if err != nil {
		return err
	}
	changed, err := e.store.SyncChannels(ctx, guild, channels)
	if err != nil {
		return err
	}
	e.channelsSyncedAt[guild] = at
	if changed {
		e.publishEvent(ctx, contract.Event{Type: contract.GuildUpdateEvent, GuildID: guild, Timestamp: at})
	}
	return nil
}

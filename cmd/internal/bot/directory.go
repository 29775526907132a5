package bot

import (
	"context"
	"errors"
	"time"

	"guildboard/store"
)

// Directory is a Discord that knows what channels and roles are called, and who has which role. Discord tells the last to
// bots with the intent GUILD_MEMBERS, at once when it changes. Where the bot's Discord is none, nobody but managers is let
// in, and pages show ids.
// https://docs.discord.com/developers/events/gateway#privileged-intents
type Directory interface {
	// Roles are all of the guild's, but for @everyone, which is no sign of trust.
	Roles(ctx context.Context, guild string) ([]store.Role, error)
	// RoleHolders are the people of the guild who have one of these roles, by id, with all roles they have.
	RoleHolders(ctx context.Context, guild string, roles []string) (map[string]store.Strings, error)
	// AllChannels are all channels of the guild.
	AllChannels(ctx context.Context, guild string) ([]store.Channel, error)
}

// idleRoleSyncInterval is how old the names of roles may be in a guild that has let none in.
const idleRoleSyncInterval = 5 * time.Minute

// channelSyncInterval is how old the names of a guild's channels may be where the bot has not opened one itself.
const channelSyncInterval = time.Minute

// syncDirectory writes down, for every guild, who has a role that is let into something, and what its channels are called.
// Every engine does: a word that is given twice is as good as once.
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
		// What fails for one guild may work for the next.
		if err := errors.Join(e.syncRoles(ctx, directory, guild), e.syncChannels(ctx, directory, guild)); err != nil {
			e.logSyncFailure(ctx, guild, err)
		}
	}
}

func (e *Engine) logSyncFailure(ctx context.Context, guild string, err error) {
	if ctx.Err() == nil {
		e.log.WarnContext(ctx, "bot: roles or channels not confirmed", "guild", guild, "error", err)
	}
}

// syncRoles asks Discord, and writes down its answer as of before it was asked.
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
		e.publishEvent(ctx, store.Event{Type: store.MemberUpdateEvent, GuildID: guild, Timestamp: at})
	}
	return nil
}

// syncChannels asks Discord what the guild's channels are called, and writes it down.
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
		e.publishEvent(ctx, store.Event{Type: store.GuildUpdateEvent, GuildID: guild, Timestamp: at})
	}
	return nil
}

package sim

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"guildboard/store"
)

// SetRoles replaces the roles of the guild.
func (d *Discord) SetRoles(guild string, roles ...store.Role) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id := func(r store.Role) string { return r.ID }
	d.assignIDs(guild, collectIDs(d.roles[guild], id), collectIDs(roles, id))
	d.roles[guild] = roles
}

func (d *Discord) Roles(ctx context.Context, guild string) ([]store.Role, error) {
	if err := d.beginCall(ctx, "roles"); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	return slices.Clone(d.roles[guild]), nil
}

func (d *Discord) RoleHolders(ctx context.Context, guild string, roles []string) (map[string]store.Strings, error) {
	if err := d.beginCall(ctx, "holders"); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	holders := map[string]store.Strings{}
	for key, m := range d.members {
		user, inGuild := strings.CutPrefix(key, guild+" ")
		if inGuild && slices.ContainsFunc(m.Roles, func(role string) bool { return slices.Contains(roles, role) }) {
			holders[user] = slices.Clone(m.Roles)
		}
	}
	return holders, nil
}

// SetChannels replaces the channels of the guild, except those created by the bot.
func (d *Discord) SetChannels(guild string, channels ...store.Channel) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id := func(c store.Channel) string { return c.ID }
	d.assignIDs(guild, collectIDs(d.guildChannels[guild], id), collectIDs(channels, id))
	d.guildChannels[guild], d.strictGuilds[guild] = channels, true
}

func collectIDs[T any](items []T, id func(T) string) []string {
	all := make([]string, len(items))
	for i, item := range items {
		all[i] = id(item)
	}
	return all
}

func (d *Discord) AllChannels(ctx context.Context, guild string) ([]store.Channel, error) {
	if err := d.beginCall(ctx, "named"); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	channels := slices.DeleteFunc(slices.Clone(d.guildChannels[guild]), func(c store.Channel) bool { return d.deletedChannels[c.ID] })
	for id, c := range d.channels {
		if c.guild == guild && c.Name != "" {
			channels = append(channels, store.Channel{ID: id, Name: c.Name, Kind: store.ChannelText, ParentID: c.Parent, Position: 1000})
		}
	}
	slices.SortFunc(channels, func(a, b store.Channel) int { return cmp.Compare(a.ID, b.ID) })
	return channels, nil
}

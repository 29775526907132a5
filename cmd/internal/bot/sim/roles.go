package sim

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"guildboard/store"
)

// SetRoles says which roles the guild has.
func (d *Discord) SetRoles(guild string, roles ...store.Role) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id := func(r store.Role) string { return r.ID }
	d.set(guild, ids(d.roles[guild], id), ids(roles, id))
	d.roles[guild] = roles
}

func (d *Discord) Roles(ctx context.Context, guild string) ([]store.Role, error) {
	if err := d.call(ctx, "roles"); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	return slices.Clone(d.roles[guild]), nil
}

func (d *Discord) Holders(ctx context.Context, guild string, roles []string) (map[string]store.Strings, error) {
	if err := d.call(ctx, "holders"); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	holders := map[string]store.Strings{}
	for key, m := range d.members {
		user, here := strings.CutPrefix(key, guild+" ")
		if here && slices.ContainsFunc(m.Roles, func(role string) bool { return slices.Contains(roles, role) }) {
			holders[user] = slices.Clone(m.Roles)
		}
	}
	return holders, nil
}

// SetChannels says which channels the guild has, besides those that a bot opens.
func (d *Discord) SetChannels(guild string, channels ...store.Channel) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id := func(c store.Channel) string { return c.ID }
	d.set(guild, ids(d.named[guild], id), ids(channels, id))
	d.named[guild], d.strict[guild] = channels, true
}

func ids[T any](of []T, id func(T) string) []string {
	all := make([]string, len(of))
	for i, one := range of {
		all[i] = id(one)
	}
	return all
}

func (d *Discord) Named(ctx context.Context, guild string) ([]store.Channel, error) {
	if err := d.call(ctx, "named"); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	channels := slices.DeleteFunc(slices.Clone(d.named[guild]), func(c store.Channel) bool { return d.gone[c.ID] })
	for id, c := range d.channels {
		if c.guild == guild && c.Name != "" {
			channels = append(channels, store.Channel{ID: id, Name: c.Name, Kind: store.ChannelText, ParentID: c.Parent, Position: 1000})
		}
	}
	slices.SortFunc(channels, func(a, b store.Channel) int { return cmp.Compare(a.ID, b.ID) })
	return channels, nil
}

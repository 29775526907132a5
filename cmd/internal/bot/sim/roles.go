package sim

import (
	"context"
	"slices"
	"strings"

	"guildboard/store"
)

// SetRoles says which roles the guild has.
func (d *Discord) SetRoles(guild string, roles ...store.Role) {
	d.mu.Lock()
	defer d.mu.Unlock()
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

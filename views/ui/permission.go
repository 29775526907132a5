package ui

import (
	"strings"

	"guildboard/store"
	"guildboard/views/text"
)

// permissionName returns a permission's name in Discord. Two names differ between the settings of a channel and those of
// a role, which apply to the whole server. Permissions that this version does not know have the name of their bit.
func permissionName(p Page, permission store.Permission, isServerWide bool) string {
	if permission.Bit() == 0 {
		return text.Truncate(string(permission), 40)
	}
	key := "permission." + string(permission)
	if isServerWide && (permission == store.PermissionViewChannel || permission == store.PermissionManageRoles) {
		key += ".server"
	}
	return p.T(key)
}

// permissionIssueText says which permissions the bot needs in Discord to resolve the issue.
func permissionIssueText(p Page, d store.SyncIssue) string {
	var names []string
	for _, permission := range d.MissingPermissions() {
		names = append(names, permissionName(p, permission, d.Target == ""))
	}
	key := "syncIssue." + string(d.Kind)
	if d.Target == "" {
		key += ".server"
	}
	return p.T(key, "permissions", strings.Join(names, ", "))
}

// permissionIssueLink returns the URL in Discord of the channel where permissions are missing. Discord opens no channel
// categories, so theirs is the server.
func permissionIssueLink(p Page, d store.SyncIssue) string {
	if c, _ := p.Names.Channel(d.Target); d.Target == "" || c.Kind == store.ChannelCategory {
		return serverLink(p.Guild.ID)
	}
	return ChannelLink(p.Guild.ID, d.Target)
}

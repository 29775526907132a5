package store

import "strings"

// Permission is a permission of Discord that the bot needs: the name of its bit in Discord's documentation.
// https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags
type Permission string

const (
	PermissionManageChannels     Permission = "MANAGE_CHANNELS"
	PermissionViewChannel        Permission = "VIEW_CHANNEL"
	PermissionSendMessages       Permission = "SEND_MESSAGES"
	PermissionEmbedLinks         Permission = "EMBED_LINKS"
	PermissionAttachFiles        Permission = "ATTACH_FILES"
	PermissionReadMessageHistory Permission = "READ_MESSAGE_HISTORY"
	PermissionManageRoles        Permission = "MANAGE_ROLES" // "Manage Permissions" in the settings of a channel
)

// Permissions lists the permissions that the bot needs anywhere.
var Permissions = []Permission{PermissionViewChannel, PermissionManageChannels, PermissionManageRoles, PermissionSendMessages,
	PermissionEmbedLinks, PermissionAttachFiles, PermissionReadMessageHistory}

// Bit returns the permission's bit, or 0 for a permission that is not one of Permissions.
func (p Permission) Bit() int64 {
	switch p {
	case PermissionManageChannels:
		return 1 << 4
	case PermissionViewChannel:
		return 1 << 10
	case PermissionSendMessages:
		return 1 << 11
	case PermissionEmbedLinks:
		return 1 << 14
	case PermissionAttachFiles:
		return 1 << 15
	case PermissionReadMessageHistory:
		return 1 << 16
	case PermissionManageRoles:
		return 1 << 28
	}
	return 0
}

// PermissionLabel returns the label of a sync issue about missing permissions. SyncIssue.MissingPermissions reads it.
func PermissionLabel(missing []Permission) string {
	names := make([]string, len(missing))
	for i, p := range missing {
		names[i] = string(p)
	}
	return strings.Join(names, " ")
}

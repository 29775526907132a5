package store

import "strconv"

// Discord's permission bits that count here.
// https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags
const (
	permAdministrator = 1 << 3
	permManageGuild   = 1 << 5
)

// CanManage is the access rule: who owns a guild, administers it or may manage it, may manage its giveaways and
// tickets. permissions is the decimal string that Discord gives for a person in a guild, an unsigned 64-bit number;
// owners and administrators may come without the bit for managing. What is not such a number grants nothing.
// https://docs.discord.com/developers/resources/user#get-current-user-guilds
func CanManage(owner bool, permissions string) bool {
	bits, err := strconv.ParseUint(permissions, 10, 64)
	if err != nil {
		return owner
	}
	return owner || bits&(permAdministrator|permManageGuild) != 0
}

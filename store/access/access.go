// Package access decides what a user may see and do in a guild, from Discord's permissions and the grants to roles.
package access

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"time"

	"guildboard/store/contract"
)

// Bit numbers of Discord's permissions.
// https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags
const (
	permBitAdministrator = 3
	permBitManageGuild   = 5
)

// CanManage reports whether Discord's permissions make a user a manager: the user owns the guild, is an administrator
// or has the permission Manage Server. permissions is the decimal string that Discord returns for a user in a guild,
// see ParsePermissions; for owners and administrators it need not contain the bit of Manage Server. An invalid string
// grants nothing.
// https://docs.discord.com/developers/resources/user#get-current-user-guilds
func CanManage(owner bool, permissions string) bool {
	bits, ok := ParsePermissions(permissions)
	return owner || ok && (bits.Bit(permBitAdministrator) == 1 || bits.Bit(permBitManageGuild) == 1)
}

// maxPermissionDigits is the maximum length of a permission string, in digits: about 800 bits. Discord uses 53 bits.
const maxPermissionDigits = 250

// ParsePermissions parses a set of permissions: an unsigned decimal number of any size. Discord sends a string
// because it keeps adding bits. Unknown bits are ignored.
// https://docs.discord.com/developers/topics/permissions
func ParsePermissions(s string) (bits *big.Int, ok bool) {
	if s == "" || len(s) > maxPermissionDigits || strings.Trim(s, "0123456789") != "" {
		return nil, false
	}
	return new(big.Int).SetString(s, 10)
}

// Module is a part of a guild to which managers can grant roles access. Ratings belong to ModuleTickets. Settings,
// staff and the audit log are not modules: only managers have access to them.
type Module string

const (
	ModuleGiveaways Module = "giveaways"
	ModuleTickets   Module = "tickets"
)

// Modules lists all modules in display order.
var Modules = []Module{ModuleGiveaways, ModuleTickets}

// Level is the level of access to a module. Each level includes the lower ones.
type Level int

const (
	LevelNone   Level = iota
	LevelSee          // view everything except prize secrets
	LevelAct          // daily work: end, reroll, pause, claim, close
	LevelManage       // create, edit, cancel, delete
)

// Levels lists the levels that can be granted.
var Levels = []Level{LevelSee, LevelAct, LevelManage}

var levelNames = []string{"none", "see", "act", "manage"}

// String returns the level's name in the database.
func (l Level) String() string {
	if l < LevelNone || l > LevelManage {
		return levelNames[LevelNone]
	}
	return levelNames[l]
}

// ParseLevel returns the level with the given name, or LevelNone and false for an unknown name.
func ParseLevel(name string) (Level, bool) {
	i := slices.Index(levelNames, name)
	return Level(max(i, 0)), i >= 0
}

// Grant gives the members with a role access to a module.
type Grant struct {
	RoleID string // snowflake
	Module Module
	Level  Level
}

// Membership is a user's relation to a guild that the bot has joined.
type Membership struct {
	IsManager     bool       // according to CanManage
	Roles         []string   // ids of the user's roles, as last recorded by the bot
	RolesSyncedAt *time.Time // when the bot last synchronised the roles of the guild's members; nil: never
	Grants        []Grant    // of the guild
}

// Rights are a user's access rights in a guild. The zero value grants nothing.
type Rights struct {
	IsManager bool // has LevelManage in every module, and access to settings, staff and the audit log
	Giveaways Level
	Tickets   Level
}

// Rights implements the access rule of pages, API, streams and actions. Managers have every right. Other members
// have, in each module, the highest level granted to any of their roles. Roles count only if they were synchronised
// at or after since, so that members do not keep a lost role's access while the bot is offline.
func (s Membership) Rights(since time.Time) Rights {
	if s.IsManager {
		return Rights{IsManager: true, Giveaways: LevelManage, Tickets: LevelManage}
	}
	var r Rights
	if s.RolesSyncedAt == nil || s.RolesSyncedAt.Before(since) {
		return r
	}
	for _, g := range s.Grants {
		if g.Level < LevelNone || g.Level > LevelManage || !slices.Contains(s.Roles, g.RoleID) {
			continue
		}
		switch g.Module {
		case ModuleGiveaways:
			r.Giveaways = max(r.Giveaways, g.Level)
		case ModuleTickets:
			r.Tickets = max(r.Tickets, g.Level)
		}
	}
	return r
}

// RoleRights returns the rights of a member whose only role with grants is the given one.
func RoleRights(grants []Grant, role string) Rights {
	var confirmed time.Time // any time: no member needs to have the role
	return Membership{Roles: []string{role}, RolesSyncedAt: &confirmed, Grants: grants}.Rights(confirmed)
}

// ViewAs returns the rights of a user with the rights r who views the guild as a role. A manager gets the role's rights,
// and isRole is true. Other users keep their own, so ViewAs never raises rights. Managers keep theirs for a role that the
// grants give nothing, so that they cannot lock themselves out.
func (r Rights) ViewAs(role string, grants []Grant) (_ Rights, isRole bool) {
	if rights := RoleRights(grants, role); r.IsManager && role != "" && rights.HasAny() {
		return rights, true
	}
	return r, false
}

// Level returns the user's level in the module.
func (r Rights) Level(m Module) Level {
	switch m {
	case ModuleGiveaways:
		return r.Giveaways
	case ModuleTickets:
		return r.Tickets
	}
	return LevelNone
}

// Can reports whether the user has at least the level l in the module.
func (r Rights) Can(m Module, l Level) bool { return l > LevelNone && r.Level(m) >= l }

// HasAny reports whether the user may view any part of the guild.
func (r Rights) HasAny() bool { return r != Rights{} }

// ViewOnly returns the rights reduced to viewing.
func (r Rights) ViewOnly() Rights {
	return Rights{Giveaways: min(r.Giveaways, LevelSee), Tickets: min(r.Tickets, LevelSee)}
}

// CanRequest reports whether the user may request the verb from the bot.
func (r Rights) CanRequest(v contract.Verb) bool {
	module, level := Required(v)
	return r.Can(module, level)
}

// String returns the rights as a part of the cache key of a page: users with equal rights share its live part.
func (r Rights) String() string {
	if r.IsManager {
		return "manager"
	}
	return "giveaways:" + r.Giveaways.String() + ",tickets:" + r.Tickets.String()
}

// Required returns the module and the level that a verb requires. Creating a giveaway, changing its conditions
// and irreversible changes require LevelManage. Ending and rerolling require only LevelAct, because they follow the
// conditions that a manager has set. All verbs on tickets require LevelAct. Deleting a rating and posting a panel require
// LevelManage.
func Required(v contract.Verb) (Module, Level) {
	if strings.HasPrefix(string(v), "TICKET_") || slices.Contains(contract.RatingVerbs, v) && v != contract.VerbRatingRemove {
		return ModuleTickets, LevelAct
	}
	switch v {
	case contract.VerbRatingRemove, contract.VerbPanelPost:
		return ModuleTickets, LevelManage
	case contract.VerbGiveawayCreate, contract.VerbGiveawayEdit, contract.VerbGiveawayCancel,
		contract.VerbGiveawayDelete, contract.VerbEntrantDisqualify,
		contract.VerbEntrantReinstate, contract.VerbGiveawayRepeat:
		return ModuleGiveaways, LevelManage
	}
	if strings.HasPrefix(string(v), "GIVEAWAY_") {
		return ModuleGiveaways, LevelAct
	}
	return "", LevelNone // which Can never grants
}

// ModuleOf returns the module of the event, or "" if it belongs to none.
func ModuleOf(e contract.Event) Module {
	prefix, _, _ := strings.Cut(string(e.Type), "_")
	if prefix == "COMMAND" { // the module is that of the command
		var data contract.CommandResultData
		_ = json.Unmarshal(e.Data, &data) // invalid data belongs to no module
		prefix, _, _ = strings.Cut(string(data.Verb), "_")
	}
	switch prefix {
	case "GIVEAWAY":
		return ModuleGiveaways
	case "TICKET":
		return ModuleTickets
	}
	return ""
}

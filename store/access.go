package store

import (
	"math/big"
	"slices"
	"strings"
	"time"
)

// Discord's permission bits that count here.
// https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags
const (
	permBitAdministrator = 3
	permBitManageGuild   = 5
)

// CanManage is Discord's own part of the access rule: who owns a guild, administers it or may manage it is a manager
// here. permissions is the decimal string that Discord gives for a person in a guild, see ParsePermissions; owners
// and administrators may come without the bit for managing. What is not such a number grants nothing.
// https://docs.discord.com/developers/resources/user#get-current-user-guilds
func CanManage(owner bool, permissions string) bool {
	bits, ok := ParsePermissions(permissions)
	return owner || ok && (bits.Bit(permBitAdministrator) == 1 || bits.Bit(permBitManageGuild) == 1)
}

// maxPermissionDigits is how many digits a set of permissions may have: some 800 bits. Discord uses 53.
const maxPermissionDigits = 250

// ParsePermissions reads a set of permissions: an unsigned number in decimal digits, of any size, since Discord adds
// bits and sends a string for that reason. Unknown bits are ignored.
// https://docs.discord.com/developers/topics/permissions
func ParsePermissions(s string) (bits *big.Int, ok bool) {
	if s == "" || len(s) > maxPermissionDigits || strings.Trim(s, "0123456789") != "" {
		return nil, false
	}
	return new(big.Int).SetString(s, 10)
}

// Module is a part of a guild that managers may let roles into. Ratings belong to tickets. Settings, staff and the audit
// log are no modules: they stay with managers.
type Module string

const (
	ModuleGiveaways Module = "giveaways"
	ModuleTickets   Module = "tickets"
)

// Modules lists them in the order in which they are shown.
var Modules = []Module{ModuleGiveaways, ModuleTickets}

// Level is how far somebody may go in a module. Each holds those before it.
type Level int

const (
	LevelNone   Level = iota
	LevelSee          // look at everything, but for what is told to winners only
	LevelAct          // and do the daily work: end, reroll, pause, claim, close
	LevelManage       // and what makes something new or cannot be undone: create, change, call off, delete
)

// Levels lists those that can be granted.
var Levels = []Level{LevelSee, LevelAct, LevelManage}

var levelNames = []string{"none", "see", "act", "manage"}

// String is the level's name, as the database has it.
func (l Level) String() string {
	if l < LevelNone || l > LevelManage {
		return levelNames[LevelNone]
	}
	return levelNames[l]
}

// ParseLevel is the level of that name; what is no name is none, and not known.
func ParseLevel(name string) (Level, bool) {
	i := slices.Index(levelNames, name)
	return Level(max(i, 0)), i >= 0
}

// Grant lets whoever has a role into a module.
type Grant struct {
	RoleID string // snowflake
	Module Module
	Level  Level
}

// Membership is what is known of a person in a guild where the bot is.
type Membership struct {
	IsManager     bool       // by Discord's own rule, see CanManage
	Roles         Strings    // the person's, as the bot last wrote them down
	RolesSyncedAt *time.Time // when the bot last said that the roles of the guild's people are what is written; nil: never
	Grants        []Grant    // the guild's
}

// Rights are what somebody may do in a guild. The zero value is a stranger's.
type Rights struct {
	IsManager bool // holds every level of every module, and settings, staff and the audit log
	Giveaways Level
	Tickets   Level
}

// Rights is the one access rule, for pages, API, streams and actions alike. Managers may do everything. Whoever has a
// role may go as far as the furthest grant of any of their roles; but roles that the bot has not confirmed since then
// count for nothing, so that a bot that has died leaves nobody with a role that they have lost.
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

// Level is how far the person may go in the module.
func (r Rights) Level(m Module) Level {
	switch m {
	case ModuleGiveaways:
		return r.Giveaways
	case ModuleTickets:
		return r.Tickets
	}
	return LevelNone
}

// Can tells whether the person may go as far as that in the module.
func (r Rights) Can(m Module, l Level) bool { return l > LevelNone && r.Level(m) >= l }

// HasAny tells whether the person may see anything of the guild.
func (r Rights) HasAny() bool { return r != Rights{} }

// ViewOnly are the rights of somebody who may look at all that r lets them into, and do nothing.
func (r Rights) ViewOnly() Rights {
	return Rights{Giveaways: min(r.Giveaways, LevelSee), Tickets: min(r.Tickets, LevelSee)}
}

// CanRequest tells whether the person may have the bot do that.
func (r Rights) CanRequest(v Verb) bool {
	module, level := v.RequiredAccess()
	return r.Can(module, level)
}

// String names the rights in the key of a view: two people with the same see the same.
func (r Rights) String() string {
	if r.IsManager {
		return "manager"
	}
	return "giveaways:" + r.Giveaways.String() + ",tickets:" + r.Tickets.String()
}

// RequiredAccess is whose work a verb is. What makes a giveaway, changes what it promises, or cannot be taken back wants somebody
// who manages; ending one and drawing again does not, for that is what it was made for. All that is done with tickets
// is daily work.
func (v Verb) RequiredAccess() (Module, Level) {
	if strings.HasPrefix(string(v), "TICKET_") || slices.Contains(RatingVerbs, v) && v != VerbRatingRemove {
		return ModuleTickets, LevelAct
	}
	switch v {
	case VerbRatingRemove, VerbPanelPost:
		return ModuleTickets, LevelManage
	case VerbGiveawayCreate, VerbGiveawayEdit, VerbGiveawayCancel, VerbGiveawayDelete, VerbEntrantDisqualify, VerbEntrantReinstate, VerbGiveawayRepeat:
		return ModuleGiveaways, LevelManage
	}
	if strings.HasPrefix(string(v), "GIVEAWAY_") {
		return ModuleGiveaways, LevelAct
	}
	return "", LevelNone // which nobody may: see May
}

package store

import (
	"context"
	"strings"
	"time"

	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// SyncIssueKind is a kind of difference between Discord and what the database requires of it. The prefix names the
// module.
type SyncIssueKind string

const (
	SyncIssueOverdue        SyncIssueKind = "giveaway.overdue"       // active giveaway past its end time
	SyncIssueUnposted       SyncIssueKind = "giveaway.unposted"      // scheduled giveaway past its start time without a message
	SyncIssueAcceptsEntries SyncIssueKind = "giveaway.accepting"     // finished giveaway whose message still accepts entries
	SyncIssueChannelDeleted SyncIssueKind = "ticket.channel-deleted" // open ticket whose channel is deleted
	SyncIssueChannelOpen    SyncIssueKind = "ticket.channel-open"    // closed ticket whose channel is still open

	// Permissions that the bot does not have: in a channel of a scheduled or running giveaway, in the channel of a
	// ticket panel, or where ticket channels are created.
	SyncIssueGiveawayPermissions SyncIssueKind = "giveaway.permissions"
	SyncIssueTicketPermissions   SyncIssueKind = "ticket.permissions"
)

// SyncIssueKinds lists the kinds.
var SyncIssueKinds = []SyncIssueKind{SyncIssueOverdue, SyncIssueUnposted, SyncIssueAcceptsEntries, SyncIssueChannelDeleted,
	SyncIssueChannelOpen, SyncIssueGiveawayPermissions, SyncIssueTicketPermissions}

// IsMissingPermissions reports whether the issue is that the bot does not have permissions.
func (k SyncIssueKind) IsMissingPermissions() bool {
	return k == SyncIssueGiveawayPermissions || k == SyncIssueTicketPermissions
}

// Module returns the module that the issue belongs to.
func (k SyncIssueKind) Module() access.Module {
	if strings.HasPrefix(string(k), "ticket.") {
		return access.ModuleTickets
	}
	return access.ModuleGiveaways
}

// RepairVerb returns the verb that repairs the issue, with the same target; "" if only a change in Discord resolves it.
func (k SyncIssueKind) RepairVerb() contract.Verb {
	switch k {
	case SyncIssueOverdue:
		return contract.VerbGiveawayEnd
	case SyncIssueChannelDeleted:
		return contract.VerbTicketClose
	case SyncIssueChannelOpen:
		return contract.VerbTicketRepair
	case SyncIssueGiveawayPermissions, SyncIssueTicketPermissions:
		return ""
	}
	return contract.VerbGiveawayRepair
}

// SyncIssue is a difference between Discord and the database, found by the bot's last sync check.
type SyncIssue struct {
	ID         string // the same at each check
	GuildID    string
	Kind       SyncIssueKind
	Target     string // row id of the giveaway or ticket; of missing permissions, the channel id, or "" for the whole guild
	Label      string // the giveaway's prize, or "#12 Subject"; of missing permissions, their PermissionLabel
	FoundAt    time.Time
	RepairVerb contract.Verb // "" for none
}

// MissingPermissions returns the permissions that the bot does not have in the channel Target, for an issue of a kind
// for which IsMissingPermissions is true.
func (d SyncIssue) MissingPermissions() (missing []Permission) {
	for _, name := range strings.Fields(d.Label) {
		missing = append(missing, Permission(name))
	}
	return missing
}

func (d SyncIssue) id() string { return string(d.Kind) + ":" + d.Target }

// SyncIssues returns the issues that the bot's last sync check found in the guild, oldest first.
func (s *Store) SyncIssues(ctx context.Context, guild string) ([]SyncIssue, error) {
	var where sqldb.Where
	where.And("guild_id = ?", guild)
	return s.syncIssues(ctx, where)
}

// SyncIssuesOf returns the issues of one giveaway or ticket.
func (s *Store) SyncIssuesOf(ctx context.Context, guild, target string) ([]SyncIssue, error) {
	var where sqldb.Where
	where.And("guild_id = ?", guild)
	where.And("target = ?", target)
	return s.syncIssues(ctx, where)
}

func (s *Store) syncIssues(ctx context.Context, where sqldb.Where) ([]SyncIssue, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var found []SyncIssue
	err := s.batch(ctx, sqldb.Query{
		SQL: "SELECT guild_id, kind, target, " + substrSQL("label", maxShortTextRunes) + ", found_at FROM drifts" +
			" WHERE " + where.String() + " ORDER BY found_at, kind, target",
		Args: where.Args,
		Row: appendTo(&found, func(r sqldb.Row) (d SyncIssue, err error) {
			err = r.Scan(&d.GuildID, (*string)(&d.Kind), &d.Target, &d.Label, &d.FoundAt)
			d.ID, d.RepairVerb = d.id(), d.Kind.RepairVerb()
			return d, err
		}),
	})
	return found, s.wrapError("read sync issues", err)
}

// How long after its end a giveaway or ticket is checked, and how many of each kind.
const (
	syncCheckAge   = 7 * 24 * time.Hour
	maxSyncTargets = 500
)

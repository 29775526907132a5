package store

import (
	"context"
	"strconv"
	"time"
)

// SyncIssueKind is a way in which Discord and the database can disagree.
type SyncIssueKind string

const (
	SyncIssueOverdue      SyncIssueKind = "giveaway.overdue"  // its end is past, and it has not ended
	SyncIssueUnposted     SyncIssueKind = "giveaway.unposted" // its start is past, and it has not been posted
	SyncIssueTakesEntries SyncIssueKind = "giveaway.taking"   // it is over, and its message still takes entries
	SyncIssueChannelGone  SyncIssueKind = "ticket.gone"       // it is open, and its channel is gone
	SyncIssueChannelOpen  SyncIssueKind = "ticket.standing"   // it is closed, and its channel stands open
)

// SyncIssueKinds lists all of them.
var SyncIssueKinds = []SyncIssueKind{SyncIssueOverdue, SyncIssueUnposted, SyncIssueTakesEntries, SyncIssueChannelGone, SyncIssueChannelOpen}

// RepairVerb is the verb that mends it, with the same target.
func (k SyncIssueKind) RepairVerb() Verb {
	switch k {
	case SyncIssueOverdue:
		return VerbGiveawayEnd
	case SyncIssueChannelGone:
		return VerbTicketClose
	case SyncIssueChannelOpen:
		return VerbTicketRepair
	}
	return VerbGiveawayRepair
}

// SyncIssue is one disagreement between Discord and the database, as the bot's last sweep found it.
type SyncIssue struct {
	ID         string // the same at each sweep
	GuildID    string
	Kind       SyncIssueKind
	Target     string // row id of the giveaway or ticket
	Label      string // the giveaway's prize, or "#12"
	FoundAt    time.Time
	RepairVerb Verb
}

func (d SyncIssue) id() string { return string(d.Kind) + ":" + d.Target }

// SyncIssues is what the bot's last sweep of the guild found, what was found first first.
func (s *Store) SyncIssues(ctx context.Context, guild string) ([]SyncIssue, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var found []SyncIssue
	err := s.batch(ctx, read{
		sql: "SELECT guild_id, kind, target, " + substrSQL("label", maxShortTextRunes) + ", found_at FROM drifts" +
			" WHERE guild_id = $1 ORDER BY found_at, kind, target",
		args: []any{guild},
		row: appendTo(&found, func(r row) (d SyncIssue, err error) {
			err = r.Scan(&d.GuildID, (*string)(&d.Kind), &d.Target, &d.Label, &d.FoundAt)
			d.ID, d.RepairVerb = d.id(), d.Kind.RepairVerb()
			return d, err
		}),
	})
	return found, s.wrapError("reading drift", err)
}

// ReplaceSyncIssues makes found all that is known of the guild, and tells whether that is other than before. What was known
// already keeps the time when it was found first.
func (s *Store) ReplaceSyncIssues(ctx context.Context, guild string, found []SyncIssue, at time.Time) (changed bool, err error) {
	previous, err := s.SyncIssues(ctx, guild)
	if err != nil {
		return false, err
	}
	resolved := make(map[string]SyncIssue, len(previous))
	for _, d := range previous {
		resolved[d.id()] = d
	}
	var added []SyncIssue
	for _, d := range found {
		if _, exists := resolved[d.id()]; exists {
			delete(resolved, d.id())
			continue
		}
		added = append(added, d)
	}
	if len(added)+len(resolved) == 0 {
		return false, nil
	}
	return true, s.withTx(ctx, "saving drift", func(ctx context.Context, t tx) error {
		for _, d := range resolved {
			if _, err := t.exec(ctx, "DELETE FROM drifts WHERE guild_id = $1 AND kind = $2 AND target = $3", guild, d.Kind, d.Target); err != nil {
				return err
			}
		}
		for _, d := range added {
			if _, err := t.exec(ctx, insertSQL("drifts", "guild_id, kind, target, label, found_at")+" ON CONFLICT DO NOTHING",
				guild, d.Kind, d.Target, d.Label, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeleteSyncIssues forgets what was found about a row, which has been acted on since.
func (s *Store) DeleteSyncIssues(ctx context.Context, guild, target string) error {
	_, err := s.exec(ctx, "clearing drift", "DELETE FROM drifts WHERE guild_id = $1 AND target = $2", guild, target)
	return err
}

// How long after its end a giveaway's message or a ticket's channel is still looked after, and how many of each.
const (
	syncCheckAge   = 7 * 24 * time.Hour
	maxSyncTargets = 500
)

// SyncTarget is a row and where it stands in Discord.
type SyncTarget struct{ ID, Label, ChannelID, MessageID string }

// SyncTargets are the rows of a guild that a sweep compares with Discord.
type SyncTargets struct {
	OverdueGiveaways  []SyncTarget // giveaways that are active though their end is past
	UnpostedGiveaways []SyncTarget // giveaways that are scheduled though their start is past
	FinishedGiveaways []SyncTarget // giveaways that were ended or cancelled in the last week, and have a message
	OpenTickets       []SyncTarget // tickets that are open or claimed
	ClosedTickets     []SyncTarget // tickets that were closed in the last week
}

// SyncTargets are at most 500 of each kind, newest first. A giveaway is late only when it is so by more than grace.
func (s *Store) SyncTargets(ctx context.Context, guild string, now time.Time, grace time.Duration) (SyncTargets, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var p SyncTargets
	const (
		ofGiveaways = "SELECT id, substr(prize, 1, 1000), channel_id, coalesce(message_id, '') FROM giveaways WHERE guild_id = $1 AND "
		ofTickets   = "SELECT id, '#' || number, channel_id, '' FROM tickets WHERE guild_id = $1 AND "
	)
	suffix := " ORDER BY created_at DESC LIMIT " + strconv.Itoa(maxSyncTargets)
	readTargets := func(targets *[]SyncTarget, sql string, args ...any) read {
		return read{sql: sql + suffix, args: append([]any{guild}, args...), row: appendTo(targets, func(r row) (p SyncTarget, err error) {
			return p, r.Scan(&p.ID, &p.Label, &p.ChannelID, &p.MessageID)
		})}
	}
	err := s.batch(ctx,
		readTargets(&p.OverdueGiveaways, ofGiveaways+"status = 'ACTIVE' AND ends_at < $2", now.Add(-grace)),
		readTargets(&p.UnpostedGiveaways, ofGiveaways+"status = 'PENDING' AND starts_at < $2", now.Add(-grace)),
		readTargets(&p.FinishedGiveaways, ofGiveaways+"status IN ('ENDED', 'CANCELLED') AND message_id IS NOT NULL AND updated_at > $2", now.Add(-syncCheckAge)),
		readTargets(&p.OpenTickets, ofTickets+"status IN ('OPEN', 'CLAIMED')"),
		readTargets(&p.ClosedTickets, ofTickets+"status = 'CLOSED' AND closed_at > $2", now.Add(-syncCheckAge)))
	return p, s.wrapError("looking for drift", err)
}

// GuildIDs are the guilds where the bot is.
func (s *Store) GuildIDs(ctx context.Context) ([]string, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var ids []string
	err := s.batch(ctx, read{
		sql: "SELECT id FROM guilds WHERE left_at IS NULL ORDER BY id",
		row: appendTo(&ids, func(r row) (id string, err error) { return id, r.Scan(&id) }),
	})
	return ids, s.wrapError("listing guilds", err)
}

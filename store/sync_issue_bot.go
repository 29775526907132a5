package store

import (
	"context"
	"strconv"
	"time"

	"guildboard/store/internal/sqldb"
)

// ReplaceSyncIssues replaces the known issues of the guild and reports whether they changed. Known issues keep the
// time when they were first found; their labels are updated.
func (s *Store) ReplaceSyncIssues(ctx context.Context, guild string, found []SyncIssue, at time.Time) (changed bool, err error) {
	previous, err := s.SyncIssues(ctx, guild)
	if err != nil {
		return false, err
	}
	resolved := make(map[string]SyncIssue, len(previous))
	for _, d := range previous {
		resolved[d.id()] = d
	}
	var added, relabeled []SyncIssue
	for _, d := range found {
		known, exists := resolved[d.id()]
		delete(resolved, d.id())
		switch {
		case !exists:
			added = append(added, d)
		case known.Label != d.Label:
			relabeled = append(relabeled, d)
		}
	}
	if len(added)+len(relabeled)+len(resolved) == 0 {
		return false, nil
	}
	return true, s.withTx(ctx, "save sync issues", func(ctx context.Context, t tx) error {
		for _, d := range resolved {
			if _, err := t.Exec(ctx, "DELETE FROM drifts WHERE guild_id = $1 AND kind = $2 AND target = $3",
				guild, d.Kind, d.Target); err != nil {
				return err
			}
		}
		for _, d := range relabeled {
			if _, err := t.Exec(ctx, "UPDATE drifts SET label = $4 WHERE guild_id = $1 AND kind = $2 AND target = $3",
				guild, d.Kind, d.Target, d.Label); err != nil {
				return err
			}
		}
		for _, d := range added {
			if _, err := t.Exec(ctx, sqldb.Insert("drifts", "guild_id, kind, target, label, found_at")+" ON CONFLICT DO NOTHING",
				guild, d.Kind, d.Target, d.Label, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeleteSyncIssues deletes the issues of a target after a change to it.
func (s *Store) DeleteSyncIssues(ctx context.Context, guild, target string) error {
	_, err := s.exec(ctx, "delete sync issues", "DELETE FROM drifts WHERE guild_id = $1 AND target = $2", guild, target)
	return err
}

// SyncTarget is a row and its place in Discord.
type SyncTarget struct{ ID, Label, ChannelID, MessageID string }

// SyncTargets are the rows of a guild that a sync check compares with Discord.
type SyncTargets struct {
	OverdueGiveaways  []SyncTarget // active although past their end
	UnpostedGiveaways []SyncTarget // scheduled although past their start
	FinishedGiveaways []SyncTarget // ended or cancelled in the last week, with a message
	OpenTickets       []SyncTarget // open or claimed
	ClosedTickets     []SyncTarget // closed in the last week
	GiveawayChannels  []string     // ids of the channels of scheduled, running and paused giveaways, and of those that repeat
}

// SyncTargets returns at most 500 rows of each kind, newest first. Giveaways are overdue or unposted only if they are
// late by more than grace.
func (s *Store) SyncTargets(ctx context.Context, guild string, now time.Time, grace time.Duration) (SyncTargets, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var p SyncTargets
	ofGiveaways := "SELECT id, " + substrSQL("prize", maxShortTextRunes) + ", channel_id, coalesce(message_id, '')" +
		" FROM giveaways WHERE guild_id = $1 AND "
	const ofTickets = "SELECT id, '#' || number || coalesce(' ' || subject, ''), channel_id, '' FROM tickets WHERE guild_id = $1 AND "
	suffix := " ORDER BY created_at DESC LIMIT " + strconv.Itoa(maxSyncTargets)
	targetsQuery := func(targets *[]SyncTarget, sql string, args ...any) sqldb.Query {
		return sqldb.Query{SQL: sql + suffix, Args: append([]any{guild}, args...),
			Row: appendTo(targets, func(r sqldb.Row) (p SyncTarget, err error) {
				return p, r.Scan(&p.ID, &p.Label, &p.ChannelID, &p.MessageID)
			})}
	}
	err := s.batch(ctx,
		targetsQuery(&p.OverdueGiveaways, ofGiveaways+"status = 'ACTIVE' AND ends_at < $2", now.Add(-grace)),
		targetsQuery(&p.UnpostedGiveaways, ofGiveaways+"status = 'PENDING' AND starts_at < $2", now.Add(-grace)),
		targetsQuery(&p.FinishedGiveaways, ofGiveaways+"status IN ('ENDED', 'CANCELLED') AND message_id IS NOT NULL"+
			" AND updated_at > $2", now.Add(-syncCheckAge)),
		targetsQuery(&p.OpenTickets, ofTickets+"status IN ('OPEN', 'CLAIMED')"),
		targetsQuery(&p.ClosedTickets, ofTickets+"status = 'CLOSED' AND closed_at > $2", now.Add(-syncCheckAge)),
		sqldb.Query{
			SQL: "SELECT channel_id FROM giveaways WHERE guild_id = $1 AND status IN ('PENDING', 'ACTIVE', 'PAUSED')" +
				" UNION SELECT channel_id FROM giveaways WHERE guild_id = $1 AND repeat_days > 0 AND repeat_at IS NOT NULL" +
				" ORDER BY channel_id LIMIT " + strconv.Itoa(maxSyncTargets),
			Args: []any{guild},
			Row:  appendTo(&p.GiveawayChannels, func(r sqldb.Row) (id string, err error) { return id, r.Scan(&id) }),
		})
	return p, s.wrapError("read sync targets", err)
}

// GuildIDs returns the ids of the guilds where the bot is.
func (s *Store) GuildIDs(ctx context.Context) ([]string, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var ids []string
	err := s.batch(ctx, sqldb.Query{
		SQL: "SELECT id FROM guilds WHERE left_at IS NULL ORDER BY id",
		Row: appendTo(&ids, func(r sqldb.Row) (id string, err error) { return id, r.Scan(&id) }),
	})
	return ids, s.wrapError("list guilds", err)
}

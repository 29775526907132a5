package bot

import (
	"context"
	"slices"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

// sweepLockTTL is how long an engine's sweep keeps other engines from starting one.
const sweepLockTTL = time.Minute

// overdueGrace is how late the clock may act on a giveaway before that counts as a sync issue.
const overdueGrace = 2 * time.Minute

// sweepAllGuilds compares every guild with Discord. Only one engine does so at a time.
func (e *Engine) sweepAllGuilds(ctx context.Context) {
	// Without Redis every engine sweeps: correct, at the cost of more calls to Discord.
	acquired, err := e.client.SetNX(ctx, "bot:sweep", e.Version, sweepLockTTL).Result()
	if err == nil && !acquired {
		return
	}
	guilds, err := e.store.GuildIDs(ctx)
	if err == nil {
		err = e.store.PruneWork(ctx, time.Now().Add(-workRetention))
	}
	for _, guild := range guilds {
		if err == nil {
			err = e.sweepGuild(ctx, guild)
		}
	}
	if err != nil && ctx.Err() == nil {
		e.log.WarnContext(ctx, "sync sweep aborted", "err", err)
	}
}

// sweepGuild finds the sync issues of a guild, and publishes an event if they have changed.
func (e *Engine) sweepGuild(ctx context.Context, guild string) error {
	found, err := e.findSyncIssues(ctx, guild)
	if err != nil || found == nil {
		return err
	}
	changed, err := e.store.ReplaceSyncIssues(ctx, guild, found, time.Now())
	if err != nil || !changed {
		return err
	}
	err = e.clearResolvedIssues(ctx, guild, found)
	// Giveaway rows and ticket rows show sync issues.
	for _, eventType := range []contract.EventType{contract.GiveawayUpdateEvent, contract.TicketUpdateEvent} {
		e.publishEvent(ctx, contract.Event{Type: eventType, GuildID: guild}.WithData(contract.SyncIssuesData{Count: len(found)}))
	}
	return err
}

// clearResolvedIssues checks the issues again: a command that ran during the sweep may have resolved an issue before it
// was saved.
func (e *Engine) clearResolvedIssues(ctx context.Context, guild string, found []store.SyncIssue) error {
	current, err := e.findSyncIssues(ctx, guild)
	if err != nil || current == nil {
		return err
	}
	for _, d := range found {
		if slices.ContainsFunc(current, func(s store.SyncIssue) bool { return s.Kind == d.Kind && s.Target == d.Target }) {
			continue
		}
		if err := e.store.DeleteSyncIssues(ctx, guild, d.Target); err != nil {
			return err
		}
	}
	return nil
}

// findSyncIssues compares a guild's rows with Discord. It returns nil if the guild is unavailable or the bot is
// no longer in it.
func (e *Engine) findSyncIssues(ctx context.Context, guild string) ([]store.SyncIssue, error) {
	posts, err := e.store.SyncTargets(ctx, guild, time.Now(), overdueGrace)
	if err != nil {
		return nil, err
	}
	issues := []store.SyncIssue{}
	add := func(kind store.SyncIssueKind, p store.SyncTarget) {
		issues = append(issues, store.SyncIssue{GuildID: guild, Kind: kind, Target: p.ID, Label: p.Label})
	}
	for _, p := range posts.OverdueGiveaways {
		add(store.SyncIssueOverdue, p)
	}
	for _, p := range posts.UnpostedGiveaways {
		add(store.SyncIssueUnposted, p)
	}
	for _, p := range posts.FinishedGiveaways {
		active, err := e.hasActiveButton(ctx, guild, p)
		if err != nil {
			return nil, err
		}
		if active {
			add(store.SyncIssueAcceptsEntries, p)
		}
	}
	permissionIssues, err := e.findMissingPermissions(ctx, guild, posts.GiveawayChannels)
	if _, isRefusal := asRefusal(err); isRefusal { // the guild is unavailable, or the bot is no longer in it
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	issues = append(issues, permissionIssues...)
	if len(posts.OpenTickets)+len(posts.ClosedTickets) > 0 {
		channels, err := e.discord.ChannelWriteAccess(ctx, guild)
		if _, isRefusal := asRefusal(err); isRefusal { // the bot is no longer in the guild
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for _, p := range posts.OpenTickets {
			if _, exists := channels[p.ChannelID]; !exists {
				add(store.SyncIssueChannelDeleted, p)
			}
		}
		for _, p := range posts.ClosedTickets {
			if channels[p.ChannelID] {
				add(store.SyncIssueChannelOpen, p)
			}
		}
	}
	return issues, nil
}

// hasActiveButton reports whether the message of a finished giveaway still accepts entries. A message that cannot be
// read does not.
func (e *Engine) hasActiveButton(ctx context.Context, guild string, p store.SyncTarget) (bool, error) {
	if e.inactiveMessages.has(p.MessageID) {
		return false, nil
	}
	active, err := e.discordIn(guild).HasActiveButton(ctx, p.ChannelID, p.MessageID)
	if err == nil && !active || isGone(err) {
		e.inactiveMessages.add(p.MessageID)
	}
	if _, isRefusal := asRefusal(err); isRefusal {
		return false, nil
	}
	return active, err
}

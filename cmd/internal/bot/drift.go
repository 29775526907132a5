package bot

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"guildboard/store"
)

// sweepAlone is how long one engine's sweep does for the others.
const sweepAlone = time.Minute

// grace is how late the clock may be before that counts as drift.
const grace = 2 * time.Minute

// sweepAll compares every guild with Discord; of several engines one does it.
func (e *Engine) sweepAll(ctx context.Context) {
	// Redis away: then all of them do, which costs calls to Discord and is right all the same.
	mine, err := e.client.SetNX(ctx, "bot:sweep", e.Version, sweepAlone).Result()
	if err == nil && !mine {
		return
	}
	guilds, err := e.store.GuildIDs(ctx)
	if err == nil {
		err = e.store.ForgetWork(ctx, time.Now().Add(-memory))
	}
	for _, guild := range guilds {
		if err == nil {
			err = e.sweep(ctx, guild)
		}
	}
	if err != nil && ctx.Err() == nil {
		e.log.WarnContext(ctx, "bot: drift sweep cut short", "error", err)
	}
}

// sweep finds where a guild's rows and Discord disagree, and tells the pages when that is news.
func (e *Engine) sweep(ctx context.Context, guild string) error {
	found, err := e.drifts(ctx, guild)
	if err != nil || found == nil {
		return err
	}
	news, err := e.store.SaveDrifts(ctx, guild, found, time.Now())
	if err != nil || !news {
		return err
	}
	err = e.clearMended(ctx, guild, found)
	data, failed := json.Marshal(map[string]int{"drift": len(found)})
	if failed != nil {
		return failed
	}
	// Both kinds of row show it.
	for _, kind := range []store.EventType{store.GiveawayUpdateEvent, store.TicketUpdateEvent} {
		e.tell(ctx, store.Event{Type: kind, GuildID: guild, Data: data})
	}
	return err
}

// clearMended looks again at what was found: whoever acted on a row while it was looked at has cleared its drift before
// that was saved.
func (e *Engine) clearMended(ctx context.Context, guild string, found []store.Drift) error {
	still, err := e.drifts(ctx, guild)
	if err != nil || still == nil {
		return err
	}
	for _, d := range found {
		if slices.ContainsFunc(still, func(s store.Drift) bool { return s.Kind == d.Kind && s.Target == d.Target }) {
			continue
		}
		if err := e.store.ClearDrift(ctx, guild, d.Target); err != nil {
			return err
		}
	}
	return nil
}

// drifts compares a guild's rows with Discord. It returns nil where the bot is not there any more.
func (e *Engine) drifts(ctx context.Context, guild string) ([]store.Drift, error) {
	posts, err := e.store.Posts(ctx, guild, time.Now(), grace)
	if err != nil {
		return nil, err
	}
	found := []store.Drift{}
	note := func(kind store.DriftKind, p store.Posted) {
		found = append(found, store.Drift{GuildID: guild, Kind: kind, Target: p.ID, Label: p.Label})
	}
	for _, p := range posts.Overdue {
		note(store.DriftOverdue, p)
	}
	for _, p := range posts.Unposted {
		note(store.DriftUnposted, p)
	}
	for _, p := range posts.Over {
		takes, err := e.takes(ctx, guild, p)
		if err != nil {
			return nil, err
		}
		if takes {
			note(store.DriftTaking, p)
		}
	}
	if len(posts.Open)+len(posts.Closed) > 0 {
		channels, err := e.discord.Channels(ctx, guild)
		if _, no := refused(err); no { // the bot is not there any more
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for _, p := range posts.Open {
			if _, there := channels[p.ChannelID]; !there {
				note(store.DriftGone, p)
			}
		}
		for _, p := range posts.Closed {
			if channels[p.ChannelID] {
				note(store.DriftStanding, p)
			}
		}
	}
	return found, nil
}

// takes tells whether the message of a giveaway that is over still takes entries. One that cannot be read does not.
func (e *Engine) takes(ctx context.Context, guild string, p store.Posted) (bool, error) {
	if e.settled.has(p.MessageID) {
		return false, nil
	}
	takes, err := e.in(guild).Takes(ctx, p.ChannelID, p.MessageID)
	if err == nil && !takes || gone(err) {
		e.settled.add(p.MessageID)
	}
	if _, no := refused(err); no {
		return false, nil
	}
	return takes, err
}

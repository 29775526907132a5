package store

import (
	"context"
	"strconv"
	"time"
)

// DriftKind is a way in which Discord and the database can disagree.
type DriftKind string

const (
	DriftOverdue  DriftKind = "giveaway.overdue"  // its end is past, and it has not ended
	DriftUnposted DriftKind = "giveaway.unposted" // its start is past, and it has not been posted
	DriftTaking   DriftKind = "giveaway.taking"   // it is over, and its message still takes entries
	DriftGone     DriftKind = "ticket.gone"       // it is open, and its channel is gone
	DriftStanding DriftKind = "ticket.standing"   // it is closed, and its channel stands open
)

// DriftKinds lists all of them.
var DriftKinds = []DriftKind{DriftOverdue, DriftUnposted, DriftTaking, DriftGone, DriftStanding}

// Repair is the verb that mends it, with the same target.
func (k DriftKind) Repair() Verb {
	switch k {
	case DriftOverdue:
		return VerbGiveawayEnd
	case DriftGone:
		return VerbTicketClose
	case DriftStanding:
		return VerbTicketRepair
	}
	return VerbGiveawayRepair
}

// Drift is one disagreement between Discord and the database, as the bot's last sweep found it.
type Drift struct {
	ID      string // the same at each sweep
	GuildID string
	Kind    DriftKind
	Target  string // row id of the giveaway or ticket
	Label   string // the giveaway's prize, or "#12"
	FoundAt time.Time
	Repair  Verb
}

func (d Drift) id() string { return string(d.Kind) + ":" + d.Target }

// Drifts is what the bot's last sweep of the guild found, what was found first first.
func (s *Store) Drifts(ctx context.Context, guild string) ([]Drift, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var found []Drift
	err := s.batch(ctx, read{
		sql: "SELECT guild_id, kind, target, " + cut("label", lineRunes) + ", found_at FROM drifts" +
			" WHERE guild_id = $1 ORDER BY found_at, kind, target",
		args: []any{guild},
		row: appendTo(&found, func(r row) (d Drift, err error) {
			err = r.Scan(&d.GuildID, (*string)(&d.Kind), &d.Target, &d.Label, &d.FoundAt)
			d.ID, d.Repair = d.id(), d.Kind.Repair()
			return d, err
		}),
	})
	return found, s.fault("reading drift", err)
}

// SaveDrifts makes found all that is known of the guild, and tells whether that is other than before. What was known
// already keeps the time when it was found first.
func (s *Store) SaveDrifts(ctx context.Context, guild string, found []Drift, at time.Time) (changed bool, err error) {
	known, err := s.Drifts(ctx, guild)
	if err != nil {
		return false, err
	}
	gone := make(map[string]Drift, len(known))
	for _, d := range known {
		gone[d.id()] = d
	}
	var added []Drift
	for _, d := range found {
		if _, is := gone[d.id()]; is {
			delete(gone, d.id())
			continue
		}
		added = append(added, d)
	}
	if len(added)+len(gone) == 0 {
		return false, nil
	}
	return true, s.change(ctx, "saving drift", func(ctx context.Context, t tx) error {
		for _, d := range gone {
			if _, err := t.exec(ctx, "DELETE FROM drifts WHERE guild_id = $1 AND kind = $2 AND target = $3", guild, d.Kind, d.Target); err != nil {
				return err
			}
		}
		for _, d := range added {
			if _, err := t.exec(ctx, insert("drifts", "guild_id, kind, target, label, found_at")+" ON CONFLICT DO NOTHING",
				guild, d.Kind, d.Target, d.Label, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// ClearDrift forgets what was found about a row, which has been acted on since.
func (s *Store) ClearDrift(ctx context.Context, guild, target string) error {
	_, err := s.exec(ctx, "clearing drift", "DELETE FROM drifts WHERE guild_id = $1 AND target = $2", guild, target)
	return err
}

// How long after its end a giveaway's message or a ticket's channel is still looked after, and how many of each.
const (
	driftAge  = 7 * 24 * time.Hour
	mostPosts = 500
)

// Posted is a row and where it stands in Discord.
type Posted struct{ ID, Label, ChannelID, MessageID string }

// Posts are the rows of a guild that a sweep compares with Discord.
type Posts struct {
	Overdue  []Posted // giveaways that are active though their end is past
	Unposted []Posted // giveaways that are scheduled though their start is past
	Over     []Posted // giveaways that were ended or cancelled in the last week, and have a message
	Open     []Posted // tickets that are open or claimed
	Closed   []Posted // tickets that were closed in the last week
}

// Posts are at most 500 of each kind, newest first. A giveaway is late only when it is so by more than grace.
func (s *Store) Posts(ctx context.Context, guild string, now time.Time, grace time.Duration) (Posts, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var p Posts
	const (
		ofGiveaways = "SELECT id, substr(prize, 1, 1000), channel_id, coalesce(message_id, '') FROM giveaways WHERE guild_id = $1 AND "
		ofTickets   = "SELECT id, '#' || number, channel_id, '' FROM tickets WHERE guild_id = $1 AND "
	)
	newest := " ORDER BY created_at DESC LIMIT " + strconv.Itoa(mostPosts)
	look := func(into *[]Posted, sql string, args ...any) read {
		return read{sql: sql + newest, args: append([]any{guild}, args...), row: appendTo(into, func(r row) (p Posted, err error) {
			return p, r.Scan(&p.ID, &p.Label, &p.ChannelID, &p.MessageID)
		})}
	}
	err := s.batch(ctx,
		look(&p.Overdue, ofGiveaways+"status = 'ACTIVE' AND ends_at < $2", now.Add(-grace)),
		look(&p.Unposted, ofGiveaways+"status = 'PENDING' AND starts_at < $2", now.Add(-grace)),
		look(&p.Over, ofGiveaways+"status IN ('ENDED', 'CANCELLED') AND message_id IS NOT NULL AND updated_at > $2", now.Add(-driftAge)),
		look(&p.Open, ofTickets+"status IN ('OPEN', 'CLAIMED')"),
		look(&p.Closed, ofTickets+"status = 'CLOSED' AND closed_at > $2", now.Add(-driftAge)))
	return p, s.fault("looking for drift", err)
}

// GuildIDs are the guilds where the bot is.
func (s *Store) GuildIDs(ctx context.Context) ([]string, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var ids []string
	err := s.batch(ctx, read{
		sql: "SELECT id FROM guilds WHERE left_at IS NULL ORDER BY id",
		row: appendTo(&ids, func(r row) (id string, err error) { return id, r.Scan(&id) }),
	})
	return ids, s.fault("listing guilds", err)
}

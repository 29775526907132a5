package store

import (
	"context"
	"time"
)

// Across is what matters soonest in several guilds at once.
type Across struct {
	Counts  map[string]GuildCounts // by guild; none for where there is nothing
	Ending  []Giveaway             // active ones that end before the moment asked for, the soonest first, without winners
	Waiting []Ticket               // those in which somebody waits, the longest waiting first
}

// GuildCounts are how much there is to look after in a guild.
type GuildCounts struct {
	Active int // giveaways that run
	Open   int // tickets that are open, claimed or not
}

// acrossRows is how many giveaways, and how many tickets, Across names at most.
const acrossRows = 12

// Across looks at all the guilds at once, in as many queries for one as for a thousand: for giveaways at some, for
// tickets at others. What ends is cut at until.
func (s *Store) Across(ctx context.Context, giveaways, tickets []string, until time.Time) (Across, error) {
	a := Across{Counts: map[string]GuildCounts{}}
	reads := readsOfCounts(giveaways, tickets, a.Counts)
	if len(giveaways) > 0 {
		reads = append(reads, readEnding(giveaways, until, &a.Ending))
	}
	if len(tickets) > 0 {
		reads = append(reads, readWaiting(tickets, &a.Waiting))
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	return a, s.fault("looking across guilds", s.batch(ctx, reads...))
}

// GuildCounts are how much there is to look after, by guild: giveaways in some, tickets in others.
func (s *Store) GuildCounts(ctx context.Context, giveaways, tickets []string) (map[string]GuildCounts, error) {
	counts := map[string]GuildCounts{}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	return counts, s.fault("counting in guilds", s.batch(ctx, readsOfCounts(giveaways, tickets, counts)...))
}

func readsOfCounts(giveaways, tickets []string, counts map[string]GuildCounts) (reads []read) {
	if len(giveaways) > 0 {
		reads = append(reads, readCounts(giveaways, "giveaway", []string{string(GiveawayActive)}, func(guild string, n int) {
			c := counts[guild]
			c.Active += n
			counts[guild] = c
		}))
	}
	if len(tickets) > 0 {
		reads = append(reads, readCounts(tickets, "ticket", []string{string(TicketOpen), string(TicketClaimed)}, func(guild string, n int) {
			c := counts[guild]
			c.Open += n
			counts[guild] = c
		}))
	}
	return reads
}

func readCounts(guilds []string, kind string, statuses []string, count func(guild string, n int)) read {
	var where clause
	in(&where, "guild_id", guilds)
	where.and("kind = ?", kind)
	in(&where, "status", statuses)
	return read{
		sql:   "SELECT guild_id, n FROM guild_tiles WHERE " + where.String(),
		args:  where.args,
		fresh: true, // as many texts as there are lengths of the list: not worth keeping; as below
		row: func(r row) error {
			var guild string
			var n int
			err := r.Scan(&guild, &n)
			count(guild, n)
			return err
		},
	}
}

func readEnding(guilds []string, until time.Time, items *[]Giveaway) read {
	var where clause
	in(&where, "guild_id", guilds)
	where.and("status = 'ACTIVE'")
	where.and("ends_at < ?", until)
	ids := "SELECT id, ends_at AS at FROM giveaways WHERE " + where.String() + " ORDER BY ends_at, id" + page{1, acrossRows}.limit()
	return read{
		sql: "SELECT " + giveawayColumns + " FROM (" + ids + ") p CROSS JOIN giveaways g" +
			" WHERE g.id = p.id ORDER BY p.at, p.id",
		args:  where.args,
		fresh: true,
		row:   appendTo(items, scanGiveaway),
	}
}

func readWaiting(guilds []string, items *[]Ticket) read {
	var where clause
	in(&where, "t.guild_id", guilds)
	where.and("t.waiting_since IS NOT NULL")
	ids := "SELECT t.id, t.waiting_since AS at FROM tickets t WHERE " + where.String() + " ORDER BY t.waiting_since, t.id" + page{1, acrossRows}.limit()
	return read{
		sql: "SELECT " + ticketListColumns + " FROM (" + ids + ") p CROSS JOIN tickets t" + ticketNames +
			" WHERE t.id = p.id ORDER BY p.at, p.id",
		args:  where.args,
		fresh: true,
		row:   appendTo(items, scanTicket),
	}
}

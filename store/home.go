package store

import (
	"context"
	"time"

	"guildboard/store/internal/sqldb"
)

// HomeSummary holds the most urgent items of several guilds.
type HomeSummary struct {
	Counts          map[string]GuildCounts // by guild; guilds without any are missing
	EndingGiveaways []Giveaway             // active giveaways that end before the given time, soonest first, without winners
	WaitingTickets  []Ticket               // tickets with a waiting opener, longest wait first
}

// GuildCounts are a guild's numbers of active giveaways and open tickets.
type GuildCounts struct {
	ActiveGiveaways int
	OpenTickets     int // open or claimed
}

// maxHomeRows limits the giveaways and the tickets of a HomeSummary.
const maxHomeRows = 12

// HomeSummary reads the summary of the guilds whose giveaways and whose tickets the caller may see, with a fixed
// number of queries. EndingGiveaways is limited to those that end before until.
func (s *Store) HomeSummary(ctx context.Context, giveaways, tickets []string, until time.Time) (HomeSummary, error) {
	a := HomeSummary{Counts: map[string]GuildCounts{}}
	reads := guildCountsQueries(giveaways, tickets, a.Counts)
	if len(giveaways) > 0 {
		reads = append(reads, endingGiveawaysQuery(giveaways, until, &a.EndingGiveaways))
	}
	if len(tickets) > 0 {
		reads = append(reads, waitingTicketsQuery(tickets, &a.WaitingTickets))
	}
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	return a, s.wrapError("read home summary", s.batch(ctx, reads...))
}

// GuildCounts returns the counts by guild, of giveaways in some guilds and of tickets in others.
func (s *Store) GuildCounts(ctx context.Context, giveaways, tickets []string) (map[string]GuildCounts, error) {
	counts := map[string]GuildCounts{}
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	return counts, s.wrapError("read guild counts", s.batch(ctx, guildCountsQueries(giveaways, tickets, counts)...))
}

func guildCountsQueries(giveaways, tickets []string, counts map[string]GuildCounts) (reads []sqldb.Query) {
	if len(giveaways) > 0 {
		reads = append(reads, statusCountsQuery(giveaways, "giveaway", []string{string(GiveawayActive)}, func(guild string, n int) {
			c := counts[guild]
			c.ActiveGiveaways += n
			counts[guild] = c
		}))
	}
	if len(tickets) > 0 {
		open := []string{string(TicketOpen), string(TicketClaimed)}
		reads = append(reads, statusCountsQuery(tickets, "ticket", open, func(guild string, n int) {
			c := counts[guild]
			c.OpenTickets += n
			counts[guild] = c
		}))
	}
	return reads
}

func statusCountsQuery(guilds []string, kind string, statuses []string, count func(guild string, n int)) sqldb.Query {
	var where sqldb.Where
	sqldb.AndIn(&where, "guild_id", guilds)
	where.And("kind = ?", kind)
	sqldb.AndIn(&where, "status", statuses)
	return sqldb.Query{
		SQL:        "SELECT guild_id, n FROM guild_tiles WHERE " + where.String(),
		Args:       where.Args,
		Unprepared: true, // one SQL text for each length of the list: not worth caching; as below
		Row: func(r sqldb.Row) error {
			var guild string
			var n int
			err := r.Scan(&guild, &n)
			count(guild, n)
			return err
		},
	}
}

func endingGiveawaysQuery(guilds []string, until time.Time, items *[]Giveaway) sqldb.Query {
	var where sqldb.Where
	sqldb.AndIn(&where, "guild_id", guilds)
	where.And("status = 'ACTIVE'")
	where.And("ends_at < ?", until)
	ids := "SELECT id, ends_at AS at FROM giveaways WHERE " + where.String() + " ORDER BY ends_at, id" + page{1, maxHomeRows}.limitSQL()
	return sqldb.Query{
		SQL: "SELECT " + giveawayColumns + " FROM (" + ids + ") p CROSS JOIN giveaways g" +
			" WHERE g.id = p.id ORDER BY p.at, p.id",
		Args:       where.Args,
		Unprepared: true,
		Row:        appendTo(items, scanGiveaway),
	}
}

func waitingTicketsQuery(guilds []string, items *[]Ticket) sqldb.Query {
	var where sqldb.Where
	sqldb.AndIn(&where, "t.guild_id", guilds)
	where.And("t.waiting_since IS NOT NULL")
	ids := "SELECT t.id, t.waiting_since AS at FROM tickets t WHERE " + where.String() +
		" ORDER BY t.waiting_since, t.id" + page{1, maxHomeRows}.limitSQL()
	return sqldb.Query{
		SQL: "SELECT " + ticketListColumns + " FROM (" + ids + ") p CROSS JOIN tickets t" + ticketJoins +
			" WHERE t.id = p.id ORDER BY p.at, p.id",
		Args:       where.Args,
		Unprepared: true,
		Row:        appendTo(items, scanTicket),
	}
}

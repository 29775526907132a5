package store

import (
	"context"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// QuickResults holds the results of a quick search.
type QuickResults struct {
	Giveaways  []Giveaway // without winners, the newest first
	Tickets    []Ticket   // the newest first
	RatedStaff []RatedStaffMember
}

// RatedStaffMember is a staff member with ratings in a guild.
type RatedStaffMember struct {
	GuildID string
	contract.User
}

// maxQuickResults limits the giveaways and the tickets of QuickResults.
const maxQuickResults = 8

// QuickSearch finds giveaways by a part of their prize or by id, tickets by number or id, and rated staff members by
// a part of their name: giveaways in some guilds, the rest in others. The number of queries is fixed.
func (s *Store) QuickSearch(ctx context.Context, text string, giveaways, tickets []string) (QuickResults, error) {
	var found QuickResults
	n := newSearchTerm(text)
	if n.text == "" {
		return found, nil
	}
	var reads []sqldb.Query
	if len(giveaways) > 0 {
		reads = append(reads, giveawayResultsQuery(n, text, giveaways, &found.Giveaways))
	}
	if len(tickets) > 0 {
		reads = append(reads, ticketResultsQuery(n, text, tickets, &found.Tickets), ratedStaffResultsQuery(n, tickets, &found.RatedStaff))
	}
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	return found, s.wrapError("run quick search", s.batch(ctx, reads...))
}

func giveawayResultsQuery(n searchTerm, id string, guilds []string, items *[]Giveaway) sqldb.Query {
	var where sqldb.Where
	sqldb.AndIn(&where, "guild_id", guilds)
	byID := "SELECT id, created_at FROM giveaways WHERE " + where.String() + " AND id = " + where.Arg(id)
	n.addCondition(&where, "search")
	byPrize := "SELECT id, created_at FROM giveaways WHERE " + where.String() + " AND id <> " + where.Arg(id) +
		" ORDER BY created_at DESC, id DESC" + page{1, maxQuickResults}.limitSQL()
	return sqldb.Query{
		SQL: "SELECT " + giveawayColumns + " FROM (" + byID + " UNION ALL SELECT id, created_at FROM (" + byPrize + ") found) p" +
			" CROSS JOIN giveaways g WHERE g.id = p.id ORDER BY p.created_at DESC, p.id DESC",
		Args:       where.Args,
		Unprepared: true, // one SQL text for each length of the list: not worth caching; as below
		Row:        appendTo(items, scanGiveaway),
	}
}

func ticketResultsQuery(n searchTerm, id string, guilds []string, items *[]Ticket) sqldb.Query {
	var where sqldb.Where
	sqldb.AndIn(&where, "t.guild_id", guilds)
	guild := where.String()
	ids := "SELECT t.id, t.created_at FROM tickets t WHERE " + guild + " AND t.id = " + where.Arg(id)
	if n.number != 0 {
		ids += " UNION ALL SELECT id, created_at FROM (SELECT t.id, t.created_at FROM tickets t WHERE " + guild +
			" AND t.number = " + where.Arg(n.number) +
			" ORDER BY t.created_at DESC, t.id DESC" + page{1, maxQuickResults}.limitSQL() + ") found"
	}
	return sqldb.Query{
		SQL: "SELECT " + ticketListColumns + " FROM (" + ids + ") p CROSS JOIN tickets t" + ticketJoins +
			" WHERE t.id = p.id ORDER BY p.created_at DESC, p.id DESC",
		Args:       where.Args,
		Unprepared: true,
		Row:        appendTo(items, scanTicket),
	}
}

// ratedStaffResultsQuery takes one index lookup for each rated staff member, regardless of the number of ratings, and
// one for their name. With a join, Postgres would scan all members.
func ratedStaffResultsQuery(n searchTerm, guilds []string, staff *[]RatedStaffMember) sqldb.Query {
	var where sqldb.Where
	sqldb.AndIn(&where, "g.id", guilds)
	guild, maxStaff := where.String(), where.Arg(maxClaimers)
	where.Conditions = nil
	n.addCondition(&where, "fold_text(name)")
	return sqldb.Query{
		SQL: `WITH RECURSIVE found (guild, staff, n) AS (
				SELECT g.id, (SELECT min(r.staff_id) FROM ticket_ratings r WHERE r.guild_id = g.id), 1 FROM guilds g WHERE ` + guild + `
				UNION ALL
				SELECT guild, (SELECT min(r.staff_id) FROM ticket_ratings r WHERE r.guild_id = found.guild
					AND r.staff_id > found.staff), n + 1
				FROM found WHERE staff IS NOT NULL AND n < ` + maxStaff + `
			)
			SELECT guild, staff, name, avatar FROM (
				SELECT guild, staff,
					coalesce((SELECT ` + substrSQL("m.username", maxNameRunes) +
			` FROM members m WHERE m.guild_id = guild AND m.discord_id = staff), '') AS name,
					coalesce((SELECT m.avatar FROM members m WHERE m.guild_id = guild AND m.discord_id = staff), '') AS avatar
				FROM found WHERE staff IS NOT NULL
			) x WHERE ` + where.String() + " ORDER BY " + orderByName("name") + ", guild, staff" + page{1, maxQuickResults}.limitSQL(),
		Args:       where.Args,
		Unprepared: true,
		Row: appendTo(staff, func(r sqldb.Row) (s RatedStaffMember, err error) {
			err = r.Scan(&s.GuildID, &s.ID, &s.Username, &s.Avatar)
			return s, err
		}),
	}
}

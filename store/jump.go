package store

import "context"

// Jumps is what somebody may be on their way to.
type Jumps struct {
	Giveaways []Giveaway // without winners, the newest first
	Tickets   []Ticket   // the newest first
	Rated     []RatedStaff
}

// RatedStaff is somebody whose help in a guild was rated.
type RatedStaff struct {
	GuildID string
	Person
}

// jumpRows is how many giveaways, and how many tickets, are found at most.
const jumpRows = 8

// Jump finds giveaways by a part of their prize or by their id, and tickets by their number or id, and whose help
// was rated by a part of their name; giveaways in some guilds, the rest in others. It makes as many queries for one guild as for a thousand.
func (s *Store) Jump(ctx context.Context, text string, giveaways, tickets []string) (Jumps, error) {
	var found Jumps
	n := needleOf(text)
	if n.text == "" {
		return found, nil
	}
	var reads []read
	if len(giveaways) > 0 {
		reads = append(reads, readGiveawayJumps(n, text, giveaways, &found.Giveaways))
	}
	if len(tickets) > 0 {
		reads = append(reads, readTicketJumps(n, text, tickets, &found.Tickets), readRatedJumps(n, tickets, &found.Rated))
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	return found, s.fault("looking for where to jump", s.batch(ctx, reads...))
}

func readGiveawayJumps(n needle, id string, guilds []string, items *[]Giveaway) read {
	var where clause
	in(&where, "guild_id", guilds)
	byID := "SELECT id, created_at FROM giveaways WHERE " + where.String() + " AND id = " + where.arg(id)
	n.find(&where, "search")
	byPrize := "SELECT id, created_at FROM giveaways WHERE " + where.String() + " AND id <> " + where.arg(id) +
		" ORDER BY created_at DESC, id DESC" + page{1, jumpRows}.limit()
	return read{
		sql: "SELECT " + giveawayColumns + " FROM (" + byID + " UNION ALL SELECT id, created_at FROM (" + byPrize + ") found) p" +
			" CROSS JOIN giveaways g WHERE g.id = p.id ORDER BY p.created_at DESC, p.id DESC",
		args:  where.args,
		fresh: true, // as many texts as there are lengths of the list: not worth keeping; as below
		row:   appendTo(items, scanGiveaway),
	}
}

func readTicketJumps(n needle, id string, guilds []string, items *[]Ticket) read {
	var where clause
	in(&where, "t.guild_id", guilds)
	guild := where.String()
	ids := "SELECT t.id, t.created_at FROM tickets t WHERE " + guild + " AND t.id = " + where.arg(id)
	if n.number != 0 {
		ids += " UNION ALL SELECT id, created_at FROM (SELECT t.id, t.created_at FROM tickets t WHERE " + guild + " AND t.number = " + where.arg(n.number) +
			" ORDER BY t.created_at DESC, t.id DESC" + page{1, jumpRows}.limit() + ") found"
	}
	return read{
		sql: "SELECT " + ticketListColumns + " FROM (" + ids + ") p CROSS JOIN tickets t" + ticketNames +
			" WHERE t.id = p.id ORDER BY p.created_at DESC, p.id DESC",
		args:  where.args,
		fresh: true,
		row:   appendTo(items, scanTicket),
	}
}

// readRatedJumps takes one step in the index for each who was rated, however many ratings they have, and one for their
// name: of a join, Postgres would make a walk through all members there are.
func readRatedJumps(n needle, guilds []string, people *[]RatedStaff) read {
	var where clause
	in(&where, "g.id", guilds)
	guild, most := where.String(), where.arg(mostClaimers)
	where.conditions = nil
	n.find(&where, "fold_text(name)")
	return read{
		sql: `WITH RECURSIVE found (guild, staff, n) AS (
				SELECT g.id, (SELECT min(r.staff_id) FROM ticket_ratings r WHERE r.guild_id = g.id), 1 FROM guilds g WHERE ` + guild + `
				UNION ALL
				SELECT guild, (SELECT min(r.staff_id) FROM ticket_ratings r WHERE r.guild_id = found.guild AND r.staff_id > found.staff), n + 1
				FROM found WHERE staff IS NOT NULL AND n < ` + most + `
			)
			SELECT guild, staff, name, avatar FROM (
				SELECT guild, staff,
					coalesce((SELECT ` + cut("m.username", nameRunes) + ` FROM members m WHERE m.guild_id = guild AND m.discord_id = staff), '') AS name,
					coalesce((SELECT m.avatar FROM members m WHERE m.guild_id = guild AND m.discord_id = staff), '') AS avatar
				FROM found WHERE staff IS NOT NULL
			) x WHERE ` + where.String() + " ORDER BY " + byName("name") + ", guild, staff" + page{1, jumpRows}.limit(),
		args:  where.args,
		fresh: true,
		row: appendTo(people, func(r row) (s RatedStaff, err error) {
			err = r.Scan(&s.GuildID, &s.ID, &s.Username, &s.Avatar)
			return s, err
		}),
	}
}

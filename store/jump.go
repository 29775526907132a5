package store

import "context"

// Jumps is what somebody may be on their way to.
type Jumps struct {
	Giveaways []Giveaway // without winners, the newest first
	Tickets   []Ticket   // the newest first
}

// jumpRows is how many giveaways, and how many tickets, are found at most.
const jumpRows = 8

// Jump finds giveaways by a part of their prize or by their id, and tickets by their number or id, the ones in some
// guilds and the others in others. It makes as many queries for one guild as for a thousand.
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
		reads = append(reads, readTicketJumps(n, text, tickets, &found.Tickets))
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
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
			" CROSS JOIN giveaways g" + giveawayHost + " WHERE g.id = p.id ORDER BY p.created_at DESC, p.id DESC",
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
		sql: "SELECT " + ticketColumns + " FROM (" + ids + ") p CROSS JOIN tickets t" + ticketNames +
			" WHERE t.id = p.id ORDER BY p.created_at DESC, p.id DESC",
		args:  where.args,
		fresh: true,
		row:   appendTo(items, scanTicket),
	}
}

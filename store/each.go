package store

import "context"

// eachRows is how many rows are read at a time of what is read as a whole.
const eachRows = 200

// each calls do with every row that the pages give, each of which begins after the last row of the one before it. Nothing
// is held in between: neither rows nor a connection, however slow do is.
func each[T any](page func(after *T) ([]T, error), do func(T) error) error {
	for after := (*T)(nil); ; {
		rows, err := page(after)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := do(row); err != nil {
				return err
			}
		}
		if len(rows) < eachRows {
			return nil
		}
		after = &rows[len(rows)-1]
	}
}

// direction is the SQL of an order by time, and of what comes after in it.
type direction struct{ order, after string }

func directionOf(oldestFirst bool) direction {
	if oldestFirst {
		return direction{"ASC", ">"}
	}
	return direction{"DESC", "<"}
}

// EachGiveaway calls do with every giveaway that the query selects, whatever its page, with its winners: in the order of
// their creation, newest first unless the oldest are asked for first. Memory does not grow with their number.
func (s *Store) EachGiveaway(ctx context.Context, guild string, q GiveawayQuery, do func(Giveaway) error) error {
	return each(func(after *Giveaway) (items []Giveaway, err error) {
		ctx, cancel := s.limit(ctx)
		defer cancel()
		r, err := readGiveawaysAfter(guild, q, after, eachRows, &items)
		if err == nil {
			err = s.batch(ctx, r)
		}
		if err == nil {
			err = s.attachWinners(ctx, guild, items)
		}
		return items, s.fault("exporting giveaways", err)
	}, do)
}

func readGiveawaysAfter(guild string, q GiveawayQuery, after *Giveaway, rows int, items *[]Giveaway) (read, error) {
	found, err := selectGiveaways(guild, q)
	d := directionOf(q.Sort == GiveawaysOldest)
	found.order = order{"created_at", d.order}
	if after != nil {
		found.where.and("(created_at, id) "+d.after+" (?, ?)", after.CreatedAt, after.ID)
	}
	return found.list(stretch{rows: rows}, appendTo(items, scanGiveaway)), err
}

// EachTicket calls do with every ticket that the query selects, likewise; where a text is looked for, in the order of their
// numbers, and a short one in all tickets' own words.
func (s *Store) EachTicket(ctx context.Context, guild string, q TicketQuery, do func(Ticket) error) error {
	err := s.findLate(ctx, guild, &q)
	if err != nil {
		return s.fault("exporting tickets", err)
	}
	found, err := selectTickets(guild, q)
	if err != nil {
		return s.fault("exporting tickets", err)
	}
	d := directionOf(q.Sort == TicketsOldest)
	found.column, found.direction = found.created, d.order
	return each(func(after *Ticket) (items []Ticket, err error) {
		ctx, cancel := s.limit(ctx)
		defer cancel()
		if after == nil && found.needle.text != "" {
			err = s.lookup(ctx, &found, q)
		}
		next := found
		if err == nil && after != nil && found.way == lookIndex {
			next, err = s.further(ctx, found, *after)
		}
		if err == nil {
			err = s.batch(ctx, next.readAfter(d, after, eachRows, &items))
		}
		return items, s.fault("exporting tickets", err)
	}, do)
}

// readAfter reads the tickets that come after one; without one, the first.
func (f foundTickets) readAfter(d direction, after *Ticket, rows int, items *[]Ticket) read {
	if f.way == lookIndex {
		return f.listOf(ticketColumns, stretch{rows: rows}, items)
	}
	f.where = f.where.clone()
	if n := f.needle; n.text != "" {
		text := clause{args: f.where.args}
		n.find(&text, "x.body")
		if f.way == lookNewest {
			text.and("x.message_id = ''")
		}
		condition := "t.id IN (SELECT x.ticket_id FROM ticket_text x WHERE x.ticket_id = t.id AND " + text.String() + ")"
		if f.where.args = text.args; n.number != 0 {
			condition = "(" + condition + " OR t.number = " + f.where.arg(n.number) + ")"
		}
		f.where.conditions = append(f.where.conditions, condition)
		f.needle = needle{}
	}
	if after != nil {
		f.where.and("("+f.created+", "+f.id+") "+d.after+" (?, ?)", after.CreatedAt, after.ID)
	}
	return f.listOf(ticketColumns, stretch{rows: rows}, items)
}

// EachCommand calls do with every command that the query selects, newest first, likewise.
func (s *Store) EachCommand(ctx context.Context, guild string, q CommandQuery, do func(Command) error) error {
	return each(func(after *Command) (items []Command, err error) {
		ctx, cancel := s.limit(ctx)
		defer cancel()
		where, err := selectCommands(guild, q)
		if after != nil {
			where.and("(issued_at, id) < (?, ?)", after.IssuedAt, after.ID)
		}
		if err == nil {
			err = s.batch(ctx, readCommands(commandColumnsWithin(exportBytes), where, stretch{rows: eachRows}, &items))
		}
		return items, s.fault("exporting commands", err)
	}, do)
}

package store

import (
	"context"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// exportBatchSize is the number of rows per query of an export.
const exportBatchSize = 200

// forEachRow calls fn with every row of the pages that readPage returns; after is the last row of the previous page,
// or nil. Between two pages it holds neither rows nor a connection, however slow fn is.
func forEachRow[T any](readPage func(after *T) ([]T, error), fn func(T) error) error {
	for after := (*T)(nil); ; {
		rows, err := readPage(after)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := fn(row); err != nil {
				return err
			}
		}
		if len(rows) < exportBatchSize {
			return nil
		}
		after = &rows[len(rows)-1]
	}
}

// timeOrder is the SQL of an order by time, and of the comparison with rows after a given one.
type timeOrder struct{ direction, comparison string }

func timeOrderOf(oldestFirst bool) timeOrder {
	if oldestFirst {
		return timeOrder{"ASC", ">"}
	}
	return timeOrder{"DESC", "<"}
}

// EachGiveaway calls fn with every giveaway that the query selects, with its winners. It ignores the query's page.
// The order is that of creation, newest first unless q.Sort is GiveawaysOldest. Memory use does not depend on the
// number of giveaways.
func (s *Store) EachGiveaway(ctx context.Context, guild string, q GiveawayQuery, fn func(Giveaway) error) error {
	return forEachRow(func(after *Giveaway) (items []Giveaway, err error) {
		ctx, cancel := s.withCallTimeout(ctx)
		defer cancel()
		r, err := giveawaysAfterQuery(guild, q, after, exportBatchSize, &items)
		if err == nil {
			err = s.batch(ctx, r)
		}
		if err == nil {
			err = s.attachWinners(ctx, guild, items)
		}
		return items, s.wrapError("export giveaways", err)
	}, fn)
}

func giveawaysAfterQuery(guild string, q GiveawayQuery, after *Giveaway, rows int, items *[]Giveaway) (sqldb.Query, error) {
	found, err := selectGiveaways(guild, q)
	d := timeOrderOf(q.Sort == GiveawaySortOldest)
	found.order = sortOrder{"created_at", d.direction}
	if after != nil {
		found.where.And("(created_at, id) "+d.comparison+" (?, ?)", after.CreatedAt, after.ID)
	}
	return found.listQuery(rowRange{rows: rows}, appendTo(items, scanGiveaway)), err
}

// EachTicket calls fn with every ticket that the query selects, like EachGiveaway. The results of a text search are
// ordered by ticket number. A short search term matches the tickets' own texts only, not their messages.
func (s *Store) EachTicket(ctx context.Context, guild string, q TicketQuery, fn func(Ticket) error) error {
	err := s.resolveOverdue(ctx, guild, &q)
	if err != nil {
		return s.wrapError("export tickets", err)
	}
	found, err := selectTickets(guild, q)
	if err != nil {
		return s.wrapError("export tickets", err)
	}
	d := timeOrderOf(q.Sort == TicketSortOldest)
	found.sortColumn, found.direction = found.createdColumn, d.direction
	var plan searchPlan
	return forEachRow(func(after *Ticket) (items []Ticket, err error) {
		ctx, cancel := s.withCallTimeout(ctx)
		defer cancel()
		if !found.isSearch() {
			err = s.batch(ctx, found.afterQuery(d, after, exportBatchSize, &items))
			return items, s.wrapError("export tickets", err)
		}
		if after == nil {
			plan, err = s.planSearch(ctx, found, q)
		}
		if err == nil {
			err = s.matchesAfter(ctx, plan, d, after, &items)
		}
		return items, s.wrapError("export tickets", err)
	}, fn)
}

// afterQuery reads the tickets after the given one, or the first tickets if it is nil.
func (f ticketSelection) afterQuery(d timeOrder, after *Ticket, rows int, items *[]Ticket) sqldb.Query {
	if after != nil {
		f.where = f.where.Clone()
		f.where.And("("+f.createdColumn+", "+f.idColumn+") "+d.comparison+" (?, ?)", after.CreatedAt, after.ID)
	}
	return f.columnsQuery(ticketColumns, rowRange{rows: rows}, items)
}

// EachCommand calls fn with every command that the query selects, newest first, like EachGiveaway.
func (s *Store) EachCommand(ctx context.Context, guild string, q CommandQuery, fn func(contract.Command) error) error {
	return forEachRow(func(after *contract.Command) (items []contract.Command, err error) {
		ctx, cancel := s.withCallTimeout(ctx)
		defer cancel()
		where, err := selectCommands(guild, q)
		if after != nil {
			where.And("(issued_at, id) < (?, ?)", after.IssuedAt, after.ID)
		}
		if err == nil {
			err = s.batch(ctx,
				commandPageQuery(commandColumnsUpTo(maxExportDataBytes), where, rowRange{rows: exportBatchSize}, &items))
		}
		return items, s.wrapError("export commands", err)
	}, fn)
}

package store

import (
	"context"

	"guildboard/store/internal/sqldb"
)

// tx is a running transaction.
type tx struct{ sqldb.Tx }

// withTx runs fn in a transaction. fn may be called again after a serialization failure, so it must reset its
// results. It must not use the store itself: on SQLite the transaction holds the only writing connection.
func (s *Store) withTx(ctx context.Context, op string, fn func(context.Context, tx) error) error {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	return s.wrapError(op, s.db.Transact(ctx, func(t sqldb.Tx) error { return fn(ctx, tx{t}) }))
}

// exec runs a single-statement change and returns the number of changed rows.
func (s *Store) exec(ctx context.Context, op, text string, args ...any) (changed int64, err error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	changed, err = s.db.Exec(ctx, text, args...)
	return changed, s.wrapError(op, err)
}

// batch runs the queries; see sqldb.DB.Batch. A function whose name ends in Query or Queries returns queries and runs
// nothing.
func (s *Store) batch(ctx context.Context, queries ...sqldb.Query) error {
	return s.db.Batch(ctx, queries...)
}

// changeRow changes a row of the guild if its state matches the WHERE clause of text; $1 is the guild, $2 the id. If
// no row changed it returns ErrNotFound or ErrConflict.
func (s *Store) changeRow(ctx context.Context, op, tbl, text, guild, id string, args ...any) error {
	changed, err := s.exec(ctx, op, text, append([]any{guild, id}, args...)...)
	if err != nil || changed > 0 {
		return err
	}
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	err = ErrNotFound
	if readErr := s.batch(ctx, sqldb.Query{
		SQL:  "SELECT 1 FROM " + tbl + " WHERE guild_id = $1 AND id = $2",
		Args: []any{guild, id},
		Row: func(sqldb.Row) error {
			err = ErrConflict
			return nil
		},
	}); readErr != nil {
		err = readErr
	}
	return s.wrapError(op, err)
}

// The tables with the columns guild_id and id.
const (
	giveawaysTable         = "giveaways"
	giveawayTemplatesTable = "giveaway_templates"
	membersTable           = "members"
	ticketPanelsTable      = "ticket_panels"
	ticketCategoriesTable  = "ticket_categories"
	ticketProductsTable    = "ticket_products"
	ticketRepliesTable     = "ticket_replies"
	ticketLabelsTable      = "ticket_labels"
	ticketsTable           = "tickets"
)

// requireRow returns ErrNotFound unless the guild has the row.
func (t tx) requireRow(ctx context.Context, tbl string, guild, id string) error {
	err := t.QueryRow(ctx, "SELECT 1 FROM "+tbl+" WHERE guild_id = $1 AND id = $2", guild, id).Scan(new(int))
	if sqldb.IsNoRows(err) {
		return ErrNotFound
	}
	return err
}

// andIDsOfGuild adds "guildColumn = guild AND idColumn IN (…)". ids must not be empty. coalesce keeps SQLite from
// using the guild's index, with which it would scan all rows of the guild in list order.
func andIDsOfGuild(where *sqldb.Where, guildColumn, guild, idColumn string, ids []string) {
	where.And("coalesce("+guildColumn+", '') = ?", guild)
	sqldb.AndIn(where, idColumn, ids)
}

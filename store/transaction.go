package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
)

// maxTxRetries is how often a transaction is retried after a serialization failure.
const maxTxRetries = 3

// tx is a running transaction.
type tx struct{ *sql.Tx }

func (t tx) exec(ctx context.Context, text string, args ...any) (changed int64, err error) {
	return rowsAffected(t.ExecContext(ctx, text, driverArgs(args)...))
}

func (t tx) queryRow(ctx context.Context, text string, args ...any) row {
	return t.QueryRowContext(ctx, text, driverArgs(args)...)
}

// withTx runs fn in a transaction. fn may be called again after a serialization failure, so it must reset its
// results. It must not use the store itself: on SQLite the transaction holds the only writing connection.
func (s *Store) withTx(ctx context.Context, op string, fn func(context.Context, tx) error) error {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	return s.wrapError(op, retryTx(func() error {
		t, err := s.writeDB.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := fn(ctx, tx{t}); err != nil {
			t.Rollback() // its error would add nothing to err
			return err
		}
		return t.Commit()
	}))
}

// exec runs a single-statement change and returns the number of changed rows.
func (s *Store) exec(ctx context.Context, op, text string, args ...any) (changed int64, err error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	s.reportStatement(text, args)
	err = retryTx(func() error {
		changed, err = rowsAffected(s.writeDB.ExecContext(ctx, text, driverArgs(args)...))
		return err
	})
	return changed, s.wrapError(op, err)
}

// changeRow changes a row of the guild if its state matches the WHERE clause of text; $1 is the guild, $2 the id. If
// no row changed it returns ErrNotFound or ErrConflict.
func (s *Store) changeRow(ctx context.Context, op string, tbl table, text, guild, id string, args ...any) error {
	changed, err := s.exec(ctx, op, text, append([]any{guild, id}, args...)...)
	if err != nil || changed > 0 {
		return err
	}
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	err = ErrNotFound
	if readErr := s.batch(ctx, read{
		sql:  "SELECT 1 FROM " + string(tbl) + " WHERE guild_id = $1 AND id = $2",
		args: []any{guild, id},
		row: func(row) error {
			err = ErrConflict
			return nil
		},
	}); readErr != nil {
		err = readErr
	}
	return s.wrapError(op, err)
}

// table is a table with the columns guild_id and id.
type table string

const (
	giveawaysTable         table = "giveaways"
	giveawayTemplatesTable table = "giveaway_templates"
	membersTable           table = "members"
	ticketPanelsTable      table = "ticket_panels"
	ticketCategoriesTable  table = "ticket_categories"
	ticketProductsTable    table = "ticket_products"
	ticketRepliesTable     table = "ticket_replies"
	ticketLabelsTable      table = "ticket_labels"
	ticketsTable           table = "tickets"
)

// requireRow returns ErrNotFound unless the guild has the row.
func (t tx) requireRow(ctx context.Context, tbl table, guild, id string) error {
	err := t.queryRow(ctx, "SELECT 1 FROM "+string(tbl)+" WHERE guild_id = $1 AND id = $2", guild, id).Scan(new(int))
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

func retryTx(fn func() error) error {
	err := fn()
	for n := 0; n < maxTxRetries && isSerializationFailure(err); n++ {
		err = fn()
	}
	return err
}

func rowsAffected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// insertSQL returns the statement that inserts one row.
func insertSQL(tbl table, columns string) string {
	values := make([]string, strings.Count(columns, ",")+1)
	for i := range values {
		values[i] = "$" + strconv.Itoa(i+1)
	}
	return "INSERT INTO " + string(tbl) + " (" + columns + ") VALUES (" + strings.Join(values, ", ") + ")"
}

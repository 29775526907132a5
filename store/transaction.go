package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
)

// maxTxRetries is how often a change is made again after the database took it back in favour of another.
const maxTxRetries = 3

// tx is a change under way.
type tx struct{ *sql.Tx }

func (t tx) exec(ctx context.Context, text string, args ...any) (changed int64, err error) {
	return rowsAffected(t.ExecContext(ctx, text, driverArgs(args)...))
}

func (t tx) queryRow(ctx context.Context, text string, args ...any) row {
	return t.QueryRowContext(ctx, text, driverArgs(args)...)
}

// withTx makes all that fn does, or nothing of it. fn may be called again after another change has won, so it keeps its
// results in variables it sets anew. It must not use the store itself: on SQLite it holds the only writing connection.
func (s *Store) withTx(ctx context.Context, op string, fn func(context.Context, tx) error) error {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	return s.wrapError(op, retryTx(func() error {
		t, err := s.writeDB.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := fn(ctx, tx{t}); err != nil {
			t.Rollback() // its failure would add nothing to err
			return err
		}
		return t.Commit()
	}))
}

// exec makes a change that is one statement and tells how many rows it touched.
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

// changeRow changes the row of the guild whose id is given, if it still is in the state that text's WHERE asks for; $1 of
// text is the guild, $2 the id. When nothing changed it tells ErrNotFound from ErrConflict.
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

// table is one that has a guild_id and an id.
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

// requireRow is nil when the guild has the row, else ErrNotFound.
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

// insertSQL is the statement that adds one row.
func insertSQL(tbl table, columns string) string {
	values := make([]string, strings.Count(columns, ",")+1)
	for i := range values {
		values[i] = "$" + strconv.Itoa(i+1)
	}
	return "INSERT INTO " + string(tbl) + " (" + columns + ") VALUES (" + strings.Join(values, ", ") + ")"
}

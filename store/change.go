package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
)

// retries is how often a change is made again after the database took it back in favour of another.
const retries = 3

// tx is a change under way.
type tx struct{ *sql.Tx }

func (t tx) exec(ctx context.Context, text string, args ...any) (changed int64, err error) {
	return affected(t.ExecContext(ctx, text, params(args)...))
}

func (t tx) row(ctx context.Context, text string, args ...any) row {
	return t.QueryRowContext(ctx, text, params(args)...)
}

// change makes all that fn does, or nothing of it. fn may be called again after another change has won, so it keeps its
// results in variables it sets anew. It must not use the store itself: on SQLite it holds the only writing connection.
func (s *Store) change(ctx context.Context, doing string, fn func(context.Context, tx) error) error {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	return s.fault(doing, again(func() error {
		t, err := s.write.BeginTx(ctx, nil)
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
func (s *Store) exec(ctx context.Context, doing, text string, args ...any) (changed int64, err error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	s.watched(text, args)
	err = again(func() error {
		changed, err = affected(s.write.ExecContext(ctx, text, params(args)...))
		return err
	})
	return changed, s.fault(doing, err)
}

// swap changes the row of the guild whose id is given, if it still is in the state that text's WHERE asks for; $1 of
// text is the guild, $2 the id. When nothing changed it tells ErrNotFound from ErrConflict.
func (s *Store) swap(ctx context.Context, doing string, of table, text, guild, id string, args ...any) error {
	changed, err := s.exec(ctx, doing, text, append([]any{guild, id}, args...)...)
	if err != nil || changed > 0 {
		return err
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	err = ErrNotFound
	if failed := s.batch(ctx, read{
		sql:  "SELECT 1 FROM " + string(of) + " WHERE guild_id = $1 AND id = $2",
		args: []any{guild, id},
		row: func(row) error {
			err = ErrConflict
			return nil
		},
	}); failed != nil {
		err = failed
	}
	return s.fault(doing, err)
}

// table is one that has a guild_id and an id.
type table string

const (
	giveaways         table = "giveaways"
	giveawayTemplates table = "giveaway_templates"
	members           table = "members"
	ticketPanels      table = "ticket_panels"
	ticketCategories  table = "ticket_categories"
	ticketProducts    table = "ticket_products"
	ticketReplies     table = "ticket_replies"
	ticketLabels      table = "ticket_labels"
	tickets           table = "tickets"
)

// owns is nil when the guild has the row, else ErrNotFound.
func (t tx) owns(ctx context.Context, of table, guild, id string) error {
	err := t.row(ctx, "SELECT 1 FROM "+string(of)+" WHERE guild_id = $1 AND id = $2", guild, id).Scan(new(int))
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

func again(try func() error) error {
	err := try()
	for n := 0; n < retries && outrun(err); n++ {
		err = try()
	}
	return err
}

func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// insert is the statement that adds one row.
func insert(into table, columns string) string {
	marks := make([]string, strings.Count(columns, ",")+1)
	for i := range marks {
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	return "INSERT INTO " + string(into) + " (" + columns + ") VALUES (" + strings.Join(marks, ", ") + ")"
}

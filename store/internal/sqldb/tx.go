package sqldb

import (
	"context"
	"database/sql"
)

// maxTxRetries is how often a transaction is retried after a serialization failure.
const maxTxRetries = 3

// Tx is a running transaction.
type Tx struct{ *sql.Tx }

// Exec runs a change and returns the number of changed rows.
func (t Tx) Exec(ctx context.Context, text string, args ...any) (changed int64, err error) {
	return rowsAffected(t.ExecContext(ctx, text, driverArgs(args)...))
}

// QueryRow runs a query for one row. IsNoRows is true for the error of Scan if there is none.
func (t Tx) QueryRow(ctx context.Context, text string, args ...any) Row {
	return t.QueryRowContext(ctx, text, driverArgs(args)...)
}

// Query runs a query. Unlike DB.Batch it fails if a value cannot be decoded.
func (t Tx) Query(ctx context.Context, q Query) error {
	rs, err := t.QueryContext(ctx, q.SQL, driverArgs(q.Args)...)
	if err != nil {
		return err
	}
	defer rs.Close()
	return q.scanAll(rs)
}

// Transact runs fn in a transaction. fn may be called again after a serialization failure, so it must reset its
// results. It must not use db itself: on SQLite the transaction holds the only writing connection.
func (db *DB) Transact(ctx context.Context, fn func(Tx) error) error {
	return db.markClosed(retry(func() error {
		t, err := db.writer.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := fn(Tx{t}); err != nil {
			t.Rollback() // its error would add nothing to err
			return err
		}
		return t.Commit()
	}))
}

// Exec runs a single-statement change and returns the number of changed rows. It retries serialization failures.
func (db *DB) Exec(ctx context.Context, text string, args ...any) (changed int64, err error) {
	db.reportStatement(text, args)
	err = retry(func() error {
		changed, err = rowsAffected(db.writer.ExecContext(ctx, text, driverArgs(args)...))
		return err
	})
	return changed, db.markClosed(err)
}

// retry calls fn again after a serialization failure, at most maxTxRetries times.
func retry(fn func() error) error {
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

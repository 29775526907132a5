package store

import (
	"context"
	"errors"
	"time"
)

// writeCheckTimeout limits how long CheckHealth waits on SQLite for the writing connection. If another writer holds
// it for longer, the file is writable.
const writeCheckTimeout = 250 * time.Millisecond

// CheckHealth reports whether pages can be read from the database, with the connections and settings of their own
// queries, and whether changes can be saved. A database that answers but accepts no changes, such as a hot standby,
// is not writable and no error. On Postgres CheckHealth waits for a table that is locked against reads, as pages do.
// It takes one round trip and changes nothing, so health checks may call it every second.
func (s *Store) CheckHealth(ctx context.Context) (writable bool, err error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	reads := []read{{
		sql: "SELECT count(*) FROM (SELECT 1 FROM guilds LIMIT 1) g",
		row: func(r row) error { return r.Scan(new(int)) },
	}}
	if s.pool != nil {
		reads = append(reads, read{
			// Takes the read locks without reading rows.
			sql: "SELECT 1 FROM members, giveaways, giveaway_entries, tickets, ticket_messages WHERE false",
			row: func(r row) error { return nil },
		}, read{
			sql: "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'",
			row: func(r row) error { return r.Scan(&writable) },
		})
	}
	err = s.batch(ctx, reads...)
	if s.pool != nil && err == nil && !writable {
		s.reconnect()
	}
	if err == nil && s.pool == nil {
		writable, err = s.checkSQLiteWritable(ctx)
	}
	return writable && err == nil, s.wrapError("check database", err)
}

// checkSQLiteWritable reports whether SQLite takes the write lock of the file. SQLite reports a read-only file only
// for a write statement, which may match no row.
func (s *Store) checkSQLiteWritable(ctx context.Context) (writable bool, err error) {
	shortCtx, cancel := context.WithTimeout(ctx, writeCheckTimeout)
	defer cancel()
	_, err = s.writeDB.ExecContext(shortCtx, "DELETE FROM guild_counters WHERE 1 = 0")
	switch {
	case err == nil:
		return true, nil
	case isReadOnly(err):
		return false, nil
	case ctx.Err() == nil && (errors.Is(err, context.DeadlineExceeded) || isSQLiteBusy(err)):
		return true, nil
	}
	return false, err
}

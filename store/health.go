package store

import (
	"context"
	"errors"
	"time"
)

// writeCheckTimeout is how long Check waits on SQLite for the only connection that writes. Another writer that holds it for
// longer shows that the file can be written to.
const writeCheckTimeout = 250 * time.Millisecond

// CheckHealth reports whether pages can be read from the database, on the connections and in the way of their own queries, and
// whether changes can be saved. A database that answers but accepts no change, such as a hot standby, is not writable
// and no error. On Postgres, Check waits for a table that is locked against reading, as pages do. It is one round trip and
// changes nothing: health checks may call it every second.
func (s *Store) CheckHealth(ctx context.Context) (writable bool, err error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	reads := []read{{
		sql: "SELECT count(*) FROM (SELECT 1 FROM guilds LIMIT 1) g",
		row: func(r row) error { return r.Scan(new(int)) },
	}}
	if s.pool != nil {
		reads = append(reads, read{
			sql: "SELECT 1 FROM members, giveaways, giveaway_entries, tickets, ticket_messages WHERE false", // takes their locks, reads nothing
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
	return writable && err == nil, s.wrapError("checking database", err)
}

// checkSQLiteWritable reports whether SQLite takes the write lock of the file. SQLite answers a read-only file only when a statement
// writes, even if to no row.
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

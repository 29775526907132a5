package store

import (
	"context"
	"errors"
	"time"

	"guildboard/store/internal/sqldb"
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
	reads := []sqldb.Query{{
		SQL: "SELECT count(*) FROM (SELECT 1 FROM guilds LIMIT 1) g",
		Row: func(r sqldb.Row) error { return r.Scan(new(int)) },
	}}
	if s.db.IsPostgres() {
		reads = append(reads, sqldb.Query{
			// Takes the read locks without reading rows.
			SQL: "SELECT 1 FROM members, giveaways, giveaway_entries, tickets, ticket_messages WHERE false",
			Row: func(r sqldb.Row) error { return nil },
		}, sqldb.Query{
			SQL: "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'",
			Row: func(r sqldb.Row) error { return r.Scan(&writable) },
		})
	}
	err = s.batch(ctx, reads...)
	if s.db.IsPostgres() && err == nil && !writable {
		s.db.Reconnect()
	}
	if err == nil && !s.db.IsPostgres() {
		writable, err = s.checkSQLiteWritable(ctx)
	}
	return writable && err == nil, s.wrapError("check database", err)
}

// checkSQLiteWritable reports whether SQLite takes the write lock of the file. SQLite reports a read-only file only
// for a write statement, which may match no row.
func (s *Store) checkSQLiteWritable(ctx context.Context) (writable bool, err error) {
	shortCtx, cancel := context.WithTimeout(ctx, writeCheckTimeout)
	defer cancel()
	_, err = s.db.Writer().ExecContext(shortCtx, "DELETE FROM guild_counters WHERE 1 = 0")
	switch {
	case err == nil:
		return true, nil
	case sqldb.IsReadOnly(err):
		return false, nil
	case ctx.Err() == nil && (errors.Is(err, context.DeadlineExceeded) || sqldb.IsSQLiteBusy(err)):
		return true, nil
	}
	return false, err
}

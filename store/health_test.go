package store_test

import (
	"context"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestCheckHealthReportsWritability(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		wantEqual(t, "writable", must(s.CheckHealth(t.Context()))(t), true)

		readOnly := storetest.OpenReadOnly(t, s)
		wantEqual(t, "writable on a read-only database", must(readOnly.CheckHealth(t.Context()))(t), false)
		wantEqual(t, "name", must(readOnly.Guild(t.Context(), "1"))(t).Name, "One")
		err := readOnly.SaveGuild(t.Context(), store.Guild{ID: "1", Name: "Two"})
		wantErrorIs(t, "SaveGuild on a read-only database", err, store.ErrReadOnly)
		wantErrorIs(t, "SaveGuild on a read-only database is unavailable", err, store.ErrUnavailable)
	})
}

func TestCheckHealthDuringConcurrentSQLiteWrite(t *testing.T) {
	s := storetest.Open(t)
	tx, err := s.DB().BeginTx(t.Context(), nil)
	noError(t, err)
	defer tx.Rollback()
	wantEqual(t, "writable", must(s.CheckHealth(t.Context()))(t), true)

	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.CheckHealth(canceled)
	wantErrorIs(t, "check with a canceled context", err, context.Canceled)
}

func TestCheckHealthWaitsForLockedTable(t *testing.T) {
	if !hasPostgres() {
		t.Skip("not run: DATABASE_URL is not set")
	}
	s := storetest.OpenAt(t, storetest.CreateSchema(t))
	for range 10 { // plans may change after a statement has run five times
		wantEqual(t, "writable", must(s.CheckHealth(t.Context()))(t), true)
	}
	for _, table := range []string{"guilds", "members", "giveaways", "giveaway_entries", "tickets", "ticket_messages"} {
		tx, err := s.DB().BeginTx(t.Context(), nil)
		noError(t, err)
		_, err = tx.ExecContext(t.Context(), "LOCK TABLE "+table+" IN ACCESS EXCLUSIVE MODE")
		noError(t, err)
		short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		_, err = s.CheckHealth(short)
		cancel()
		wantErrorIs(t, "check while "+table+" is locked", err, context.DeadlineExceeded)
		noError(t, tx.Rollback())
		wantEqual(t, "writable", must(s.CheckHealth(t.Context()))(t), true)
	}
}

package store_test

import (
	"context"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestCheckReportsWhetherTheDatabaseIsWritable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		same(t, "writable", must(s.Check(t.Context()))(t), true)

		readOnly := storetest.ReadOnly(t, s)
		same(t, "writable on a read-only database", must(readOnly.Check(t.Context()))(t), false)
		same(t, "name read", must(readOnly.Guild(t.Context(), "1"))(t).Name, "One")
		err := readOnly.SaveGuild(t.Context(), store.Guild{ID: "1", Name: "Two"})
		wantError(t, "saving", err, store.ErrReadOnly)
		wantError(t, "saving", err, store.ErrUnavailable)
	})
}

func TestCheckIsWritableWhileAnotherWriterHoldsTheFile(t *testing.T) {
	s := storetest.Open(t)
	tx, err := s.DB().BeginTx(t.Context(), nil)
	check(t, err)
	defer tx.Rollback()
	same(t, "writable", must(s.Check(t.Context()))(t), true)

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Check(gone)
	wantError(t, "checking for nobody", err, context.Canceled)
}

func TestCheckWaitsForATableThatIsLocked(t *testing.T) {
	if !onPostgres() {
		t.Skip("not run: DATABASE_URL is not set")
	}
	s := storetest.At(t, storetest.Schema(t))
	for range 10 { // plans may change once a statement has run five times
		same(t, "writable", must(s.Check(t.Context()))(t), true)
	}
	for _, table := range []string{"guilds", "members", "giveaways", "giveaway_entries", "tickets", "ticket_messages"} {
		tx, err := s.DB().BeginTx(t.Context(), nil)
		check(t, err)
		_, err = tx.ExecContext(t.Context(), "LOCK TABLE "+table+" IN ACCESS EXCLUSIVE MODE")
		check(t, err)
		short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		_, err = s.Check(short)
		cancel()
		wantError(t, "checking while "+table+" is locked", err, context.DeadlineExceeded)
		check(t, tx.Rollback())
		same(t, "writable", must(s.Check(t.Context()))(t), true)
	}
}

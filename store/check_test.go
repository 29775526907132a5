package store_test

import (
	"context"
	"testing"

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

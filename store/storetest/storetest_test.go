package storetest_test

import (
	"errors"
	"testing"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestEachDatabaseIsEmpty(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		if err := s.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		storetest.Guild(t, s, "1", "One")
		if _, err := s.Guild(t.Context(), "2"); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("Guild() error = %v, want %v", err, store.ErrNotFound)
		}
	})
}

func TestRedisDatabasesAreIsolated(t *testing.T) {
	one, two := storetest.Redis(t), storetest.Redis(t)
	if err := one.Set(t.Context(), "key", "value", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if n, err := two.DBSize(t.Context()).Result(); err != nil || n != 0 {
		t.Fatalf("keys in the other database = %d, %v, want 0", n, err)
	}
}

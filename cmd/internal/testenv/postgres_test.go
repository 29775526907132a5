//go:build unix

package testenv

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// startTestPostgres starts a Postgres server that only the test uses.
func startTestPostgres(t *testing.T) (*Process, string) {
	t.Helper()
	p, url, err := StartPostgres(t.Context())
	if errors.Is(err, ErrNotInstalled) {
		t.Skip("not run: Postgres is not installed")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, url
}

func TestStoreWorksThroughPgBouncerInTransactionMode(t *testing.T) {
	_, direct := startTestPostgres(t)
	pooler, pooled, err := StartPgBouncer(t.Context(), direct)
	if errors.Is(err, ErrNotInstalled) {
		t.Skip("not run: pgbouncer is not installed")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pooler.Close)

	// Processes that start together migrate one after the other, and release the lock.
	stores := make([]*store.Store, 3)
	var wg sync.WaitGroup
	for i := range stores {
		wg.Go(func() {
			s, err := store.Open(t.Context(), pooled)
			if err != nil {
				t.Errorf("Open() = %v, want no error", err)
				return
			}
			stores[i] = s
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	t.Cleanup(func() {
		for _, s := range stores {
			s.Close()
		}
	})
	if err := execSQL(t.Context(), direct, "SELECT 1 / (count(*) = 0)::int FROM pg_locks WHERE locktype = 'advisory'"); err != nil {
		t.Errorf("advisory locks remain: %v", err)
	}

	if err := stores[0].SaveGuild(t.Context(), store.Guild{ID: "1", Name: "One"}); err != nil {
		t.Fatal(err)
	}
	member := storetest.Member(t, stores[0], "1", "1001", "Ada")
	for i := range 40 {
		s := stores[i%len(stores)]
		wg.Go(func() { // three concurrent clients that write and read
			storetest.Giveaway(t, s, "1", store.Giveaway{Prize: fmt.Sprint("Prize ", i)})
			ticket := storetest.Ticket(t, s, member, store.Ticket{})
			list, _, err := s.Giveaways(t.Context(), "1", store.GiveawayQuery{SearchTerm: "prize"})
			if err != nil || len(list.Items) == 0 {
				t.Errorf("Giveaways() = %d items, %v, want some", len(list.Items), err)
			}
			if _, err := s.TicketTimeline(t.Context(), "1", ticket.ID, store.MessageCursor{}); err != nil {
				t.Errorf("TicketTimeline() = %v, want no error", err)
			}
			if _, _, err := s.Tickets(t.Context(), "1", store.TicketQuery{SearchTerm: "ada"}, time.Now()); err != nil {
				t.Errorf("Tickets() = %v, want no error", err)
			}
			if writable, err := s.CheckHealth(t.Context()); !writable || err != nil {
				t.Errorf("Check() = %t, %v, want true", writable, err)
			}
		})
	}
	wg.Wait()
}

// openWithStandby opens a store on a primary and its standby, and returns it with the primary's process and both addresses.
func openWithStandby(t *testing.T) (s *store.Store, primary *Process, first, second string) {
	t.Helper()
	primary, first = startTestPostgres(t)
	standby, second, err := StartStandby(t.Context(), primary, first)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(standby.Close)
	both := must(url.Parse(first))(t)
	both.Host += "," + must(url.Parse(second))(t).Host
	both.RawQuery += "&target_session_attrs=read-write"
	s, err = store.Open(t.Context(), both.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, primary, first, second
}

func TestStoreFollowsFailoverToStandby(t *testing.T) {
	s, primary, first, second := openWithStandby(t)
	storetest.Guild(t, s, "1", "One")
	if err := execSQL(t.Context(), first, "SELECT pg_switch_wal()"); err != nil {
		t.Fatal(err)
	}
	if err := retryUntilReady(t.Context(), func(ctx context.Context) error {
		return execSQL(ctx, second, "SELECT 1 / (SELECT count(*) FROM guilds)")
	}); err != nil {
		t.Fatalf("timeout waiting until the standby has the rows: %v", err)
	}

	primary.Kill()
	_, err := s.CheckHealth(t.Context())
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Check() after the primary died = %v, want %v", err, store.ErrUnavailable)
	}
	if err := Promote(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if err := retryUntilReady(t.Context(), func(ctx context.Context) error {
		writable, err := s.CheckHealth(ctx)
		if err == nil && !writable {
			err = store.ErrReadOnly
		}
		return err
	}); err != nil {
		t.Fatalf("Check() after the standby was promoted = %v, want no error", err)
	}
	g := storetest.Giveaway(t, s, "1", store.Giveaway{})
	if _, err := s.Giveaway(t.Context(), "1", g.ID); err != nil {
		t.Errorf("Giveaway() = %v, want no error", err)
	}
}

// A server that becomes a standby keeps its connections: the store gives them up, and finds the new primary.
func TestStoreLeavesServerThatBecameReadOnly(t *testing.T) {
	s, _, first, second := openWithStandby(t)
	storetest.Guild(t, s, "1", "One")
	if err := Promote(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"} {
		if err := execSQL(t.Context(), first, statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := retryUntilReady(t.Context(), func(ctx context.Context) error {
		return s.SaveGuild(ctx, store.Guild{ID: "1", Name: "Two"})
	}); err != nil {
		t.Fatalf("SaveGuild() after the switchover = %v, want no error", err)
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

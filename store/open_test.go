package store_test

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestOpenOfMigratedDatabaseChangesNothing(t *testing.T) {
	for name, address := range newDatabaseURLs(t) {
		t.Run(name, func(t *testing.T) {
			var versions []string
			for range 2 {
				s := must(store.Open(t.Context(), address))(t)
				storetest.Guild(t, s, "1", "One")
				found := queryLines(t, s, "SELECT id, version_id FROM goose_db_version ORDER BY id")
				if versions == nil {
					versions = found
				}
				if len(found) < 2 || !slices.Equal(found, versions) {
					t.Errorf("migrations = %q, want %q", found, versions)
				}
				noError(t, s.Close())
			}
		})
	}
}

func TestConcurrentOpenMigratesOnce(t *testing.T) {
	for name, address := range newDatabaseURLs(t) {
		t.Run(name, func(t *testing.T) {
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					s, err := store.Open(t.Context(), address)
					if err != nil {
						t.Error(err)
						return
					}
					if err := errors.Join(s.Ping(t.Context()), s.Close()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		})
	}
}

func TestBothDatabasesHaveTheSameColumns(t *testing.T) {
	if !hasPostgres() {
		t.Skip("not run on Postgres: DATABASE_URL is not set")
	}
	columns := func(s *store.Store, query string) []string {
		return slices.DeleteFunc(slices.Sorted(slices.Values(queryLines(t, s, query))), func(column string) bool {
			return regexp.MustCompile(`^(goose_|sqlite_|ticket_fts|guild_places\b)`).MatchString(column)
		})
	}
	onSQLite := columns(storetest.Open(t), `SELECT m.name || '.' || c.name FROM sqlite_master m
		JOIN pragma_table_xinfo(m.name) c WHERE m.type = 'table'`)
	onPostgres := columns(storetest.OpenAt(t, storetest.CreateSchema(t)), `SELECT table_name || '.' || column_name
		FROM information_schema.columns WHERE table_schema = current_schema()`)
	if diff := cmp.Diff(onSQLite, onPostgres); diff != "" {
		t.Errorf("columns differ (-SQLite +Postgres):\n%s", diff)
	}
}

// newDatabaseURLs returns URLs of new databases, by kind.
func newDatabaseURLs(t *testing.T) map[string]string {
	found := map[string]string{"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "with ?#% and é.db")}
	if hasPostgres() {
		found["postgres"] = storetest.CreateSchema(t)
	}
	return found
}

func TestOpenErrors(t *testing.T) {
	for address, want := range map[string]error{
		"sqlite:" + filepath.Join(t.TempDir(), "missing", "file.db"): store.ErrUnavailable,
		"postgres://somebody:secret@127.0.0.1:1/nowhere":             store.ErrUnavailable,
		"mysql://somebody:secret@127.0.0.1/x":                        nil,
		"sqlite::memory:":                                            nil,
		"":                                                           nil,
	} {
		if !hasPostgres() && regexp.MustCompile("^postgres").MatchString(address) {
			continue
		}
		_, err := store.Open(t.Context(), address)
		if err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("Open(%q) error = %v, want %v", address, err, want)
		}
		if err != nil && regexp.MustCompile("secret").MatchString(err.Error()) {
			t.Errorf("Open(%q) error shows the password: %v", address, err)
		}
	}
}

func TestEveryMethodReturnsErrUnavailable(t *testing.T) {
	s := reflect.ValueOf(storetest.OpenBroken(t))
	argValues := map[reflect.Type]any{
		reflect.TypeFor[context.Context]():            t.Context(),
		reflect.TypeFor[string]():                     "1",
		reflect.TypeFor[[]string]():                   []string{"1"},
		reflect.TypeFor[store.GiveawayStatus]():       store.GiveawayPaused,
		reflect.TypeFor[[]store.GiveawayStatus]():     []store.GiveawayStatus{store.GiveawayActive},
		reflect.TypeFor[store.Rating]():               store.Rating{Stars: 5},
		reflect.TypeFor[store.NotificationQuery]():    store.NotificationQuery{NewTicketGuilds: []string{"1"}},
		reflect.TypeFor[func(store.BadValue) error](): func(store.BadValue) error { return nil },
	}
	for i := range s.NumMethod() {
		method, name := s.Method(i), s.Type().Method(i).Name
		kind := method.Type()
		if slices.Contains([]string{"Close", "DB", "OnPostgres", "Watch"}, name) {
			continue
		}
		args := make([]reflect.Value, kind.NumIn())
		for i := range args {
			args[i] = reflect.Zero(kind.In(i))
			if v, ok := argValues[kind.In(i)]; ok {
				args[i] = reflect.ValueOf(v)
			}
		}
		results := method.Call(args)
		err, _ := results[len(results)-1].Interface().(error)
		wantErrorIs(t, name, err, store.ErrUnavailable)
	}
}

func TestTimeoutIsUnavailableAndCancelIsNot(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		expired, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		_, err := s.Guild(expired, "1")
		wantErrorIs(t, "read after the deadline", err, store.ErrUnavailable)
		wantErrorIs(t, "write after the deadline", s.SaveGuild(expired, store.Guild{ID: "1"}), store.ErrUnavailable)

		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = s.Guild(canceled, "1")
		wantErrorIs(t, "read with a canceled context", err, context.Canceled)
		if errors.Is(err, store.ErrUnavailable) {
			t.Errorf("error of a canceled read = %v, want it not to be ErrUnavailable", err)
		}
	})
}

func TestStoreRecoversFromLostConnection(t *testing.T) {
	if !hasPostgres() {
		t.Skip("not run: DATABASE_URL is not set")
	}
	address, err := url.Parse(storetest.CreateSchema(t))
	noError(t, err)
	name := "lost " + store.NewID()
	q := address.Query()
	q.Set("application_name", name)
	address.RawQuery = q.Encode()
	s, other := must(store.Open(t.Context(), address.String()))(t), must(store.Open(t.Context(), storetest.CreateSchema(t)))(t)
	defer s.Close()
	defer other.Close()
	for range 5 {
		storetest.Guild(t, s, "1", "One")
		execSQL(t, other, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", name)
		for attempts := 0; ; attempts++ {
			err := s.SaveGuild(t.Context(), store.Guild{ID: "1", Name: "One"})
			if err == nil {
				break
			}
			wantErrorIs(t, "SaveGuild", err, store.ErrUnavailable)
			if attempts == 20 {
				t.Fatal("the database is still unavailable after 20 attempts")
			}
		}
	}
}

func TestNewIDsSortByCreation(t *testing.T) {
	shape := regexp.MustCompile(`^c[0-9a-z]{24}$`)
	begin := time.Now().UnixMilli()
	last := ""
	for range 100_000 { // many within the same millisecond
		id := store.NewID()
		if !shape.MatchString(id) || id <= last {
			t.Fatalf("id %q follows %q, want a larger one", id, last)
		}
		last = id
	}
	at, err := strconv.ParseInt(last[1:9], 36, 64)
	noError(t, err)
	if at < begin || at > time.Now().UnixMilli() {
		t.Errorf("id %q has the time %d, want that of its creation", last, at)
	}
}

func TestNewIDsAreUnique(t *testing.T) {
	const perWorker = 1000
	ids := make(chan string, 8*perWorker)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range perWorker {
				ids <- store.NewID()
			}
		})
	}
	all.Wait()
	close(ids)
	seen := map[string]bool{}
	for id := range ids {
		seen[id] = true
	}
	wantEqual(t, "ids", len(seen), 8*perWorker)
}

//go:build faults

package faults

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"guildboard/store"
)

func TestRedisOutOfMemory(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{})
	b := s.startBot(eventsPerSecond)
	pages, closeAll := s.openLists(pageCount())
	for name, value := range map[string]string{"maxmemory-policy": "noeviction", "maxmemory": "1"} {
		must(t, s.redis.ConfigSet(t.Context(), name, value).Err())
	}
	if err := s.redis.Set(t.Context(), "anything", "at all", 0).Err(); err == nil {
		t.Fatal("SET succeeded, want an out-of-memory error")
	}
	waitFor(time.Second)
	s.checkEventReachesPages(b, pages) // PUBLISH needs no memory
	if _, err := s.users.SignIn(t.Context(), "1", s.guilds[0]); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("sign in: %v", err)
	}
	s.reconnectAll(pages) // sessions remain valid
	s.checkEventReachesPages(b, pages)
	must(t, s.redis.ConfigSet(t.Context(), "maxmemory", "0").Err())
	eventuallyWithin(t, shortTimeout, "sign-in works again", func() (bool, string) {
		_, err := s.users.SignIn(context.Background(), "1", s.guilds[0])
		return err == nil, fmt.Sprint(err)
	})
	s.finish(b, pages, closeAll, 1)
}

// lockDatabase runs statements that lock the database on a separate connection. The lock is held until release is
// called.
func (s *deployment) lockDatabase(statements ...string) (release func()) {
	s.t.Helper()
	driver, source := "pgx", s.database
	if file, ok := strings.CutPrefix(s.database, "sqlite:"); ok {
		driver, source = "sqlite", "file:"+file+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, source)
	must(s.t, err)
	s.t.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(s.t.Context())
	must(s.t, err)
	for _, statement := range statements {
		_, err := conn.ExecContext(s.t.Context(), statement)
		must(s.t, err)
	}
	return func() {
		_, err := conn.ExecContext(context.Background(), "ROLLBACK")
		must(s.t, errors.Join(err, conn.Close()))
	}
}

// TestSQLiteLocked holds a write lock. SQLite readers do not wait for writers, so pages render as usual.
func TestSQLiteLocked(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{sqlite: true})
	b := s.startBot(eventsPerSecond)
	pages, closeAll := s.openLists(pageCount())
	waitFor(time.Second)
	release := s.lockDatabase("BEGIN IMMEDIATE")
	waitFor(shortOr(2*time.Second, 7*time.Second))
	s.publishUpdates()
	s.reconnectAll(pages)
	release()
	s.finish(b, pages, closeAll, 1)
	s.checkLogCount("live view render failed, keeping last frame", 0)
}

func TestPostgresTableLocked(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{})
	if strings.HasPrefix(s.database, "sqlite:") {
		t.Skip("skipped: no Postgres available")
	}
	b := s.startBot(eventsPerSecond)
	pages, closeAll := s.openLists(pageCount())
	waitFor(time.Second)
	release := s.lockDatabase("BEGIN", "LOCK TABLE giveaways IN ACCESS EXCLUSIVE MODE")
	s.publishUpdates()
	waitFor(7 * time.Second) // longer than the timeout of a query
	s.waitForRenderFailures()
	release()
	s.finish(b, pages, closeAll, 1)
	s.checkRenderFailuresLogged(1)
}

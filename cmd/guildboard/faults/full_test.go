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

func TestARedisWhoseMemoryIsFull(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{})
	b := s.bot(perSecond)
	pages, closeAll := s.lists(pagesOfSite())
	for name, value := range map[string]string{"maxmemory-policy": "noeviction", "maxmemory": "1"} {
		must(t, s.redis.ConfigSet(t.Context(), name, value).Err())
	}
	if err := s.redis.Set(t.Context(), "anything", "at all", 0).Err(); err == nil {
		t.Fatal("Redis takes what it should have no room for")
	}
	lasting(time.Second)
	s.hears(b, pages) // PUBLISH needs no memory
	if _, err := s.people.SignIn(t.Context(), "1", s.guilds[0]); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("signing in: %v", err)
	}
	s.comeAgain(pages) // who is signed in remains so
	s.hears(b, pages)
	must(t, s.redis.ConfigSet(t.Context(), "maxmemory", "0").Err())
	within(t, soon, "somebody may sign in again", func() (bool, string) {
		_, err := s.people.SignIn(context.Background(), "1", s.guilds[0])
		return err == nil, fmt.Sprint(err)
	})
	s.ends(b, pages, closeAll, 1)
}

// lockDatabase holds a lock in the site's database, from another program's connection, until it is released.
func (s *site) lockDatabase(statements ...string) (release func()) {
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

// Readers of SQLite wait for no writer, so pages stay as fast as ever.
func TestAnSQLiteThatIsLocked(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{sqlite: true})
	b := s.bot(perSecond)
	pages, closeAll := s.lists(pagesOfSite())
	lasting(time.Second)
	release := s.lockDatabase("BEGIN IMMEDIATE")
	lasting(inShort(2*time.Second, 7*time.Second))
	s.touch()
	s.comeAgain(pages)
	release()
	s.ends(b, pages, closeAll, 1)
	s.says("a live view cannot be rendered; its last frame stays", 0)
}

func TestAPostgresTableThatIsLocked(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{})
	if strings.HasPrefix(s.database, "sqlite:") {
		t.Skip("skipped: there is no Postgres")
	}
	b := s.bot(perSecond)
	pages, closeAll := s.lists(pagesOfSite())
	lasting(time.Second)
	release := s.lockDatabase("BEGIN", "LOCK TABLE giveaways IN ACCESS EXCLUSIVE MODE")
	s.touch()
	lasting(7 * time.Second) // longer than a call waits
	s.missed()
	release()
	s.ends(b, pages, closeAll, 1)
	s.saysOncePerOutage(1)
}

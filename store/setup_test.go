package store_test

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9/logging"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestMain(m *testing.M) {
	logging.Disable() // go-redis would log every failed connection to a Redis that a test has stopped
	os.Exit(m.Run())
}

// noon is the current time in most tests.
var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		noError(t, err)
		return v
	}
}

func wantErrorIs(t testing.TB, label string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error = %v, want %v", label, err, want)
	}
}

func wantEqual[T comparable](t testing.TB, label string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", label, got, want)
	}
}

// execSQL makes a change for which the store has no method.
func execSQL(t testing.TB, s *store.Store, text string, args ...any) {
	t.Helper()
	if _, err := s.DB().ExecContext(t.Context(), text, args...); err != nil {
		t.Fatalf("execute %s: %v", text, err)
	}
}

// queryLines returns the rows of a query, one line for each.
func queryLines(t testing.TB, s *store.Store, text string, args ...any) []string {
	t.Helper()
	rows, err := s.DB().QueryContext(t.Context(), text, args...)
	noError(t, err)
	defer rows.Close()
	columns := must(rows.Columns())(t)
	var lines []string
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		noError(t, rows.Scan(values...))
		line := ""
		for _, v := range values {
			line += fmt.Sprint(*v.(*any)) + " "
		}
		lines = append(lines, line)
	}
	noError(t, rows.Err())
	return lines
}

// fillGuild fills a guild with many giveaways and tickets. Half of the giveaways have ended, most tickets are closed,
// and every fourth open ticket is waiting. Ticket number n was opened n minutes after noon by member n%50.
func fillGuild(t testing.TB, s *store.Store, guild string, giveaways, tickets int) {
	t.Helper()
	storetest.Guild(t, s, guild, "Guild "+guild)
	now, minute := "1777636800000", "60000"
	if s.OnPostgres() {
		now, minute = "timestamp '2026-05-01 12:00:00'", "interval '1 minute'"
	}
	const count = "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < CAST($1 AS integer)) "
	execSQL(t, s, `INSERT INTO members (id, guild_id, discord_id, username, created_at, updated_at) `+count+`
		SELECT 'm' || $2 || '-' || i, $2, CAST(1000 + i AS text), 'User' || i, `+now+`, `+now+` FROM s`, 50, guild)
	if giveaways > 0 {
		execSQL(t, s, `INSERT INTO giveaways (id, guild_id, channel_id, host_id, prize, ends_at, status, repeat_days, created_at, updated_at) `+count+`
		SELECT 'g' || $2 || '-' || i, $2, '7', CAST(1001 + i % 50 AS text),
			CASE i % 3 WHEN 0 THEN 'Nitro Classic ' WHEN 1 THEN 'Steam Key ' ELSE 'Poster ' END || i,
			`+now+` + i * `+minute+`, CASE i % 4 WHEN 0 THEN 'ACTIVE' WHEN 1 THEN 'CANCELLED' ELSE 'ENDED' END,
				CASE i % 50 WHEN 0 THEN 7 ELSE 0 END,
			`+now+` + i * `+minute+`, `+now+` FROM s`, giveaways, guild)
		execSQL(t, s, `INSERT INTO giveaway_entries (id, giveaway_id, member_id, created_at)
		SELECT g.id || m.id, g.id, m.id, `+now+` FROM giveaways g JOIN members m ON m.guild_id = g.guild_id
		WHERE g.guild_id = $1 AND g.id IN ('g' || $1 || '-1', 'g' || $1 || '-2', 'g' || $1 || '-3')`, guild)
		execSQL(t, s, `INSERT INTO giveaway_winners (id, giveaway_id, user_id, created_at)
		SELECT 'w' || id, id, host_id, `+now+` FROM giveaways WHERE guild_id = $1 AND status = 'ENDED'`, guild)
	}
	if tickets > 0 {
		execSQL(t, s, `INSERT INTO tickets (id, guild_id, member_id, channel_id, subject, number, status, claimed_by, closed_at, created_at, updated_at) `+count+`
		SELECT 't' || $2 || '-' || i, $2, 'm' || $2 || '-' || (1 + i % 50), 'c' || $2 || '-' || i,
			CASE i % 7 WHEN 0 THEN 'Payment failed' WHEN 1 THEN 'Cannot join voice' WHEN 2 THEN 'Report a member'
				WHEN 3 THEN 'Refund please' ELSE 'Question' END || ' ' || i, i,
			CASE WHEN i % 20 = 0 THEN 'OPEN' WHEN i % 20 = 1 THEN 'CLAIMED' ELSE 'CLOSED' END,
			CASE WHEN i % 20 = 1 THEN '1001' END, CASE WHEN i % 20 > 1 THEN `+now+` + i * `+minute+` END,
			`+now+` + i * `+minute+`, `+now+` FROM s ORDER BY i`, tickets, guild)
		execSQL(t, s, `INSERT INTO guild_counters (guild_id, ticket_number) VALUES ($1, $2)`, guild, tickets)
	}
}

// analyze updates the statistics of Postgres. SQLite runs without them, in production too.
func analyze(t testing.TB, s *store.Store) {
	t.Helper()
	if s.OnPostgres() {
		execSQL(t, s, "VACUUM ANALYZE giveaways, tickets, ticket_text, giveaway_entries, giveaway_winners, members, guild_tiles")
	}
}

// descending compares in descending order.
func descending[T cmp.Ordered](a, b T) int { return cmp.Compare(b, a) }

func ptr[T any](v T) *T { return &v }

func hasPostgres() bool { return os.Getenv("DATABASE_URL") != "" }

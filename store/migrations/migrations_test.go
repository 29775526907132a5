package migrations_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"golang.org/x/text/unicode/norm"

	"guildboard/store"
	"guildboard/store/migrations"
	"guildboard/store/storetest"
)

// The migration folds existing texts in the same way as new ones. Names of a guild that become the same get a number,
// and no row is lost.
func TestFoldingRebuildsWhatWasWrittenBefore(t *testing.T) {
	storetest.Open(t).Close() // defines the functions of SQLite
	t.Run("sqlite", func(t *testing.T) {
		testFolding(t, "sqlite", "sqlite:"+filepath.Join(t.TempDir(), "old.db"), false)
	})
	t.Run("postgres", func(t *testing.T) {
		if os.Getenv("DATABASE_URL") == "" {
			t.Skip("not run on Postgres: DATABASE_URL is not set")
		}
		testFolding(t, "pgx", storetest.Schema(t), true)
	})
}

func testFolding(t *testing.T, driver, address string, postgres bool) {
	at := strings.Replace(strings.TrimPrefix(address, "sqlite:"), "&pool_max_conns=8", "", 1)
	db, err := sql.Open(driver, strings.Replace(at, "pool_max_conns=8&", "", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := migrations.UpTo(t.Context(), db, postgres, 36); err != nil {
		t.Fatal(err)
	}
	now := "0"
	if postgres {
		now = "timestamp '2026-05-01 12:00:00'"
	}
	decomposed := norm.NFD.String("Đơn hàng Straße")
	do := func(text string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), strings.ReplaceAll(text, ":now", now), args...); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	do("INSERT INTO guilds (id, name, joined_at) VALUES ('1', 'One', :now), ('2', 'Two', :now)")
	do("INSERT INTO members (id, guild_id, discord_id, username, created_at, updated_at) VALUES ('m1', '1', '10', $1, :now, :now)", decomposed)
	do("INSERT INTO giveaways (id, guild_id, channel_id, host_id, prize, ends_at, created_at, updated_at)"+
		" VALUES ('g1', '1', '7', '10', $1, :now, :now, :now)", decomposed)
	do("INSERT INTO tickets (id, guild_id, member_id, channel_id, subject, number, created_at, updated_at)"+
		" VALUES ('t1', '1', 'm1', 'c1', $1, 1, :now, :now)", decomposed)
	do("INSERT INTO ticket_messages (id, guild_id, ticket_id, user_id, content, created_at) VALUES ('e1', '1', 't1', '10', $1, :now)", decomposed)
	for id, name := range map[string]string{"b1": "Urgent", "b2": "URGENT", "b3": "urgent", "b4": "urgent (2)", "b5": "Other"} {
		do("INSERT INTO ticket_labels (id, guild_id, name) VALUES ($1, '1', $2)", id, name)
		do("INSERT INTO ticket_replies (id, guild_id, name, content) VALUES ($1, '1', $2, '')", id, name)
		do("INSERT INTO giveaway_templates (id, guild_id, name, prize, created_at, updated_at) VALUES ($1, '1', $2, '', :now, :now)", id, name)
	}
	do("INSERT INTO ticket_labels (id, guild_id, name) VALUES ('b6', '2', 'URGENT')")

	storetest.At(t, address).Close()
	folded := store.Fold("Đơn hàng Straße")
	for _, query := range []string{
		"SELECT search FROM giveaways", "SELECT search FROM members", "SELECT trim(body) FROM ticket_text WHERE message_id <> ''",
		"SELECT substr(body, length(body) / 2 + 2) FROM ticket_text WHERE message_id = ''",
	} {
		if got := column(t, db, query); !slices.Equal(got, []string{folded}) {
			t.Errorf("%s: %+q, want %+q", query, got, folded)
		}
	}
	if got := column(t, db, "SELECT prize FROM giveaways"); !slices.Equal(got, []string{decomposed}) {
		t.Errorf("prize: %+q, want it as it was written, %+q", got, decomposed)
	}
	want := []string{"Urgent", "b2 URGENT", "urgent (3)", "urgent (2)", "Other"}
	for _, table := range []string{"ticket_labels", "ticket_replies", "giveaway_templates"} {
		if got := column(t, db, "SELECT name FROM "+table+" WHERE guild_id = '1' ORDER BY id"); !slices.Equal(got, want) {
			t.Errorf("names in %s: %q, want %q", table, got, want)
		}
	}
	if got := column(t, db, "SELECT name FROM ticket_labels WHERE guild_id = '2'"); !slices.Equal(got, []string{"URGENT"}) {
		t.Errorf("names in another guild: %q, want none changed", got)
	}
}

func column(t *testing.T, db *sql.DB, query string) (values []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		values = append(values, value)
	}
	return values
}

package handlers_test

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"modernc.org/sqlite"

	"guildboard/store"
	"guildboard/store/storetest"
)

// Markers are part of every text in the database of TestAccessMatrix. A marker in a response shows where the text comes
// from. Markers are lower case, because searches compare folded text.
const (
	harbourMarker   = "zephyrmark"   // any text of the other guild
	giveawaysMarker = "amaranthmark" // lantern: visible from LevelSee of giveaways
	winnersMarker   = "saffronmark"  // for winners and organisers: visible from LevelAct of giveaways
	ticketsMarker   = "bergamotmark" // visible from LevelSee of tickets
	membersMarker   = "cardamommark" // names of users, roles and channels: visible in every module
)

// matrixSize fills one page of each list. The matrix checks who may see a row, so more rows would add nothing.
var matrixSize = storetest.GuildSize{Members: 24, Giveaways: 14, Entries: 10, Tickets: 20, Messages: 20, Ratings: 6, Commands: 12}

// nonTextColumns lists the columns that hold no free text: ids, enumerations, colours, values for draw verification,
// and JSON (matrixExtra fills the JSON that pages show). Every other text column, including a new one, gets a marker.
var nonTextColumns = strings.Fields(`id guild_id discord_id user_id giveaway_id ticket_id member_id panel_id category_id product_id label_id role_id
	channel_id message_id host_id parent_id template_id staff_id review_message_id category_channel_id ping_role_id
	role_ids required_role_ids blacklist_role_ids ping_role_ids ping_user_ids assigned_role_ids assigned_user_ids
	auto_claim_role posted_in reply_to target removed_by claimed_by closed_by moved_by
	status kind type module level priority code lease_token entry_method button_style component_type
	color embed_color avatar user_avatar icon commitment seed digest
	data checkpoint excluded winners prize_tiers bonus_entry_roles form_questions form_responses embeds attachments mentions revisions`)

// matrixExtra creates rows that storetest.Fill does not create. $1 is the guild, $2 its marker.
var matrixExtra = []string{
	`INSERT INTO ticket_notes (id, guild_id, ticket_id, user_id, user_name, text, created_at)
		VALUES ($1 || '-n1', $1, $1 || '-t20', '700000000000000002', $2, $2, 1770000000000)`,
	`INSERT INTO guild_channels (guild_id, id, name, position)
		SELECT $1, CAST(500000000000000000 + value AS text), $2 || value, value FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]')`,
	`INSERT INTO drifts (guild_id, kind, target, label, found_at) VALUES ($1, 'GIVEAWAY_MESSAGE', $1 || '-g14', $2, 1770000000000)`,
	`INSERT INTO drifts (guild_id, kind, target, label, found_at)
		VALUES ($1, 'giveaway.permissions', '500000000000000001', $2, 1770000000000)`,
	`INSERT INTO bot_work (id, guild_id, type, target, message, leased_until, started_at)
		VALUES ($1 || '-w1', $1, 'GIVEAWAY_END', $1 || '-g14', $2, 1770000000000, 1770000000000)`,
	`UPDATE guild_settings SET data = json_object('answerWithin', 60, 'closeReasons', $2) WHERE guild_id = $1`,
	`UPDATE commands SET data = json_object('reason', $2) WHERE guild_id = $1`,
	`UPDATE tickets SET form_responses = json_object($2, $2) WHERE guild_id = $1`,
	`UPDATE ticket_messages SET embeds = json_array(json_object('title', $2)),
		attachments = json_array(json_object('name', $2, 'url', 'https://example.com/')),
		revisions = json_array(json_object('content', $2, 'until', '2026-02-01T00:00:00Z')) WHERE guild_id = $1`,
	`UPDATE guilds SET roles_at = 1000 * unixepoch() WHERE id = $1 AND $2 <> ''`,
	`UPDATE ticket_panels SET channel_id = '500000000000000001' WHERE guild_id = $1 AND $2 <> ''`,
	`UPDATE giveaway_entries SET removed_at = 1770000000000, removed_by = '700000000000000002', removed_why = $2
		WHERE id = $1 || '-e6'`,
	`UPDATE giveaways SET prize_tiers = json_array(json_object('place', 1, 'prize', $2, 'count', winner_count)) WHERE guild_id = $1`,
}

// matrixDatabase creates a database with at least one row of every table in lantern and in harbour, and a marker in
// every text. It returns the path of the file.
func matrixDatabase(t *testing.T) (file string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "matrix.db")
	s := storetest.OpenAt(t, "sqlite:"+path)
	storetest.Fill(t, s, matrixSize, lantern, harbour)
	db := openDirect(t, path)
	run := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatalf("execute %s: %v", statement, err)
		}
	}
	run("INSERT INTO preferences (user_id, name, value) VALUES ($1, 'theme', 'dark')", sam)
	for _, guild := range []string{lantern, harbour} {
		for _, statement := range matrixExtra {
			table := strings.Fields(statement[strings.IndexAny(statement, "OE")+1:])[0] // INSERT INTO x, UPDATE x
			run(statement, guild, markerOf(guild, table, ""))
		}
	}
	for _, column := range textColumns(t, db) {
		table, name, _ := strings.Cut(column, ".")
		for _, guild := range []string{lantern, harbour} {
			in := "rowid IN (SELECT rowid FROM " + guildRowsOf(table) + ")"
			if guild == harbour && slices.Contains(nonTextColumns, name) { // harbour has its own users, channels and roles
				for _, kind := range []string{"5", "6", "7"} {
					run(fmt.Sprintf("UPDATE %s SET %s = replace(%[2]s, $2 || '0000', $2 || '1000') WHERE %s", table,
						name, in), guild, kind+"0000")
				}
			}
			if !slices.Contains(nonTextColumns, name) {
				marker := "$2 || rowid"
				if strings.HasSuffix(name, "_url") || name == "thumbnail" {
					marker = "'https://example.com/' || $2"
				}
				run(fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s", table, name, marker, in), guild, markerOf(guild, table, name))
			}
		}
	}
	compacted := filepath.Join(t.TempDir(), "whole.db")
	run("VACUUM INTO ?", compacted)
	return compacted
}

// guildRowsOf returns the FROM clause for the rows of a table that belong to guild $1. Row ids of storetest.Fill begin
// with the guild's id.
func guildRowsOf(table string) string {
	switch table {
	case "guilds":
		return table + " WHERE id = $1"
	case "giveaway_entries", "giveaway_winners", "giveaway_draws", "giveaway_entry_counts":
		return table + " WHERE giveaway_id LIKE $1 || '-%'"
	}
	return table + " WHERE guild_id = $1"
}

// markerOf returns the marker for a column.
func markerOf(guild, table, column string) string {
	switch {
	case guild == harbour:
		return harbourMarker
	case strings.HasPrefix(table, "giveaway") && slices.Contains([]string{"prize_secret", "notes", "dm_winner_message"}, column):
		return winnersMarker
	case strings.HasPrefix(table, "giveaway"):
		return giveawaysMarker
	case strings.HasPrefix(table, "ticket"):
		return ticketsMarker
	}
	return membersMarker
}

// textColumns returns the text columns of all tables with guild data, as table.column.
func textColumns(t *testing.T, db *sql.DB) (columns []string) {
	t.Helper()
	for _, table := range tables(t, db) {
		if slices.Contains([]string{"preferences", "notification_recipients", "ticket_text"}, table) { // user data; written by triggers
			continue
		}
		var n int
		must(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+guildRowsOf(table), harbour).Scan(&n))
		if n == 0 {
			t.Errorf("matrixDatabase creates no row of %s: add one to matrixExtra", table)
		}
		columns = append(columns, queryStrings(t, db,
			"SELECT $1 || '.' || name FROM pragma_table_xinfo($1) WHERE type LIKE 'text%' AND hidden = 0", table)...)
	}
	return columns
}

// tables returns the names of the tables, without those of SQLite, of the search index and of goose.
func tables(t *testing.T, db *sql.DB) []string {
	t.Helper()
	return queryStrings(t, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'ticket_fts%'
		AND name <> 'goose_db_version' ORDER BY name`)
}

func queryStrings(t *testing.T, db *sql.DB, query string, args ...any) (found []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var text string
		must(t, rows.Scan(&text))
		found = append(found, text)
	}
	must(t, rows.Err())
	return found
}

// openDirect opens one connection to an SQLite database without the store.
func openDirect(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(30000)&_pragma=synchronous(0)")
	must(t, err)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

// watchedDatabase detects changes of a site's database through its own connection, and reverts them.
type watchedDatabase struct {
	t          *testing.T
	db         *sql.DB
	snapshot   string
	rowsBefore map[string]int // number of occurrences of each row, as text
	version    int
}

// watchDatabase takes a snapshot of a site's database.
func watchDatabase(t *testing.T, path string) *watchedDatabase {
	t.Helper()
	w := &watchedDatabase{t: t, db: openDirect(t, path), snapshot: filepath.Join(t.TempDir(), "snapshot.db")}
	_, err := w.db.ExecContext(t.Context(), "VACUUM INTO ?", w.snapshot)
	must(t, err)
	w.rowsBefore, w.version = w.rows(), w.dataVersion()
	return w
}

// dataVersion returns a number that changes when another connection changes the database.
func (w *watchedDatabase) dataVersion() (version int) {
	w.t.Helper()
	must(w.t, w.db.QueryRowContext(w.t.Context(), "PRAGMA data_version").Scan(&version))
	return version
}

// rows returns all rows of the database.
func (w *watchedDatabase) rows() map[string]int {
	w.t.Helper()
	all := map[string]int{}
	for _, table := range tables(w.t, w.db) {
		names := queryStrings(w.t, w.db, "SELECT 'quote(\"' || name || '\")' FROM pragma_table_info($1)", table)
		query := "SELECT '" + table + ": ' || " + strings.Join(names, " || ' ' || ") + " FROM " + table
		for _, row := range queryStrings(w.t, w.db, query) {
			all[row]++
		}
	}
	return all
}

// changed returns the rows removed and added since the snapshot, and restores the snapshot.
func (w *watchedDatabase) changed() (removed, added []string) {
	w.t.Helper()
	version := w.dataVersion()
	if version == w.version {
		return nil, nil
	}
	after := w.rows()
	for row, n := range w.rowsBefore {
		if after[row] < n {
			removed = append(removed, row)
		}
	}
	for row, n := range after {
		if w.rowsBefore[row] < n {
			added = append(added, row)
		}
	}
	w.restore()
	w.version = w.dataVersion()
	slices.SortFunc(added, cmp.Compare[string])
	return removed, added
}

func (w *watchedDatabase) restore() {
	w.t.Helper()
	conn, err := w.db.Conn(context.Background())
	must(w.t, err)
	defer conn.Close()
	must(w.t, conn.Raw(func(driverConn any) error {
		backup, err := driverConn.(interface {
			NewRestore(from string) (*sqlite.Backup, error)
		}).NewRestore(w.snapshot)
		if err != nil {
			return err
		}
		if _, err := backup.Step(-1); err != nil {
			return err
		}
		return backup.Finish()
	}))
}

// matrixStore opens a store on a copy of the database.
func matrixStore(t *testing.T, content []byte) (s *store.Store, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "copy.db")
	must(t, os.WriteFile(path, content, 0o600))
	return storetest.OpenAt(t, "sqlite:"+path), path
}

package storetest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"guildboard/store"
)

// MakeHostile makes the rows of a guild that Fill has filled as bad as columns allow, or Discord where that is worse: texts of
// 24,000 characters that each become five bytes of HTML, messages full of spoilers that were edited 20 times, forms with 25
// answers, lists with as many members as are still read, and a thousand rows where a page shows a few. It works on SQLite,
// whose indexes take such texts.
func MakeHostile(t testing.TB, s *store.Store, guild string) {
	t.Helper()
	db, postgres := openDirect(t, s)
	if postgres {
		t.Fatal("Hostile works on SQLite")
	}
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatalf("%.200s: %v", statement, err)
		}
	}
	var last, ended string
	noError(t, db.QueryRowContext(t.Context(), "SELECT id FROM tickets WHERE guild_id = $1 ORDER BY number DESC"+
		" LIMIT 1", guild).Scan(&last))
	ended = guild + "-g1"

	long := strings.Repeat(`||"|| `, 4000)
	ids := "{" + strings.TrimSuffix(strings.Repeat("600000000000000001,", 3000), ",") + "}"
	jsonOf := func(v any) string {
		text, err := json.Marshal(v)
		noError(t, err)
		return string(text)
	}
	tiers := jsonOf(repeat(1600, store.PrizeTier{Place: 1, Prize: `"`, Count: 1}))
	bonus := jsonOf(repeat(1300, store.BonusRole{RoleID: "600000000000000001", Entries: 1}))
	texts := func(table, where string, columns ...string) {
		t.Helper()
		set := make([]string, len(columns))
		for i, column := range columns {
			set[i] = column + " = $2"
		}
		exec("UPDATE "+table+" SET "+strings.Join(set, ", ")+" WHERE "+where, guild, long)
	}
	const ofGuild = "guild_id = $1"
	texts("members", ofGuild, "username")
	texts("giveaways", ofGuild,
		"prize", "prize_secret", "description", "image_url", "embed_color", "button_text", "dm_winner_message", "notes")
	exec("UPDATE giveaways SET prize_tiers = $2, bonus_entry_roles = $3, required_role_ids = $4, blacklist_role_ids = $4,"+
		" max_rerolls = 9 WHERE guild_id = $1",
		guild, tiers, bonus, ids)
	texts("giveaway_templates", ofGuild,
		"description", "prize", "prize_secret", "image_url", "embed_color", "button_text", "dm_winner_message", "notes")
	exec("UPDATE giveaway_templates SET prize_tiers = $2, bonus_entry_roles = $3, required_role_ids = $4, blacklist_role_ids = $4"+
		" WHERE guild_id = $1", guild, tiers, bonus, ids)
	const ofGiveaways = "giveaway_id IN (SELECT id FROM giveaways WHERE guild_id = $1)"
	const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
	exec("INSERT INTO giveaway_winners (id, giveaway_id, user_id, place, created_at) "+numbers+
		"SELECT $1 || '-x' || n.i, $1, CAST(700000000000000000 + n.i AS text), 100 + n.i,"+
		" (SELECT created_at FROM giveaways WHERE id = $1) FROM n", ended)
	texts("giveaway_winners", ofGiveaways, "prize", "feedback")
	texts("giveaway_entries", ofGiveaways, "bonus_source", "removed_why")
	exec("INSERT INTO giveaway_draws (giveaway_id, round, commitment, seed, committed_at, places, entries) "+numbers+
		"SELECT $1, 10 + n.i, 'c', 's', (SELECT created_at FROM giveaways WHERE id = $1), 3, 1 FROM n", ended)

	texts("tickets", ofGuild, "subject", "platform_username", "issue_type", "issue_details", "transcript_url", "close_reason")
	form := map[string]string{}
	for i := range 25 {
		form[fmt.Sprint("Question ", i, strings.Repeat(`"`, 200))] = strings.Repeat(`"`, 4000)
	}
	exec("UPDATE tickets SET form_responses = $2 WHERE guild_id = $1", guild, jsonOf(form))
	texts("ticket_panels", ofGuild, "title", "description", "color", "image_url", "thumbnail", "footer", "select_placeholder")
	texts("ticket_categories", ofGuild, "emoji", "description", "naming_pattern")
	question := map[string]any{"id": "q", "label": strings.Repeat(`"`, 45), "type": "select",
		"options": repeat(25, strings.Repeat(`"`, 100))}
	exec("UPDATE ticket_categories SET ping_role_ids = $2, ping_user_ids = $2, form_questions = $3 WHERE guild_id = $1",
		guild, ids, jsonOf(repeat(5, question)))
	for _, named := range []string{
		"giveaway_templates", "ticket_panels", "ticket_categories", "ticket_products", "ticket_labels", "ticket_replies",
	} {
		exec("UPDATE "+named+" SET name = id || $2 WHERE guild_id = $1", guild, long)
	}
	texts("ticket_products", ofGuild, "emoji", "description")
	texts("ticket_replies", ofGuild, "content")
	exec(numbers+"INSERT INTO ticket_replies (id, guild_id, name, content)"+
		" SELECT $1 || '-yy' || n.i, $1, 'Reply ' || n.i, $2 FROM n WHERE n.i < 20", guild, long)
	exec("INSERT OR IGNORE INTO labelled_tickets (guild_id, ticket_id, label_id, created_at) SELECT t.guild_id, t.id, l.id, t.created_at "+
		"FROM tickets t JOIN ticket_labels l ON l.guild_id = t.guild_id WHERE t.guild_id = $1", guild)
	texts("ticket_ratings", "ticket_id IN (SELECT id FROM tickets WHERE guild_id = $1)", "review")
	makeTicketHostile(exec, jsonOf, last, long)

	exec(numbers+"INSERT INTO commands (id, guild_id, user_id, user_name, type, target, data, status, issued_at, expires_at)"+
		" SELECT $1 || '-cc' || n.i, $2, "+
		"'700000000000000001', 'N', CASE n.i % 3 WHEN 0 THEN 'TICKET_REPLY' WHEN 1 THEN 'SETTINGS_CHANGE' ELSE 'TICKET_CLOSE' END,"+
		" $1, $3, 'refused', t.created_at, "+
		"t.created_at FROM n JOIN tickets t ON t.id = $1 WHERE n.i < 200", last, guild, jsonOf(map[string]any{
		"reason": strings.Repeat(`"`, 4000), "text": strings.Repeat(`"`, 4000), "name": strings.Repeat(`"`, 4000),
		"before": longFields("a"), "after": longFields("b"),
	}))
	texts("commands", ofGuild, "user_name", "message")
	exec(numbers+"INSERT INTO drifts (guild_id, kind, target, label, found_at)"+
		" SELECT $1, 'giveaway.overdue', 'g' || n.i, $2, t.created_at FROM n JOIN tickets t ON t.id = $3",
		guild, long, last)

	exec(numbers+"INSERT OR IGNORE INTO guild_roles (guild_id, id, name, position)"+
		" SELECT $1, CAST(600000000000000000 + n.i AS text), 'R', n.i FROM n WHERE n.i <= 250", guild)
	exec(numbers+"INSERT OR IGNORE INTO guild_channels (guild_id, id, name, position)"+
		" SELECT $1, CAST(500000000000000000 + n.i AS text), 'C', n.i FROM n WHERE n.i <= 500", guild)
	for _, table := range []string{"guild_roles", "guild_channels"} { // Discord's own bound, for both
		exec("UPDATE "+table+" SET name = $2 WHERE guild_id = $1", guild, strings.Repeat(`"`, 100))
	}
	exec("INSERT OR REPLACE INTO staff_grants (guild_id, role_id, module, level)"+
		" SELECT guild_id, id, 'tickets', 'act' FROM guild_roles WHERE guild_id = $1", guild)
	exec("UPDATE members SET role_ids = $2 WHERE guild_id = $1", guild, ids)
	for _, m := range []store.Module{store.ModuleGiveaways, store.ModuleTickets} {
		schema := store.SchemaOf(m)
		values := schema.Defaults()
		for _, f := range schema {
			if f.Kind == store.FieldText || f.Kind == store.FieldMultiline {
				values[f.Name] = strings.Repeat(`"`, f.MaxLength)
			}
		}
		exec("INSERT INTO guild_settings (guild_id, module, data, version) VALUES ($1, $2, $3, 1) ON CONFLICT DO"+
			" UPDATE SET data = excluded.data",
			guild, string(m), string(schema.Encode(values)))
	}
}

// makeTicketHostile makes what belongs to one ticket as bad as that.
func makeTicketHostile(exec func(string, ...any), jsonOf func(any) string, ticket, long string) {
	const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
	of := " FROM n JOIN tickets t ON t.id = $1"
	exec(numbers+"INSERT INTO ticket_notes (id, guild_id, ticket_id, user_id, user_name, text, created_at)"+
		" SELECT $1 || '-n' || n.i, t.guild_id, t.id, '1', $2, $2, t.created_at"+of, ticket, long)
	exec(numbers+"INSERT INTO ticket_views (guild_id, ticket_id, user_id, user_name, at)"+
		" SELECT t.guild_id, t.id, CAST(n.i AS text), $2, t.created_at"+of, ticket, long)
	exec(numbers+"INSERT INTO ticket_events (guild_id, ticket_id, kind, user_id, reason, at)"+
		" SELECT t.guild_id, t.id, 'closed', '1', $2, t.created_at"+of, ticket, long)
	spoilers := strings.Repeat(`||"||`, 800)
	embed := store.MessageEmbed{
		Title: strings.Repeat(`"`, 256), Description: strings.Repeat(`||"||`, 100),
		Author: strings.Repeat(`"`, 256), Footer: strings.Repeat(`"`, 500),
		Fields: repeat(25, store.MessageEmbedField{Name: strings.Repeat(`"`, 20), Value: "||a||"}),
	}
	file := store.MessageAttachment{Name: strings.Repeat(`"`, 300), URL: "https://cdn.discordapp.com/x?ex=69a42c80" +
		strings.Repeat("&", 1500), Size: 1}
	exec("UPDATE ticket_messages SET content = $2, user_name = $3, embeds = $4, attachments = $5, mentions = $6 WHERE ticket_id = $1",
		ticket, spoilers, strings.Repeat(`"`, 32), jsonOf(repeat(10, embed)), jsonOf(repeat(20, file)),
		jsonOf(map[string]string{"1": long}))
	exec("UPDATE ticket_messages SET revisions = $2 WHERE ticket_id = $1 AND id LIKE '%-m1%'",
		ticket, jsonOf(repeat(20, store.MessageRevision{Content: spoilers})))
}

func repeat[T any](n int, v T) []T {
	all := make([]T, n)
	for i := range all {
		all[i] = v
	}
	return all
}

// longFields are the fields of a change in the audit log, each of them with a long value.
func longFields(value string) map[string]string {
	fields := map[string]string{}
	for i := range 50 {
		fields[fmt.Sprint("field", i)] = strings.Repeat(`"`, 500) + value
	}
	return fields
}

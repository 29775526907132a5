package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"guildboard/store"
)

// GuildSize is the number of rows of a generated guild.
type GuildSize struct {
	Members, Giveaways, Tickets, Ratings, Commands int

	Messages int // spread evenly over closed tickets
	Entries  int // in the last giveaway, each of another member
	Words    int // of a prize or subject; 0 means 3
}

// Sizes for performance tests: one LargeGuild beside two hundred TypicalGuilds.
var (
	LargeGuild = GuildSize{
		Members: 200_000, Giveaways: 5000, Entries: 200_000, Tickets: 100_000, Messages: 500_000, Ratings: 2000, Commands: 5000,
	}
	TypicalGuild = GuildSize{Members: 40, Giveaways: 20, Entries: 20, Tickets: 40, Messages: 200, Ratings: 10, Commands: 20}
)

// Fill generates rows for guilds in bulk, bypassing the store, in seconds instead of hours; triggers run as usual.
// Row ids are guild-u1, -g1, -t1, … (members, giveaways, tickets), -k1 (categories), -p1 (products), -y1 (canned
// replies), -b1 (labels), -l1 (panels) and -f1 (templates), in order of creation over the last year; MemberID returns
// the Discord ids of members. Most giveaways and tickets are finished; members 1 to 12 are staff. The last giveaway
// is active and has Entries entries; the last ticket is open and has 450 messages, guild-t<n>-m1 and so on. Texts use
// a few hundred words with the frequencies of a natural language: "refund" is common. Only in messages, every third
// contains "invoice" and one in 50,000 "quokka".
func Fill(t testing.TB, s *store.Store, a GuildSize, guilds ...string) {
	t.Helper()
	db, postgres := openDirect(t, s)
	f := filler{t: t, ctx: t.Context(), db: db, size: a}
	terms := []string{":guild", "CAST($1 AS text)", ":now", "CAST($2 AS bigint)", ":hour", "3600000", ":staff", "700000000000000001"}
	f.dialect = strings.NewReplacer(append(terms, ":at(", "(", "::json", "")...)
	if postgres {
		f.dialect = strings.NewReplacer(append(terms, ":at(", "pg_temp.at_ms(")...)
		f.exec(`CREATE FUNCTION pg_temp.at_ms(ms bigint) RETURNS timestamp LANGUAGE sql IMMUTABLE AS
			$$ SELECT timestamp '1970-01-01' + ms * interval '1 millisecond' $$`)
	}
	f.createPhrases(rand.New(rand.NewPCG(1, 2)))
	for _, guild := range guilds {
		Guild(t, s, guild, "Guild "+guild)
		f.guild = guild
		f.fill()
	}
	if !postgres { // without ANALYZE, which production does not run either, SQLite has no statistics
		return
	}
	var tables string
	noError(t, db.QueryRowContext(f.ctx, "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables WHERE"+
		" schemaname = current_schema()").Scan(&tables))
	f.exec("VACUUM ANALYZE " + tables)
}

// MemberID returns the Discord id of member n of Fill.
func MemberID(n int) string { return fmt.Sprint(700_000_000_000_000_000 + n) }

const phraseCount = 2000

type filler struct {
	t       testing.TB
	ctx     context.Context
	db      *sql.DB
	size    GuildSize
	guild   string
	dialect *strings.Replacer
}

// exec executes a statement that is valid in both dialects.
func (f filler) exec(statement string, args ...any) {
	f.t.Helper()
	if _, err := f.db.ExecContext(f.ctx, f.dialect.Replace(statement), args...); err != nil {
		f.t.Fatalf("%s: %v", statement, err)
	}
}

// createPhrases creates a temporary table of phrases, from which texts are built: two for a subject, one for a reply.
func (f filler) createPhrases(r *rand.Rand) {
	words := strings.Fields("the refund nitro order help classic key please question not voice role lost double payment join")
	syllables := strings.Fields("ba cor den fi gar hu jel kin lo mar nes pol qui ra sun tor ul vek win zad")
	for len(words) < 600 {
		word := ""
		for range 2 + r.IntN(2) {
			word += syllables[r.IntN(len(syllables))]
		}
		words = append(words, word)
	}
	randomWords := func(n int) string {
		chosen := make([]string, n)
		for i := range chosen {
			x := r.Float64()
			chosen[i] = words[int(x*x*x*float64(len(words)))]
		}
		return strings.Join(chosen, " ")
	}
	f.exec("CREATE TEMPORARY TABLE phrases (k bigint PRIMARY KEY, short text, long text, hash text)")
	for k := 0; k < phraseCount; {
		var rows []string
		for range 500 {
			rows = append(rows, fmt.Sprintf("(%d, '%s', '%s', '%016x%016x')", k, randomWords(max(3, f.size.Words)),
				randomWords(12), r.Uint64(), r.Uint64()))
			k++
		}
		f.exec("INSERT INTO phrases (k, short, long, hash) VALUES " + strings.Join(rows, ", "))
	}
}

// insertRows inserts rows with a SELECT over n(i), i from 1 to n, in batches of a few thousand: on Postgres, updating
// the same totals row repeatedly gets slower within one transaction. :now and values derived from it are
// milliseconds; :at converts them to a time.
func (f filler) insertRows(n int, into, query string) {
	f.t.Helper()
	const step = 4000
	for from := 1; from <= n; from += step {
		numbers := fmt.Sprintf("WITH RECURSIVE n(i) AS (SELECT CAST(%d AS bigint) UNION ALL SELECT i + 1 FROM n"+
			" WHERE i < %d) ", from, min(n, from+step-1))
		f.exec("INSERT INTO "+into+" "+numbers+query, f.guild, time.Now().UnixMilli())
	}
}

// spreadSQL returns SQL for a pseudo-random number from 0 to n-1 for row i, which differs by salt.
func spreadSQL(salt, n int) string {
	return fmt.Sprintf("((n.i * 7919 + %d) %% 10007 %% %d)", salt*3571, n)
}

// joinPhraseSQL returns SQL that joins a phrase for row i.
func joinPhraseSQL(as string, salt int) string {
	return fmt.Sprintf(" JOIN phrases %s ON %[1]s.k = %s", as, spreadSQL(salt, phraseCount))
}

// memberIDSQL returns SQL for the Discord id of one of the first of members.
func memberIDSQL(salt, of int) string { return "CAST(:staff + " + spreadSQL(salt, of) + " AS text)" }

// createdAtSQL returns SQL for the creation time of row i of n: spread over a year, the last one a minute ago.
func createdAtSQL(n int) string {
	return fmt.Sprintf("(:now - 60000 - (%d - n.i) * %d)", n, 365*24*time.Hour.Milliseconds()/int64(max(n, 1)))
}

func (f filler) fill() {
	f.insertMembers()
	f.insertSetup()
	f.insertGiveaways()
	f.insertEntries()
	f.insertTickets()
	f.insertMessages()
	f.insertCommands()
}

func (f filler) insertMembers() {
	f.insertRows(f.size.Members, "members (id, guild_id, discord_id, username, avatar, created_at, updated_at)", fmt.Sprintf(
		`SELECT :guild || '-u' || n.i, :guild, CAST(700000000000000000 + n.i AS text), substr(p.hash, 1, 6) || ' member ' || n.i,
			CASE n.i %% 3 WHEN 0 THEN '' ELSE p.hash END, :at(%s), :at(:now) FROM n%s`, createdAtSQL(f.size.Members),
		joinPhraseSQL("p", 1)))
}

// insertSetup inserts the rows that managers create.
func (f filler) insertSetup() {
	f.insertRows(3, "ticket_panels (id, guild_id, name, created_at, updated_at)",
		"SELECT :guild || '-l' || n.i, :guild, 'Panel ' || n.i, :at(:now), :at(:now) FROM n")
	f.insertRows(8, "ticket_categories (id, panel_id, guild_id, name, emoji, sort_order, created_at, updated_at)",
		"SELECT :guild || '-k' || n.i, :guild || '-l' || (1 + n.i % 3), :guild, 'Category ' || n.i, '🎫', n.i, :at(:now), :at(:now) FROM n")
	f.insertRows(5, "ticket_products (id, guild_id, name, created_at, updated_at)",
		"SELECT :guild || '-p' || n.i, :guild, 'Product ' || n.i, :at(:now), :at(:now) FROM n")
	f.insertRows(30, "ticket_replies (id, guild_id, name, content)",
		"SELECT :guild || '-y' || n.i, :guild, 'Reply ' || n.i, 'Text of ' || n.i FROM n WHERE :now > 0")
	f.exec(`INSERT INTO guild_settings (guild_id, module, data, version) VALUES ($1, 'tickets', '{"answerWithin":60}', 1)`, f.guild)
	f.insertRows(19, "ticket_labels (id, guild_id, name, color)",
		"SELECT :guild || '-b' || n.i, :guild, 'Label ' || n.i, CASE n.i % 3 WHEN 0 THEN 'red' WHEN 1 THEN 'violet'"+
			" ELSE 'grey' END FROM n WHERE :now > 0")
	f.insertRows(20, "giveaway_templates (id, guild_id, name, prize, created_at, updated_at)",
		"SELECT :guild || '-f' || n.i, :guild, 'Template ' || n.i, p.short, :at(:now), :at(:now) FROM n"+joinPhraseSQL("p", 2))
	f.insertRows(50, "guild_roles (guild_id, id, name, position)",
		"SELECT :guild, CAST(600000000000000000 + n.i AS text), 'Role ' || n.i, n.i FROM n WHERE :now > 0")
	f.insertRows(4, "staff_grants (guild_id, role_id, module, level)",
		`SELECT :guild, CAST(600000000000000000 + n.i AS text), CASE n.i % 2 WHEN 0 THEN 'tickets' ELSE 'giveaways'
			END, 'act' FROM n WHERE :now > 0`)
	f.exec("UPDATE members SET role_ids = '{600000000000000001,600000000000000002}' WHERE guild_id = $1 AND"+
		" CAST(discord_id AS bigint) < :staff + 12", f.guild)
}

func (f filler) insertGiveaways() {
	n := f.size.Giveaways
	f.insertRows(n, `giveaways (id, guild_id, channel_id, message_id, host_id, prize, description, winner_count, status,
			starts_at, ends_at, ended_at, created_at, updated_at)`, fmt.Sprintf(`SELECT id, :guild, channel,
				message, host, prize, description, 3, status,
			CASE status WHEN 'PENDING' THEN :at(:now + :hour + i * 1000) END,
			:at(CASE WHEN status IN ('ENDED', 'CANCELLED') THEN (created + :now) / 2 ELSE :now + 600000 + (i %% 50) * :hour END),
			CASE WHEN status IN ('ENDED', 'CANCELLED') THEN :at((created + :now) / 2) END, :at(created), :at(created)
		FROM (SELECT n.i, :guild || '-g' || n.i AS id, CAST(500000000000000001 + %[2]s AS text) AS channel,
				CAST(800000000000000000 + n.i AS text) AS message, %[3]s AS host, substr(p.short || ' ' || n.i, 1, 256) AS prize,
				q.long AS description, %[4]s AS created,
				CASE WHEN n.i = %[1]d THEN 'ACTIVE'
					WHEN n.i > %[1]d - 60 THEN CASE n.i %% 6 WHEN 0 THEN 'ACTIVE' WHEN 1 THEN 'ACTIVE' WHEN 2 THEN
						'PENDING' WHEN 3 THEN 'PAUSED' ELSE 'ENDED' END
					WHEN n.i %% 20 = 7 THEN 'CANCELLED' ELSE 'ENDED' END AS status
			FROM n%[5]s%[6]s) x`, n, spreadSQL(3, 15), memberIDSQL(4, 12), createdAtSQL(n), joinPhraseSQL("p", 5), joinPhraseSQL("q", 6)))
	f.insertRows(n*3, "giveaway_winners (id, giveaway_id, user_id, place, created_at)", fmt.Sprintf(
		`SELECT :guild || '-w' || n.i, g.id, %s, 1 + n.i %% 3, g.ended_at FROM n
		JOIN giveaways g ON g.id = :guild || '-g' || ((n.i + 2) / 3) AND g.status = 'ENDED' WHERE :now > 0`,
		memberIDSQL(7, f.size.Members)))
	f.insertRows(n, "giveaway_draws (giveaway_id, round, commitment, seed, committed_at, drawn_at, places, entries, digest)",
		`SELECT g.id, 0, p.hash || p.hash, p.hash, g.created_at, g.ended_at, 3, g.entries, p.hash FROM n
		JOIN giveaways g ON g.id = :guild || '-g' || n.i AND g.status = 'ENDED' AND :now > 0`+joinPhraseSQL("p", 8))
}

func (f filler) insertEntries() {
	const entry = "giveaway_entries (id, giveaway_id, member_id, entries, base_entries, created_at, removed_at, removed_by, removed_why)"
	f.insertRows(f.size.Giveaways-1, entry, fmt.Sprintf(
		`SELECT :guild || '-e' || n.i || '-' || m.k, :guild || '-g' || n.i, :guild || '-u' || (1 + (n.i * 31 + m.k * 17) %% %d), 1, 1,
			:at(:now - m.k * :hour), NULL, NULL, NULL FROM n JOIN phrases m ON n.i %% 10 = 4 AND m.k < 20`, f.size.Members))
	f.insertRows(f.size.Entries, entry, fmt.Sprintf(
		`SELECT :guild || '-e' || n.i, :guild || '-g%d', :guild || '-u' || n.i, 1 + n.i %% 3, 1, :at(:now - (%d - n.i) * %d),
			CASE n.i %% 1000 WHEN 7 THEN :at(:now) END, CASE n.i %% 1000 WHEN 7 THEN ':staff' END,
			CASE n.i %% 1000 WHEN 7 THEN 'A second account' END FROM n`,
		f.size.Giveaways, f.size.Entries, 7*24*time.Hour.Milliseconds()/int64(max(f.size.Entries, 1))))
}

func (f filler) insertTickets() {
	n := f.size.Tickets
	f.insertRows(n, `tickets (id, guild_id, member_id, channel_id, subject, status, claimed_by, closed_by,
		closed_at, close_reason, number, category_id,
			product_id, issue_details, form_responses, created_at, updated_at)`,
		fmt.Sprintf(`SELECT id, :guild, member, channel, subject, status,
			CASE WHEN status <> 'OPEN' THEN claimer END, CASE status WHEN 'CLOSED' THEN claimer END,
			CASE status WHEN 'CLOSED' THEN :at(created + (:now - created) / 9) END, CASE status WHEN 'CLOSED' THEN
				'Solved' END, i, category,
			product, details, ('{"What happened?":"' || details || '","Order":"A-' || i || '"}')::json, :at(created), :at(created)
		FROM (SELECT n.i, :guild || '-t' || n.i AS id, :guild || '-u' || (1 + %[2]s) AS member, :guild || '-c' || n.i AS channel,
				substr(p.short || ' ' || q.short, 1, 200) AS subject, %[3]s AS claimer, :guild || '-k' || (1 + %[4]s) AS category,
				:guild || '-p' || (1 + %[5]s) AS product, r.long AS details, %[6]s AS created,
				CASE WHEN n.i = %[1]d OR n.i %% 997 = 0 THEN 'OPEN'
					WHEN n.i > %[1]d - 600 THEN CASE n.i %% 5 WHEN 0 THEN 'OPEN' WHEN 1 THEN 'OPEN' WHEN 2 THEN 'CLAIMED' ELSE 'CLOSED' END
					ELSE 'CLOSED' END AS status
			FROM n%[7]s%[8]s%[9]s) x ORDER BY i`, n, spreadSQL(9, min(f.size.Members, 5000)), memberIDSQL(10, 12),
			spreadSQL(11, 8), spreadSQL(12, 5), createdAtSQL(n),
			joinPhraseSQL("p", 13), joinPhraseSQL("q", 14), joinPhraseSQL("r", 15)))
	f.exec("UPDATE tickets SET priority = CASE number % 75 WHEN 0 THEN 'URGENT' WHEN 25 THEN 'HIGH' ELSE 'LOW' END"+
		" WHERE guild_id = $1 AND number % 25 = 0", f.guild)
	// Every second ticket has the first label, every thousandth the last.
	f.exec(`INSERT INTO labelled_tickets (guild_id, ticket_id, label_id, created_at)
		SELECT t.guild_id, t.id, l.id, t.created_at FROM tickets t JOIN ticket_labels l ON l.guild_id = t.guild_id
		WHERE t.guild_id = $1 AND (l.id = t.guild_id || '-b1' AND t.number % 2 = 0 OR l.id = t.guild_id || '-b2' AND t.number % 30 = 0
			OR l.id = t.guild_id || '-b19' AND t.number % 1000 = 10)`, f.guild)
	f.exec("INSERT INTO guild_counters (guild_id, ticket_number) VALUES ($1, $2)", f.guild, n)
	f.exec(`INSERT INTO ticket_events (guild_id, ticket_id, kind, user_id, at)
		SELECT guild_id, id, k.kind, claimed_by, closed_at FROM tickets CROSS JOIN (SELECT 'claimed' AS kind UNION ALL SELECT 'closed') k
		WHERE guild_id = $1 AND status = 'CLOSED'`, f.guild)
	f.insertRows(n/20, "ticket_views (guild_id, ticket_id, user_id, user_name, at)",
		"SELECT :guild, :guild || '-t' || (n.i * 20), "+memberIDSQL(17, 12)+", 'Name', :at(:now) FROM n")
	f.insertRows(f.size.Ratings, "ticket_ratings (id, ticket_id, stars, review, staff_id, approved, featured,"+
		" created_at, updated_at)", fmt.Sprintf(
		`SELECT :guild || '-r' || n.i, t.id, 1 + %s, CASE n.i %% 2 WHEN 0 THEN p.long END, t.claimed_by, n.i %% 3 =
			0, n.i %% 9 = 0, t.closed_at, t.closed_at
		FROM n JOIN tickets t ON t.id = :guild || '-t' || (n.i * %d - 1) AND t.status = 'CLOSED' AND :now > 0%s`,
		spreadSQL(19, 5), max(2, n/max(f.size.Ratings, 1)), joinPhraseSQL("p", 18)))
}

func (f filler) insertMessages() {
	f.insertConversation(f.size.Messages, "t.claimed_by", fmt.Sprintf("t.id = :guild || '-t' || (1 + (n.i - 1) * %d / %d)"+
		" AND t.status = 'CLOSED'", f.size.Tickets, max(f.size.Messages, 1)))
	f.insertConversation(450, "':staff'", fmt.Sprintf("t.id = :guild || '-t%d'", f.size.Tickets))
}

// insertConversation inserts n alternating messages of the opener and a staff member into the ticket that the SQL
// condition where selects for row i.
func (f filler) insertConversation(n int, staff, where string) {
	f.insertRows(n, "ticket_messages (id, guild_id, ticket_id, user_id, user_name, content, created_at)",
		"SELECT t.id || '-m' || n.i, :guild, t.id, CASE n.i % 2 WHEN 0 THEN "+staff+" ELSE m.discord_id END, 'Name',"+
			" p.long || CASE n.i % 3 WHEN 1 THEN ' invoice' ELSE '' END || CASE n.i % 50000 WHEN 49 THEN ' quokka'"+
			" ELSE '' END, t.created_at FROM n"+
			joinPhraseSQL("p", 16)+" JOIN tickets t ON :now > 0 AND "+where+" JOIN members m ON m.id = t.member_id")
}

func (f filler) insertCommands() {
	f.insertRows(f.size.Commands, "commands (id, guild_id, user_id, user_name, type, target, status, code,"+
		" issued_at, expires_at, answered_at)", fmt.Sprintf(
		`SELECT :guild || '-a' || n.i, :guild, %s, 'Name',
			CASE n.i %% 4 WHEN 0 THEN 'TICKET_CLAIM' WHEN 1 THEN 'TICKET_CLOSE' WHEN 2 THEN 'GIVEAWAY_END' ELSE 'GIVEAWAY_CREATE' END,
			CASE WHEN n.i %% 4 < 2 THEN :guild || '-t' || (1 + %s) WHEN n.i %% 4 = 2 THEN :guild || '-g' || (1 + %s)
				ELSE :guild || '-x' || n.i END,
			CASE n.i %% 10 WHEN 0 THEN 'refused' WHEN 1 THEN 'expired' ELSE 'done' END, CASE n.i %% 10 WHEN 0 THEN 'forbidden' ELSE '' END,
			:at(%[4]s), :at(%[4]s + 60000), :at(%[4]s + 900) FROM n`,
		memberIDSQL(20, 12), spreadSQL(21, f.size.Tickets), spreadSQL(22, f.size.Giveaways), createdAtSQL(f.size.Commands)))
}

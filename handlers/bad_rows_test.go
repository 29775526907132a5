package handlers_test

import (
	"bufio"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"guildboard/handlers"
	"guildboard/store"
	"guildboard/store/storetest"
)

var (
	badRowsDuration = flag.Duration("badrows", 2*time.Second,
		"how long TestBadRowsNeverBreakTheirNeighbours writes garbage, on each database")
	badRowsSeed = flag.Uint64("badrows.seed", 1, "the first seed of TestBadRowsNeverBreakTheirNeighbours")
)

// TestBadRowsDoNotBreakOtherRows writes garbage into rows and checks that every page, export and stream still responds
// and shows the intact rows. `go test ./handlers -run TestBadRows -badrows 1h -timeout 3h` runs it for longer.
func TestBadRowsDoNotBreakOtherRows(t *testing.T) {
	for name, openStore := range map[string]func(*testing.T) *store.Store{
		"sqlite":   func(t *testing.T) *store.Store { return storetest.Open(t) },
		"postgres": func(t *testing.T) *store.Store { return storetest.OpenAt(t, storetest.CreateSchema(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			if name == "postgres" && os.Getenv("DATABASE_URL") == "" {
				t.Skip("not run on Postgres: DATABASE_URL is not set")
			}
			seed := *badRowsSeed
			for deadlineAt := time.Now().Add(*badRowsDuration); ; seed++ {
				if !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { corruptAndRead(t, openStore(t), seed, deadlineAt) }) {
					t.Fatalf("failed; rerun with -badrows.seed %d", seed)
				}
				if time.Now().After(deadlineAt) {
					break
				}
			}
			t.Logf("%d databases corrupted", seed-*badRowsSeed+1)
		})
	}
}

const (
	corruptionRounds      = 12 // of garbage, in one database
	corruptionsPerRound   = 8  // values in each round
	corruptedRowsPerTable = 3  // rows of each table
)

// derivedTables are tables that only triggers or migrations write.
var derivedTables = []string{
	"goose_db_version", "guild_tiles", "guild_counters", "guild_places", "giveaway_entry_counts", "preferences", "bot_work",
	"sqlite_sequence",
}

// corruptAndRead fills a database and then, round by round, writes garbage and reads everything.
func corruptAndRead(t *testing.T, s *store.Store, seed uint64, deadlineAt time.Time) {
	storetest.Fill(t, s, storetest.GuildSize{
		Members: 25, Giveaways: 9, Entries: 9, Tickets: 9, Messages: 20, Ratings: 4, Commands: 8,
	}, lantern, harbour)
	v := &rowCorrupter{t: t, r: rand.New(rand.NewPCG(seed, 7))}
	v.db, v.isPostgres = storetest.DB(t, s)
	v.site = openSite(t, withoutStreamLimit, func(_ *site, c *handlers.Config) { c.Store = s })
	v.site.discord.update(func(m *fakeGuildLister) { m.guilds[robin][1].CanManage = true })
	v.site.subscribe()
	v.intactGiveaway = v.site.createGiveaway(store.Giveaway{Prize: "Neighbour"})
	v.intactTicket = v.site.createTicket("Neighbour", time.Now())
	v.browser = v.site.signIn(robin)
	v.columns = v.readColumns()
	v.chooseRows()
	v.readAll(nil)
	for range corruptionRounds {
		var corrupted []string
		for len(corrupted) < corruptionsPerRound {
			corrupted = append(corrupted, v.corruptValue())
		}
		v.site.createGiveaway(store.Giveaway{Prize: "Neighbour"}) // rows can still be added
		v.site.createTicket("Neighbour", time.Now())
		if !v.readAll(corrupted) || time.Now().After(deadlineAt) {
			return
		}
	}
}

// rowCorrupter writes garbage into the database of a site and reads the site.
type rowCorrupter struct {
	t              *testing.T
	r              *rand.Rand
	db             *sql.DB
	isPostgres     bool
	site           *site
	browser        *browser
	intactGiveaway store.Giveaway
	intactTicket   store.Ticket
	columns        []column
	corruptible    map[string][]string // by table: WHERE clauses that select the rows
}

// column is a column that receives garbage.
type column struct{ table, name, kind string }

// readColumns reads the columns from the database, so that new ones are covered.
func (v *rowCorrupter) readColumns() (columns []column) {
	text := `SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, 2`
	if v.isPostgres {
		text = `SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
			WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
				AND a.attgenerated = '' ORDER BY 1, 2`
	}
	for _, row := range v.query(text, 3) {
		c := column{row[0], row[1], row[2]}
		if !slices.Contains(derivedTables, c.table) && !strings.HasPrefix(c.table, "ticket_text") &&
			!strings.HasPrefix(c.table, "ticket_fts") {
			columns = append(columns, c)
		}
	}
	if len(columns) < 150 {
		v.t.Fatalf("schema has %d columns, want at least 150", len(columns))
	}
	return columns
}

func (v *rowCorrupter) query(text string, width int) (rows [][]string) {
	v.t.Helper()
	found, err := v.db.QueryContext(v.t.Context(), text)
	must(v.t, err)
	defer found.Close()
	for found.Next() {
		row, into := make([]sql.NullString, width), make([]any, width)
		for i := range row {
			into[i] = &row[i]
		}
		must(v.t, found.Scan(into...))
		texts := make([]string, width)
		for i, cell := range row {
			texts[i] = cell.String
		}
		rows = append(rows, texts)
	}
	must(v.t, found.Err())
	return rows
}

// chooseRows chooses some rows of each table by rowid or ctid, because corruption may change keys. The guild and the
// rows that the intact rows depend on are excluded.
func (v *rowCorrupter) chooseRows() {
	v.corruptible = map[string][]string{}
	rowID, condition := "rowid", "rowid = %s"
	if v.isPostgres {
		rowID, condition = "ctid", "ctid = '%s'"
	}
	for _, c := range v.columns {
		if v.corruptible[c.table] != nil {
			continue
		}
		where := "1 = 1"
		switch c.table {
		case "guilds":
			where = "id <> '" + lantern + "'"
		case "members":
			where = "id <> (SELECT member_id FROM tickets WHERE id = '" + v.intactTicket.ID + "')"
		case "giveaways", "tickets":
			where = "id NOT IN ('" + v.intactGiveaway.ID + "', '" + v.intactTicket.ID + "') AND guild_id = '" + lantern + "'"
		}
		v.corruptible[c.table] = []string{}
		for _, row := range v.query("SELECT "+rowID+" FROM "+c.table+" WHERE "+where+" ORDER BY 1 DESC LIMIT "+fmt.Sprint(corruptedRowsPerTable), 1) {
			v.corruptible[c.table] = append(v.corruptible[c.table], fmt.Sprintf(condition, row[0]))
		}
	}
}

// corruptValue writes one value into one column of a chosen row and returns a description, or "" if the database
// refuses the value.
func (v *rowCorrupter) corruptValue() string {
	for range 1000 {
		c := v.columns[v.r.IntN(len(v.columns))]
		rows := v.corruptible[c.table]
		if len(rows) == 0 {
			continue
		}
		i := v.r.IntN(len(rows))
		value := v.badValue(c)
		text := "UPDATE " + c.table + " SET " + c.name + " = $1 WHERE " + rows[i]
		if v.isPostgres {
			text = "UPDATE " + c.table + " SET " + c.name + " = CAST(CAST($1 AS text) AS " + c.kind + ") WHERE " +
				rows[i] + " RETURNING ctid"
			var ctid string
			if v.db.QueryRowContext(v.t.Context(), text, value).Scan(&ctid) != nil {
				continue
			}
			rows[i] = "ctid = '" + ctid + "'"
		} else if _, err := v.db.ExecContext(v.t.Context(), text, value); err != nil {
			continue
		}
		return fmt.Sprintf("%s.%s (%s) = %.60q", c.table, c.name, c.kind, fmt.Sprint(value))
	}
	v.t.Fatal("the database accepts no invalid value")
	return ""
}

var (
	badTexts = []any{
		"", " ", "null", "{", "[", "[1,2]", `{"a":{"b":[null]}}`, "UNKNOWN", "<script>alert(1)</script>", "javascript:alert(1)", "#zzzzzz",
		"\u202e\u0000x"[:3] + "x", strings.Repeat("x", 300_000), strings.Repeat("> ", 2000),
		strings.Repeat("**||", 2000), "e\u0301", "-1", "99999999999999999999",
		"{,}", `{"a"`, "\x01\x1f\x7f", nil,
	}
	badTimes = []any{
		"infinity", "-infinity", "4713-01-01 BC", "294276-12-31", "10000-01-01", "9999-12-31 23:59:59.999", "0001-01-01", "1970-01-01", nil,
	}
	badNumbers = []any{"-1", "0", "-2147483648", "2147483647", nil}
	badJSON    = []any{
		"null", "[]", "{}", `"x"`, "1e300", `[null]`, `[[]]`, `[{"place":"x"}]`, `[{"place":-1,"prize":null}]`, `{"a":[1,{"b":null}]}`,
		strings.Repeat("[", 500) + strings.Repeat("]", 500), nil,
	}
	badLists = []any{"{}", "{NULL}", `{{a,b},{c,d}}`, `{"",x}`, "[5:6]={a,b}", nil}
	badFlags = []any{"true", "false", nil}
	// SQLite accepts any of these in any column.
	badValues = []any{
		math.MinInt64, math.MaxInt64, 9_000_000_000_000_000_00, -62_135_596_800_001, 1.5, 1e308, "x", "",
		[]byte{0xff, 0xfe, 0}, "\xff\xfe", "a\x00b",
		[]byte{}, -1, 0, 253_402_300_800_000, "2026-01-01T00:00:00Z", `{"a`, nil,
	}
)

func (v *rowCorrupter) badValue(c column) any {
	from := badTexts
	switch kind := c.kind; {
	case !v.isPostgres && v.r.IntN(2) == 0:
		from = badValues
	case strings.HasPrefix(kind, "timestamp"):
		from = badTimes
	case strings.HasPrefix(kind, "json"):
		from = badJSON
	case strings.HasSuffix(kind, "[]"):
		from = badLists
	case kind == "boolean":
		from = badFlags
	case kind == "integer" || kind == "bigint":
		from = badNumbers
	}
	return from[v.r.IntN(len(from))]
}

// readAll reads every page, file and stream, and reports whether all of them succeeded.
func (v *rowCorrupter) readAll(written []string) bool {
	v.t.Helper()
	for _, path := range v.paths() {
		status, body := v.fetch(path)
		switch {
		case status >= 500 && path != "/readyz":
			v.t.Errorf("%s: status %d, want less than 500", path, status)
		case status != http.StatusOK && strings.Contains(path, v.intactGiveaway.ID) &&
			!strings.Contains(path, "/draw.json") && !v.isAction(path):
			v.t.Errorf("%s: status %d, want 200", path, status)
		case v.listsIntactRow(path) && !strings.Contains(body, "Neighbour"):
			v.t.Errorf("%s: status %d, want the intact row on the page", path, status)
		}
	}
	if v.t.Failed() {
		v.t.Logf("statements before the failure:\n%s\nlog:\n%s", strings.Join(written, "\n"), v.loggedErrors())
	}
	return !v.t.Failed()
}

// loggedErrors returns the error lines of the log.
func (v *rowCorrupter) loggedErrors() string {
	var lines []string
	for line := range strings.Lines(v.site.log.String()) {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "panic") {
			lines = append(lines, fmt.Sprintf("%.2000s", line))
		}
	}
	return strings.Join(lines, "")
}

// isAction reports whether a page is about an action that is not available for every giveaway.
func (v *rowCorrupter) isAction(path string) bool {
	return slices.ContainsFunc([]string{"/end", "/edit"}, func(end string) bool { return strings.HasSuffix(path, end) })
}

// listsIntactRow reports whether the URL is a list that contains the intact rows.
func (v *rowCorrupter) listsIntactRow(path string) bool {
	if strings.Contains(path, v.intactGiveaway.ID) || strings.Contains(path, v.intactTicket.ID) {
		return !strings.Contains(path, "/entries") && !strings.HasSuffix(path, ".json") && !v.isAction(path) &&
			!strings.HasSuffix(path, "/reply") &&
			!strings.Contains(path, "/notes") && !strings.Contains(path, "/messages/")
	}
	return slices.Contains([]string{
		giveawaysPath, giveawaysPath + "/live", apiGiveaways, giveawaysPath + "/export?format=csv", giveawaysPath + "/export?format=json",
		ticketsPath, ticketsPath + "/live", apiTickets, ticketsPath + "/export?format=csv", ticketsPath + "/export?format=json",
	}, path)
}

// paths returns all readable URLs, derived from the router, for the intact rows and for the corrupted ones.
func (v *rowCorrupter) paths() (paths []string) {
	v.t.Helper()
	corruptID := func(kind string) string { return lantern + "-" + kind + fmt.Sprint(9-v.r.IntN(corruptedRowsPerTable)) }
	common := []string{
		"{guild}", lantern, "{template}", lantern + "-f1", "{panel}", lantern + "-l1", "{category}", lantern + "-k1",
		"{product}", lantern + "-p1",
		"{reply}", lantern + "-y1", "{label}", lantern + "-b1", "{session}", "0123456789abcdef",
		"{message}", v.messageID(), "{section}", "ticket", "/*/", "/",
	}
	replacers := []*strings.Replacer{
		strings.NewReplacer(append(common, "{giveaway}", v.intactGiveaway.ID, "{ticket}", v.intactTicket.ID, "{verb}", "end")...),
		strings.NewReplacer(append(common, "{giveaway}", corruptID("g"), "{ticket}", corruptID("t"), "{verb}", "close")...),
	}
	err := chi.Walk(v.site.Handler().(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if method != http.MethodGet || strings.HasPrefix(route, "/static/") || strings.HasPrefix(route, "/login") || route == "/gallery" {
			return nil
		}
		for _, replacer := range replacers {
			path := replacer.Replace(route)
			if path != "/" {
				path = strings.TrimSuffix(path, "/")
			}
			switch {
			case strings.HasSuffix(path, "/export"):
				paths = append(paths, path+"?format=csv", path+"?format=json", path+"?format=xlsx")
			case path == "/api/events/stream": // forwards published events and reads no rows
			case path == "/search":
				paths = append(paths, path+"?q=member", path+"?q=1")
			default:
				paths = append(paths, path)
			}
		}
		return nil
	})
	must(v.t, err)
	paths = append(paths, giveawaysPath+"?q=neigh", giveawaysPath+"?sort=ending", giveawaysPath+"?sort=prize",
		ticketsPath+"?q=neigh", ticketsPath+"?overdue=yes",
		ticketsPath+"?sort=waiting", giveawaysPath+"?status=active", ticketsPath+"?status=open")
	slices.Sort(paths)
	return slices.Compact(paths)
}

// messageID returns the id of a message of the intact ticket, or an id that does not exist.
func (v *rowCorrupter) messageID() string {
	for _, row := range v.query("SELECT id FROM ticket_messages WHERE ticket_id = '"+v.intactTicket.ID+"' ORDER BY id LIMIT 1", 1) {
		return row[0]
	}
	return "none"
}

// fetch reads a response to its end, or a stream to the end of its first frame.
func (v *rowCorrupter) fetch(path string) (status int, body string) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), deadline)
	defer cancel()
	response := v.browser.do(ctx, http.MethodGet, path, nil)
	defer response.Body.Close()
	var text strings.Builder
	lines := bufio.NewReader(response.Body)
	for {
		line, err := lines.ReadString('\n')
		text.WriteString(line)
		if err != nil || strings.HasSuffix(path, "/live") && line == "\n" && strings.Contains(text.String(), "id:") {
			return response.StatusCode, text.String()
		}
	}
}

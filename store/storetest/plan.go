package storetest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"guildboard/store"
)

// Step is one access of a plan to a table.
type Step struct {
	How   string // SCAN, SEARCH; Seq Scan, Index Scan, …
	Table string // its name on Postgres, its alias on SQLite
	Cond  string // what the index is asked for
}

// Within tells whether the step stays in the guilds that are asked about: it goes to their part of an index, or to a row
// whose id came from there.
func (s Step) Within() bool {
	switch s.Table {
	case "p", "x", "found", "p-1", "e", "v", "n", "c", "CONSTANT":
		// Results of the query itself, and the full text index on SQLite, which is one for all guilds.
		if s.How == "SCAN" {
			return true
		}
	case "ticket_text_trigrams": // the same on Postgres
		return true
	}
	if s.How == "Seq Scan" || s.How == "SCAN" {
		return strings.HasPrefix(s.Table, "(subquery-") // likewise
	}
	for _, key := range []string{"guild_id", "id", "giveaway_id", "ticket_id", "member_id", "user_id", "channel_id", "label_id"} {
		if strings.Contains(s.Cond, "("+key+" = ") || strings.Contains(s.Cond, "("+key+"=?") ||
			strings.Contains(s.Cond, "("+key+" = ANY") || strings.Contains(s.Cond, "(rowid=?") {
			return true
		}
	}
	return strings.HasPrefix(s.Cond, "VIRTUAL TABLE")
}

// Planner tells how the database of a store would make a statement: step by step, and as it says so itself. The store must
// be one of this package's. small says that tables of a test are small enough to be read whole, so that the question is
// whether there is an index at all.
func Planner(t testing.TB, s *store.Store, small bool) func(store.Statement) ([]Step, string) {
	t.Helper()
	db, postgres := beside(t, s)
	if postgres && small {
		got(db.ExecContext(t.Context(), "SET enable_seqscan = off"))(t)
	}
	return func(st store.Statement) (steps []Step, text string) {
		t.Helper()
		args := make([]any, len(st.Args))
		for i, arg := range st.Args {
			if at, is := arg.(time.Time); is {
				arg = at.UTC()
			}
			args[i] = arg
		}
		if postgres {
			row := db.QueryRowContext(t.Context(), "EXPLAIN (FORMAT JSON) "+st.SQL, append([]any{pgx.QueryExecModeExec}, args...)...)
			if err := row.Scan(&text); err != nil {
				t.Fatalf("explaining %s: %v", st.SQL, err)
			}
			return stepsOfPostgres(t, text), text
		}
		rows := got(db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+st.SQL, args...))(t)
		defer rows.Close()
		for rows.Next() {
			var id, parent, unused int
			var detail string
			must(t, rows.Scan(&id, &parent, &unused, &detail))
			text += fmt.Sprintln(detail)
			if how, rest, _ := strings.Cut(detail, " "); how == "SCAN" || how == "SEARCH" {
				table, cond, _ := strings.Cut(rest, " ")
				steps = append(steps, Step{how, table, cond})
			}
		}
		must(t, rows.Err())
		return steps, text
	}
}

func stepsOfPostgres(t testing.TB, text string) (steps []Step) {
	t.Helper()
	type node struct {
		NodeType  string `json:"Node Type"`
		Relation  string `json:"Relation Name"`
		IndexName string `json:"Index Name"`
		IndexCond string `json:"Index Cond"`
		Plans     []node
	}
	var plans []struct{ Plan node }
	must(t, json.Unmarshal([]byte(text), &plans))
	var walk func(n node)
	walk = func(n node) {
		if strings.HasSuffix(n.NodeType, "Scan") && n.NodeType != "Bitmap Heap Scan" && (n.Relation != "" || n.IndexName != "") {
			table := n.Relation
			if table == "" { // a bitmap names only its index
				table = n.IndexName
			}
			steps = append(steps, Step{n.NodeType, table, n.IndexCond})
		}
		for _, child := range n.Plans {
			walk(child)
		}
	}
	for _, p := range plans {
		walk(p.Plan)
	}
	return steps
}

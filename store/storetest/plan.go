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

// PlanStep is one table access of a query plan.
type PlanStep struct {
	Method    string // SCAN, SEARCH; Seq Scan, Index Scan, …
	Table     string // its name on Postgres, its alias on SQLite
	Condition string // index condition
}

// StaysInGuild reports whether the step reads only rows of the queried guilds: by their part of an index, or by ids
// that were found there.
func (s PlanStep) StaysInGuild() bool {
	switch s.Table {
	case "p", "x", "found", "p-1", "e", "v", "n", "c", "CONSTANT":
		// Results of the query itself, and SQLite's full-text index, which covers all guilds.
		if s.Method == "SCAN" {
			return true
		}
	case "ticket_text_trigrams": // the same on Postgres
		return true
	}
	if s.Method == "Seq Scan" || s.Method == "SCAN" {
		return strings.HasPrefix(s.Table, "(subquery-") // likewise
	}
	for _, key := range []string{"guild_id", "id", "giveaway_id", "ticket_id", "member_id", "user_id", "channel_id", "label_id"} {
		if strings.Contains(s.Condition, "("+key+" = ") || strings.Contains(s.Condition, "("+key+"=?") ||
			strings.Contains(s.Condition, "("+key+" = ANY") || strings.Contains(s.Condition, "(rowid=?") {
			return true
		}
	}
	return strings.HasPrefix(s.Condition, "VIRTUAL TABLE")
}

// NewExplainer returns a function that explains a statement: the plan's steps and the database's own output. The
// store must be opened by this package. small means that the test's tables are so small that a full scan would be the
// best plan, so the plan is made as if scans were expensive.
func NewExplainer(t testing.TB, s *store.Store, small bool) func(store.Statement) ([]PlanStep, string) {
	t.Helper()
	db, postgres := openDirect(t, s)
	if postgres && small {
		must(db.ExecContext(t.Context(), "SET enable_seqscan = off"))(t)
	}
	return func(st store.Statement) (steps []PlanStep, text string) {
		t.Helper()
		args := make([]any, len(st.Args))
		for i, arg := range st.Args {
			if at, ok := arg.(time.Time); ok {
				arg = at.UTC()
			}
			args[i] = arg
		}
		if postgres {
			row := db.QueryRowContext(t.Context(), "EXPLAIN (FORMAT JSON) "+st.SQL, append([]any{pgx.QueryExecModeExec}, args...)...)
			if err := row.Scan(&text); err != nil {
				t.Fatalf("explain %s: %v", st.SQL, err)
			}
			return parsePostgresPlan(t, text), text
		}
		rows := must(db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+st.SQL, args...))(t)
		defer rows.Close()
		for rows.Next() {
			var id, parent, unused int
			var detail string
			noError(t, rows.Scan(&id, &parent, &unused, &detail))
			text += fmt.Sprintln(detail)
			if method, details, _ := strings.Cut(detail, " "); method == "SCAN" || method == "SEARCH" {
				table, cond, _ := strings.Cut(details, " ")
				steps = append(steps, PlanStep{method, table, cond})
			}
		}
		noError(t, rows.Err())
		return steps, text
	}
}

func parsePostgresPlan(t testing.TB, text string) (steps []PlanStep) {
	t.Helper()
	type node struct {
		NodeType  string `json:"Node Type"`
		Relation  string `json:"Relation Name"`
		IndexName string `json:"Index Name"`
		IndexCond string `json:"Index Cond"`
		Plans     []node
	}
	var plans []struct{ Plan node }
	noError(t, json.Unmarshal([]byte(text), &plans))
	var walk func(n node)
	walk = func(n node) {
		if strings.HasSuffix(n.NodeType, "Scan") && n.NodeType != "Bitmap Heap Scan" && (n.Relation != "" || n.IndexName != "") {
			table := n.Relation
			if table == "" { // a bitmap scan names only its index
				table = n.IndexName
			}
			steps = append(steps, PlanStep{n.NodeType, table, n.IndexCond})
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

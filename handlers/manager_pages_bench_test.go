package handlers_test

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// BenchmarkPages measures every page of a guild with 5,000 giveaways, 200,000 entries in one of them, 100,000 tickets,
// 500,000 messages and 2,000 ratings, beside two hundred other guilds of the same user: the duration, the number of
// queries and the size of the response. `-benchtime 100x` is enough for a p95.
func BenchmarkPages(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkPages(b, storetest.Open(b)) })
	b.Run("postgres", func(b *testing.B) {
		if os.Getenv("DATABASE_URL") == "" {
			b.Skip("not run on Postgres: DATABASE_URL is not set")
		}
		benchmarkPages(b, storetest.OpenAt(b, storetest.CreateSchema(b)))
	})
}

func benchmarkPages(b *testing.B, on *store.Store) {
	s := newFilledSite(b, on, storetest.LargeGuild, 200)
	statements := map[string]store.Statement{}
	for _, p := range managerPages(bigGuild, storetest.LargeGuild) {
		b.Run(strings.ReplaceAll(p.name, "/", "|"), func(b *testing.B) {
			last := s.serve(b.Context(), p) // fills caches
			if last.status != cmp.Or(p.status, http.StatusOK) {
				b.Fatalf("%s: status %d", p.path, last.status)
			}
			for _, q := range last.queries {
				statements[q.SQL] = q
			}
			var took []time.Duration
			for b.Loop() {
				last = s.serve(b.Context(), p)
				took = append(took, last.duration)
			}
			slices.Sort(took)
			at := func(share float64) float64 {
				return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
			}
			b.ReportMetric(at(0.5), "p50-ms")
			b.ReportMetric(at(0.95), "p95-ms")
			b.ReportMetric(float64(len(last.queries)), "queries")
			b.ReportMetric(float64(last.rawBytes)/1000, "kB")
			b.ReportMetric(float64(last.sentBytes)/1000, "kB-gzip")
			b.ReportMetric(0, "ns/op") // the mean adds nothing to p50
		})
	}
	// If a guild has nearly all rows, Postgres prefers to scan tables, so the check is whether a suitable index exists.
	plan := storetest.NewExplainer(b, on, true)
	large := []string{"giveaways", "giveaway_entries", "tickets", "ticket_text", "ticket_messages", "ticket_events",
		"ticket_ratings", "members", "commands"}
	for _, q := range statements {
		steps, text := plan(q)
		for _, step := range steps {
			if (step.Method == "Seq Scan" || step.Method == "SCAN") && slices.Contains(large, step.Table) {
				b.Errorf("full scan of a large table: %s\n%s", q.SQL, text)
			}
		}
	}
	b.Log(fmt.Sprint(len(statements), " statements explained"))
}

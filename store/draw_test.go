package store_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/draw"
	"guildboard/store/storetest"
)

// newDrawProof returns the public proof of a giveaway with two draw rounds.
func newDrawProof(t *testing.T, s *store.Store) draw.Proof {
	t.Helper()
	storetest.Guild(t, s, "1", "One")
	g := storetest.Giveaway(t, s, "1", store.Giveaway{WinnerCount: 3})
	noError(t, s.CommitDraw(t.Context(), "1", g.ID, 0, draw.NewSeed()))
	for i := range 30 {
		m := storetest.Member(t, s, "1", fmt.Sprint(100+i), "")
		noError(t, s.EnterGiveaway(t.Context(), "1", g.ID, m.ID, 1, i%4, nil))
	}
	undrawn := must(s.DrawProof(t.Context(), "1", g.ID))(t)
	wantErrorIs(t, "Verify before the draw", undrawn.Verify(), draw.ErrNotDrawn)
	wantEqual(t, "seed before the draw", undrawn.Rounds[0].Seed, "")
	noError(t, s.EndGiveaway(t.Context(), "1", g.ID, noon))

	settle := func(round int, excluded []string, replaced []string) []store.Winner {
		seed := must(s.DrawSeed(t.Context(), "1", g.ID, round))(t)
		wantEqual(t, "commitment",
			draw.Commitment(seed), must(s.Giveaway(t.Context(), "1", g.ID))(t).Draws[round].Commitment)
		entries := must(s.DrawEntries(t.Context(), "1", g.ID))(t)
		d := store.DrawOutcome{Round: round, Places: 3, Excluded: excluded, ReplacedWinnerIDs: replaced,
			Entries: entries, At: noon, NextSeed: draw.NewSeed()}
		excludedSet := map[string]bool{}
		for _, id := range excluded {
			excludedSet[id] = true
		}
		for i, id := range draw.Winners(seed, entries, 3, excludedSet) {
			d.Winners = append(d.Winners, store.Winner{User: contract.User{ID: id}, Place: i + 1})
		}
		noError(t, s.FinalizeDraw(t.Context(), "1", g.ID, d))
		wantErrorIs(t, "second FinalizeDraw", s.FinalizeDraw(t.Context(), "1", g.ID, d), store.ErrConflict)
		return must(s.Giveaway(t.Context(), "1", g.ID))(t).Winners
	}
	var ids, rows []string
	for _, w := range settle(0, nil, nil) {
		ids, rows = append(ids, w.User.ID), append(rows, w.ID)
	}
	settle(1, ids, rows)
	return must(s.DrawProof(t.Context(), "1", g.ID))(t)
}

func TestDrawProofVerifyDetectsTampering(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		text := must(json.Marshal(newDrawProof(t, s)))(t)
		read := func() (p draw.Proof) {
			noError(t, json.Unmarshal(text, &p))
			return p
		}
		noError(t, read().Verify())
		wantEqual(t, "seed of the next round", read().Rounds[2].Seed, "")
		for name, tamper := range map[string]func(*draw.Proof){
			"another winner":  func(p *draw.Proof) { p.Rounds[0].Winners[0] = p.Rounds[1].Winners[0] },
			"missing winner":  func(p *draw.Proof) { p.Rounds[1].Winners = p.Rounds[1].Winners[:2] },
			"another seed":    func(p *draw.Proof) { p.Rounds[0].Seed = hex.EncodeToString(draw.NewSeed()) },
			"no seed":         func(p *draw.Proof) { p.Rounds[0].Seed = "" },
			"another weight":  func(p *draw.Proof) { p.Entries[3].Weight++ },
			"missing entry":   func(p *draw.Proof) { p.Entries = p.Entries[1:] },
			"repeated winner": func(p *draw.Proof) { p.Rounds[1].Excluded = nil },
			"more places":     func(p *draw.Proof) { p.Rounds[1].Places = 4 },
		} {
			p := read()
			tamper(&p)
			if err := p.Verify(); err == nil || errors.Is(err, draw.ErrNotDrawn) {
				t.Errorf("%s: Verify() = %v, want an error", name, err)
			}
		}
	})
}

func TestConcurrentFinalizeDrawSucceedsOnce(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		g := storetest.Giveaway(t, s, "1", store.Giveaway{})
		noError(t, s.CommitDraw(t.Context(), "1", g.ID, 0, draw.NewSeed()))
		settle := func(i int) error {
			return s.FinalizeDraw(t.Context(), "1", g.ID, store.DrawOutcome{
				Places: 1, At: noon, NextSeed: draw.NewSeed(), Winners: []store.Winner{{User: contract.User{ID: fmt.Sprint(i)}, Place: 1}},
			})
		}
		wantErrorIs(t, "draw before the end", settle(0), store.ErrConflict)
		noError(t, s.EndGiveaway(t.Context(), "1", g.ID, noon))
		won, lost := runConcurrently(t, 20, settle)
		wantEqual(t, "successful draws", won, 1)
		wantEqual(t, "refused draws", lost, 19)
		wantEqual(t, "winners", len(must(s.Giveaway(t.Context(), "1", g.ID))(t).Winners), 1)
	})
}

// BenchmarkDrawAndVerify measures a draw, a reroll and the verification for 100,000 entrants, without the database.
func BenchmarkDrawAndVerify(b *testing.B) {
	entries := make([]draw.Entry, 100_000)
	for i := range entries {
		entries[i] = draw.Entry{ID: fmt.Sprint(200000000000000000 + i*7919%100_000), Weight: 1 + i%10}
	}
	// the order in which the store returns them
	slices.SortFunc(entries, func(a, b draw.Entry) int { return strings.Compare(a.ID, b.ID) })
	p := draw.Proof{Entries: entries}
	for b.Loop() {
		p.Rounds = nil
		var earlierWinners []string
		for round := range 2 {
			seed, now := draw.NewSeed(), time.Now()
			excludedSet := map[string]bool{}
			for _, id := range earlierWinners {
				excludedSet[id] = true
			}
			r := draw.Round{Round: round, Commitment: draw.Commitment(seed), Seed: hex.EncodeToString(seed), DrawnAt: &now,
				Places: 20, Excluded: slices.Clone(earlierWinners), Winners: draw.Winners(seed, entries, 20, excludedSet),
				Digest: draw.Digest(entries)}
			earlierWinners = append(earlierWinners, r.Winners...)
			p.Rounds = append(p.Rounds, r)
		}
		if err := p.Verify(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDrawEntries measures reading 100,000 entries for a draw.
func BenchmarkDrawEntries(b *testing.B) {
	s := storetest.Open(b)
	g := giveawayWithEntries(b, s, 100_000)
	for b.Loop() {
		if entries := must(s.DrawEntries(b.Context(), "1", g.ID))(b); len(entries) != 100_000 {
			b.Fatal(len(entries))
		}
	}
}

// giveawayWithEntries returns a giveaway with this number of entries.
func giveawayWithEntries(t testing.TB, s *store.Store, entrants int) store.Giveaway {
	t.Helper()
	storetest.Guild(t, s, "1", "One")
	g := storetest.Giveaway(t, s, "1", store.Giveaway{})
	now := "1777636800000"
	if s.OnPostgres() {
		now = "timestamp '2026-05-01 12:00:00'"
	}
	const count = "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < CAST($1 AS integer)) "
	execSQL(t, s, `INSERT INTO members (id, guild_id, discord_id, created_at, updated_at) `+count+
		`SELECT 'm' || i, '1', CAST(1000000 + i AS text), `+now+`, `+now+` FROM s`, entrants)
	execSQL(t, s, `INSERT INTO giveaway_entries (id, giveaway_id, member_id, entries, created_at)
		SELECT 'e' || id, $1, id, 1 + length(id) % 3, `+now+` FROM members`, g.ID)
	return g
}

func TestDrawEntriesReturnsAllSorted(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		g := giveawayWithEntries(t, s, 12_001)
		entries := must(s.DrawEntries(t.Context(), "1", g.ID))(t)
		wantEqual(t, "entries", len(entries), 12_001)
		wantEqual(t, "entries are sorted",
			slices.IsSortedFunc(entries, func(a, b draw.Entry) int { return strings.Compare(a.ID, b.ID) }), true)
		wantEqual(t, "entries in another guild", len(must(s.DrawEntries(t.Context(), "2", g.ID))(t)), 0)
	})
}

func TestDrawEntriesAtBatchBoundaries(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		for _, entrants := range []int{0, 1, 4_999, 5_000, 5_001, 10_000} { // entries are read 5,000 at a time
			g := storetest.Giveaway(t, s, "1", store.Giveaway{})
			storetest.AddEntrants(t, s, g, entrants)
			entries, err := s.DrawEntries(t.Context(), "1", g.ID)
			noError(t, err)
			ids := map[string]bool{}
			for _, e := range entries {
				ids[e.ID] = true
			}
			if len(entries) != entrants || len(ids) != entrants {
				t.Errorf("entries = %d of %d users, want %d", len(entries), len(ids), entrants)
			}
			noError(t, s.DeleteGiveaway(t.Context(), "1", g.ID))
		}
		if entries, err := s.DrawEntries(t.Context(), "2", "nowhere"); len(entries) > 0 || err != nil {
			t.Errorf("entries of another guild = %v, %v, want none", entries, err)
		}
	})
}

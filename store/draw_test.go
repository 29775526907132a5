package store_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// referenceDraw implements the documented draw algorithm as simply as possible.
func referenceDraw(seed []byte, entries []store.DrawEntry, n int, exclude map[string]bool) []string {
	type ticket struct {
		id     string
		weight int64
	}
	var list []ticket
	for _, e := range entries {
		if e.Weight > 0 && !exclude[e.ID] {
			list = append(list, ticket{e.ID, int64(e.Weight)})
		}
	}
	slices.SortFunc(list, func(a, b ticket) int { return strings.Compare(a.id, b.id) })
	var drawn []string
	number := 0
	for len(drawn) < n && len(list) > 0 {
		total := big.NewInt(0)
		for _, e := range list {
			total.Add(total, big.NewInt(e.weight))
		}
		range64 := new(big.Int).Lsh(big.NewInt(1), 64)
		limit := new(big.Int).Mul(new(big.Int).Div(range64, total), total)
		r := new(big.Int)
		for {
			number++
			mac := hmac.New(sha256.New, seed)
			fmt.Fprint(mac, number)
			r.SetUint64(binary.BigEndian.Uint64(mac.Sum(nil)[:8]))
			if r.Cmp(limit) < 0 {
				break
			}
		}
		at := r.Mod(r, total).Int64()
		for i, e := range list {
			if at -= e.weight; at < 0 {
				drawn = append(drawn, e.id)
				list = slices.Delete(list, i, i+1)
				break
			}
		}
	}
	return drawn
}

func TestDrawMatchesReference(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		entries := make([]store.DrawEntry, random.IntN(40))
		for i := range entries {
			entries[i] = store.DrawEntry{ID: fmt.Sprint(i * 7), Weight: random.IntN(5)}
			if random.IntN(4) == 0 {
				entries[i].Weight = int(random.Int64N(1 << 58)) // makes Draw reject some random numbers
			}
		}
		exclude := map[string]bool{"7": true, "21": true}
		seed, n := store.NewSeed(), random.IntN(10)
		want := referenceDraw(seed, entries, n, exclude)
		random.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		if got := store.Draw(seed, entries, n, exclude); !slices.Equal(got, want) {
			t.Fatalf("Draw() = %v, want %v from entries %v", got, want, entries)
		}
	}
}

// TestDrawGolden checks a draw that can be verified by hand. The result must never change, because published draws are
// verified with the current code.
func TestDrawGolden(t *testing.T) {
	seed := []byte("0123456789abcdef0123456789abcdef")
	entries := []store.DrawEntry{{"300", 3}, {"100", 1}, {"200", 2}, {"9", 0}, {"400", 4}}
	wantEqual(t, "commitment",
		store.Commitment(seed), "3eb1bd439947eb762998e566ccc2e099c791118b2f40579cc4f7da2b5061b7f9")
	wantEqual(t, "drawn", strings.Join(store.Draw(seed, entries, 3, map[string]bool{"200": true}), " "), "100 300 400")
	wantEqual(t, "digest",
		store.DrawDigest(entries), "3179f1e56ccbb085710f10247194d6bf398088eada2b7a513ff3d05b1dc0f409")
}

func TestDrawHasNoDuplicates(t *testing.T) {
	entries := []store.DrawEntry{{"1", 1}, {"2", 1_000_000}, {"3", 0}, {"4", -1}, {"5", 1}}
	drawn := store.Draw(store.NewSeed(), entries, 10, map[string]bool{"5": true})
	slices.Sort(drawn)
	wantEqual(t, "drawn", strings.Join(drawn, " "), "1 2")
	wantEqual(t, "winners without entries", len(store.Draw(store.NewSeed(), nil, 3, nil)), 0)
	wantEqual(t, "winners without places", len(store.Draw(store.NewSeed(), entries, 0, nil)), 0)
	twice := store.Draw(store.NewSeed(), []store.DrawEntry{{"1", 1}, {"1", 2}}, 2, nil)
	wantEqual(t, "winners of an entrant with two entries", len(twice), 1)
}

// chiSquaredLimits are the 99.99th percentiles of the chi-squared distribution, by degrees of freedom.
var chiSquaredLimits = map[int]float64{9: 33.7, 19: 50.8}

func TestDrawProbabilityIsProportionalToWeight(t *testing.T) {
	const draws = 40_000
	for name, weight := range map[string]func(i int) int{
		"equal weights":     func(int) int { return 1 },
		"different weights": func(i int) int { return 1 + i%5 },
	} {
		entries, total := make([]store.DrawEntry, 20), 0
		for i := range entries {
			entries[i] = store.DrawEntry{ID: fmt.Sprintf("%03d", i), Weight: weight(i)}
			total += weight(i)
		}
		won := map[string]int{}
		seed := sha256.Sum256([]byte(name)) // a fixed seed, so that the test does not fail by chance
		for range draws {
			seed = sha256.Sum256(seed[:])
			won[store.Draw(seed[:], entries, 1, nil)[0]]++
		}
		chi := 0.0
		for _, e := range entries {
			expected := float64(draws) * float64(e.Weight) / float64(total)
			d := float64(won[e.ID]) - expected
			chi += d * d / expected
		}
		if chi > chiSquaredLimits[len(entries)-1] {
			t.Errorf("%s: chi-squared = %.1f with %d degrees of freedom, over the limit", name, chi, len(entries)-1)
		}
		t.Logf("%s: chi-squared %.1f", name, chi)
	}
}

func TestSecondPlaceIsUniform(t *testing.T) {
	const draws = 40_000
	entries := make([]store.DrawEntry, 10)
	for i := range entries {
		entries[i] = store.DrawEntry{ID: fmt.Sprint(i), Weight: 3}
	}
	second := map[string]int{}
	seed := sha256.Sum256([]byte("second"))
	for range draws {
		seed = sha256.Sum256(seed[:])
		second[store.Draw(seed[:], entries, 2, nil)[1]]++
	}
	chi := 0.0
	for _, e := range entries {
		d := float64(second[e.ID]) - draws/10
		chi += d * d / (draws / 10)
	}
	if chi > chiSquaredLimits[9] {
		t.Errorf("chi-squared = %.1f with 9 degrees of freedom, over the limit", chi)
	}
}

// newDrawProof returns the public proof of a giveaway with two draw rounds.
func newDrawProof(t *testing.T, s *store.Store) store.DrawProof {
	t.Helper()
	storetest.Guild(t, s, "1", "One")
	g := storetest.Giveaway(t, s, "1", store.Giveaway{WinnerCount: 3})
	noError(t, s.CommitDraw(t.Context(), "1", g.ID, 0, store.NewSeed()))
	for i := range 30 {
		m := storetest.Member(t, s, "1", fmt.Sprint(100+i), "")
		noError(t, s.EnterGiveaway(t.Context(), "1", g.ID, m.ID, 1, i%4, nil))
	}
	undrawn := must(s.DrawProof(t.Context(), "1", g.ID))(t)
	wantErrorIs(t, "Verify before the draw", undrawn.Verify(), store.ErrNotDrawn)
	wantEqual(t, "seed before the draw", undrawn.Rounds[0].Seed, "")
	noError(t, s.EndGiveaway(t.Context(), "1", g.ID, noon))

	settle := func(round int, excluded []string, replaced []string) []store.Winner {
		seed := must(s.DrawSeed(t.Context(), "1", g.ID, round))(t)
		wantEqual(t, "commitment",
			store.Commitment(seed), must(s.Giveaway(t.Context(), "1", g.ID))(t).Draws[round].Commitment)
		entries := must(s.DrawEntries(t.Context(), "1", g.ID))(t)
		d := store.DrawOutcome{Round: round, Places: 3, Excluded: excluded, ReplacedWinnerIDs: replaced,
			Entries: entries, At: noon, NextSeed: store.NewSeed()}
		excludedSet := map[string]bool{}
		for _, id := range excluded {
			excludedSet[id] = true
		}
		for i, id := range store.Draw(seed, entries, 3, excludedSet) {
			d.Winners = append(d.Winners, store.Winner{User: store.User{ID: id}, Place: i + 1})
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
		read := func() (p store.DrawProof) {
			noError(t, json.Unmarshal(text, &p))
			return p
		}
		noError(t, read().Verify())
		wantEqual(t, "seed of the next round", read().Rounds[2].Seed, "")
		for name, tamper := range map[string]func(*store.DrawProof){
			"another winner":  func(p *store.DrawProof) { p.Rounds[0].Winners[0] = p.Rounds[1].Winners[0] },
			"missing winner":  func(p *store.DrawProof) { p.Rounds[1].Winners = p.Rounds[1].Winners[:2] },
			"another seed":    func(p *store.DrawProof) { p.Rounds[0].Seed = hex.EncodeToString(store.NewSeed()) },
			"no seed":         func(p *store.DrawProof) { p.Rounds[0].Seed = "" },
			"another weight":  func(p *store.DrawProof) { p.Entries[3].Weight++ },
			"missing entry":   func(p *store.DrawProof) { p.Entries = p.Entries[1:] },
			"repeated winner": func(p *store.DrawProof) { p.Rounds[1].Excluded = nil },
			"more places":     func(p *store.DrawProof) { p.Rounds[1].Places = 4 },
		} {
			p := read()
			tamper(&p)
			if err := p.Verify(); err == nil || errors.Is(err, store.ErrNotDrawn) {
				t.Errorf("%s: Verify() = %v, want an error", name, err)
			}
		}
	})
}

func TestConcurrentFinalizeDrawSucceedsOnce(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		g := storetest.Giveaway(t, s, "1", store.Giveaway{})
		noError(t, s.CommitDraw(t.Context(), "1", g.ID, 0, store.NewSeed()))
		settle := func(i int) error {
			return s.FinalizeDraw(t.Context(), "1", g.ID, store.DrawOutcome{
				Places: 1, At: noon, NextSeed: store.NewSeed(), Winners: []store.Winner{{User: store.User{ID: fmt.Sprint(i)}, Place: 1}},
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
	entries := make([]store.DrawEntry, 100_000)
	for i := range entries {
		entries[i] = store.DrawEntry{ID: fmt.Sprint(200000000000000000 + i*7919%100_000), Weight: 1 + i%10}
	}
	// the order in which the store returns them
	slices.SortFunc(entries, func(a, b store.DrawEntry) int { return strings.Compare(a.ID, b.ID) })
	p := store.DrawProof{Entries: entries}
	for b.Loop() {
		p.Rounds = nil
		var earlierWinners []string
		for round := range 2 {
			seed, now := store.NewSeed(), time.Now()
			excludedSet := map[string]bool{}
			for _, id := range earlierWinners {
				excludedSet[id] = true
			}
			r := store.DrawRound{Round: round, Commitment: store.Commitment(seed), Seed: hex.EncodeToString(seed), DrawnAt: &now,
				Places: 20, Excluded: slices.Clone(earlierWinners), Winners: store.Draw(seed, entries, 20, excludedSet),
				Digest: store.DrawDigest(entries)}
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
			slices.IsSortedFunc(entries, func(a, b store.DrawEntry) int { return strings.Compare(a.ID, b.ID) }), true)
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

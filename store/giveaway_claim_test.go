package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// won is a giveaway with a winner of each of these, by place, who may claim until noon.
func won(t *testing.T, s *store.Store, users ...string) store.Giveaway {
	t.Helper()
	g := storetest.Giveaway(t, s, "1", store.Giveaway{Prize: "Lamp", WinnerCount: len(users), EndsAt: noon.Add(-2 * time.Hour)})
	check(t, s.EndGiveaway(t.Context(), "1", g.ID, noon.Add(-time.Hour)))
	var winners []store.Winner
	for _, user := range users {
		winners = append(winners, store.Winner{User: store.Person{ID: user}, ClaimUntil: ptr(noon)})
	}
	check(t, s.AddWinners(t.Context(), "1", g.ID, winners))
	return must(s.Giveaway(t.Context(), "1", g.ID))(t)
}

func TestAPrizeIsClaimedByItsWinnerInTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		g := won(t, s, "10", "11", "12")
		exec(t, s, "UPDATE giveaways SET updated_at = $1", noon.Add(-24*time.Hour))
		claim := func(guild, user string, at time.Time) error { return s.ClaimPrize(t.Context(), guild, g.ID, user, at) }
		wantError(t, "in another guild", claim("2", "10", noon.Add(-time.Minute)), store.ErrNotFound)
		wantError(t, "no winner", claim("1", "9", noon.Add(-time.Minute)), store.ErrConflict)
		wantError(t, "too late", claim("1", "10", noon), store.ErrConflict)
		check(t, claim("1", "10", noon.Add(-time.Millisecond)))
		wantError(t, "again", claim("1", "10", noon.Add(-time.Millisecond)), store.ErrConflict)
		check(t, s.Reroll(t.Context(), "1", g.ID, []string{g.Winners[1].ID}, nil, noon))
		wantError(t, "rerolled", claim("1", "11", noon.Add(-time.Minute)), store.ErrConflict)
		check(t, s.LapseClaims(t.Context(), "1", g.ID, []string{g.Winners[2].ID}, noon))
		wantError(t, "lapsed", claim("1", "12", noon.Add(-time.Minute)), store.ErrConflict)
		after := must(s.Giveaway(t.Context(), "1", g.ID))(t)
		first := after.Winners[0]
		if !first.Claimed || !first.ClaimedAt.Equal(noon.Add(-time.Millisecond)) || first.LapsedAt != nil {
			t.Errorf("the first is %+v", first)
		}
		if !after.UpdatedAt.After(noon.Add(-24 * time.Hour)) {
			t.Error("the giveaway does not say that it was changed")
		}
	})
}

func TestWhoIsLateIsFoundOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		g := won(t, s, "10", "11", "12")
		other := won(t, s, "10")
		forever := storetest.Giveaway(t, s, "1", store.Giveaway{})
		check(t, s.AddWinners(t.Context(), "1", forever.ID, []store.Winner{{User: store.Person{ID: "10"}}}))
		check(t, s.ClaimPrize(t.Context(), "1", g.ID, "10", noon.Add(-time.Minute)))
		check(t, s.Reroll(t.Context(), "1", g.ID, []string{g.Winners[1].ID}, []store.Winner{{User: store.Person{ID: "13"}, Place: 2, ClaimUntil: ptr(noon.Add(time.Hour))}}, noon))
		late := func(now time.Time) map[string]time.Time {
			found := map[string]time.Time{}
			for _, l := range must(s.DueClaims(t.Context(), now))(t) {
				same(t, "guild", l.GuildID, "1")
				found[l.ID] = l.Until
			}
			return found
		}
		same(t, "before", len(late(noon.Add(-time.Millisecond))), 0)
		now := late(noon)
		same(t, "late", len(now), 2)
		same(t, "until", now[g.ID], noon)
		same(t, "until the last of them", late(noon.Add(time.Hour))[g.ID], noon.Add(time.Hour))
		check(t, s.LapseClaims(t.Context(), "1", g.ID, []string{g.Winners[2].ID}, noon))
		wantError(t, "again", s.LapseClaims(t.Context(), "1", g.ID, []string{g.Winners[2].ID}, noon), store.ErrConflict)
		wantError(t, "who has claimed", s.LapseClaims(t.Context(), "1", g.ID, []string{g.Winners[0].ID}, noon), store.ErrConflict)
		wantError(t, "in another guild", s.LapseClaims(t.Context(), "2", other.ID, []string{other.Winners[0].ID}, noon), store.ErrNotFound)
		if now := late(noon); len(now) != 1 || now[other.ID].IsZero() {
			t.Errorf("late after that: %v", now)
		}
	})
}

// Of a claim and the draw that takes the place away, one is first, and the other has not happened.
func TestAClaimAndItsReplacementExcludeEachOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		for range 10 {
			g := won(t, s, "10")
			check(t, s.CommitDraw(t.Context(), "1", g.ID, 1, store.NewSeed()))
			late := []string{g.Winners[0].ID}
			d := store.Settlement{Round: 1, Places: 1, Gone: late, Late: late, At: noon, Next: store.NewSeed(), Winners: []store.Winner{{User: store.Person{ID: "11"}, Place: 1}}}
			var (
				race           sync.WaitGroup
				claimed, drawn error
			)
			race.Go(func() { claimed = s.ClaimPrize(t.Context(), "1", g.ID, "10", noon.Add(-time.Minute)) })
			race.Go(func() { drawn = s.SettleDraw(t.Context(), "1", g.ID, d) })
			race.Wait()
			after := must(s.Giveaway(t.Context(), "1", g.ID))(t).Winners
			if (claimed == nil) == (drawn == nil) || (claimed == nil) != (len(after) == 1 && after[0].Claimed) || (drawn == nil) != (len(after) == 2) {
				t.Fatalf("claimed: %v, drawn: %v, winners: %+v", claimed, drawn, after)
			}
		}
	})
}

func TestADrawAskedForByHandReplacesNobodyWhoHasClaimedSince(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		g := won(t, s, "10", "11", "12")
		same(t, "unclaimed", len(g.Unclaimed()), 3)
		check(t, s.ClaimPrize(t.Context(), "1", g.ID, "10", noon.Add(-time.Hour)))
		check(t, s.ClaimPrize(t.Context(), "1", g.ID, "11", noon.Add(-2*time.Hour)))              // by a clock that is late
		exec(t, s, "UPDATE giveaway_winners SET claimed = TRUE WHERE id = '"+g.Winners[2].ID+"'") // by another program, that says no time
		check(t, s.CommitDraw(t.Context(), "1", g.ID, 1, store.NewSeed()))
		settle := func(i int, claimed ...string) error {
			w := g.Winners[i]
			return s.SettleDraw(t.Context(), "1", g.ID, store.Settlement{
				Round: 1, Places: 1, Gone: []string{w.ID}, Claimed: claimed, At: noon, Next: store.NewSeed(), Winners: []store.Winner{{User: store.Person{ID: "13"}, Place: w.Place}},
			})
		}
		known := g.Winners[0].ID
		wantError(t, "in place of who has claimed since", settle(1, known), store.ErrConflict)
		wantError(t, "in place of who has claimed at no time", settle(2, known), store.ErrConflict)
		wantError(t, "in place of who has claimed, of which nobody knew", settle(0), store.ErrConflict)
		same(t, "winners", len(must(s.Giveaway(t.Context(), "1", g.ID))(t).Winners), 3)
		check(t, settle(0, known))
		g = must(s.Giveaway(t.Context(), "1", g.ID))(t)
		same(t, "who is replaced", g.Winners[3].User.ID, "10")
		var left []string
		for _, w := range g.Unclaimed() {
			left = append(left, w.User.ID)
		}
		same(t, "unclaimed", strings.Join(left, " "), "13")
	})
}

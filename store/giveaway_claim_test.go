package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/draw"
	"guildboard/store/storetest"
)

// giveawayWithWinners creates a giveaway with one winner for each user, by place, who may claim until noon.
func giveawayWithWinners(t *testing.T, s *store.Store, users ...string) store.Giveaway {
	t.Helper()
	g := storetest.Giveaway(t, s, "1", store.Giveaway{Prize: "Lamp", WinnerCount: len(users), EndsAt: noon.Add(-2 * time.Hour)})
	noError(t, s.EndGiveaway(t.Context(), "1", g.ID, noon.Add(-time.Hour)))
	var winners []store.Winner
	for _, user := range users {
		winners = append(winners, store.Winner{User: contract.User{ID: user}, ClaimDeadline: ptr(noon)})
	}
	noError(t, s.AddWinners(t.Context(), "1", g.ID, winners))
	return must(s.Giveaway(t.Context(), "1", g.ID))(t)
}

// reroll replaces a winner of the giveaway, given by row id, at noon.
func reroll(t *testing.T, s *store.Store, g store.Giveaway, replaced string, winners ...store.Winner) {
	t.Helper()
	noError(t, s.CommitDraw(t.Context(), "1", g.ID, 1, draw.NewSeed()))
	noError(t, s.FinalizeDraw(t.Context(), "1", g.ID, store.DrawOutcome{Round: 1, Places: 1, ReplacedWinnerIDs: []string{replaced},
		Winners: winners, At: noon, NextSeed: draw.NewSeed()}))
}

func TestClaimPrizeChecksWinnerAndDeadline(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		g := giveawayWithWinners(t, s, "10", "11", "12")
		execSQL(t, s, "UPDATE giveaways SET updated_at = $1", noon.Add(-24*time.Hour))
		claim := func(guild, user string, at time.Time) error { return s.ClaimPrize(t.Context(), guild, g.ID, user, at) }
		wantErrorIs(t, "in another guild", claim("2", "10", noon.Add(-time.Minute)), store.ErrNotFound)
		wantErrorIs(t, "no winner", claim("1", "9", noon.Add(-time.Minute)), store.ErrConflict)
		wantErrorIs(t, "after the deadline", claim("1", "10", noon), store.ErrConflict)
		noError(t, claim("1", "10", noon.Add(-time.Millisecond)))
		wantErrorIs(t, "second claim", claim("1", "10", noon.Add(-time.Millisecond)), store.ErrConflict)
		reroll(t, s, g, g.Winners[1].ID)
		wantErrorIs(t, "rerolled winner", claim("1", "11", noon.Add(-time.Minute)), store.ErrConflict)
		noError(t, s.ExpireClaims(t.Context(), "1", g.ID, []string{g.Winners[2].ID}, noon))
		wantErrorIs(t, "expired claim", claim("1", "12", noon.Add(-time.Minute)), store.ErrConflict)
		after := must(s.Giveaway(t.Context(), "1", g.ID))(t)
		first := after.Winners[0]
		if !first.Claimed || !first.ClaimedAt.Equal(noon.Add(-time.Millisecond)) || first.ClaimExpiredAt != nil {
			t.Errorf("first winner = %+v, want it claimed", first)
		}
		if !after.UpdatedAt.After(noon.Add(-24 * time.Hour)) {
			t.Error("UpdatedAt of the giveaway is unchanged, want it newer")
		}
	})
}

func TestDueClaimsListsExpiredClaimsOnce(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		g := giveawayWithWinners(t, s, "10", "11", "12")
		other := giveawayWithWinners(t, s, "10")
		forever := storetest.Giveaway(t, s, "1", store.Giveaway{})
		noError(t, s.AddWinners(t.Context(), "1", forever.ID, []store.Winner{{User: contract.User{ID: "10"}}}))
		noError(t, s.ClaimPrize(t.Context(), "1", g.ID, "10", noon.Add(-time.Minute)))
		reroll(t, s, g, g.Winners[1].ID, store.Winner{User: contract.User{ID: "13"}, Place: 2, ClaimDeadline: ptr(noon.Add(time.Hour))})
		dueClaims := func(now time.Time) map[string]time.Time {
			found := map[string]time.Time{}
			for _, l := range must(s.DueClaims(t.Context(), now))(t) {
				wantEqual(t, "guild", l.GuildID, "1")
				found[l.ID] = l.Deadline
			}
			return found
		}
		wantEqual(t, "due claims before the deadline", len(dueClaims(noon.Add(-time.Millisecond))), 0)
		now := dueClaims(noon)
		wantEqual(t, "due claims", len(now), 2)
		wantEqual(t, "deadline", now[g.ID], noon)
		wantEqual(t, "latest deadline", dueClaims(noon.Add(time.Hour))[g.ID], noon.Add(time.Hour))
		noError(t, s.ExpireClaims(t.Context(), "1", g.ID, []string{g.Winners[2].ID}, noon))
		wantErrorIs(t, "second ExpireClaims",
			s.ExpireClaims(t.Context(), "1", g.ID, []string{g.Winners[2].ID}, noon), store.ErrConflict)
		wantErrorIs(t, "claimed winner",
			s.ExpireClaims(t.Context(), "1", g.ID, []string{g.Winners[0].ID}, noon), store.ErrConflict)
		wantErrorIs(t, "in another guild", s.ExpireClaims(t.Context(), "2", other.ID, []string{other.Winners[0].ID},
			noon), store.ErrNotFound)
		if now := dueClaims(noon); len(now) != 1 || now[other.ID].IsZero() {
			t.Errorf("due claims = %v, want only the other giveaway", now)
		}
	})
}

// TestClaimAndReplacementAreExclusive checks that of a claim and a concurrent draw that replaces the winner exactly one
// succeeds.
func TestClaimAndReplacementAreExclusive(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		for range 10 {
			g := giveawayWithWinners(t, s, "10")
			noError(t, s.CommitDraw(t.Context(), "1", g.ID, 1, draw.NewSeed()))
			expired := []string{g.Winners[0].ID}
			d := store.DrawOutcome{Round: 1, Places: 1, ReplacedWinnerIDs: expired, ExpiredClaimIDs: expired, At: noon,
				NextSeed: draw.NewSeed(), Winners: []store.Winner{{User: contract.User{ID: "11"}, Place: 1}}}
			var (
				wg             sync.WaitGroup
				claimed, drawn error
			)
			wg.Go(func() { claimed = s.ClaimPrize(t.Context(), "1", g.ID, "10", noon.Add(-time.Minute)) })
			wg.Go(func() { drawn = s.FinalizeDraw(t.Context(), "1", g.ID, d) })
			wg.Wait()
			after := must(s.Giveaway(t.Context(), "1", g.ID))(t).Winners
			if (claimed == nil) == (drawn == nil) || (claimed == nil) != (len(after) == 1 && after[0].Claimed) ||
				(drawn == nil) != (len(after) == 2) {
				t.Fatalf("claim error = %v, draw error = %v, winners = %+v, want exactly one success",
					claimed, drawn, after)
			}
		}
	})
}

func TestRerollKeepsWinnersWhoClaimedSince(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		g := giveawayWithWinners(t, s, "10", "11", "12")
		wantEqual(t, "unclaimed winners", len(g.UnclaimedWinners()), 3)
		noError(t, s.ClaimPrize(t.Context(), "1", g.ID, "10", noon.Add(-time.Hour)))
		noError(t, s.ClaimPrize(t.Context(), "1", g.ID, "11", noon.Add(-2*time.Hour))) // by a bot whose clock is slow
		// by another program, which sets no time
		execSQL(t, s, "UPDATE giveaway_winners SET claimed = TRUE WHERE id = '"+g.Winners[2].ID+"'")
		noError(t, s.CommitDraw(t.Context(), "1", g.ID, 1, draw.NewSeed()))
		settle := func(i int, claimed ...string) error {
			w := g.Winners[i]
			return s.FinalizeDraw(t.Context(), "1", g.ID, store.DrawOutcome{
				Round: 1, Places: 1, ReplacedWinnerIDs: []string{w.ID}, ReplacedDespiteClaim: claimed, At: noon,
				NextSeed: draw.NewSeed(), Winners: []store.Winner{{User: contract.User{ID: "13"}, Place: w.Place}},
			})
		}
		claimedID := g.Winners[0].ID
		wantErrorIs(t, "replacing a winner that claimed meanwhile", settle(1, claimedID), store.ErrConflict)
		wantErrorIs(t, "replacing a winner by a wrong claim", settle(2, claimedID), store.ErrConflict)
		wantErrorIs(t, "replacing a winner with an unknown claim", settle(0), store.ErrConflict)
		wantEqual(t, "winners", len(must(s.Giveaway(t.Context(), "1", g.ID))(t).Winners), 3)
		noError(t, settle(0, claimedID))
		g = must(s.Giveaway(t.Context(), "1", g.ID))(t)
		wantEqual(t, "replaced winner", g.Winners[3].User.ID, "10")
		var remaining []string
		for _, w := range g.UnclaimedWinners() {
			remaining = append(remaining, w.User.ID)
		}
		wantEqual(t, "unclaimed winners", strings.Join(remaining, " "), "13")
	})
}

package store_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// createRatedTicket creates a ticket claimed by 20 that was rated this number of days before noon, and returns the
// rating's id.
func createRatedTicket(t *testing.T, s *store.Store, guild string, stars, days int, staff string) string {
	t.Helper()
	at := noon.AddDate(0, 0, -days)
	ticket := storetest.Ticket(t, s, storetest.Member(t, s, guild, "10", "Ada"), store.Ticket{CreatedAt: at})
	if staff != "" {
		noError(t, s.ClaimTicket(t.Context(), guild, ticket.ID, staff, at))
	}
	review := fmt.Sprint("review ", stars)
	r := store.Rating{Stars: stars, CreatedAt: at}
	if stars%2 == 0 {
		r.Review = &review
	}
	noError(t, s.RateTicket(t.Context(), guild, ticket.ID, r))
	return must(s.Ticket(t.Context(), guild, ticket.ID))(t).Rating.ID
}

func TestRatingsAreListedAndCounted(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		storetest.Member(t, s, "1", "20", "Bea")
		createRatedTicket(t, s, "2", 1, 0, "20")
		today := noon.Truncate(24 * time.Hour)
		for _, r := range []struct {
			stars, days int
			staff       string
		}{{5, 0, "20"}, {4, 6, "20"}, {2, 7, "30"}, {5, 83, ""}, {1, 84, "20"}} {
			createRatedTicket(t, s, "1", r.stars, r.days, r.staff)
		}
		list, stats, err := s.Ratings(t.Context(), "1", store.RatingQuery{}, today)
		noError(t, err)
		wantEqual(t, "ratings", len(list.Items), 5)
		wantEqual(t, "stars of the newest", list.Items[0].Stars, 5)
		wantEqual(t, "staff", list.Items[0].Staff, contract.User{ID: "20", Username: "Bea"})
		wantEqual(t, "opener", list.Items[0].Opener.Username, "Ada")
		wantEqual(t, "number", list.Items[4].Number, 5)
		wantEqual(t, "distribution", stats.Stars, [6]int{0, 1, 1, 0, 1, 2})
		wantEqual(t, "average", math.Round(stats.Average()*10), 34)
		wantEqual(t, "staff members", len(stats.Staff), 3)
		wantEqual(t, "first staff member", stats.Staff[0].Staff.Username, "Bea")
		wantEqual(t, "ratings of the first staff member", stats.Staff[0].Count, 3)
		wantEqual(t, "weeks", len(stats.Trend), 12)
		wantEqual(t, "ratings of the last week", stats.Trend[11].Count, 2)
		wantEqual(t, "average of the last week", stats.Trend[11].Average(), 4.5)
		wantEqual(t, "ratings of the week before", stats.Trend[10].Count, 1)
		wantEqual(t, "ratings of another week", stats.Trend[0].Count, 1)
		for label, want := range map[string]struct {
			q store.RatingQuery
			n int
		}{
			"stars": {store.RatingQuery{Stars: 5}, 2}, "staff": {store.RatingQuery{Staff: "20"}, 3},
			"words":        {store.RatingQuery{HasReview: true}, 2},
			"days":         {store.RatingQuery{From: today.AddDate(0, 0, -6), To: today}, 1},
			"pending":      {store.RatingQuery{State: store.RatingPending}, 5},
			"approved":     {store.RatingQuery{State: store.RatingApproved}, 0},
			"ids":          {store.RatingQuery{IDs: []string{list.Items[1].ID, "x"}}, 1},
			"past the end": {store.RatingQuery{Page: 9, PerPage: 3}, 2},
		} {
			found, _, err := s.Ratings(t.Context(), "1", want.q, today)
			noError(t, err)
			wantEqual(t, label, len(found.Items), want.n)
		}
		_, _, err = s.Ratings(t.Context(), "1", store.RatingQuery{State: "odd"}, today)
		wantEqual(t, "error for an unknown state", err != nil, true)
	})
	_, _, err := storetest.OpenBroken(t).Ratings(t.Context(), "1", store.RatingQuery{}, noon)
	wantErrorIs(t, "Ratings", err, store.ErrUnavailable)
}

func TestRatingChangesAreAudited(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		ctx, id, robin := t.Context(), createRatedTicket(t, s, "1", 4, 0, "20"), contract.User{ID: "9", Username: "Robin"}
		state := func() store.RatingState {
			list, _, err := s.Ratings(ctx, "1", store.RatingQuery{IDs: []string{id}}, noon)
			noError(t, err)
			if len(list.Items) == 0 {
				return "gone"
			}
			return list.Items[0].State()
		}
		_, err := s.ChangeRating(ctx, "2", id, robin, contract.VerbRatingApprove)
		wantErrorIs(t, "rating of another guild", err, store.ErrNotFound)
		_, err = s.ChangeRating(ctx, "1", id, robin, contract.VerbRatingUnfeature)
		wantErrorIs(t, "verb that does not match the state", err, store.ErrConflict)
		for _, step := range []struct {
			verb contract.Verb
			want store.RatingState
		}{
			{contract.VerbRatingFeature, store.RatingFeatured}, {contract.VerbRatingUnfeature, store.RatingApproved},
			{contract.VerbRatingFeature, store.RatingFeatured},
			{contract.VerbRatingUnapprove, store.RatingPending}, {contract.VerbRatingApprove, store.RatingApproved},
			{contract.VerbRatingRemove, "gone"},
		} {
			auditID := must(s.ChangeRating(ctx, "1", id, robin, step.verb))(t)
			wantEqual(t, string(step.verb), state(), step.want)
			c := must(s.Command(ctx, "1", auditID))(t)
			wantEqual(t, "verb in the audit log", c.Verb, step.verb)
			wantEqual(t, "actor", c.Actor.Username, "Robin")
			wantEqual(t, "status", c.Status, contract.CommandDone)
			if !json.Valid(c.Data) {
				t.Errorf("data = %s, want JSON", c.Data)
			}
		}
		_, err = s.ChangeRating(ctx, "1", id, robin, contract.VerbRatingApprove)
		wantErrorIs(t, "deleted rating", err, store.ErrNotFound)
	})
	_, err := storetest.OpenBroken(t).ChangeRating(t.Context(), "1", "x", contract.User{}, contract.VerbRatingApprove)
	wantErrorIs(t, "ChangeRatings", err, store.ErrUnavailable)
}

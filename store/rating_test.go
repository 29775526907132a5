package store_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// rated makes a ticket that was claimed by 20 and rated so many days before noon; it returns the rating's id.
func rated(t *testing.T, s *store.Store, guild string, stars, days int, staff string) string {
	t.Helper()
	at := noon.AddDate(0, 0, -days)
	ticket := storetest.Ticket(t, s, storetest.Member(t, s, guild, "10", "Ada"), store.Ticket{CreatedAt: at})
	if staff != "" {
		check(t, s.ClaimTicket(t.Context(), guild, ticket.ID, staff, at))
	}
	review := fmt.Sprint("review ", stars)
	r := store.Rating{Stars: stars, CreatedAt: at}
	if stars%2 == 0 {
		r.Review = &review
	}
	check(t, s.RateTicket(t.Context(), guild, ticket.ID, r))
	return must(s.Ticket(t.Context(), guild, ticket.ID))(t).Rating.ID
}

func TestRatingsAreListedAndCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		storetest.Member(t, s, "1", "20", "Bea")
		rated(t, s, "2", 1, 0, "20")
		today := noon.Truncate(24 * time.Hour)
		for _, r := range []struct {
			stars, days int
			staff       string
		}{{5, 0, "20"}, {4, 6, "20"}, {2, 7, "30"}, {5, 83, ""}, {1, 84, "20"}} {
			rated(t, s, "1", r.stars, r.days, r.staff)
		}
		list, stats, err := s.Ratings(t.Context(), "1", store.RatingQuery{}, today)
		check(t, err)
		same(t, "ratings", len(list.Items), 5)
		same(t, "newest first", list.Items[0].Stars, 5)
		same(t, "staff", list.Items[0].Staff, store.Person{ID: "20", Username: "Bea"})
		same(t, "opener", list.Items[0].Opener.Username, "Ada")
		same(t, "number", list.Items[4].Number, 5)
		same(t, "distribution", stats.Stars, [6]int{0, 1, 1, 0, 1, 2})
		same(t, "average", math.Round(stats.Average()*10), 34)
		same(t, "people", len(stats.Staff), 3)
		same(t, "the busiest", stats.Staff[0].Who.Username, "Bea")
		same(t, "of how many", stats.Staff[0].N, 3)
		same(t, "weeks", len(stats.Trend), 12)
		same(t, "last week", stats.Trend[11].N, 2)
		same(t, "its average", stats.Trend[11].Average(), 4.5)
		same(t, "the week before", stats.Trend[10].N, 1)
		same(t, "the first", stats.Trend[0].N, 1)
		for what, want := range map[string]struct {
			q store.RatingQuery
			n int
		}{
			"stars": {store.RatingQuery{Stars: 5}, 2}, "staff": {store.RatingQuery{Staff: "20"}, 3}, "words": {store.RatingQuery{Reviewed: true}, 2},
			"days": {store.RatingQuery{From: today.AddDate(0, 0, -6), To: today}, 1}, "pending": {store.RatingQuery{State: store.RatingPending}, 5},
			"approved": {store.RatingQuery{State: store.RatingApproved}, 0}, "ids": {store.RatingQuery{IDs: []string{list.Items[1].ID, "x"}}, 1},
			"past the end": {store.RatingQuery{Page: 9, PerPage: 3}, 2},
		} {
			found, _, err := s.Ratings(t.Context(), "1", want.q, today)
			check(t, err)
			same(t, what, len(found.Items), want.n)
		}
		_, _, err = s.Ratings(t.Context(), "1", store.RatingQuery{State: "odd"}, today)
		same(t, "a state that is none", err != nil, true)
	})
	_, _, err := storetest.Broken(t).Ratings(t.Context(), "1", store.RatingQuery{}, noon)
	wantError(t, "listing", err, store.ErrUnavailable)
}

func TestRatingsAreChangedAndWrittenDown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		ctx, id, robin := t.Context(), rated(t, s, "1", 4, 0, "20"), store.Person{ID: "9", Username: "Robin"}
		state := func() store.RatingState {
			list, _, err := s.Ratings(ctx, "1", store.RatingQuery{IDs: []string{id}}, noon)
			check(t, err)
			if len(list.Items) == 0 {
				return "gone"
			}
			return list.Items[0].State()
		}
		_, err := s.ChangeRating(ctx, "2", id, robin, store.VerbRatingApprove)
		wantError(t, "another guild's", err, store.ErrNotFound)
		_, err = s.ChangeRating(ctx, "1", id, robin, store.VerbRatingUnfeature)
		wantError(t, "what it is not", err, store.ErrConflict)
		for _, step := range []struct {
			verb store.Verb
			want store.RatingState
		}{
			{store.VerbRatingFeature, store.RatingFeatured}, {store.VerbRatingUnfeature, store.RatingApproved}, {store.VerbRatingFeature, store.RatingFeatured},
			{store.VerbRatingUnapprove, store.RatingPending}, {store.VerbRatingApprove, store.RatingApproved}, {store.VerbRatingRemove, "gone"},
		} {
			line := must(s.ChangeRating(ctx, "1", id, robin, step.verb))(t)
			same(t, string(step.verb), state(), step.want)
			c := must(s.Command(ctx, "1", line))(t)
			same(t, "in the audit log", c.Verb, step.verb)
			same(t, "by", c.Actor.Username, "Robin")
			same(t, "is done", c.Status, store.CommandDone)
			if !json.Valid(c.Data) {
				t.Errorf("data %s", c.Data)
			}
		}
		_, err = s.ChangeRating(ctx, "1", id, robin, store.VerbRatingApprove)
		wantError(t, "what is gone", err, store.ErrNotFound)
	})
	_, err := storetest.Broken(t).ChangeRating(t.Context(), "1", "x", store.Person{}, store.VerbRatingApprove)
	wantError(t, "changing", err, store.ErrUnavailable)
}

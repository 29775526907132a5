package views

import "guildboard/store"

// statesOfRatings are what members said of tickets that were closed.
func statesOfRatings(v values) []State {
	ratings := []store.RatedTicket{
		{Rating: store.Rating{ID: "r1", TicketID: "t1", Stars: 9, Review: &v.text, CreatedAt: v.at}, Number: 1, Opener: v.who, Staff: v.who},
		{Rating: store.Rating{ID: "r2", TicketID: "t2", Stars: 1, Approved: true, Featured: true, CreatedAt: v.at}, Number: 2, Opener: v.who},
	}
	many := RatingList{
		Filter: v.filter, List: store.List[store.RatedTicket]{Items: ratings, Total: 2, Page: 1, Pages: 2},
		Stats: store.RatingStats{
			Stars: [6]int{0, 1, 0, 0, 0, 3}, Staff: []store.StaffRating{{Who: v.who, N: 3, Sum: 14}, {N: 1, Sum: 1}},
			Trend: []store.RatingWeek{{From: v.at, N: 2, Sum: 9}, {From: v.at.AddDate(0, 0, 7)}},
		},
	}
	none, filtered := RatingList{Filter: Filter{Path: "/guilds/1/ratings"}}, RatingList{Filter: v.filter}
	return []State{
		{"Ratings", "one", Ratings(v.p, v.filter, store.TicketChoices{}, v.live(RatingRows(v.p, many)))},
		{"RatingFiltersAfter", "one", RatingFiltersAfter(v.p, v.filter, store.TicketChoices{})},
		{"RatingRows", "empty", RatingRows(v.p, none)},
		{"RatingRows", "filtered", RatingRows(v.p, filtered)},
		{"RatingRows", "many", RatingRows(v.p, many)},
		{"RatingQuestion", "many", RatingQuestion(v.p, store.VerbRatingRemove, ratings)},
	}
}

package views

import "guildboard/store"

// statesOfRatings are the list of ratings and the question before many of them are changed.
func statesOfRatings(v values) []State {
	choices := store.TicketChoices{Claimers: []store.Person{v.who}}
	plain := Filter{Path: "/guilds/1/ratings", Page: 1}
	narrowed := plain
	narrowed.Stars, narrowed.Staff, narrowed.Words = "5", "3", true
	rating := func(id string, stars int, approved, featured bool) store.RatedTicket {
		return store.RatedTicket{Number: stars, Opener: v.who, Staff: v.who, Rating: store.Rating{
			ID: id, TicketID: "t1", Stars: stars, Review: &v.text, Approved: approved, Featured: featured, CreatedAt: v.at,
		}}
	}
	all := []store.RatedTicket{rating("r1", 5, false, false), rating("r2", 4, true, false), rating("r3", 1, true, true)}
	all[2].Review, all[2].Staff = nil, store.Person{}
	list := func(f Filter, stats store.RatingStats, some ...store.RatedTicket) RatingList {
		return RatingList{Filter: f, Stats: stats, List: store.List[store.RatedTicket]{Items: some, Total: len(some), Page: 1, Pages: 1}}
	}
	stats := store.RatingStats{
		Stars: [6]int{0, 1, 0, 0, 1, 120}, Staff: []store.StaffRating{{Who: v.who, N: 121, Sum: 604}, {N: 1, Sum: 1}},
		Trend: []store.RatingWeek{{From: v.at, N: 2, Sum: 9}, {From: v.at.AddDate(0, 0, 7)}, {From: v.at.AddDate(0, 0, 14), N: 1, Sum: 1}},
	}
	long := stats
	long.Trend = []store.RatingWeek{{From: v.at}}
	return []State{
		{"Ratings", "one", Ratings(v.p, plain, choices, v.live(RatingRows(v.p, list(plain, stats, all[0]))))},
		{"RatingFiltersAfter", "narrowed", RatingFiltersAfter(v.p, narrowed, choices)},
		{"RatingRows", "empty", RatingRows(v.p, list(plain, store.RatingStats{}))},
		{"RatingRows", "none-found", RatingRows(v.p, list(narrowed, stats))},
		{"RatingRows", "many", RatingRows(v.p, list(plain, stats, all...))},
		{"RatingRows", "nobody-lately", RatingRows(v.p, list(plain, long, all...))},
		{"RatingRows", "watcher", RatingRows(v.watcher, list(plain, stats, all...))},
		{"RatingQuestion", "approve", RatingQuestion(v.p, store.VerbRatingApprove, all[:1], "")},
		{"RatingQuestion", "remove", RatingQuestion(v.p, store.VerbRatingRemove, all, v.said)},
	}
}

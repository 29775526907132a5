package gallery

import (
	"guildboard/store"
	"guildboard/store/contract"
	ratingview "guildboard/views/rating"
	"guildboard/views/ui"
)

// statesOfRatings returns the gallery states of the list of ratings and the confirmation page of bulk changes.
func statesOfRatings(v stateFixtures) []State {
	options := store.TicketFilterOptions{Claimers: []contract.User{v.user}}
	plain := ratingview.Filter{Filter: ui.Filter{Path: "/guilds/1/ratings", Page: 1}}
	narrowed := plain
	narrowed.Stars, narrowed.Staff, narrowed.OnlyReviewed = "5", "3", true
	rating := func(id string, stars int, approved, featured bool) store.RatedTicket {
		return store.RatedTicket{Number: stars, Opener: v.user, Staff: v.user, Rating: store.Rating{
			ID: id, TicketID: "t1", Stars: stars, Review: &v.text, Approved: approved, Featured: featured, CreatedAt: v.now,
		}}
	}
	all := []store.RatedTicket{rating("r1", 5, false, false), rating("r2", 4, true, false), rating("r3", 1, true, true)}
	all[2].Review, all[2].Staff = nil, contract.User{}
	list := func(f ratingview.Filter, stats store.RatingStats, items ...store.RatedTicket) ratingview.ListView {
		return ratingview.ListView{Filter: f, Stats: stats, List: store.List[store.RatedTicket]{Items: items,
			Total: len(items), Page: 1, Pages: 1}}
	}
	stats := store.RatingStats{
		Stars: [6]int{0, 1, 0, 0, 1, 120}, Staff: []store.StaffRating{{Staff: v.user, Count: 121, StarSum: 604}, {Count: 1, StarSum: 1}},
		Trend: []store.RatingWeek{{Start: v.now, Count: 2, StarSum: 9}, {Start: v.now.AddDate(0, 0, 7)},
			{Start: v.now.AddDate(0, 0, 14), Count: 1, StarSum: 1}},
	}
	long := stats
	long.Trend = []store.RatingWeek{{Start: v.now}}
	return []State{
		{"rating.List", "one", ratingview.List(v.page, ratingview.Toolbar(v.page, plain, options),
			v.liveRegion(ratingview.Rows(v.page, list(plain, stats, all[0]))))},
		{"ui.ListToolbar", "ratings", ui.ListToolbar(v.page, ratingview.Toolbar(v.page, narrowed, options))},
		{"rating.Rows", "empty", ratingview.Rows(v.page, list(plain, store.RatingStats{}))},
		{"rating.Rows", "none-found", ratingview.Rows(v.page, list(narrowed, stats))},
		{"rating.Rows", "many", ratingview.Rows(v.page, list(plain, stats, all...))},
		{"rating.Rows", "nobody-lately", ratingview.Rows(v.page, list(plain, long, all...))},
		{"rating.Rows", "watcher", ratingview.Rows(v.readOnlyPage, list(plain, stats, all...))},
		{"rating.Confirm", "approve", ratingview.Confirm(v.page, contract.VerbRatingApprove, all[:1], "")},
		{"rating.Confirm", "remove", ratingview.Confirm(v.page, contract.VerbRatingRemove, all, v.cleanText)},
	}
}

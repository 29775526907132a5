// Package rating renders the ratings of tickets.
package rating

import (
	"cmp"
	"strconv"
	"strings"

	"guildboard/store"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// Label returns a short label of a rating: ticket number and stars.
func Label(r store.RatedTicket) string {
	return "#" + strconv.Itoa(r.Number) + " " + strings.Repeat("★", r.Stars)
}

func reviewText(p ui.Page, r store.RatedTicket) string {
	if r.Review == nil {
		return p.T("ratings.noReview")
	}
	return cmp.Or(text.Truncate(*r.Review, 500), p.T("ratings.noReview"))
}

// A trendBar is a week in the rating chart. Its height is the average rating.
type trendBar struct{ x, height int }

func trendBars(weeks []store.RatingWeek) (bars []trendBar) {
	for i, w := range weeks {
		if w.Count > 0 {
			bars = append(bars, trendBar{x: 3 + i*20, height: int(w.Average() * 16)})
		}
	}
	return bars
}

// trendText describes the chart as text.
func trendText(p ui.Page, weeks []store.RatingWeek) string {
	var first, last *store.RatingWeek
	n := 0
	for i := range weeks {
		if weeks[i].Count > 0 {
			if first == nil {
				first = &weeks[i]
			}
			last = &weeks[i]
			n += weeks[i].Count
		}
	}
	if first == nil {
		return p.T("ratings.noTrend")
	}
	return p.T("ratings.trendDescription", "n", n,
		"first", p.Locale.FormatDecimal(first.Average()), "from", p.FormatDay(first.Start),
		"last", p.Locale.FormatDecimal(last.Average()), "to", p.FormatDay(last.Start))
}

package views

import (
	"strconv"
	"strings"
	"time"

	"guildboard/store"
)

// RatingName is what a rating is called in a line.
func RatingName(r store.RatedTicket) string {
	return "#" + strconv.Itoa(r.Number) + " " + strings.Repeat("★", r.Stars)
}

func review(p Page, r store.RatedTicket) string {
	if r.Review == nil {
		return p.T("ratings.noWords")
	}
	return or(shorten(*r.Review, 500), p.T("ratings.noWords"))
}

// decimal is a number with one digit behind the point, or comma.
func (p Page) decimal(n float64) string {
	text := strconv.FormatFloat(n, 'f', 1, 64)
	if p.Locale == Vietnamese {
		text = strings.ReplaceAll(text, ".", ",")
	}
	return text
}

// day is a day of the calendar in the reader's zone.
func (p Page) day(t time.Time) string {
	if p.Locale == Vietnamese {
		return t.In(p.TimeZone()).Format("02/01/2006")
	}
	return t.In(p.TimeZone()).Format("2 Jan 2006")
}

// trendBar is a week in the chart: its height is the average of its ratings, nothing without one.
type trendBar struct{ x, high int }

func trendBars(weeks []store.RatingWeek) (bars []trendBar) {
	for i, w := range weeks {
		if w.N > 0 {
			bars = append(bars, trendBar{x: 3 + i*20, high: int(w.Average() * 16)})
		}
	}
	return bars
}

// trendWords say what the chart shows.
func trendWords(p Page, weeks []store.RatingWeek) string {
	var first, last *store.RatingWeek
	n := 0
	for i := range weeks {
		if weeks[i].N > 0 {
			if first == nil {
				first = &weeks[i]
			}
			last = &weeks[i]
			n += weeks[i].N
		}
	}
	if first == nil {
		return p.T("ratings.noTrend")
	}
	return p.T("ratings.trendWords", "n", n, "first", p.decimal(first.Average()), "from", p.day(first.From), "last", p.decimal(last.Average()), "to", p.day(last.From))
}

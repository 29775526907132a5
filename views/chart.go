package views

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"guildboard/store"
)

// The size of the chart of entries, in units of its own; it is stretched to the width there is.
const (
	chartWide = 600
	chartHigh = 100
)

// entryBars is when people entered a giveaway, ready to be drawn.
type entryBars struct {
	Bars []entryBar // of the same span each, also those in which nobody entered
	Step time.Duration
	Wide int // of a bar
	High int // of the highest
	Most entryBar
}

type entryBar struct {
	From    time.Time
	N, Sum  int // in this span, and up to its end
	X, High int
}

func (b entryBar) id() string { return strconv.FormatInt(b.From.Unix(), 10) }

// barsOf lays out what the store has counted; the counts are in order, step apart or multiples of it.
func barsOf(counts []store.EntryCount, step time.Duration) entryBars {
	c := entryBars{Step: step, High: chartHigh}
	if len(counts) == 0 || step <= 0 {
		return c
	}
	sum := 0
	for _, n := range counts {
		for at := len(c.Bars); at > 0 && c.Bars[at-1].From.Add(step).Before(n.From); at++ {
			c.Bars = append(c.Bars, entryBar{From: c.Bars[at-1].From.Add(step), Sum: sum})
		}
		sum += n.N
		bar := entryBar{From: n.From, N: n.N, Sum: sum}
		if c.Bars = append(c.Bars, bar); bar.N > c.Most.N {
			c.Most = bar
		}
	}
	slot := min(chartWide/len(c.Bars), chartWide/20)
	c.Wide = max(1, slot*4/5)
	for i := range c.Bars {
		c.Bars[i].X = i * slot
		if c.Bars[i].N > 0 {
			c.Bars[i].High = max(2, c.Bars[i].N*chartHigh/max(1, c.Most.N))
		}
	}
	return c
}

func (c entryBars) viewBox() string { return fmt.Sprintf("0 0 %d %d", chartWide, chartHigh+1) }

// line is the sum as it grew, and the ground that the bars stand on.
func (c entryBars) line() string {
	var d strings.Builder
	fmt.Fprintf(&d, "M0 %d", chartHigh)
	for _, bar := range c.Bars {
		all := c.Bars[len(c.Bars)-1].Sum
		fmt.Fprintf(&d, "L%d %d", bar.X+c.Wide/2, chartHigh-bar.Sum*chartHigh/max(1, all))
	}
	return d.String()
}

// words say what there is to be seen.
func (c entryBars) words(p Page) string {
	if len(c.Bars) == 0 {
		return p.T("giveaway.noEntrants")
	}
	first, last := c.Bars[0], c.Bars[len(c.Bars)-1]
	return p.T("chart.words", "n", last.Sum, "from", p.absolute(first.From), "to", p.absolute(last.From.Add(c.Step)),
		"most", c.Most.N, "when", p.absolute(c.Most.From), "step", spanWords(p, c.Step))
}

// spanWords writes a span in its largest whole unit.
func spanWords(p Page, d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return p.N("span.days", int(d/(24*time.Hour)))
	case d%time.Hour == 0:
		return p.N("span.hours", int(d/time.Hour))
	}
	return p.N("span.minutes", int(d/time.Minute))
}

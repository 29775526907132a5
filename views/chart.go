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
	chartWidth  = 600
	chartHeight = 100
)

// entryHistogram is when people entered a giveaway, ready to be drawn.
type entryHistogram struct {
	Bars     []entryBar // of the same span each, also those in which nobody entered
	Step     time.Duration
	BarWidth int // of a bar
	Height   int // of the highest
	Peak     entryBar
}

type entryBar struct {
	From         time.Time
	Count, Total int // in this span, and up to its end
	X, Height    int
}

func (b entryBar) id() string { return strconv.FormatInt(b.From.Unix(), 10) }

// newEntryHistogram lays out what the store has counted; the counts are in order, step apart or multiples of it.
func newEntryHistogram(counts []store.EntryCount, step time.Duration) entryHistogram {
	c := entryHistogram{Step: step, Height: chartHeight}
	if len(counts) == 0 || step <= 0 {
		return c
	}
	sum := 0
	for _, n := range counts {
		for at := len(c.Bars); at > 0 && c.Bars[at-1].From.Add(step).Before(n.From); at++ {
			c.Bars = append(c.Bars, entryBar{From: c.Bars[at-1].From.Add(step), Total: sum})
		}
		sum += n.Count
		bar := entryBar{From: n.From, Count: n.Count, Total: sum}
		if c.Bars = append(c.Bars, bar); bar.Count > c.Peak.Count {
			c.Peak = bar
		}
	}
	slot := min(chartWidth/len(c.Bars), chartWidth/20)
	c.BarWidth = max(1, slot*4/5)
	for i := range c.Bars {
		c.Bars[i].X = i * slot
		if c.Bars[i].Count > 0 {
			c.Bars[i].Height = max(2, c.Bars[i].Count*chartHeight/max(1, c.Peak.Count))
		}
	}
	return c
}

func (c entryHistogram) viewBox() string { return fmt.Sprintf("0 0 %d %d", chartWidth, chartHeight+1) }

// cumulativePath is the sum as it grew, and the ground that the bars stand on.
func (c entryHistogram) cumulativePath() string {
	var d strings.Builder
	fmt.Fprintf(&d, "M0 %d", chartHeight)
	for _, bar := range c.Bars {
		all := c.Bars[len(c.Bars)-1].Total
		fmt.Fprintf(&d, "L%d %d", bar.X+c.BarWidth/2, chartHeight-bar.Total*chartHeight/max(1, all))
	}
	return d.String()
}

// description say what there is to be seen.
func (c entryHistogram) description(p Page) string {
	if len(c.Bars) == 0 {
		return p.T("giveaway.noEntrants")
	}
	first, last := c.Bars[0], c.Bars[len(c.Bars)-1]
	return p.T("chart.words", "n", last.Total, "from", p.formatTime(first.From), "to", p.formatTime(last.From.Add(c.Step)),
		"most", c.Peak.Count, "when", p.formatTime(c.Peak.From), "step", spanText(p, c.Step))
}

// spanText writes a span in its largest whole unit.
func spanText(p Page, d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return p.N("span.days", int(d/(24*time.Hour)))
	case d%time.Hour == 0:
		return p.N("span.hours", int(d/time.Hour))
	}
	return p.N("span.minutes", int(d/time.Minute))
}

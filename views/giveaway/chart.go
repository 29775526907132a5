package giveaway

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"guildboard/store"
	"guildboard/views/ui"
)

// Size of the entry chart in SVG user units. It is scaled to the available width.
const (
	chartWidth  = 600
	chartHeight = 100
)

// An entryHistogram counts the entries of a giveaway over time, with the layout of its chart.
type entryHistogram struct {
	Bars     []entryBar // one per Step, including empty ones
	Step     time.Duration
	BarWidth int
	Height   int // of the highest bar
	Peak     entryBar
}

type entryBar struct {
	From         time.Time
	Count, Total int // entries in this step, and up to its end
	X, Height    int
}

func (b entryBar) id() string { return strconv.FormatInt(b.From.Unix(), 10) }

// minChartEntries is the minimum number of entries for a chart on the page of a giveaway.
const minChartEntries = 10

// NewEntryHistogram lays out counts, which are sorted and whose times differ by multiples of step.
func NewEntryHistogram(counts []store.EntryCount, step time.Duration) entryHistogram {
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
	barSpacing := min(chartWidth/len(c.Bars), chartWidth/20)
	c.BarWidth = max(1, barSpacing*4/5)
	for i := range c.Bars {
		c.Bars[i].X = i * barSpacing
		if c.Bars[i].Count > 0 {
			c.Bars[i].Height = max(2, c.Bars[i].Count*chartHeight/max(1, c.Peak.Count))
		}
	}
	return c
}

func (c entryHistogram) viewBox() string { return fmt.Sprintf("0 0 %d %d", chartWidth, chartHeight+1) }

// cumulativePath returns the SVG path of the cumulative number of entries.
func (c entryHistogram) cumulativePath() string {
	var d strings.Builder
	fmt.Fprintf(&d, "M0 %d", chartHeight)
	for _, bar := range c.Bars {
		all := c.Bars[len(c.Bars)-1].Total
		fmt.Fprintf(&d, "L%d %d", bar.X+c.BarWidth/2, chartHeight-bar.Total*chartHeight/max(1, all))
	}
	return d.String()
}

// description describes the chart as text.
func (c entryHistogram) description(p ui.Page) string {
	if len(c.Bars) == 0 {
		return p.T("giveaway.noEntrants")
	}
	first, last := c.Bars[0], c.Bars[len(c.Bars)-1]
	return p.T("chart.description", "n", last.Total, "from", p.FormatTime(first.From), "to", p.FormatTime(last.From.Add(c.Step)),
		"most", c.Peak.Count, "when", p.FormatTime(c.Peak.From), "step", intervalText(p, c.Step))
}

// intervalText formats a duration in the largest unit that divides it: days, hours or minutes.
func intervalText(p ui.Page, d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return p.N("span.days", int(d/(24*time.Hour)))
	case d%time.Hour == 0:
		return p.N("span.hours", int(d/time.Hour))
	}
	return p.N("span.minutes", int(d/time.Minute))
}

//go:build linux

package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// A table holds the measurements of all rounds: by scenario, metric and system, one value per round.
type table struct {
	systems []string
	rows    []*tableRow
}

type tableRow struct {
	scenario, metric, unit string
	values                 map[string][]float64 // values by system
}

// add adds the metrics of a round with a system.
func (t *table) add(scenario, system string, metrics []metric) {
	for _, f := range metrics {
		row := t.row(scenario, f)
		row.values[system] = append(row.values[system], f.value)
	}
}

func (t *table) row(scenario string, f metric) *tableRow {
	for _, r := range t.rows {
		if r.scenario == scenario && r.metric == f.name {
			return r
		}
	}
	r := &tableRow{scenario, f.name, f.unit, map[string][]float64{}}
	t.rows = append(t.rows, r)
	return r
}

// print writes the medians, and the median over all rounds of the ratio of the last system to the first.
func (t *table) print(out io.Writer) error {
	var b strings.Builder
	scenario := ""
	for _, r := range t.rows {
		if r.scenario != scenario {
			scenario = r.scenario
			fmt.Fprintf(&b, "\n%s\n%-48s", scenario, "")
			for _, s := range t.systems {
				fmt.Fprintf(&b, "%12s", s)
			}
			fmt.Fprintf(&b, "%12s   of the rounds\n", "ratio")
		}
		fmt.Fprintf(&b, "  %-46s", rowLabel(r))
		for _, s := range t.systems {
			fmt.Fprintf(&b, "%12s", formatNumber(median(r.values[s])))
		}
		if ratios := r.ratios(t.systems[0], t.systems[len(t.systems)-1]); len(ratios) > 0 {
			fmt.Fprintf(&b, "%12s   %s to %s",
				formatNumber(median(ratios)), formatNumber(slices.Min(ratios)), formatNumber(slices.Max(ratios)))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func rowLabel(r *tableRow) string {
	if r.unit == "" {
		return r.metric
	}
	return r.metric + ", " + r.unit
}

// ratios returns the ratio of each round; nil if a baseline's value is not positive.
func (r *tableRow) ratios(baseline, system string) (ratios []float64) {
	for i := range min(len(r.values[baseline]), len(r.values[system])) {
		if r.values[baseline][i] <= 0 {
			return nil
		}
		ratios = append(ratios, r.values[system][i]/r.values[baseline][i])
	}
	return ratios
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// formatNumber formats a number with three significant digits.
func formatNumber(v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case math.Abs(v) >= 100 || v == 0:
		return fmt.Sprintf("%.0f", v)
	case math.Abs(v) >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

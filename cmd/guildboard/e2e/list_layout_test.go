//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// listLayout measures the list of the page.
type listLayout struct {
	Rows       int      // rows of the list
	Visible    int      // rows that are visible as a whole
	FirstTop   float64  // distance of the first row from the top of the window, in px
	HeadHeight float64  // height of the row of headings, in px; 0 if it is hidden
	Problems   []string // headings and cells that are not readable
}

const measureList = `(() => {
	const bar = document.querySelector('.nav');
	const bottom = getComputedStyle(bar).position === 'fixed' ? bar.getBoundingClientRect().top : innerHeight;
	const rows = [...document.querySelectorAll('#rows > tr')].map(row => row.getBoundingClientRect());
	const head = document.querySelector('.list thead');
	if (!head) {
		return { Rows: 0 };
	}
	const isShown = head.getBoundingClientRect().height > 2;
	const problems = [];
	for (const th of isShown ? head.querySelectorAll('th') : []) {
		if (th.checkVisibility() && th.scrollWidth > th.clientWidth) {
			problems.push('heading is cut off: ' + th.textContent.trim());
		}
		if (th.checkVisibility() && th.clientWidth < 34) {
			problems.push('column is too narrow: ' + th.textContent.trim());
		}
	}
	for (const element of document.querySelectorAll('#rows :not(.visually-hidden)')) {
		const isCut = element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).textOverflow === 'ellipsis';
		if (isCut && !element.closest('[title]')) {
			problems.push('text without a tooltip is cut off: ' + element.textContent.trim());
		}
		if (isCut && element.matches('.person > span:last-child') && [...element.textContent.trim()].length <= 12) {
			problems.push('name of at most 12 characters is cut off: ' + element.textContent.trim());
		}
	}
	return {
		Rows: rows.length, Visible: rows.filter(r => r.top >= 0 && r.bottom <= bottom).length, FirstTop: rows[0].top,
		HeadHeight: isShown ? head.getBoundingClientRect().height : 0, Problems: problems,
	};
})()`

// TestListsPutRowsFirst measures how much of the first screen is rows.
func TestListsPutRowsFirst(t *testing.T) {
	t.Parallel()
	d := startDemo(t) // other tests change what the shared one shows above its lists
	b := newSignedInUser(t, d.url).openWindow("/guilds")
	lists := []pageView{
		{"giveaways", giveawaysPath(busyGuild)}, {"tickets", ticketsPath(busyGuild)},
		{"tickets-unclaimed", ticketsPath(busyGuild) + "?status=open"}, {"tickets-closed", ticketsPath(busyGuild) + "?status=closed"},
		{"ratings", overviewPath(busyGuild) + "/ratings"}, {"audit", overviewPath(busyGuild) + "/audit"},
	}
	for _, v := range memberViews(t, b) {
		if strings.HasPrefix(v.name, "entrants-") && v.name != "entrants-pending" || v.name == "templates" {
			lists = append(lists, v)
		}
	}
	for _, lang := range []string{"en", "vi"} {
		b.setLanguage(lang)
		for density, minRows := range map[string]int{"": 9, "compact": 13} {
			for _, v := range lists {
				b.openView(v)
				b.runScript(`document.documentElement.dataset.density = ` + quoteJS(density))
				b.do(chromedp.EmulateViewport(1280, 800))
				got := evaluate[listLayout](b, measureList)
				name := v.name + " in " + lang + " at 1280 × 800 " + density
				if got.Rows == 0 {
					if !strings.HasPrefix(v.name, "entrants-") { // the simulation decides who enters
						t.Errorf("%s: no rows", name)
					}
					continue
				}
				if want := min(minRows, got.Rows); got.Visible < want {
					t.Errorf("%s: visible rows = %d, want at least %d", name, got.Visible, want)
				}
				if got.HeadHeight == 0 || got.HeadHeight > 40 {
					t.Errorf("%s: height of the headings = %.0f px, want one line", name, got.HeadHeight)
				}
				for _, problem := range got.Problems {
					t.Errorf("%s: %s", name, problem)
				}
				if density != "" {
					continue
				}
				b.do(chromedp.EmulateViewport(390, 844))
				got = evaluate[listLayout](b, measureList)
				if name = v.name + " in " + lang + " at 390 × 844"; got.FirstTop > 330 || got.Visible < min(4, got.Rows) {
					t.Errorf("%s: first row at %.0f px, visible rows = %d, want at most 330 px and at least %d",
						name, got.FirstTop, got.Visible, min(4, got.Rows))
				}
			}
		}
	}
}

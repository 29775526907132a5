//go:build e2e

package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

func TestPagesWorkWithoutJavaScript(t *testing.T) {
	d := demoServer(t)
	p := newProxy(t, d.url)
	r := newBrowserUser(t, p.url)
	b := r.firstTab
	callCDP(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})

	b.visit(giveawaysPath(busyGuild))
	b.waitForPath("/login")
	b.clickAndWaitForPage("#sign-in") // a form's button
	b.waitForPath(giveawaysPath(busyGuild))
	if evaluate[bool](b, `typeof htmx !== 'undefined'`) {
		t.Fatal("scripts run, want them disabled")
	}
	b.waitFor("the live status shows that the page is not live",
		`document.getElementById('live-status').textContent.startsWith('Not live')`)

	b.clickAndWaitForPage(".brand")
	b.waitForPath("/")
	b.clickAndWaitForPage("#all-guilds")
	b.waitForPath("/guilds")
	b.clickAndWaitForPage("#guild-" + busyGuild + " a")
	b.waitForPath(overviewPath(busyGuild))
	b.clickAndWaitForPage(`.nav a[href$="/giveaways"]`)
	b.waitForPath(giveawaysPath(busyGuild))

	// The form of the list, its tabs and its pages.
	total := numberIn(b, "#tab-all .count")
	b.do(chromedp.SendKeys(chromedp.CSS("#q"), "nitro"))
	b.clickAndWaitForPage("#filters > noscript button")
	b.waitFor("the list shows the search results",
		`new URLSearchParams(location.search).get('q') === 'nitro' && document.getElementById('q').value === 'nitro'`)
	if n := numberIn(b, "#live-summary"); n == 0 || n >= total {
		t.Errorf("search found %d of %d giveaways, want some but not all: %s", n, total,
			evaluate[string](b, textExpression("#live-summary")))
	}
	b.clickAndWaitForPage("#clear")
	b.clickAndWaitForPage("#tab-ended")
	b.waitFor("only ended giveaways are listed",
		`location.search === '?status=ended' &&
			document.querySelectorAll('#rows tr[data-state=ended]').length === document.querySelectorAll('#rows tr').length`)
	b.clickAndWaitForPage("#page-next")
	b.waitFor("the second page is shown",
		`location.search.startsWith('?status=ended&page=2&after=') && document.querySelector('#page-2[aria-current]')`)

	b.clickAndWaitForPage("#rows tr .cell-main a")
	b.waitForElement("#giveaway")
	b.clickAndWaitForPage(`.nav a[href$="/tickets"]`)
	b.clickAndWaitForPage("#rows tr .cell-main a")
	b.waitForElement("#ticket")

	b.click("#me > summary")
	b.clickAndWaitForPage(`#me a[href="/sessions"]`)
	b.waitForPath("/sessions")
	b.click("#me > summary")
	b.clickAndWaitForPage(`#me form[action="/logout"] button`)
	b.waitForPath("/login")
	b.visit(overviewPath(busyGuild))
	b.waitForPath("/login")
}

// clickAndWaitForPage clicks a link or a button that opens another page, and waits until that has loaded.
func (b *tab) clickAndWaitForPage(selector string) {
	b.t.Helper()
	b.runScript(`document.here = true`)
	b.click(selector)
	b.waitFor(selector+" opens another page", `!document.here && document.readyState === 'complete'`)
}

// waitForPath waits until the page at a path has loaded.
func (b *tab) waitForPath(path string) {
	b.t.Helper()
	b.waitFor("the page at "+path+" has loaded", `location.pathname === '`+path+`' && document.readyState === 'complete'`)
}

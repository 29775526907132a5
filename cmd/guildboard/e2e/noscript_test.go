//go:build e2e

package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

func TestEverythingWorksWithoutScripts(t *testing.T) {
	d := demo(t)
	p := newProxy(t, d.url)
	r := newReader(t, p.url)
	b := r.first
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})

	b.visit(giveawaysPath(busyGuild))
	b.at("/login")
	b.follow("#sign-in") // a form's button
	b.at(giveawaysPath(busyGuild))
	if js[bool](b, `typeof htmx !== 'undefined'`) {
		t.Fatal("scripts run")
	}
	b.until("the page does not say that it is live", `document.getElementById('live-status').textContent.startsWith('Not live')`)

	b.follow(".brand")
	b.at("/")
	b.follow("#all-guilds")
	b.at("/guilds")
	b.follow("#guild-" + busyGuild + " a")
	b.at(overviewPath(busyGuild))
	b.follow(`.nav a[href$="/giveaways"]`)
	b.at(giveawaysPath(busyGuild))

	// The form of the list, its tabs and its pages.
	all := figure(b, "#tab-all .count")
	b.do(chromedp.SendKeys(chromedp.CSS("#q"), "nitro"))
	b.follow("#filters noscript button")
	b.until("what was searched for is listed", `new URLSearchParams(location.search).get('q') === 'nitro' && document.getElementById('q').value === 'nitro'`)
	if n := figure(b, "#live-summary"); n == 0 || n >= all {
		t.Errorf("%d of %d are found: %s", n, all, js[string](b, textOf("#live-summary")))
	}
	b.follow("#clear")
	b.follow("#tab-ended")
	b.until("the ended are listed", `location.search === '?status=ended' && document.querySelectorAll('#rows tr[data-state=ended]').length === document.querySelectorAll('#rows tr').length`)
	b.follow("#page-next")
	b.until("the second page is shown",
		`location.search.startsWith('?status=ended&page=2&after=') && document.querySelector('#page-2[aria-current]')`)

	b.follow("#rows tr .cell-main a")
	b.has("#giveaway")
	b.follow(`.nav a[href$="/tickets"]`)
	b.follow("#rows tr .cell-main a")
	b.has("#ticket")

	b.click("#me > summary")
	b.follow(`#me a[href="/sessions"]`)
	b.at("/sessions")
	b.click("#me > summary")
	b.follow(`#me form[action="/logout"] button`)
	b.at("/login")
	b.visit(overviewPath(busyGuild))
	b.at("/login")
}

// follow clicks what leads to another page, and waits until that is there.
func (b *tab) follow(selector string) {
	b.t.Helper()
	b.run(`document.here = true`)
	b.click(selector)
	b.until(selector+" leads to another page", `!document.here && document.readyState === 'complete'`)
}

// at waits until the address has a path.
func (b *tab) at(path string) {
	b.t.Helper()
	b.until("the address is "+path, `location.pathname === '`+path+`' && document.readyState === 'complete'`)
}

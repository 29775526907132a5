//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"guildboard/cmd/internal/browsers"
	"guildboard/store/discord/discordtest"
	"guildboard/store/storetest"
)

// A sharedBrowser is a browser that all tests of the run share.
type sharedBrowser struct {
	once    sync.Once
	browser browsers.Browser
	err     error
}

var sharedBrowsers = map[browsers.Kind]*sharedBrowser{browsers.Chromium: {}, browsers.Firefox: {}, browsers.WebKit: {}}

// startTimeout bounds the start of a browser on a busy machine.
const startTimeout = 2 * time.Minute

// startBrowser returns the run's browser of a kind and starts it on first use. It skips the test when the browser is
// not installed, and fails it on CI.
func startBrowser(t testing.TB, kind browsers.Kind) browsers.Browser {
	t.Helper()
	e := sharedBrowsers[kind]
	e.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
		defer cancel()
		if e.browser, e.err = browsers.Start(ctx, kind); e.err == nil {
			addRunCleanup(e.browser.Close)
		}
	})
	if errors.Is(e.err, browsers.ErrMissing) {
		skipMissing(t, strings.TrimSuffix(e.err.Error(), ": "+browsers.ErrMissing.Error()))
	}
	must(t, e.err)
	return e.browser
}

// A visitor is a user in a browser of any kind, with isolated cookies and one page.
type visitor struct {
	t      testing.TB
	origin string
	page   browsers.Page
}

func newVisitor(t testing.TB, kind browsers.Kind, origin string) *visitor {
	t.Helper()
	b := startBrowser(t, kind)
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	page, err := b.NewPage(ctx)
	must(t, err)
	v := &visitor{t, origin, page}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("page at the end of the test: %s", v.describe())
		}
		_ = page.Close() // the browser ends with the run
	})
	return v
}

// do runs a browser operation and fails the test on an error.
func (v *visitor) do(label string, f func(ctx context.Context) error) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), operationTimeout)
	defer cancel()
	if err := f(ctx); err != nil {
		v.t.Fatalf("%s: %v\npage: %s", label, err, v.describe())
	}
}

func (v *visitor) visit(path string) {
	v.t.Helper()
	v.do("open "+path, func(ctx context.Context) error { return v.page.Navigate(ctx, v.origin+path) })
}

func (v *visitor) click(selector string) {
	v.t.Helper()
	v.do("click "+selector, func(ctx context.Context) error { return v.page.Click(ctx, selector) })
}

func (v *visitor) typeText(selector, text string) {
	v.t.Helper()
	v.do("type into "+selector, func(ctx context.Context) error { return v.page.Type(ctx, selector, text) })
}

func (v *visitor) goBack() {
	v.t.Helper()
	v.do("go back", v.page.Back)
}

// waitFor waits until an expression of the page is true. label describes the condition in failures.
func (v *visitor) waitFor(label, expression string) {
	v.t.Helper()
	v.waitForWithin(defaultTimeout, label, expression)
}

func (v *visitor) waitForWithin(limit time.Duration, label, expression string) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := browsers.WaitUntil(ctx, v.page, expression); err != nil {
		v.t.Fatalf("timeout after %v waiting until %s: %v\npage: %s", limit, label, err, v.describe())
	}
}

// waitMatchesFreshPage waits until the live region equals that of a newly loaded page, element for element.
func (v *visitor) waitMatchesFreshPage() {
	v.t.Helper()
	v.waitFor("the live region equals that of a fresh page", diffWithFreshPage+".then(diff => diff === '')")
}

func (v *visitor) describe() string {
	ctx, cancel := context.WithTimeout(context.Background(), operationTimeout)
	defer cancel()
	var s string
	err := v.page.Evaluate(ctx, `[location.href, document.readyState, 'hidden=' + document.hidden,
		'mark=' + document.documentElement.dataset.live, document.getElementById('live-status')?.textContent,
		'rows=' + document.querySelectorAll('#rows tr').length,
		document.getElementById('toasts')?.textContent].join(' | ')`, &s)
	if err != nil {
		return err.Error()
	}
	return s
}

// isLiveExpression is true when the live status is "live", in its attribute and in its text.
const isLiveExpression = `document.documentElement.dataset.live === 'live' &&
	document.getElementById('live-status').textContent === document.getElementById('live-status').dataset.live`

// signInWith signs in a manager of a new guild.
func (d *dashboardServer) signInWith(t *testing.T, kind browsers.Kind) (v *visitor, guild string) {
	t.Helper()
	v, guild = newVisitor(t, kind, d.publicProxy.url), newSnowflake("8")
	user, name := newSnowflake("9"), "Guild for "+string(kind)
	storetest.Guild(t, d.store, guild, name)
	d.discord.SetUser(discordtest.User{ID: user, Username: "keeper"},
		discordtest.Guild{ID: guild, Name: name, Permissions: "32"})
	d.signInMu.Lock()
	defer d.signInMu.Unlock()
	d.discord.SetBrowserUser(user)
	v.visit("/login")
	v.click("#sign-in")
	v.waitFor("the visitor is signed in", `location.pathname === '/' && document.readyState === 'complete'`)
	return v, guild
}

// TestCoreInEveryBrowser runs the core flows in every browser: sign in, show a live change, filter, go back, act, and
// reconnect after the server was killed.
func TestCoreInEveryBrowser(t *testing.T) {
	t.Parallel()
	d := newDashboardServer(t, availableRedis(t)) // not shared, because the test kills it
	d.startWorkers(t, 1)
	for _, kind := range browsers.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			v, guild := d.signInWith(t, kind)
			d.checkLiveChanges(t, v, guild)
			d.checkFilterAndBack(t, v, guild)
			d.checkAction(t, v, guild)
			d.checkRestart(t, v, guild)
		})
	}
}

func (d *dashboardServer) checkLiveChanges(t *testing.T, v *visitor, guild string) {
	t.Helper()
	d.createGiveawaySilently(t, guild, "A paper lantern")
	v.visit(giveawaysPath(guild))
	v.waitFor("the live status is live", isLiveExpression)
	g := d.createGiveaway(t, guild, "A bell")
	v.waitFor("a new giveaway is listed", isListedExpression(g.ID))
	d.enterGiveaway(t, g)
	v.waitFor("an entry is counted", fmt.Sprintf(`document.querySelector('#entries-%s').dataset.entries === '1'`, g.ID))
}

func (d *dashboardServer) checkFilterAndBack(t *testing.T, v *visitor, guild string) {
	t.Helper()
	v.click("#tab-ended")
	v.waitFor("no ended giveaway is listed", `location.search === '?status=ended' &&
		document.querySelector('#tab-ended').hasAttribute('aria-current') && !document.querySelector('#rows tr')`)
	v.goBack()
	v.waitFor("Back shows the whole list",
		`location.search === '' && document.querySelectorAll('#rows tr').length === 2`)
	v.waitFor("the list is live", isLiveExpression)
	g := d.createGiveaway(t, guild, "A second bell")
	v.waitFor("a new giveaway is listed after Back", isListedExpression(g.ID))
	v.waitMatchesFreshPage()

	v.typeText("#q", "lantern")
	v.waitFor("the search finds one giveaway", `location.search === '?q=lantern' &&
		document.querySelectorAll('#rows tr').length === 1 && document.activeElement.id === 'q'`)
	matching := d.createGiveaway(t, guild, "A glass lantern")
	v.waitFor("the search results are live", isListedExpression(matching.ID))
	v.waitMatchesFreshPage()
	v.visit(giveawaysPath(guild))
	v.waitFor("the live status is live", isLiveExpression)
}

func (d *dashboardServer) checkAction(t *testing.T, v *visitor, guild string) {
	t.Helper()
	g := d.createGiveaway(t, guild, "A lamp to pause")
	v.waitFor("the giveaway is listed", isListedExpression(g.ID))
	v.click("#menu-" + g.ID + " > summary")
	v.click("#pause-" + g.ID)
	v.waitFor("the bot has paused the giveaway", `document.querySelector('#g-`+g.ID+`')?.dataset.state === 'paused'`)
}

func (d *dashboardServer) checkRestart(t *testing.T, v *visitor, guild string) {
	t.Helper()
	d.server.killAndWait()
	duringRestart := d.createGiveaway(t, guild, "A change during the restart")
	v.waitFor("the text of the live status shows that the page is not live",
		`document.documentElement.dataset.live !== 'live' &&
		document.getElementById('live-status').textContent !== document.getElementById('live-status').dataset.live`)
	d.server.start(t)
	waitReady(t, d.url, d.server)
	v.waitFor("the page is live again and shows the missed giveaway",
		isLiveExpression+" && "+isListedExpression(duringRestart.ID))
	g := d.createGiveaway(t, guild, "A change after the restart")
	v.waitFor("the next change is listed", isListedExpression(g.ID))
	v.waitMatchesFreshPage()
}

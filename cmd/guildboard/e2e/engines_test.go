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

// An engine is a browser that all tests of the run share.
type engine struct {
	once    sync.Once
	browser browsers.Browser
	err     error
}

var engines = map[browsers.Kind]*engine{browsers.Chromium: {}, browsers.Firefox: {}, browsers.WebKit: {}}

// startTime bounds the start of a browser on a busy machine.
const startTime = 2 * time.Minute

// engineOf starts the browser that the run has of a kind. The test is skipped when it is not installed, except on CI.
func engineOf(t testing.TB, kind browsers.Kind) browsers.Browser {
	t.Helper()
	e := engines[kind]
	e.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), startTime)
		defer cancel()
		if e.browser, e.err = browsers.Start(ctx, kind); e.err == nil {
			finally(e.browser.Close)
		}
	})
	if errors.Is(e.err, browsers.ErrMissing) {
		missing(t, strings.TrimSuffix(e.err.Error(), ": "+browsers.ErrMissing.Error()))
	}
	must(t, e.err)
	return e.browser
}

// A visitor is a person at a browser of any kind, with cookies of their own and one page.
type visitor struct {
	t      testing.TB
	origin string
	page   browsers.Page
}

func newVisitor(t testing.TB, kind browsers.Kind, origin string) *visitor {
	t.Helper()
	b := engineOf(t, kind)
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	page, err := b.NewPage(ctx)
	must(t, err)
	v := &visitor{t, origin, page}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the page at the end: %s", v.state())
		}
		_ = page.Close() // the browser ends with the run
	})
	return v
}

// do has the browser do something that must not fail.
func (v *visitor) do(what string, f func(ctx context.Context) error) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), opTime)
	defer cancel()
	if err := f(ctx); err != nil {
		v.t.Fatalf("%s: %v\npage: %s", what, err, v.state())
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

func (v *visitor) types(selector, text string) {
	v.t.Helper()
	v.do("type into "+selector, func(ctx context.Context) error { return v.page.Type(ctx, selector, text) })
}

func (v *visitor) back() {
	v.t.Helper()
	v.do("go back", v.page.Back)
}

// until waits until an expression of the page is true.
func (v *visitor) until(what, expression string) {
	v.t.Helper()
	v.within(patience, what, expression)
}

func (v *visitor) within(limit time.Duration, what, expression string) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := browsers.Until(ctx, v.page, expression); err != nil {
		v.t.Fatalf("got no page where %s within %v: %v\npage: %s", what, limit, err, v.state())
	}
}

// asFresh waits until the live region is, element for element, what a fresh page shows.
func (v *visitor) asFresh() {
	v.t.Helper()
	v.until("the live region equals that of a fresh page", differsFromFresh+".then(diff => diff === '')")
}

func (v *visitor) state() string {
	ctx, cancel := context.WithTimeout(context.Background(), opTime)
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

// isLive is the expression that the mark says, in words too, that the page is live.
const isLive = `document.documentElement.dataset.live === 'live' &&
	document.getElementById('live-status').textContent === document.getElementById('live-status').dataset.live`

// arriveBy signs in somebody who may manage a new guild.
func (d *dashboard) arriveBy(t *testing.T, kind browsers.Kind) (v *visitor, guild string) {
	t.Helper()
	v, guild = newVisitor(t, kind, d.public.url), snowflake("8")
	user, name := snowflake("9"), "Guild for "+string(kind)
	storetest.Guild(t, d.store, guild, name)
	d.discord.SetUser(discordtest.User{ID: user, Username: "keeper"},
		discordtest.Guild{ID: guild, Name: name, Permissions: "32"})
	d.arrive.Lock()
	defer d.arrive.Unlock()
	d.discord.SignIn(user)
	v.visit("/login")
	v.click("#sign-in")
	v.until("the visitor is signed in", `location.pathname === '/guilds' && document.readyState === 'complete'`)
	return v, guild
}

// TestCoreInEveryBrowser runs what every browser must do: sign in, show a live change, filter, go back, act, and find a
// server that was killed again.
func TestCoreInEveryBrowser(t *testing.T) {
	t.Parallel()
	d := newDashboard(t, someRedis(t)) // of the test's own: it is killed
	d.crew(t, 1)
	for _, kind := range browsers.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			v, guild := d.arriveBy(t, kind)
			d.showsChanges(t, v, guild)
			d.filtersAndGoesBack(t, v, guild)
			d.acts(t, v, guild)
			d.survivesARestart(t, v, guild)
		})
	}
}

func (d *dashboard) showsChanges(t *testing.T, v *visitor, guild string) {
	t.Helper()
	d.quietGiveaway(t, guild, "A paper lantern")
	v.visit(giveawaysPath(guild))
	v.until("the mark says live", isLive)
	g := d.giveaway(t, guild, "A bell")
	v.until("a new giveaway is listed", listed(g.ID))
	d.entry(t, g)
	v.until("an entry is counted", fmt.Sprintf(`document.querySelector('#entries-%s').dataset.entries === '1'`, g.ID))
}

func (d *dashboard) filtersAndGoesBack(t *testing.T, v *visitor, guild string) {
	t.Helper()
	v.click("#tab-ended")
	v.until("no ended giveaway is listed", `location.search === '?status=ended' &&
		document.querySelector('#tab-ended').hasAttribute('aria-current') && !document.querySelector('#rows tr')`)
	v.back()
	v.until("Back shows the whole list", `location.search === '' && document.querySelectorAll('#rows tr').length === 2`)
	v.until("the list is live", isLive)
	g := d.giveaway(t, guild, "A second bell")
	v.until("a new giveaway is listed after Back", listed(g.ID))
	v.asFresh()

	v.types("#q", "lantern")
	v.until("the search has found one giveaway", `location.search === '?q=lantern' &&
		document.querySelectorAll('#rows tr').length === 1 && document.activeElement.id === 'q'`)
	wanted := d.giveaway(t, guild, "A glass lantern")
	v.until("what is found is live", listed(wanted.ID))
	v.asFresh()
	v.visit(giveawaysPath(guild))
	v.until("the mark says live", isLive)
}

func (d *dashboard) acts(t *testing.T, v *visitor, guild string) {
	t.Helper()
	g := d.giveaway(t, guild, "A lamp to pause")
	v.until("the giveaway is listed", listed(g.ID))
	v.click("#menu-" + g.ID + " > summary")
	v.click("#pause-" + g.ID)
	v.until("the bot has paused the giveaway", `document.querySelector('#g-`+g.ID+`')?.dataset.state === 'paused'`)
}

func (d *dashboard) survivesARestart(t *testing.T, v *visitor, guild string) {
	t.Helper()
	d.server.kill()
	missed := d.giveaway(t, guild, "A change during the restart")
	v.until("the mark says in words that the page is not live", `document.documentElement.dataset.live !== 'live' &&
		document.getElementById('live-status').textContent !== document.getElementById('live-status').dataset.live`)
	d.server.start(t)
	ready(t, d.url, d.server)
	v.until("the page is live again and shows what it missed", isLive+" && "+listed(missed.ID))
	g := d.giveaway(t, guild, "A change after the restart")
	v.until("the next change is listed", listed(g.ID))
	v.asFresh()
}

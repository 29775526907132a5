//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"

	"guildboard/store"
)

// pillReleaseTime is the time after a click on the pill during which updates apply although a row is selected.
const pillReleaseTime = 3 * time.Second

// addEntries changes a row n times and waits each time until the page shows the change.
func (s *guildFixture) addEntries(t *testing.T, b *tab, g store.Giveaway, n int) {
	t.Helper()
	before := evaluate[int](b, fmt.Sprintf(`+document.querySelector('#entries-%s').dataset.entries`, g.ID))
	for i := range n {
		s.enterGiveaway(t, g)
		b.waitFor("the entry count has grown",
			fmt.Sprintf(`document.querySelector('#entries-%s').dataset.entries === '%d'`, g.ID, before+i+1))
	}
}

// createGiveaways creates n giveaways. The last is the newest.
func (s *guildFixture) createGiveaways(t *testing.T, n int) (made []store.Giveaway) {
	t.Helper()
	for i := range n {
		made = append(made, s.createGiveawaySilently(t, s.guild, fmt.Sprintf("Prize %d", i+1)))
	}
	return made
}

func TestLiveUpdatesKeepFocusScrollAndInput(t *testing.T) {
	s := newGuildFixture(t)
	rows := s.createGiveaways(t, 30)
	g := rows[len(rows)-5]
	b := s.openGiveawayList()
	b.runScript(`document.getElementById('filter-panel').open = true; document.getElementById('switcher').open = true`)
	b.runScript(`document.getElementById('from').focus()`)
	b.pressKeys("12") // an incomplete date: a month without a day
	b.runScript(`const q = document.getElementById('q'); q.focus({ preventScroll: true });
		q.value = 'half a wo'; q.setSelectionRange(4, 4); scrollTo(0, 240)`)
	b.waitFor("the page is scrolled", `scrollY === 240`)
	b.runScript(`window.row = document.querySelector('#g-` + g.ID + `')`)
	const isUnchanged = `document.activeElement.id === 'q' && q.value === 'half a wo' && q.selectionStart === 4 && scrollY === 240 &&
		document.getElementById('from').validity.badInput && document.getElementById('switcher').open &&
		document.querySelector('#switcher .menu-body').checkVisibility() && row.isConnected`
	b.waitFor("focus, scroll position and input are unchanged", isUnchanged)

	s.addEntries(t, b, g, 50)

	if !evaluate[bool](b, isUnchanged) {
		t.Errorf("page state changed: %s", evaluate[string](b, `JSON.stringify({
			focus: document.activeElement.id, q: q.value, caret: q.selectionStart, scrollY, row: row.isConnected,
			date: document.getElementById('from').validity.badInput, menu: document.getElementById('switcher').open,
		})`))
	}
	if n := b.frameCount(); n < 50 {
		t.Errorf("got %d frames, want at least 50", n)
	}
	b.waitMatchesFreshPage()
}

func TestTypingContinuesDuringLiveUpdates(t *testing.T) {
	s := newGuildFixture(t)
	s.createGiveaways(t, 3)
	matching := s.createGiveawaySilently(t, s.guild, "A paper lantern")
	b := s.openGiveawayList()
	b.click("#q")
	for _, key := range "lantern" {
		b.pressKeys(string(key))
		s.enterGiveaway(t, matching)
	}
	b.waitFor("the list shows the search results",
		`location.search === '?q=lantern' && document.querySelectorAll('#rows tr').length === 1`)
	b.waitFor("the caret is at the end of the search term",
		`document.activeElement.id === 'q' && document.activeElement.value === 'lantern' &&
		document.activeElement.selectionStart === 7`)
	s.enterGiveaway(t, matching)
	b.waitForWithin(changeTimeout, "the filtered list is live",
		`document.querySelector('#entries-`+matching.ID+`').dataset.entries === '8'`)
	s.createGiveaway(t, s.guild, "A bell")
	b.waitMatchesFreshPage()
	if got := evaluate[string](b, `document.getElementById('q').value`); got != "lantern" {
		t.Errorf("text of the search field = %q, want lantern", got)
	}
}

func TestUpdatesAreHeldWhileRowIsSelected(t *testing.T) {
	s := newGuildFixture(t)
	g := s.createGiveaways(t, 3)[0]
	b := s.openGiveawayList()
	position := `document.getElementById('g-` + g.ID + `').getBoundingClientRect().top + scrollY`
	before := evaluate[float64](b, position)
	b.click("#select-" + g.ID)
	b.waitFor("the selection bar is shown", `document.getElementById('selection').checkVisibility()`)
	if after := evaluate[float64](b, position); after != before {
		t.Errorf("selected row moved by %v px, want 0, or the next click hits another row", after-before)
	}
	version := b.liveVersion()
	for range 3 {
		s.createGiveaway(t, s.guild, "A lantern")
	}
	b.waitForText("#pending-updates", "3 new")
	s.enterGiveaway(t, g)
	consistently(t, time.Second, "the page stays unchanged", func() (bool, string) { return b.liveVersion() == version, b.describe() })

	b.click("#pending-updates")
	b.waitForWithin(changeTimeout, "the pill applies the held updates and disappears",
		`document.querySelectorAll('#rows tr').length === 6 && document.getElementById('pending-updates').hidden`)
	if !evaluate[bool](b, `document.getElementById('select-`+g.ID+`').checked`) {
		t.Error("row is no longer selected")
	}
	b.waitMatchesFreshPage()

	// The pill releases updates for a moment. Then the selected row holds them again.
	b.waitForWithin(pillReleaseTime+changeTimeout, "the pill counts again",
		`(() => { window.clicked ??= Date.now(); return Date.now() - window.clicked > `+fmt.Sprint(pillReleaseTime.Milliseconds())+`; })()`)
	s.createGiveaway(t, s.guild, "A bell")
	b.waitForText("#pending-updates", "1 new")
	b.click("#select-" + g.ID)
	b.waitForWithin(changeTimeout, "deselecting the row applies all updates",
		`document.querySelectorAll('#rows tr').length === 7 && document.getElementById('pending-updates').hidden`)
	b.waitMatchesFreshPage()
}

func TestUpdatesAreHeldWhileRowMenuIsOpen(t *testing.T) {
	s := newGuildFixture(t)
	g := s.createGiveaways(t, 3)[0]
	b := s.openGiveawayList()
	b.click("#menu-" + g.ID + " > summary")
	version := b.liveVersion()
	s.enterGiveaway(t, g)
	b.waitForText("#pending-updates", "New updates")
	s.createGiveaway(t, s.guild, "A lantern")
	b.waitForText("#pending-updates", "1 new")
	if b.liveVersion() != version || !evaluate[bool](b, `document.getElementById('menu-`+g.ID+`').open`) {
		t.Errorf("page changed: %s", b.describe())
	}
	b.pressKeys("\x1b")
	b.waitForWithin(changeTimeout, "closing the menu applies all updates",
		`document.querySelectorAll('#rows tr').length === 4 && document.getElementById('pending-updates').hidden`)
	b.waitFor("the menu button has the focus", `document.activeElement.parentElement.id === 'menu-`+g.ID+`'`)
	b.waitMatchesFreshPage()
}

func TestHeldPageReconnectsOnce(t *testing.T) {
	s := newGuildFixture(t)
	g := s.createGiveaways(t, 3)[0]
	b := s.openGiveawayList()
	b.click("#select-" + g.ID)
	version := b.liveVersion()
	s.createGiveaway(t, s.guild, "A lantern")
	b.waitForText("#pending-updates", "1 new")
	before := s.proxy.count(isStream)
	s.proxy.reconnect(t)
	consistently(t, 3*time.Second, "there is no further connect", func() (bool, string) {
		return s.proxy.count(isStream) == before+1 && b.liveVersion() == version, s.proxy.String()
	})
	b.click("#select-" + g.ID)
	b.waitForWithin(changeTimeout, "deselecting the row applies all updates",
		`document.querySelectorAll('#rows tr').length === 4`)
	b.waitMatchesFreshPage()
}

func TestPollIsHeldLikeFrame(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	g := s.createGiveaways(t, 3)[0]
	b := s.openGiveawayList()
	b.click("#select-" + g.ID)
	version := b.liveVersion()
	removeFault := s.proxy.injectFault(isStream, respondWithStatus(503, 0))
	s.proxy.cancelAll(isStream)
	s.createGiveaway(t, s.guild, "A lantern")
	b.waitForText("#pending-updates", "1 new")
	if n := s.proxy.count(isPoll); n == 0 || b.liveVersion() != version {
		t.Errorf("the page applied the update after %d polls, want it held back: %s", n, b.describe())
	}
	b.click("#select-" + g.ID)
	b.waitForWithin(changeTimeout, "deselecting the row applies all updates",
		`document.querySelectorAll('#rows tr').length === 4`)
	removeFault()
	b.waitLive()
	b.waitMatchesFreshPage()
}

func TestFilterAppliesWhileRowIsSelected(t *testing.T) {
	s := newGuildFixture(t)
	g := s.createGiveaways(t, 3)[0]
	b := s.openGiveawayList()
	b.click("#select-" + g.ID)
	s.createGiveaway(t, s.guild, "A lantern")
	b.waitForText("#pending-updates", "1 new")
	b.click("#tab-ended")
	b.waitForWithin(changeTimeout, "the clicked tab is shown and no update is pending",
		`document.querySelector('#tab-ended').hasAttribute('aria-current') &&
		!document.querySelector('#rows') && document.getElementById('pending-updates').hidden`)
	b.waitLive()
	b.waitMatchesFreshPage()
}

func TestSelectedRowsCanBeListed(t *testing.T) {
	s := newGuildFixture(t)
	rows := s.createGiveaways(t, 5)
	b := s.openGiveawayList()
	b.click("#select-" + rows[1].ID)
	b.waitForFrame()
	b.click("#select-" + rows[3].ID)
	b.waitFor("two rows are selected", `document.querySelectorAll('[name=only]:checked').length === 2`)
	b.click("#selection-show")
	b.waitFor("only the two rows are listed",
		`document.querySelectorAll('#rows tr').length === 2 && document.getElementById('only')`)
	b.waitLive()
	s.enterGiveaway(t, rows[1])
	b.waitForWithin(changeTimeout, "the two rows are live",
		`document.querySelector('#entries-`+rows[1].ID+`').dataset.entries === '1'`)
}

//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"

	"guildboard/store"
)

// calm is how long after the pill updates are let in though a row is ticked.
const calm = 3 * time.Second

// updates changes a row n times, each time waiting until the page shows it.
func (s *scene) updates(t *testing.T, b *tab, g store.Giveaway, n int) {
	t.Helper()
	before := js[int](b, fmt.Sprintf(`+document.querySelector('#entries-%s').dataset.entries`, g.ID))
	for i := range n {
		s.entry(t, g)
		b.until("the entry is counted", fmt.Sprintf(`document.querySelector('#entries-%s').dataset.entries === '%d'`, g.ID, before+i+1))
	}
}

// fill makes a list long enough to scroll. The last is the newest.
func (s *scene) fill(t *testing.T, n int) (made []store.Giveaway) {
	t.Helper()
	for i := range n {
		made = append(made, s.quietGiveaway(t, s.guild, fmt.Sprintf("Prize %d", i+1)))
	}
	return made
}

func TestFiftyUpdatesLeaveTheReaderAlone(t *testing.T) {
	s := newScene(t)
	rows := s.fill(t, 30)
	g := rows[len(rows)-5]
	b := s.list()
	b.click("#switcher > summary")
	b.run(`document.getElementById('from').focus()`)
	b.press("12") // a month, and no day yet: not a date, and not nothing
	b.run(`const q = document.getElementById('q'); q.focus({ preventScroll: true }); q.value = 'half a wo'; q.setSelectionRange(4, 4); scrollTo(0, 240)`)
	b.until("the page is scrolled", `scrollY === 240`)
	b.run(`window.row = document.querySelector('#g-` + g.ID + `')`)
	const undisturbed = `document.activeElement.id === 'q' && q.value === 'half a wo' && q.selectionStart === 4 && scrollY === 240 &&
		document.getElementById('from').validity.badInput && document.getElementById('switcher').open &&
		document.querySelector('#switcher .menu-body').checkVisibility() && row.isConnected`
	b.until("all is as the reader left it", undisturbed)

	s.updates(t, b, g, 50)

	if !js[bool](b, undisturbed) {
		t.Errorf("disturbed: %s", js[string](b, `JSON.stringify({ focus: document.activeElement.id, q: q.value, caret: q.selectionStart, scrollY,
			date: document.getElementById('from').validity.badInput, menu: document.getElementById('switcher').open, row: row.isConnected })`))
	}
	if n := b.frames(); n < 50 {
		t.Errorf("%d frames came; 50 were meant to", n)
	}
	b.asFresh()
}

func TestTypingGoesOnWhileTheListChanges(t *testing.T) {
	s := newScene(t)
	s.fill(t, 3)
	wanted := s.quietGiveaway(t, s.guild, "A paper lantern")
	b := s.list()
	b.click("#q")
	for _, key := range "lantern" {
		b.press(string(key))
		s.entry(t, wanted)
	}
	b.until("what was typed is searched for", `location.search === '?q=lantern' && document.querySelectorAll('#rows tr').length === 1`)
	b.until("the caret is where the typing ended", `document.activeElement.id === 'q' && document.activeElement.value === 'lantern' &&
		document.activeElement.selectionStart === 7`)
	s.entry(t, wanted)
	b.within(soon, "the list that was searched for is live", `document.querySelector('#entries-`+wanted.ID+`').dataset.entries === '8'`)
	s.giveaway(t, s.guild, "A bell")
	b.asFresh()
	if got := js[string](b, `document.getElementById('q').value`); got != "lantern" {
		t.Errorf("the search says %q", got)
	}
}

func TestNothingMovesWhileARowIsTicked(t *testing.T) {
	s := newScene(t)
	g := s.fill(t, 3)[0]
	b := s.list()
	place := `document.getElementById('g-` + g.ID + `').getBoundingClientRect().top + scrollY`
	before := js[float64](b, place)
	b.click("#select-" + g.ID)
	b.until("the bar of ticked rows appears", `document.getElementById('selection').checkVisibility()`)
	if after := js[float64](b, place); after != before {
		t.Errorf("the row that was ticked moved by %v px, so that the next click would hit another", after-before)
	}
	shown := b.version()
	for range 3 {
		s.giveaway(t, s.guild, "A lantern")
	}
	b.text("#pending-updates", "3 new")
	s.entry(t, g)
	throughout(t, time.Second, "nothing moves", func() (bool, string) { return b.version() == shown, b.state() })

	b.click("#pending-updates")
	b.within(soon, "the pill lets in what waited, and is gone", `document.querySelectorAll('#rows tr').length === 6 && document.getElementById('pending-updates').hidden`)
	if !js[bool](b, `document.getElementById('select-`+g.ID+`').checked`) {
		t.Error("the row is not ticked any more")
	}
	b.asFresh()

	// The pill's word holds for a moment; then the ticked row does again.
	b.within(calm+soon, "the pill counts again", `(() => { window.clicked ??= Date.now(); return Date.now() - window.clicked > `+fmt.Sprint(calm.Milliseconds())+`; })()`)
	s.giveaway(t, s.guild, "A bell")
	b.text("#pending-updates", "1 new")
	b.click("#select-" + g.ID)
	b.within(soon, "unticked, all is let in", `document.querySelectorAll('#rows tr').length === 7 && document.getElementById('pending-updates').hidden`)
	b.asFresh()
}

func TestNothingMovesWhileARowsMenuIsOpen(t *testing.T) {
	s := newScene(t)
	g := s.fill(t, 3)[0]
	b := s.list()
	b.click("#menu-" + g.ID + " > summary")
	shown := b.version()
	s.entry(t, g)
	b.text("#pending-updates", "Updates waiting")
	s.giveaway(t, s.guild, "A lantern")
	b.text("#pending-updates", "1 new")
	if b.version() != shown || !js[bool](b, `document.getElementById('menu-`+g.ID+`').open`) {
		t.Errorf("the page moved: %s", b.state())
	}
	b.press("\x1b")
	b.within(soon, "closed, all is let in", `document.querySelectorAll('#rows tr').length === 4 && document.getElementById('pending-updates').hidden`)
	b.until("the menu's button has the focus", `document.activeElement.parentElement.id === 'menu-`+g.ID+`'`)
	b.asFresh()
}

func TestAHeldPageReconnectsWithoutALoop(t *testing.T) {
	s := newScene(t)
	g := s.fill(t, 3)[0]
	b := s.list()
	b.click("#select-" + g.ID)
	shown := b.version()
	s.giveaway(t, s.guild, "A lantern")
	b.text("#pending-updates", "1 new")
	before := s.proxy.count(streams)
	s.proxy.reconnect(t)
	throughout(t, 3*time.Second, "one connect was enough", func() (bool, string) {
		return s.proxy.count(streams) == before+1 && b.version() == shown, s.proxy.String()
	})
	b.click("#select-" + g.ID)
	b.within(soon, "unticked, all is let in", `document.querySelectorAll('#rows tr').length === 4`)
	b.asFresh()
}

func TestAPollIsHeldLikeAFrame(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	g := s.fill(t, 3)[0]
	b := s.list()
	b.click("#select-" + g.ID)
	shown := b.version()
	mend := s.proxy.fail(streams, refuse(503, 0))
	s.proxy.cutAll(streams)
	s.giveaway(t, s.guild, "A lantern")
	b.text("#pending-updates", "1 new")
	if n := s.proxy.count(polls); n == 0 || b.version() != shown {
		t.Errorf("after %d polls: %s", n, b.state())
	}
	b.click("#select-" + g.ID)
	b.within(soon, "unticked, all is let in", `document.querySelectorAll('#rows tr').length === 4`)
	mend()
	b.live()
	b.asFresh()
}

func TestAFilterLandsThoughARowIsTicked(t *testing.T) {
	s := newScene(t)
	g := s.fill(t, 3)[0]
	b := s.list()
	b.click("#select-" + g.ID)
	s.giveaway(t, s.guild, "A lantern")
	b.text("#pending-updates", "1 new")
	b.click("#tab-ended")
	b.within(soon, "the tab that was clicked is shown, and nothing waits", `document.querySelector('#tab-ended').hasAttribute('aria-current') &&
		!document.querySelector('#rows') && document.getElementById('pending-updates').hidden`)
	b.live()
	b.asFresh()
}

func TestTickedRowsBecomeAListOfTheirOwn(t *testing.T) {
	s := newScene(t)
	rows := s.fill(t, 5)
	b := s.list()
	b.click("#select-" + rows[1].ID)
	b.frame()
	b.click("#select-" + rows[3].ID)
	b.until("two are ticked", `document.querySelectorAll('[name=only]:checked').length === 2`)
	b.click("#selection button")
	b.until("just those two are listed", `document.querySelectorAll('#rows tr').length === 2 && document.getElementById('only')`)
	b.live()
	s.entry(t, rows[1])
	b.within(soon, "and they are live", `document.querySelector('#entries-`+rows[1].ID+`').dataset.entries === '1'`)
}

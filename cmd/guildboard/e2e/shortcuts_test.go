//go:build e2e

package e2e

import "testing"

func TestKeyboardShortcuts(t *testing.T) {
	s := newGuildFixture(t)
	s.createGiveaways(t, 3)
	b := s.openGiveawayList()
	rows := evaluate[[]string](b, `[...document.querySelectorAll('#rows .cell-main a')].map(a => a.id)`)
	first, second := rows[0], rows[1]
	at := func(id string) {
		b.t.Helper()
		b.waitFor(id+" has the focus", `document.activeElement.id === '`+id+`'`)
	}
	b.pressKeys("j")
	at(first)
	b.pressKeys("j")
	at(second)
	b.pressKeys("k")
	at(first)
	b.pressKeys("x")
	b.waitFor("the row is selected", `document.querySelector('#rows tr input').checked`)
	b.pressKeys("x")
	b.pressKeys("/")
	at("q")
	b.pressKeys("jx?gt")
	b.waitFor("the field has the typed letters and no dialog is open",
		`document.getElementById('q').value === 'jx?gt' && !document.querySelector('dialog[open]')`)
	b.runScript(`document.activeElement.blur()`)
	b.pressKeys("?")
	b.waitFor("the shortcuts dialog is open", `document.getElementById('shortcuts').open`)
	b.pressKeys("gt")
	b.pressKeys("\x1b")
	b.waitFor("the dialog is closed and the page is the same",
		`!document.getElementById('shortcuts').open && location.pathname.endsWith('/giveaways')`)
	b.pressKeys("gt")
	b.waitFor("g t opens the list of tickets", `location.pathname === '`+ticketsPath(s.guild)+`'`)

	b.visit("/preferences")
	b.runScript(`document.getElementById('keys').value = 'off'`)
	b.clickAndWaitForPage("#save")
	b.visitLive(giveawaysPath(s.guild))
	b.pressKeys("jgt?")
	b.waitFor("keys do nothing when shortcuts are off",
		`document.activeElement === document.body && location.pathname.endsWith('/giveaways') && !document.querySelector('dialog[open]')`)
}

func TestHiddenColumnsAreNotShown(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	g := s.createGiveaways(t, 1)[0]
	b := s.member.openWindow("/preferences")
	b.click(`#preferences [name=show][value=giveaways-host]`)
	b.clickAndWaitForPage("#save")
	b.visitLive(giveawaysPath(s.guild))
	const visibleColumns = `[...document.querySelectorAll('.list th, .list td')]
		.filter(e => e.checkVisibility()).map(e => e.dataset.label ?? e.textContent.trim())`
	for _, width := range []int{1280, 390} {
		b.setWidth(width)
		b.waitFor("the host column is hidden and the entries column is shown",
			`(() => { const shown = `+visibleColumns+`; return !shown.includes('Host') && shown.includes('Entries'); })()`)
	}
	s.enterGiveaway(t, g)
	b.waitForWithin(changeTimeout, "the list is live",
		`document.querySelector('#entries-`+g.ID+`').dataset.entries === '1'`)
	b.waitMatchesFreshPage()
}

//go:build e2e

package e2e

import "testing"

func TestTheShortcuts(t *testing.T) {
	s := newScene(t)
	s.fill(t, 3)
	b := s.list()
	rows := js[[]string](b, `[...document.querySelectorAll('#rows .cell-main a')].map(a => a.id)`)
	first, second := rows[0], rows[1]
	at := func(id string) {
		b.t.Helper()
		b.until("the keyboard is at "+id, `document.activeElement.id === '`+id+`'`)
	}
	b.press("j")
	at(first)
	b.press("j")
	at(second)
	b.press("k")
	at(first)
	b.press("x")
	b.until("the row is ticked", `document.querySelector('#rows tr input').checked`)
	b.press("x")
	b.press("/")
	at("q")
	b.press("jx?gt")
	b.until("what is typed is typed", `document.getElementById('q').value === 'jx?gt' && !document.querySelector('dialog[open]')`)
	b.run(`document.activeElement.blur()`)
	b.press("?")
	b.until("help is there", `document.getElementById('shortcuts').open`)
	b.press("gt")
	b.press("\x1b")
	b.until("it is closed, and nothing else has happened", `!document.getElementById('shortcuts').open && location.pathname.endsWith('/giveaways')`)
	b.press("gt")
	b.until("g and t lead to the tickets", `location.pathname === '`+ticketsPath(s.guild)+`'`)

	b.visit("/preferences")
	b.run(`document.getElementById('keys').value = 'off'`)
	b.follow("#save")
	b.visitLive(giveawaysPath(s.guild))
	b.press("jgt?")
	b.until("switched off, keys are letters", `document.activeElement === document.body && location.pathname.endsWith('/giveaways') && !document.querySelector('dialog[open]')`)
}

func TestColumnsOneDoesWithoutAreNowhere(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	g := s.fill(t, 1)[0]
	b := s.member.window("/preferences")
	b.click(`#preferences [name=hide][value=giveaways-host]`)
	b.follow("#save")
	b.visitLive(giveawaysPath(s.guild))
	const shown = `[...document.querySelectorAll('.list th, .list td')].filter(e => e.checkVisibility()).map(e => e.dataset.label ?? e.textContent.trim())`
	for _, width := range []int{1280, 390} {
		b.size(width)
		b.until("the host is not shown, and the entries are", `(() => { const shown = `+shown+`; return !shown.includes('Host') && shown.includes('Entries'); })()`)
	}
	s.entry(t, g)
	b.within(soon, "the list goes on", `document.querySelector('#entries-`+g.ID+`').dataset.entries === '1'`)
	b.asFresh()
}

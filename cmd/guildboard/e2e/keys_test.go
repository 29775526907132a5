//go:build e2e

package e2e

import "testing"

// TestKeysOfOtherScriptsAndCopyWithoutClipboard has a page on which the browser has no clipboard, as on plain http.
func TestKeysOfOtherScriptsAndCopyWithoutClipboard(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	s.createGiveaways(t, 2)
	b := s.member.openWindow("/guilds")
	b.addInitScript(`Object.defineProperty(navigator, 'clipboard', { value: undefined })`)
	b.visitLive(giveawaysPath(s.guild))
	press := func(target, options string) {
		t.Helper()
		b.runScript(target + `.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ` + options + ` }))`)
	}

	press("document.body", `key: 'о', code: 'KeyJ'`) // Russian layout
	b.waitFor("the key j focuses the first row", `document.activeElement.closest('#rows tr')`)
	press("document.activeElement", `key: 'ч', code: 'KeyX'`)
	b.waitFor("the key x selects the row", `document.activeElement.closest('#rows tr').querySelector('input').checked`)
	press("document.activeElement", `key: 'ч', code: 'KeyX'`)
	press("document.body", `key: 'л', code: 'KeyK', ctrlKey: true`)
	b.waitFor("Ctrl and the key k open quick search", `document.getElementById('quick-search-dialog').open`)
	b.pressKeys("prize 2")
	b.waitFor("the giveaway is found",
		`document.querySelector('#quick-search-results .search-results')?.dataset.term === 'prize 2' &&
			document.querySelector('#quick-search-results a')`)
	b.runScript(`addEventListener('click', e => { window.clicked = e.target; e.preventDefault(); }, true)`)
	field := `document.getElementById('quick-search-q')`
	press(field, `key: 'Enter', isComposing: true`)
	press(field, `key: 'Enter', keyCode: 229`) // Safari
	if evaluate[bool](b, `!!window.clicked`) {
		t.Error("Enter that ends a composition opens a result, want nothing")
	}
	press(field, `key: 'Enter', keyCode: 13`)
	b.waitFor("Enter opens the result", `window.clicked?.closest('#quick-search-results a')`)

	b.visitLive(giveawaysPath(s.guild))
	b.runScript(`document.addEventListener('copy', e => { window.copied = e.target.value; })`)
	b.click(`h1`) // browsers copy only after an action of the user
	b.runScript(`document.querySelector('#rows tr [data-copy]').click()`)
	b.waitFor("the id is copied by selection",
		`window.copied && document.getElementById('rows').querySelector('tr').id === 'g-' + window.copied`)
	b.waitFor("a toast says so", `document.querySelector('.toast')?.textContent.startsWith('Copied')`)
	b.runScript(`document.execCommand = () => false`)
	b.click(`h1`) // browsers copy only after an action of the user
	b.runScript(`document.querySelector('#rows tr [data-copy]').click()`)
	b.waitFor("a toast shows the id that cannot be copied",
		`document.querySelector('.toast[data-level=problem]')?.textContent.includes(window.copied)`)
}

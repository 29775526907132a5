//go:build e2e

package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
)

// countSecondClick defines clickAgain(x, y), which clicks at a position once with the pointer and once by keyboard. It
// counts the clicks that reach the page in window.pointerClicks and window.keyboardClicks.
const countSecondClick = `
	window.pointerClicks = window.keyboardClicks = 0;
	document.addEventListener('click', event => {
		event.preventDefault();
		event.detail > 0 ? pointerClicks++ : keyboardClicks++;
	});
	window.clickAgain = (x, y) => {
		for (const detail of [2, 0]) {
			document.elementFromPoint(x, y).dispatchEvent(
				new MouseEvent('click', { bubbles: true, cancelable: true, clientX: x, clientY: y, detail }));
		}
		window.hasClickedAgain = true;
	};`

// waitForIgnoredClick waits for clickAgain, and checks that only the keyboard's click has reached the page.
func (b *tab) waitForIgnoredClick() {
	b.t.Helper()
	b.waitForWithin(changeTimeout, "the second click has come", `window.hasClickedAgain`)
	if pointer, keyboard := evaluate[int](b, `pointerClicks`), evaluate[int](b, `keyboardClicks`); pointer != 0 || keyboard != 1 {
		b.t.Errorf("clicks that reached the page = %d of the pointer and %d of the keyboard, want 0 and 1", pointer, keyboard)
	}
}

// TestClickOnReplacedControlIsIgnored clicks again when an update has put another link under the pointer.
func TestClickOnReplacedControlIsIgnored(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	first := s.openTicket(t, s.guild, "First")
	b := s.member.openWindow("/guilds")
	b.visitLive(ticketsPath(s.guild))
	b.waitForElement("#open-" + first.ID)
	at := evaluate[[]float64](b, `(box => [box.x + 3, box.y + box.height / 2])(document.getElementById('open-`+first.ID+`').
		getBoundingClientRect())`)
	callCDP(b, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: "mouseMoved", X: at[0], Y: at[1]})
	b.runScript(countSecondClick + fmt.Sprintf(`
		document.addEventListener('htmx:after:swap', () => {
			const [x, y] = [%f, %f];
			if (!window.hasClickedAgain && document.elementFromPoint(x, y).textContent.includes('Second')) {
				clickAgain(x, y);
			}
		});`, at[0], at[1]))
	s.openTicket(t, s.guild, "Second")
	b.waitForIgnoredClick()
}

// TestClickOnPageAfterFormIsIgnored clicks again when the page that follows a form has come.
func TestClickOnPageAfterFormIsIgnored(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	b := s.member.openWindow("/preferences")
	// A busy machine may take longer to load the page than a double-click takes: the time of the first click is set anew.
	b.addInitScript(`if (sessionStorage.getItem('submit')) {
		const submit = JSON.parse(sessionStorage.getItem('submit'));
		sessionStorage.setItem('submit', JSON.stringify({ ...submit, at: Date.now() }));` + countSecondClick + `
		document.addEventListener('DOMContentLoaded', () => clickAgain(submit.x, submit.y));
	}`)
	b.clickAndWaitForPage("#save")
	b.waitForIgnoredClick()
}

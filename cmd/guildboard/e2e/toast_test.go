//go:build e2e

package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestToastsMakeWayForControls checks that a message stands where it covers no control of a small window, if there is
// such a place, and can be closed.
func TestToastsMakeWayForControls(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	b := s.member.openWindow(overviewPath(s.guild))
	b.do(chromedp.EmulateViewport(390, 844))
	for place, want := range map[string]string{"bottom: 80px": "top", "top: 70px": ""} {
		b.visit(overviewPath(s.guild))
		b.runScript(`document.getElementById('live').innerHTML = '';
			document.querySelector('.page-head').innerHTML = '';
			const button = document.createElement('button');
			button.style = 'position: fixed; left: 20px; width: 300px; height: 40px; ` + place + `';
			document.querySelector('main').append(button);
			document.dispatchEvent(new CustomEvent('toast', { detail: { text: '#315 closed' } }))`)
		b.waitFor("there is a toast", textExpression(".toast")+`.includes('#315 closed')`)
		if got := evaluate[string](b, `document.getElementById('toasts').dataset.place`); got != want {
			t.Errorf("place of a toast with a button at %s = %q, want %q", place, got, want)
		}
		b.click(".toast button")
		b.waitFor("the toast is closed", `!document.querySelector('.toast')`)
	}
}

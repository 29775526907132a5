//go:build e2e

package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPanelIsPostedFromDialog posts a panel, whose row has no state that could have changed.
func TestPanelIsPostedFromDialog(t *testing.T) {
	d := demoServer(t)
	b := newSignedInUser(t, d.url).openWindow(overviewPath(busyGuild) + "/settings/panels")
	b.waitForElement("[id^=post-]")
	b.click("[id^=post-]")
	b.waitForElement("dialog[open] #confirm")
	if !evaluate[bool](b, `document.getElementById('confirm-outdated').hidden`) {
		t.Error("the dialog says that the panel has changed, but it has not")
	}
	b.click("#confirm-submit")
	b.waitForWithin(changeTimeout, "the dialog is closed", `!document.getElementById('dialog-box').open`)
	b.waitForWithin(changeTimeout, "a message says that the panel is posted", textExpression("#toasts")+`.includes('osted')`)
}

// TestDialogStaysOpenAtClicksInside clicks on the dialog's inner edge, and double-clicks the link that opens it.
func TestDialogStaysOpenAtClicksInside(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	ticket := s.openTicket(t, s.guild, "Help")
	b := s.member.openWindow(ticketPath(ticket))
	b.waitForElement("[id^=close-]")
	b.runScript(`(dialog => new MutationObserver(() => {
		if (dialog.open && !window.hasClickedTwice) {
			window.hasClickedTwice = true;
			dialog.dispatchEvent(new MouseEvent('click', { bubbles: true, clientX: 2, clientY: 2 }));
		}
	}).observe(dialog, { attributes: true }))(document.getElementById('dialog-box'))`)
	b.click("[id^=close-]")
	b.waitFor("the second click of a double-click has hit the backdrop", `window.hasClickedTwice`)
	if !evaluate[bool](b, `document.getElementById('dialog-box').open`) {
		t.Error("the second click closed the dialog")
	}
	b.waitForElement("dialog[open] #confirm")
	x, y := evaluate[float64](b, `document.getElementById('dialog-box').getBoundingClientRect().x + 3`),
		evaluate[float64](b, `document.getElementById('dialog-box').getBoundingClientRect().y + 3`)
	b.runScript(`window.clickedAt = performance.now()`)
	b.waitFor("the time of a double-click has passed", `performance.now() - window.clickedAt > 500`)
	b.do(chromedp.MouseClickXY(x, y))
	if !evaluate[bool](b, `document.getElementById('dialog-box').open`) {
		t.Error("a click inside the dialog closed it")
	}
	b.do(chromedp.MouseClickXY(2, 2))
	b.waitFor("a click outside closes the dialog", `!document.getElementById('dialog-box').open`)
}

// TestMoreMenuOfPhoneIsInWindow opens the menu of the bar at the bottom.
func TestMoreMenuOfPhoneIsInWindow(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	b := s.member.openWindow(overviewPath(s.guild))
	for _, size := range [][2]int64{{390, 844}, {320, 700}, {800, 400}} {
		b.do(chromedp.EmulateViewport(size[0], size[1]))
		b.visit(overviewPath(s.guild))
		b.click(".nav-more > summary")
		b.waitForFrame()
		if !evaluate[bool](b, `(r => r.height > 40 && r.top >= 0 && r.bottom <= innerHeight)(
				document.querySelector('.nav-more .menu-body').getBoundingClientRect())`) {
			t.Errorf("at %d × %d the menu is not within the window", size[0], size[1])
		}
	}
}

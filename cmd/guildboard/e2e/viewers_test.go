//go:build e2e

package e2e

import (
	"testing"
	"time"
)

// TestTicketShowsOtherViewers checks that a page shows the other viewer but not its own, and removes viewers within 30
// s after they leave.
func TestTicketShowsOtherViewers(t *testing.T) {
	t.Parallel()
	d := demoServer(t)
	first, second := newSignedInUser(t, d.url).openWindow(ticketsPath(busyGuild)), newBrowserUser(t, d.url).firstTab
	path := evaluate[string](first, `document.querySelector('#rows .cell-main a').getAttribute('href')`)
	second.visit("/login")
	second.clickAndWaitForPage("#sign-in-staff")
	const viewerIDs = `[...document.querySelectorAll('#viewers [data-person]')]
		.filter(avatar => avatar.offsetParent).map(avatar => avatar.dataset.person).join()`
	me := evaluate[string](first, `document.getElementById('me').dataset.person`)
	other := evaluate[string](second, `document.getElementById('me').dataset.person`)

	first.visitLive(path)
	if viewers := evaluate[string](first, viewerIDs); viewers != "" {
		t.Errorf("viewers = %s, want none for the only viewer", viewers)
	}
	second.visitLive(path)
	first.waitFor("the second viewer is shown to the first", viewerIDs+` === '`+other+`'`)
	second.waitFor("the first viewer is shown to the second", viewerIDs+` === '`+me+`'`)
	second.visit("/guilds")
	eventuallyWithin(t, 30*time.Second, "the second viewer is gone", func() (bool, string) {
		viewers := evaluate[string](first, viewerIDs)
		return viewers == "", viewers
	})
}

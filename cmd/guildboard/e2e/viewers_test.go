//go:build e2e

package e2e

import (
	"testing"
	"time"
)

// Each sees the other and not themselves, and within half a minute that the other has gone.
func TestTicketShowsOtherViewers(t *testing.T) {
	t.Parallel()
	d := demoServer(t)
	first, second := newSignedInUser(t, d.url).openWindow(ticketsPath(busyGuild)), newBrowserUser(t, d.url).firstTab
	path := evaluate[string](first, `document.querySelector('#rows .cell-main a').getAttribute('href')`)
	second.visit("/login")
	second.clickAndWaitForPage("#sign-in-staff")
	const viewerIDs = `[...document.querySelectorAll('#viewers [data-person]')].filter(face => face.offsetParent).map(face => face.dataset.person).join()`
	me, other := evaluate[string](first, `document.getElementById('me').dataset.person`), evaluate[string](second, `document.getElementById('me').dataset.person`)

	first.visitLive(path)
	if viewers := evaluate[string](first, viewerIDs); viewers != "" {
		t.Errorf("who looks alone sees %s", viewers)
	}
	second.visitLive(path)
	first.waitFor("the other has come", viewerIDs+` === '`+other+`'`)
	second.waitFor("who was there is shown", viewerIDs+` === '`+me+`'`)
	second.visit("/guilds")
	eventuallyWithin(t, 30*time.Second, "the other has gone", func() (bool, string) {
		viewers := evaluate[string](first, viewerIDs)
		return viewers == "", viewers
	})
}

//go:build e2e

package e2e

import (
	"testing"
	"time"
)

// Each sees the other and not themselves, and within half a minute that the other has gone.
func TestWhoElseLooksAtATicketIsShown(t *testing.T) {
	t.Parallel()
	d := demo(t)
	one, two := newMember(t, d.url).window(ticketsPath(busyGuild)), newReader(t, d.url).first
	path := js[string](one, `document.querySelector('#rows .cell-main a').getAttribute('href')`)
	two.visit("/login")
	two.follow("#sign-in-staff")
	const faces = `[...document.querySelectorAll('#viewers [data-person]')].filter(face => face.offsetParent).map(face => face.dataset.person).join()`
	me, other := js[string](one, `document.getElementById('me').dataset.person`), js[string](two, `document.getElementById('me').dataset.person`)

	one.visitLive(path)
	if seen := js[string](one, faces); seen != "" {
		t.Errorf("who looks alone sees %s", seen)
	}
	two.visitLive(path)
	one.until("the other has come", faces+` === '`+other+`'`)
	two.until("who was there is shown", faces+` === '`+me+`'`)
	two.visit("/guilds")
	within(t, 30*time.Second, "the other has gone", func() (bool, string) {
		seen := js[string](one, faces)
		return seen == "", seen
	})
}

//go:build e2e

package e2e

import (
	"fmt"
	"testing"

	"guildboard/store"
)

// TestBulkClaim confirms a bulk action once and reads a result for each row, by mouse and by keyboard.
func TestBulkClaim(t *testing.T) {
	d := demoServer(t)
	for _, byKeyboard := range []bool{false, true} {
		t.Run(fmt.Sprint("by keyboard: ", byKeyboard), func(t *testing.T) {
			b := newSignedInUser(t, d.url).openWindow("/guilds")
			b.isKeyboardOnly = byKeyboard
			var rows []store.Ticket
			for i := range 3 {
				rows = append(rows, d.openTicket(t, smallGuild, fmt.Sprintf("One of many, %d", i)))
			}
			d.claimTicket(t, rows[2], d.newGuildMember(t, smallGuild)) // a claimed ticket cannot be claimed again
			b.visitLive(ticketsPath(smallGuild))
			for _, row := range rows {
				b.checkBox("#select-" + row.ID)
			}
			b.clickAndWaitForPage("#selection-claim")
			selected := evaluate[int](b, `document.querySelectorAll('#bulk-rows li').length`)
			skipped := evaluate[int](b, `document.querySelectorAll('#bulk-left li').length`)
			if selected != 2 || skipped != 1 {
				t.Errorf("dialog lists %d selected and %d skipped rows, want 2 and 1", selected, skipped)
			}
			b.clickAndWaitForPage("#bulk-submit")
			b.waitForWithin(changeTimeout, "each row has its result",
				`document.querySelectorAll('#answers li[data-command=done]').length === 2`)
			b.visitLive(ticketsPath(smallGuild))
			for _, row := range rows {
				b.waitFor("the ticket is claimed",
					`document.getElementById('t-`+row.ID+`').dataset.state === 'claimed'`)
			}
		})
	}
}

func (b *tab) checkBox(selector string) {
	b.t.Helper()
	if b.isKeyboardOnly {
		b.focusByKeyboard(selector)
		b.pressKeys(" ")
	} else {
		b.click(selector)
	}
	b.waitFor(selector+" is selected", `document.querySelector(`+quoteJS(selector)+`).checked`)
}

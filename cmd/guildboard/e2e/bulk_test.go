//go:build e2e

package e2e

import (
	"fmt"
	"testing"

	"guildboard/store"
)

// What is ticked is asked about once, and each row has its answer: with a mouse, and by the keyboard alone.
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
			d.claimTicket(t, rows[2], d.newGuildMember(t, smallGuild)) // can be claimed no more
			b.visitLive(ticketsPath(smallGuild))
			for _, row := range rows {
				b.checkBox("#select-" + row.ID)
			}
			b.clickAndWaitForPage("#selection-claim")
			if selected, skipped := evaluate[int](b, `document.querySelectorAll('#bulk-rows li').length`), evaluate[int](b, `document.querySelectorAll('#bulk-left li').length`); selected != 2 || skipped != 1 {
				t.Errorf("%d rows are asked about, and %d are not", selected, skipped)
			}
			b.clickAndWaitForPage("#bulk-submit")
			b.waitForWithin(changeTimeout, "each has its answer", `document.querySelectorAll('#answers li[data-command=done]').length === 2`)
			b.visitLive(ticketsPath(smallGuild))
			for _, row := range rows {
				b.waitFor("it is claimed", `document.getElementById('t-`+row.ID+`').dataset.state === 'claimed'`)
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
	b.waitFor(selector+" is ticked", `document.querySelector(`+quoteJS(selector)+`).checked`)
}

//go:build e2e

package e2e

import (
	"fmt"
	"testing"

	"guildboard/store"
)

// What is ticked is asked about once, and each row has its answer: with a mouse, and by the keyboard alone.
func TestManyRowsAreActedOnAtOnce(t *testing.T) {
	d := demo(t)
	for _, keys := range []bool{false, true} {
		t.Run(fmt.Sprint("by keyboard: ", keys), func(t *testing.T) {
			b := newMember(t, d.url).window("/guilds")
			b.keys = keys
			var rows []store.Ticket
			for i := range 3 {
				rows = append(rows, d.ticket(t, smallGuild, fmt.Sprintf("One of many, %d", i)))
			}
			d.claim(t, rows[2], d.newcomer(t, smallGuild)) // can be claimed no more
			b.visitLive(ticketsPath(smallGuild))
			for _, row := range rows {
				b.ticks("#select-" + row.ID)
			}
			b.follow("#selection-claim")
			if asked, left := js[int](b, `document.querySelectorAll('#bulk-rows li').length`), js[int](b, `document.querySelectorAll('#bulk-left li').length`); asked != 2 || left != 1 {
				t.Errorf("%d rows are asked about, and %d are not", asked, left)
			}
			b.follow("#bulk-submit")
			b.within(soon, "each has its answer", `document.querySelectorAll('#answers li[data-command=done]').length === 2`)
			b.visitLive(ticketsPath(smallGuild))
			for _, row := range rows {
				b.until("it is claimed", `document.getElementById('t-`+row.ID+`').dataset.state === 'claimed'`)
			}
		})
	}
}

func (b *tab) ticks(selector string) {
	b.t.Helper()
	if b.keys {
		b.reach(selector)
		b.press(" ")
	} else {
		b.click(selector)
	}
	b.until(selector+" is ticked", `document.querySelector(`+quoted(selector)+`).checked`)
}

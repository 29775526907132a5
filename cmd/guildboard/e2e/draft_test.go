//go:build e2e

package e2e

import (
	"fmt"
	"testing"
)

// holds waits until a field has the text, and its form says whether that is kept.
func (b *tab) holds(field, text string) {
	b.t.Helper()
	b.until("the field has its text", fmt.Sprintf(`document.querySelector(%s)?.value === %s`, quoted(field), quoted(text)))
	b.until("the draft is said to be kept, or there is none", fmt.Sprintf(`document.querySelector(%s).form.querySelector('.draft').hidden === %v`, quoted(field), text == ""))
}

// What is typed about a ticket and not sent is there again when its reader comes back.
func TestADraftIsKeptUntilItIsSent(t *testing.T) {
	d := demo(t)
	ticket, other := d.ticket(t, smallGuild, "To be answered later"), d.ticket(t, smallGuild, "Another")
	b := newMember(t, d.url).window("/guilds")
	for _, field := range []string{"#answer-text", "#text"} {
		b.visitLive(ticketPath(ticket))
		b.holds(field, "")
		b.types(field, "Half an answer")
		b.holds(field, "Half an answer")
		b.follow(`.nav a[href$="/tickets"]`)
		b.visitLive(ticketPath(other))
		b.holds(field, "")
		b.visitLive(ticketPath(ticket))
		b.holds(field, "Half an answer")
	}
	b.click("#note-discard")
	b.holds("#text", "")
	b.types("#text", "A whole note")
	b.follow("#note-save")
	b.within(soon, "the note is there", textOf("#notes")+`.includes('A whole note')`)
	b.holds("#text", "")
	b.types("#text", "And more")
	b.visitLive(ticketPath(ticket) + "?note=notes.saved") // the same address again
	b.holds("#text", "And more")

	b.holds("#answer-text", "Half an answer")
	b.click("#answer-submit")
	b.holds("#answer-text", "")
	b.within(soon, "it is said", textOf("#messages")+`.includes('Half an answer')`)
	b.visitLive(ticketPath(ticket))
	b.holds("#answer-text", "")
}

// Who answers again before the bot has said the first is told so in the form, which stays as it is.
func TestASecondAnswerIsKeptWhileTheFirstIsOnItsWay(t *testing.T) {
	browser(t)
	dash := newDashboard(t, someRedis(t))
	s := dash.scene(t, newProxy(t, dash.url))
	dash.beats(t) // and reads nothing
	ticket := s.ticket(t, s.guild, "Two answers")
	b := s.member.window("/guilds")
	b.visitLive(ticketPath(ticket))
	b.types("#answer-text", "The first")
	b.click("#answer-submit")
	b.holds("#answer-text", "")
	b.has("#unsent li")
	b.types("#answer-text", "The second")
	b.click("#answer-submit")
	b.until("it is told in the form", textOf("#answer-refused")+`.includes('still on its way')`)
	b.holds("#answer-text", "The second")
	if n := js[int](b, `document.querySelectorAll('#toasts [data-level=problem]').length`); n > 0 {
		t.Error("it is said in a corner, too")
	}
}

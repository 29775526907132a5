//go:build e2e

package e2e

import (
	"fmt"
	"testing"
)

// waitForDraft waits until a field has the text and its form shows that a draft is saved, or shows no draft for "".
func (b *tab) waitForDraft(field, text string) {
	b.t.Helper()
	b.waitFor("the field has the text",
		fmt.Sprintf(`document.querySelector(%s)?.value === %s`, quoteJS(field), quoteJS(text)))
	b.waitFor("the draft note is shown if there is a text",
		fmt.Sprintf(`document.querySelector(%s).form.querySelector('.draft').hidden === %v`, quoteJS(field), text == ""))
}

// TestDraftIsKeptUntilSent leaves a ticket with an unsent reply and note, and finds both after returning.
func TestDraftIsKeptUntilSent(t *testing.T) {
	d := demoServer(t)
	ticket, other := d.openTicket(t, smallGuild, "To be answered later"), d.openTicket(t, smallGuild, "Another")
	b := newSignedInUser(t, d.url).openWindow("/guilds")
	for _, field := range []string{"#answer-text", "#text"} {
		b.visitLive(ticketPath(ticket))
		b.waitForDraft(field, "")
		if field == "#text" {
			b.click("label:has(#compose-note)")
		}
		b.typeText(field, "Half an answer")
		b.waitForDraft(field, "Half an answer")
		b.clickAndWaitForPage(`.nav a[href$="/tickets"]`)
		b.visitLive(ticketPath(other))
		b.waitForDraft(field, "")
		b.visitLive(ticketPath(ticket))
		b.waitForDraft(field, "Half an answer")
	}
	b.click("label:has(#compose-note)")
	b.click("#note-discard")
	b.waitForDraft("#text", "")
	b.typeText("#text", "A whole note")
	b.clickAndWaitForPage("#note-save")
	b.waitForWithin(changeTimeout, "the note is listed", textExpression("#messages")+`.includes('A whole note')`)
	b.waitForDraft("#text", "")
	b.click("label:has(#compose-note)")
	b.typeText("#text", "And more")
	b.visitLive(ticketPath(ticket) + "?note=notes.saved") // the same URL again
	b.waitForDraft("#text", "And more")

	b.waitForDraft("#answer-text", "Half an answer")
	b.click("#answer-submit")
	b.waitForDraft("#answer-text", "")
	b.waitForWithin(changeTimeout, "the ticket shows the reply",
		textExpression("#messages")+`.includes('Half an answer')`)
	b.visitLive(ticketPath(ticket))
	b.waitForDraft("#answer-text", "")
}

// TestSecondReplyIsRefusedWhileFirstIsPending sends a reply before the bot has posted the previous one. The form shows
// the refusal and keeps its text.
func TestSecondReplyIsRefusedWhileFirstIsPending(t *testing.T) {
	chromium(t)
	dash := newDashboardServer(t, availableRedis(t))
	s := dash.newGuildFixture(t, newProxy(t, dash.url))
	dash.sendHeartbeat(t) // a heartbeat without a worker
	ticket := s.openTicket(t, s.guild, "Two answers")
	b := s.member.openWindow("/guilds")
	b.visitLive(ticketPath(ticket))
	b.typeText("#answer-text", "The first")
	b.click("#answer-submit")
	b.waitForDraft("#answer-text", "")
	b.waitForElement("#unsent li")
	b.typeText("#answer-text", "The second")
	b.click("#answer-submit")
	b.waitFor("the form shows the refusal", textExpression("#answer-refused")+`.includes('still being sent')`)
	b.waitForDraft("#answer-text", "The second")
	if n := evaluate[int](b, `document.querySelectorAll('#toasts [data-level=problem]').length`); n > 0 {
		t.Error("the refusal is also shown as a toast, want only the message in the form")
	}
}

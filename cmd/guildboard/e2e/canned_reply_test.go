//go:build e2e

package e2e

import (
	"fmt"
	"testing"
)

// TestCannedReplyInVietnamese saves a canned reply and replies to a ticket with it. No page shows English texts.
func TestCannedReplyInVietnamese(t *testing.T) {
	d := demoServer(t)
	ticket := d.openTicket(t, smallGuild, "Câu hỏi")
	b := newSignedInUser(t, d.url).openWindow("/guilds")
	b.setLanguage("vi")
	replies := overviewPath(smallGuild) + "/settings/replies"

	b.visitLive(replies)
	b.waitForText("h1", "Cài đặt")
	b.clickAndWaitForPage("#add")
	b.clickAndWaitForPage("#settings-form [type=submit]")
	b.waitFor("the form names the missing field in Vietnamese",
		textExpression("#problem-text")+`.length > 0 && !`+textExpression("#problem-text")+`.includes('needed')`)
	b.typeText("#name", "Đang xem")
	b.typeText("#text", "Chào **{user}**, chúng tôi đang xem phiếu {ticket}.")
	b.waitForElement("#preview-text strong")
	b.waitFor("the preview shows the final text",
		textExpression("#preview-text")+` === 'Chào @Ada, chúng tôi đang xem phiếu #42.'`)
	b.clickAndWaitForPage("#settings-form [type=submit]")
	b.waitForPath(replies)
	b.waitForElement("#canned-replies li")

	b.visitLive(ticketPath(ticket))
	b.waitForText("label:has(#compose-reply)", "Trả lời")
	b.runScript(`document.getElementById('canned').selectedIndex =
		[...document.getElementById('canned').options].findIndex(o => o.text === 'Đang xem')`)
	b.click("#answer-insert")
	b.waitFor("the reply field holds the canned reply",
		fmt.Sprintf(`document.getElementById('answer-text').value.startsWith('Chào ') &&
			document.getElementById('answer-text').value.endsWith('phiếu #%d.')`, ticket.Number))
	b.waitFor("the draft is saved", textExpression("#answer .draft")+`.includes('Bản nháp')`)
	b.click("#answer-submit")
	b.waitForWithin(changeTimeout, "the ticket shows the reply",
		textExpression("#messages")+`.includes('chúng tôi đang xem phiếu')`)
	b.waitForDraft("#answer-text", "")
	b.waitFor("the page's language is Vietnamese", `document.documentElement.lang === 'vi'`)
}

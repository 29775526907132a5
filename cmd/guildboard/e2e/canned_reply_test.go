//go:build e2e

package e2e

import (
	"fmt"
	"testing"
)

// A Vietnamese admin keeps a canned reply, answers a ticket with it, and reads nothing in English on the way.
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
	b.waitFor("it is said what is missing", textExpression("#problem-text")+`.length > 0 && !`+textExpression("#problem-text")+`.includes('needed')`)
	b.typeText("#name", "Đang xem")
	b.typeText("#text", "Chào {user}, chúng tôi đang xem phiếu {ticket}.")
	b.waitFor("it is shown as it will be said", textExpression("#preview-text")+` === 'Chào @Ada, chúng tôi đang xem phiếu #42.'`)
	b.clickAndWaitForPage("#settings-form [type=submit]")
	b.waitForPath(replies)
	b.waitForElement("#canned-replies li")

	b.visitLive(ticketPath(ticket))
	b.waitForText("#answer-title", "Trả lời qua bot, kèm tên của bạn")
	b.runScript(`document.getElementById('canned').selectedIndex = [...document.getElementById('canned').options].findIndex(o => o.text === 'Đang xem')`)
	b.click("#answer-insert")
	b.waitFor("it stands in the field", fmt.Sprintf(`document.getElementById('answer-text').value.startsWith('Chào ') && document.getElementById('answer-text').value.endsWith('phiếu #%d.')`, ticket.Number))
	b.waitFor("it is kept", textExpression("#answer .draft")+`.includes('Bản nháp')`)
	b.click("#answer-submit")
	b.waitForWithin(changeTimeout, "it is said", textExpression("#messages")+`.includes('chúng tôi đang xem phiếu')`)
	b.waitForDraft("#answer-text", "")
	b.waitFor("its clock speaks Vietnamese", `document.documentElement.lang === 'vi'`)
}

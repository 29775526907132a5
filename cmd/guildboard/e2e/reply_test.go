//go:build e2e

package e2e

import (
	"fmt"
	"testing"
)

// A Vietnamese admin keeps a canned reply, answers a ticket with it, and reads nothing in English on the way.
func TestACannedReplyAnswersATicketInVietnamese(t *testing.T) {
	d := demo(t)
	ticket := d.ticket(t, smallGuild, "Câu hỏi")
	b := newMember(t, d.url).window("/guilds")
	b.speak("vi")
	replies := overviewPath(smallGuild) + "/settings/replies"

	b.visitLive(replies)
	b.text("h1", "Cài đặt")
	b.follow("#add")
	b.follow("#settings-form [type=submit]")
	b.until("it is said what is missing", textOf("#problem-text")+`.length > 0 && !`+textOf("#problem-text")+`.includes('needed')`)
	b.types("#name", "Đang xem")
	b.types("#text", "Chào {user}, chúng tôi đang xem phiếu {ticket}.")
	b.until("it is shown as it will be said", textOf("#preview-text")+` === 'Chào @Ada, chúng tôi đang xem phiếu #42.'`)
	b.follow("#settings-form [type=submit]")
	b.at(replies)
	b.has("#canned-replies li")

	b.visitLive(ticketPath(ticket))
	b.text("#answer-title", "Trả lời qua bot, kèm tên của bạn")
	b.run(`document.getElementById('canned').selectedIndex = [...document.getElementById('canned').options].findIndex(o => o.text === 'Đang xem')`)
	b.click("#answer-insert")
	b.until("it stands in the field", fmt.Sprintf(`document.getElementById('answer-text').value.startsWith('Chào ') && document.getElementById('answer-text').value.endsWith('phiếu #%d.')`, ticket.Number))
	b.until("it is kept", textOf("#answer .draft")+`.includes('Bản nháp')`)
	b.click("#answer-submit")
	b.within(soon, "it is said", textOf("#messages")+`.includes('chúng tôi đang xem phiếu')`)
	b.holds("#answer-text", "")
	b.until("its clock speaks Vietnamese", `document.documentElement.lang === 'vi'`)
}

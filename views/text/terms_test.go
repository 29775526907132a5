package text

import (
	"regexp"
	"testing"
)

// The pages use one term per thing.
//
//	giveaway, entry, entrant      giveaway, lượt tham gia, người tham gia
//	winner, prize, host           người thắng, phần thưởng, người tổ chức
//	draw, reroll, redraw          bốc thăm, bốc lại
//	claim (a prize), deadline     nhận thưởng, hạn nhận thưởng
//	disqualify, reinstate         loại, cho tham gia lại
//	ticket, opener, panel         phiếu, người mở, bảng phiếu
//	claim, unclaim, assign        nhận, bỏ nhận, giao
//	staff, staff member           nhân viên
//	category (of tickets)         loại phiếu
//	channel category              danh mục kênh
//	label, priority               nhãn, mức ưu tiên
//	response time, overdue        thời hạn trả lời, quá hạn
//	transcript, internal note     bản ghi, ghi chú nội bộ
//	reply, canned reply           câu trả lời, câu trả lời mẫu
//	server, channel, role, ID     máy chủ, kênh, vai trò, ID
//	access: no access, view,      quyền: không, xem,
//	work, manage                  xử lý, quản lý
//	audit log, action             nhật ký, thao tác
//	direct message, ping          tin nhắn trực tiếp, ping

// rejectedTerms has the words that no text uses, with the words to use.
var rejectedTerms = map[Locale][]struct{ pattern, use string }{
	English: {
		{`(?i)\b(some|any|every|no)body\b`, "someone, anyone, everyone, no one"},
		{`(?i)\bwhoever\b|\bthose who\b|\bthat which\b`, "the members, the winners"},
		{`(?i)\bmeanwhile\b`, "in the meantime"},
		{`(?i)\bcomes? of\b|\bcame of\b`, "result"},
		{`(?i)\bstands?\b|\bsays\b|\bsaid\b`, "is, shows"},
		{`(?i)\bby itself\b|\bby themselves\b`, "automatically"},
		{`(?i)\bfor ever\b`, "no limit"},
		{`(?i)\bgone\b`, "deleted"},
		{`(?i)\blapses?\b`, "expires"},
		{`(?i)\btake (out|off|back)\b|\bput on\b|\bcall off\b|\bgive back\b`, "disqualify, remove, add, cancel, unclaim"},
		{`(?i)\bhelpers?\b`, "staff member"},
		{`(?i)\bdrift\b|\bout of step\b`, "out of sync"},
		{`(^|[^{])\b(id|Ids)\b`, "ID"},
		{`(?i)\bin order\b`, "valid"},
		{`[a-z]'[a-z]`, "’"},
		{`(?i)\b(is|are|does|do|did|has|have|was|were|could|can|would) ?not\b`, "the contraction"},
		{`(?i)\bcolor\b`, "colour"},
	},
	Vietnamese: {
		{`(?i)nhân sự`, "nhân viên"},
		{`(?i)chọn lại`, "bốc lại"},
		{`(?i)\bmã (kênh|vai trò|Discord|thành viên)`, "ID"},
		{`(?i)trả lại`, "bỏ nhận"},
		{`(?i)bản thử`, "bản demo"},
		{`(?i)tin nhắn riêng|nhắn riêng`, "tin nhắn trực tiếp"},
		{`(?i)danh mục (phiếu|Discord)`, "loại phiếu, danh mục kênh"},
		{`(?i)đồng hồ của bot`, "tự động"},
		{`(?i)dấu vân tay`, "mã băm"},
	},
}

func TestTextsUseTermsOfGlossary(t *testing.T) {
	for locale, terms := range rejectedTerms {
		for _, term := range terms {
			pattern := regexp.MustCompile(term.pattern)
			for key := range translations {
				if got := pattern.FindString(locale.T(key)); got != "" {
					t.Errorf("%s text of %q contains %q, want: %s (%s)", locale, key, got, term.use, locale.T(key))
				}
			}
		}
	}
}

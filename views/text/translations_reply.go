package text

// replyMessages are the messages of replies to tickets.
var replyMessages = map[string]Translation{
	"reply.text":        {"Your reply", "Câu trả lời của bạn"},
	"reply.placeholder": {"Write a reply to the opener", "Viết câu trả lời cho người mở"},
	"reply.hint": {
		"Up to 2,000 characters, with Discord markdown. Mentions don’t ping anyone.",
		"Tối đa 2.000 ký tự, hỗ trợ markdown của Discord. Nhắc tên sẽ không gửi thông báo.",
	},
	"reply.closed": {"This ticket is closed. Reopen it to reply.", "Phiếu này đã đóng. Hãy mở lại để trả lời."},
	"reply.busy": {
		"{who} has just replied. Yours wasn’t sent: read their reply first, then send yours again.",
		"{who} vừa trả lời. Câu của bạn chưa được gửi: hãy đọc câu trả lời đó rồi gửi lại.",
	},
	"reply.wait": {
		"Your last reply is still being sent. Try this one again in a moment.",
		"Câu trả lời trước của bạn vẫn đang được gửi. Hãy gửi lại câu này sau giây lát.",
	},
	"draft.kept":   {"Draft saved in this tab", "Bản nháp được lưu trong thẻ này"},
	"draft.drop":   {"Discard draft", "Bỏ bản nháp"},
	"reply.canned": {"Canned reply", "Câu trả lời mẫu"},
	"reply.choose": {"Canned reply…", "Câu trả lời mẫu…"},
	"reply.insert": {"Insert", "Chèn"},
	"reply.unsent": {"Replies not sent", "Câu trả lời chưa gửi được"},
	"reply.edit":   {"Edit and resend", "Sửa và gửi lại"},

	"tab.replies": {"Canned replies", "Câu trả lời mẫu"},
	"tab.replies.text": {
		"Replies that staff can insert when they answer a ticket (at most 50).",
		"Các câu mẫu để nhân viên chèn khi trả lời phiếu (tối đa 50).",
	},
	"tab.replies.add": {"New canned reply", "Câu trả lời mẫu mới"},
	"canned.new":      {"New canned reply", "Câu trả lời mẫu mới"},
	"canned.none":     {"No canned replies yet", "Chưa có câu trả lời mẫu nào"},
	"canned.first": {
		"Save replies that you send often and insert them in tickets.",
		"Lưu những câu hay dùng để chèn nhanh vào phiếu.",
	},
	"canned.delete": {"Replies already sent aren’t affected.", "Không ảnh hưởng đến các câu đã gửi."},
	"group.canned":  {"Canned reply", "Câu trả lời mẫu"},
	"set.text":      {"Text", "Nội dung"},
	"set.text.hint": {
		"{user} is replaced by the opener’s name, {ticket} by the ticket number.",
		"{user} được thay bằng tên người mở, {ticket} bằng số phiếu.",
	},
}

package text

// replyMessages are the messages of replies to tickets.
var replyMessages = map[string]Translation{
	"reply.text":        {"Your answer", "Câu trả lời của bạn"},
	"reply.placeholder": {"What the opener will read in Discord", "Nội dung người mở sẽ đọc trong Discord"},
	"reply.hint": {
		"1 to 2,000 characters. Discord’s markdown works. Mentions don’t ping anyone.",
		"Từ 1 đến 2.000 ký tự. Dùng được markdown của Discord; không ai bị nhắc tên hay nhận thông báo.",
	},
	"reply.closed": {
		"This ticket is closed: nothing can be said in it until it is reopened.",
		"Phiếu này đã đóng: phải mở lại mới có thể trả lời.",
	},
	"reply.busy": {
		"{who} has just answered, and the bot has not sent it yet. Yours was not sent: read theirs and send yours then.",
		"{who} vừa trả lời và bot chưa gửi câu đó. Câu của bạn chưa được gửi: hãy đọc câu kia rồi gửi lại.",
	},
	"reply.wait": {
		"Your last answer is still on its way to Discord. This one was not sent: it stays here, send it in a moment.",
		"Câu trả lời trước của bạn vẫn đang được gửi tới Discord. Câu này chưa được gửi và vẫn ở đây: hãy gửi lại sau giây lát.",
	},
	"draft.kept":   {"Draft kept in this tab until it is sent.", "Bản nháp được giữ trong thẻ này cho đến khi gửi."},
	"draft.drop":   {"Discard", "Bỏ bản nháp"},
	"reply.canned": {"Canned reply", "Câu trả lời mẫu"},
	"reply.insert": {"Insert", "Chèn"},
	"reply.unsent": {"Answers that are not in Discord", "Câu trả lời chưa có trong Discord"},
	"reply.edit":   {"Change it and send it again", "Sửa và gửi lại"},

	"tab.replies":      {"Canned replies", "Câu trả lời mẫu"},
	"tab.replies.text": {"What can be chosen where a ticket is answered: at most 50.", "Các câu có thể chọn khi trả lời phiếu: tối đa 50."},
	"tab.replies.add":  {"New canned reply", "Câu trả lời mẫu mới"},
	"canned.new":       {"New canned reply", "Câu trả lời mẫu mới"},
	"canned.none":      {"No canned reply yet", "Chưa có câu trả lời mẫu nào"},
	"canned.first": {
		"What you answer again and again is chosen from a list then.",
		"Những câu bạn hay trả lời sẽ được chọn từ danh sách.",
	},
	"canned.delete": {"Answers that were sent with it stay.", "Các câu đã gửi bằng mẫu này vẫn còn."},
	"group.canned":  {"The canned reply", "Câu trả lời mẫu"},
	"set.text":      {"What it says", "Nội dung"},
	"set.text.hint": {
		"{user} becomes the opener’s name and {ticket} the ticket’s number.",
		"{user} là tên người mở và {ticket} là số phiếu.",
	},
}

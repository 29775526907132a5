package text

// notificationMessages are the texts and settings of notifications.
var notificationMessages = map[string]Translation{
	"notification.title": {"Notifications", "Thông báo"},
	"notification.hint": {
		"While a page of this site is open in this browser, its title counts what happens when you look elsewhere. Nothing is sent by " +
			"any other way. This is about the device, so it is kept in this browser alone.",
		"Khi một trang của site này đang mở trong trình duyệt, tiêu đề trang sẽ đếm những gì xảy ra lúc bạn nhìn nơi khác. Không có gì " +
			"được gửi bằng cách khác. Phần này thuộc về thiết bị nên chỉ được lưu trong trình duyệt này.",
	},
	"notification.kinds":           {"Notify me when", "Báo cho tôi khi"},
	"notification.ticket-opened":   {"a ticket is opened", "có phiếu mới"},
	"notification.ticket-waiting":  {"nobody has claimed a ticket for half an hour", "một phiếu đã nửa giờ chưa ai nhận"},
	"notification.ticket-overdue":  {"a ticket is not answered in time", "một phiếu chưa được trả lời đúng hạn"},
	"notification.giveaway-ended":  {"a giveaway has ended", "một giveaway đã kết thúc"},
	"notification.command-refused": {"the bot refuses my request, or does not answer", "bot từ chối yêu cầu của tôi hoặc không trả lời"},
	"notification.methods":         {"And also, while no page of it is in front", "Và khi không trang nào đang ở phía trước"},
	"notification.desktop":         {"by a notification on the desktop", "bằng thông báo trên màn hình"},
	"notification.sound":           {"by a sound", "bằng âm thanh"},
	"notification.quiet-from":      {"Quiet from", "Im lặng từ"},
	"notification.quiet-until":     {"until", "đến"},
	"notification.test":            {"Try it", "Thử"},
	"notification.testText":        {"This is what a notification looks like.", "Thông báo sẽ trông như thế này."},
	"notification.denied": {
		"Your browser does not let this site show notifications. Its own settings can change that.",
		"Trình duyệt không cho phép site này hiện thông báo. Bạn có thể đổi trong cài đặt của trình duyệt.",
	},
	"notification.many":     {"{n} new notifications", "{n} thông báo mới"},
	"notification.opened":   {"New ticket {n}: {subject}", "Phiếu mới {n}: {subject}"},
	"notification.waiting":  {"Ticket {n} waits unclaimed: {subject}", "Phiếu {n} chưa ai nhận: {subject}"},
	"notification.overdue":  {"Ticket {n} is overdue: {subject}", "Phiếu {n} quá hạn trả lời: {subject}"},
	"notification.ended":    {"Ended: {prize}", "Đã kết thúc: {prize}"},
	"newRows.giveaways":     {"{n} new giveaways", "{n} giveaway mới"},
	"newRows.giveaways.one": {"{n} new giveaway", ""},
	"newRows.tickets":       {"{n} new tickets", "{n} phiếu mới"},
	"newRows.tickets.one":   {"{n} new ticket", ""},
	"newRows.other":         {"{n} new", "{n} mục mới"},
	"newRows.other.one":     {"{n} new", ""},
	"preferences.badHour":   {"This is not a time of day such as 22:00.", "Đây không phải giờ dạng 22:00."},
}

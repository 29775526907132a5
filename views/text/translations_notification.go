package text

// notificationMessages are the texts and settings of notifications.
var notificationMessages = map[string]Translation{
	"notification.title": {"Notifications", "Thông báo"},
	"notification.hint": {
		"Notifications appear while {brand} is open in this browser. These settings apply to this browser only.",
		"Thông báo hiện khi {brand} đang mở trong trình duyệt này. Cài đặt chỉ áp dụng cho trình duyệt này.",
	},
	"notification.kinds":           {"Notify me when", "Báo cho tôi khi"},
	"notification.ticket-opened":   {"a ticket is opened", "có phiếu mới"},
	"notification.ticket-waiting":  {"a ticket is unclaimed for half an hour", "một phiếu đã nửa giờ chưa ai nhận"},
	"notification.ticket-overdue":  {"a ticket is overdue", "một phiếu quá hạn trả lời"},
	"notification.giveaway-ended":  {"a giveaway ends", "một giveaway kết thúc"},
	"notification.command-refused": {"one of my actions fails", "một thao tác của tôi không thành công"},
	"notification.methods":         {"When {brand} isn’t in view", "Khi bạn không xem {brand}"},
	"notification.desktop":         {"show a desktop notification", "hiện thông báo trên màn hình"},
	"notification.sound":           {"play a sound", "phát âm thanh"},
	"notification.quiet-from":      {"Quiet hours from", "Giờ yên lặng từ"},
	"notification.quiet-until":     {"Quiet hours until", "Giờ yên lặng đến"},
	"notification.test":            {"Send test", "Gửi thử"},
	"notification.testText":        {"This is a test notification.", "Đây là thông báo thử."},
	"notification.denied": {
		"Your browser blocks notifications from this site. Allow them in its settings.",
		"Trình duyệt đang chặn thông báo của trang này. Hãy cho phép trong cài đặt trình duyệt.",
	},
	"notification.many":     {"{n} new notifications", "{n} thông báo mới"},
	"notification.opened":   {"New ticket {n}: {subject}", "Phiếu mới {n}: {subject}"},
	"notification.waiting":  {"Ticket {n} is unclaimed: {subject}", "Phiếu {n} chưa ai nhận: {subject}"},
	"notification.overdue":  {"Ticket {n} is overdue: {subject}", "Phiếu {n} quá hạn trả lời: {subject}"},
	"notification.ended":    {"Giveaway ended: {prize}", "Giveaway đã kết thúc: {prize}"},
	"newRows.giveaways":     {"{n} new giveaways", "{n} giveaway mới"},
	"newRows.giveaways.one": {"{n} new giveaway", ""},
	"newRows.tickets":       {"{n} new tickets", "{n} phiếu mới"},
	"newRows.tickets.one":   {"{n} new ticket", ""},
	"newRows.other":         {"{n} new", "{n} mục mới"},
	"newRows.other.one":     {"{n} new", ""},
	"preferences.badHour":   {"Enter a time such as 22:00.", "Hãy nhập giờ dạng 22:00."},
}

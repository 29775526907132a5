package text

// notificationMessages are the texts and settings of notifications.
var notificationMessages = map[string]Translation{
	"notification.title": {"Notifications", "Thông báo"},
	"notification.hint": {
		"The title of the tab counts notifications while {brand} is open.",
		"Tiêu đề thẻ trình duyệt đếm số thông báo khi {brand} đang mở.",
	},
	"notification.kinds":           {"Notify me when", "Báo cho tôi khi"},
	"notification.ticket-opened":   {"a ticket is opened", "có phiếu mới"},
	"notification.ticket-waiting":  {"a ticket is unclaimed for half an hour", "một phiếu đã nửa giờ chưa ai nhận"},
	"notification.ticket-overdue":  {"a ticket is overdue", "một phiếu quá hạn trả lời"},
	"notification.giveaway-ended":  {"a giveaway ends", "một giveaway kết thúc"},
	"notification.command-refused": {"one of my actions fails", "một thao tác của tôi không thành công"},
	"notification.methods":         {"In this browser, when {brand} isn’t in view", "Trên trình duyệt này, khi bạn không xem {brand}"},
	"notification.desktop":         {"show a desktop notification", "hiện thông báo trên màn hình"},
	"notification.sound":           {"play a sound", "phát âm thanh"},
	"notification.quiet-from":      {"Quiet hours from", "Giờ yên lặng từ"},
	"notification.quiet-until":     {"Quiet hours until", "Giờ yên lặng đến"},
	"notification.test":            {"Send test", "Gửi thử"},
	"notification.testText":        {"This is a test notification.", "Đây là thông báo thử."},
	"notification.testSent": {
		"Test sent: a sound, and a desktop notification if you have chosen it.",
		"Đã gửi thử: một âm thanh, và thông báo trên màn hình nếu bạn đã chọn.",
	},
	"notification.quietZone": {
		"In time zone {zone}. Nothing is shown, played or sent.",
		"Theo múi giờ {zone}. Không hiện, không phát và không gửi gì.",
	},
	"notification.denied": {
		"Your browser blocks notifications from this site. Allow them in its settings.",
		"Trình duyệt đang chặn thông báo của trang này. Hãy cho phép trong cài đặt trình duyệt.",
	},
	"notification.many":    {"{n} new notifications", "{n} thông báo mới"},
	"notification.opened":  {"New ticket {n}: {subject}", "Phiếu mới {n}: {subject}"},
	"notification.waiting": {"Ticket {n} is unclaimed: {subject}", "Phiếu {n} chưa ai nhận: {subject}"},
	"notification.overdue": {"Ticket {n} is overdue: {subject}", "Phiếu {n} quá hạn trả lời: {subject}"},
	"notification.ended":   {"Giveaway ended: {prize}", "Giveaway đã kết thúc: {prize}"},
	"directMessage.legend": {"By direct message from the bot, about", "Qua tin nhắn trực tiếp từ bot, về"},
	"directMessage.hint": {
		"Reaches your phone through Discord, also while this page is closed. Nothing is sent during quiet hours.",
		"Đến điện thoại của bạn qua Discord, kể cả khi trang này đã đóng. Không gửi gì trong giờ yên lặng.",
	},
	"directMessage.noKinds": {
		"Choose what to be notified about, or choose no server under direct messages.",
		"Hãy chọn loại thông báo, hoặc bỏ chọn máy chủ ở phần tin nhắn trực tiếp.",
	},
	"directMessage.unconfirmed": {
		"The bot will send you a direct message shortly to confirm that this works.",
		"Bot sẽ sớm gửi cho bạn một tin nhắn trực tiếp để xác nhận.",
	},
	"directMessage.works": {"The bot can send you direct messages.", "Bot gửi được tin nhắn trực tiếp cho bạn."},
	"directMessage.refused": {
		"Discord refused the bot’s message to you ({why}). Allow direct messages from one of these servers, then save again.",
		"Discord không cho bot nhắn cho bạn ({why}). Hãy cho phép tin nhắn trực tiếp từ một trong các máy chủ này, rồi lưu lại.",
	},
	"directMessage.confirmed": {
		"You’ll get your notifications here. To change or stop them:",
		"Bạn sẽ nhận thông báo tại đây. Để thay đổi hoặc tắt:",
	},
	"directMessage.more":     {"{n} more:", "{n} thông báo khác:"},
	"directMessage.more.one": {"{n} more:", ""},
	"newRows.giveaways":      {"{n} new giveaways", "{n} giveaway mới"},
	"newRows.giveaways.one":  {"{n} new giveaway", ""},
	"newRows.tickets":        {"{n} new tickets", "{n} phiếu mới"},
	"newRows.tickets.one":    {"{n} new ticket", ""},
	"newRows.other":          {"{n} new", "{n} mục mới"},
	"newRows.other.one":      {"{n} new", ""},
	"preferences.badHour":    {"Enter a time such as 22:00.", "Hãy nhập giờ dạng 22:00."},
}

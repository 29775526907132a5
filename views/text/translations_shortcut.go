package text

// shortcutMessages are the messages about keyboard shortcuts.
var shortcutMessages = map[string]Translation{
	"keys.title": {"Keyboard shortcuts", "Phím tắt"},
	"keys.use":   {"Shortcuts of a single letter", "Phím tắt một chữ"},
	"keys.on":    {"On", "Bật"},
	"keys.off":   {"Off", "Tắt"},
	"keys.hint": {
		"They do nothing while you type. Switch them off if you speak to your computer, or if they are in your way.",
		"Chúng không hoạt động khi bạn đang gõ. Hãy tắt nếu bạn điều khiển bằng giọng nói hoặc thấy vướng.",
	},
	"keys.then":        {"then", "rồi"},
	"keys.switch":      {"Switch them off", "Tắt phím tắt"},
	"keys.next":        {"Next row", "Hàng tiếp theo"},
	"keys.previous":    {"Previous row", "Hàng trước"},
	"keys.select":      {"Select or deselect row", "Chọn hoặc bỏ chọn hàng"},
	"keys.menu":        {"Open the row’s menu", "Mở menu của hàng"},
	"keys.search":      {"Search in the list", "Tìm trong danh sách"},
	"keys.quickSearch": {"Go to a server, page, giveaway or ticket", "Đi tới máy chủ, trang, giveaway hoặc phiếu"},
	"keys.home":        {"Home, all servers", "Trang chính, mọi máy chủ"},
	"keys.overview":    {"Overview of this server", "Tổng quan máy chủ này"},
	"keys.giveaways":   {"Giveaways of this server", "Giveaway của máy chủ này"},
	"keys.tickets":     {"Tickets of this server", "Phiếu của máy chủ này"},
	"keys.help":        {"This list", "Danh sách này"},

	"preferences.density": {"Density", "Mật độ"},
	"density.comfortable": {"Comfortable", "Thoải mái"},
	"density.compact":     {"Compact", "Gọn"},
}

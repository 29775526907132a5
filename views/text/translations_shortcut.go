package text

// shortcutMessages are the messages about keyboard shortcuts.
var shortcutMessages = map[string]Translation{
	"keys.title": {"Keyboard shortcuts", "Phím tắt"},
	"keys.use":   {"Single-letter shortcuts", "Phím tắt một chữ cái"},
	"keys.on":    {"On", "Bật"},
	"keys.off":   {"Off", "Tắt"},
	"keys.hint": {
		"Turn them off if you use speech input. They never work while you type.",
		"Hãy tắt nếu bạn nhập liệu bằng giọng nói. Phím tắt không hoạt động khi bạn đang gõ.",
	},
	"keys.then":        {"then", "rồi"},
	"keys.switch":      {"Turn off shortcuts", "Tắt phím tắt"},
	"keys.next":        {"Next row", "Hàng tiếp theo"},
	"keys.previous":    {"Previous row", "Hàng trước"},
	"keys.select":      {"Select or deselect row", "Chọn hoặc bỏ chọn hàng"},
	"keys.menu":        {"Open row menu", "Mở menu của hàng"},
	"keys.search":      {"Search this list", "Tìm trong danh sách này"},
	"keys.quickSearch": {"Quick search", "Tìm nhanh"},
	"keys.home":        {"Home (all servers)", "Trang chủ (mọi máy chủ)"},
	"keys.overview":    {"Overview of this server", "Tổng quan máy chủ này"},
	"keys.giveaways":   {"Giveaways of this server", "Giveaway của máy chủ này"},
	"keys.tickets":     {"Tickets of this server", "Phiếu của máy chủ này"},
	"keys.help":        {"Show keyboard shortcuts", "Hiện phím tắt"},

	"preferences.density": {"Density", "Mật độ"},
	"density.comfortable": {"Comfortable", "Thoải mái"},
	"density.compact":     {"Compact", "Gọn"},
}

package text

// preferencesMessages are the messages of the preferences page.
var preferencesMessages = map[string]Translation{
	"preferences.title":   {"Preferences", "Tùy chọn"},
	"preferences.reading": {"Display", "Hiển thị"},
	"preferences.account": {
		"These settings apply in every browser where you’re signed in.",
		"Cài đặt này áp dụng trên mọi trình duyệt bạn đăng nhập.",
	},
	"preferences.browser": {
		"These settings apply to this browser until you sign in.",
		"Cài đặt này áp dụng cho trình duyệt này cho đến khi bạn đăng nhập.",
	},
	"preferences.savedAccount": {
		"Saved. Desktop notifications and sound apply to this browser only.",
		"Đã lưu. Thông báo trên màn hình và âm thanh chỉ áp dụng cho trình duyệt này.",
	},
	"preferences.zone": {"Time zone", "Múi giờ"},
	"preferences.zoneHint": {
		"Used for times and date filters. Leave empty to use your browser’s time zone.",
		"Dùng cho thời gian và bộ lọc ngày. Nếu để trống, trang dùng múi giờ của trình duyệt.",
	},
	"preferences.zoneHere":          {"Use this device’s time zone ({zone})", "Dùng múi giờ của thiết bị ({zone})"},
	"preferences.columns":           {"Shown columns", "Cột hiển thị"},
	"preferences.columns.giveaways": {"Columns in the giveaway list", "Các cột trong danh sách giveaway"},
	"preferences.columns.tickets":   {"Columns in the ticket list", "Các cột trong danh sách phiếu"},
	"preferences.save":              {"Save", "Lưu"},
	"preferences.saved":             {"Saved in this browser.", "Đã lưu trong trình duyệt này."},
}

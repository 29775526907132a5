package text

// preferencesMessages are the messages of the preferences page.
var preferencesMessages = map[string]Translation{
	"preferences.title":   {"Preferences", "Tùy chọn"},
	"preferences.reading": {"Reading", "Hiển thị"},
	"preferences.account": {
		"What you choose here is yours in every browser that you sign in with.",
		"Lựa chọn ở đây áp dụng cho bạn trong mọi trình duyệt bạn đăng nhập.",
	},
	"preferences.browser": {
		"What you choose here holds in this browser. Once you are signed in, it goes with you.",
		"Lựa chọn ở đây áp dụng trong trình duyệt này. Khi đã đăng nhập, lựa chọn sẽ đi cùng bạn.",
	},
	"preferences.savedAccount": {
		"Saved. Notification settings apply to this browser only.",
		"Đã lưu. Cài đặt thông báo chỉ áp dụng cho trình duyệt này.",
	},
	"preferences.zone": {"Time zone", "Múi giờ"},
	"preferences.zoneHint": {
		"Times are shown in this zone, and date filters use it. Empty: your browser’s zone, or {zone} without JavaScript.",
		"Thời gian và bộ lọc ngày dùng múi giờ này. Để trống: múi giờ của trình duyệt, hoặc {zone} nếu không có JavaScript.",
	},
	"preferences.zoneHere": {"Take this device’s: {zone}", "Dùng múi giờ của thiết bị: {zone}"},
	"preferences.columns":  {"Shown columns", "Cột hiển thị"},
	"preferences.save":     {"Save", "Lưu"},
	"preferences.saved":    {"Your preferences are saved in this browser.", "Tùy chọn đã được lưu trong trình duyệt này."},
}

package views

// preferencesWords are on the page of a reader's own choices.
var preferencesWords = map[string]word{
	"preferences.title":    {"Preferences", "Tùy chọn"},
	"preferences.reading":  {"Reading", "Hiển thị"},
	"preferences.zone":     {"Time zone", "Múi giờ"},
	"preferences.zoneHint": {"Times are told in it, and dates you filter by begin in it. Empty: times as your browser has them, dates in {zone}.", "Thời gian hiển thị và ngày trong bộ lọc theo múi giờ này. Để trống: giờ theo trình duyệt, ngày theo {zone}."},
	"preferences.zoneHere": {"Take this device’s: {zone}", "Dùng múi giờ của thiết bị: {zone}"},
	"preferences.save":     {"Save", "Lưu"},
	"preferences.saved":    {"Your preferences are saved in this browser.", "Tùy chọn đã được lưu trong trình duyệt này."},
}

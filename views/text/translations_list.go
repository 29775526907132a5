package text

// Texts of lists and their toolbars.
var listMessages = map[string]Translation{
	"nav.more":        {"More", "Thêm"},
	"list.menu":       {"List options", "Tùy chọn danh sách"},
	"filter.title":    {"Filters", "Bộ lọc"},
	"filter.close":    {"Show results", "Xem kết quả"},
	"filter.remove":   {"Remove filter", "Bỏ lọc"},
	"filter.chip":     {"{label}: {value}", "{label}: {value}"},
	"filter.since":    {"Since {day}", "Từ {day}"},
	"filter.until":    {"Until {day}", "Đến {day}"},
	"col.figures":     {"Figures", "Số liệu"},
	"col.closed":      {"Closed", "Đã đóng"},
	"selection.n":     {"{n} selected", "Đã chọn {n}"},
	"selection.n.one": {"{n} selected", ""},
	"selection.all":   {"Select all on this page", "Chọn cả trang"},
	"selection.none":  {"Clear selection", "Bỏ chọn"},
}

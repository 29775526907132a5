package text

// templateMessages are the messages of giveaway templates.
var templateMessages = map[string]Translation{
	"templates.title": {"Templates", "Mẫu giveaway"},
	"templates.text": {
		"Saved giveaway settings that you can start new giveaways from.",
		"Các thiết lập đã lưu để tạo giveaway mới.",
	},
	"templates.n":        {"{n} templates", "{n} mẫu"},
	"templates.n.one":    {"{n} template", ""},
	"templates.none":     {"No templates yet", "Chưa có mẫu nào"},
	"templates.first":    {"Open a giveaway and choose Save as template.", "Mở một giveaway và chọn Lưu thành mẫu."},
	"templates.name":     {"Name", "Tên"},
	"templates.duration": {"Duration", "Thời lượng"},
	"templates.start":    {"Use template", "Dùng mẫu này"},
	"templates.delete":   {"Delete template", "Xóa mẫu"},
	"templates.save":     {"Save as template", "Lưu thành mẫu"},
	"templates.hint":     {"Saves the settings and duration of “{name}”.", "Lưu thiết lập và thời lượng của “{name}”."},
	"templates.saved":    {"Template saved.", "Đã lưu mẫu."},
	"templates.deleted":  {"Template deleted.", "Đã xóa mẫu."},
	"templates.nameTaken": {
		"This name is taken, or there are already 100 templates.",
		"Tên này đã được dùng, hoặc đã đủ 100 mẫu.",
	},
	"templates.foreign": {
		"The giveaway uses a channel or role that this server doesn’t have. Change it first.",
		"Giveaway dùng kênh hoặc vai trò không có trong máy chủ này. Hãy sửa trước.",
	},
	"templates.nameTooLong": {"A name can have at most 60 characters.", "Tên có tối đa 60 ký tự."},

	"audit.TEMPLATE_SAVE":   {"Save template", "Lưu mẫu"},
	"audit.TEMPLATE_DELETE": {"Delete template", "Xóa mẫu"},
}

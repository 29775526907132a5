package text

// templateMessages are the messages of giveaway templates.
var templateMessages = map[string]Translation{
	"templates.title": {"Templates", "Mẫu giveaway"},
	"templates.text": {
		"Giveaways to start from again. Nothing of them is in Discord until you send the form.",
		"Các giveaway để bắt đầu lại. Chưa có gì trong Discord cho đến khi bạn gửi biểu mẫu.",
	},
	"templates.n":        {"{n} templates", "{n} mẫu"},
	"templates.n.one":    {"{n} template", ""},
	"templates.none":     {"No templates yet", "Chưa có mẫu nào"},
	"templates.first":    {"Open a giveaway and save it as a template.", "Mở một giveaway và lưu nó thành mẫu."},
	"templates.name":     {"Name", "Tên"},
	"templates.duration": {"Lasts", "Kéo dài"},
	"templates.start":    {"Start from it", "Bắt đầu từ mẫu này"},
	"templates.delete":   {"Delete for good", "Xóa vĩnh viễn"},
	"templates.save":     {"Save as template", "Lưu thành mẫu"},
	"templates.hint": {
		"All that the form of “{name}” says is kept, and how long it lasts.",
		"Mọi nội dung biểu mẫu của “{name}” và thời lượng sẽ được lưu.",
	},
	"templates.saved":   {"The template is saved.", "Đã lưu mẫu."},
	"templates.deleted": {"The template is deleted.", "Đã xóa mẫu."},
	"templates.nameTaken": {
		"There is a template of that name, or there are a hundred already.",
		"Đã có mẫu tên này, hoặc đã đủ một trăm mẫu.",
	},
	"templates.foreign": {
		"The giveaway names a channel or role that this server doesn’t have. Change it first.",
		"Giveaway dùng kênh hoặc vai trò mà máy chủ này không có. Hãy sửa trước.",
	},
	"templates.nameTooLong": {"A name has at most 60 characters.", "Tên có tối đa 60 ký tự."},

	"audit.TEMPLATE_SAVE":   {"Save template", "Lưu mẫu"},
	"audit.TEMPLATE_DELETE": {"Delete template", "Xóa mẫu"},
}

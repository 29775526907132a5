package views

// staffWords speak of who, beside the managers, may do what.
var staffWords = map[string]word{
	"guilds.staff": {"Staff", "Nhân sự"},

	"problem.forbidden":      {"You may look, but not do that", "Bạn được xem nhưng không được làm việc này"},
	"problem.forbidden.text": {"Your role lets you see this page. Whoever manages the server can let it do more, under Staff.", "Vai trò của bạn cho phép xem trang này. Người quản lý máy chủ có thể cấp thêm quyền ở mục Nhân sự."},
}

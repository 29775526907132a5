package text

// staffMessages are the messages of the staff page.
var staffMessages = map[string]Translation{
	"guilds.staff": {"Staff", "Nhân sự"},

	"staff.title": {"Staff", "Nhân sự"},
	"staff.text": {
		"The owner, administrators and members with the permission Manage Server have full access. Here you give access to other " +
			"members, by their roles in Discord.",
		"Chủ sở hữu, quản trị viên và người quản lý máy chủ được làm mọi việc. Tại đây bạn cấp quyền cho người khác theo vai trò của họ " +
			"trong Discord.",
	},
	"staff.matrix": {"Role permissions", "Quyền của từng vai trò ở từng phần"},
	"staff.role":   {"Role", "Vai trò"},
	"staff.cell":   {"{role}: {module}", "{role}: {module}"},
	"staff.add":    {"Add role", "Thêm vai trò"},
	"staff.choose": {"Choose a role", "Chọn vai trò"},
	"staff.byId": {
		"The bot has not sent the server’s roles; enter the role’s ID.",
		"Bot chưa cung cấp danh sách vai trò; hãy nhập mã vai trò.",
	},
	"staff.unknownRole": {"Role {id}", "Vai trò {id}"},
	"staff.now":         {"now: {level}", "hiện tại: {level}"},
	"staff.saved":       {"Saved. Open pages follow within a minute.", "Đã lưu. Các trang đang mở sẽ cập nhật trong vòng một phút."},
	"staff.conflict": {
		"Somebody has saved other rights meanwhile; where yours differ, theirs stand beside them. Saving again makes it as you see it.",
		"Có người vừa lưu quyền khác; chỗ nào khác với bạn được ghi bên cạnh. Lưu lại sẽ áp dụng như bạn thấy.",
	},
	"staff.noRole": {"The server has no such role.", "Máy chủ không có vai trò này."},
	"staff.everyone": {
		"Every member has this role. Choose a role that only some members have.",
		"Đó là mọi người: hãy chọn một vai trò được trao riêng.",
	},
	"staff.duplicateRole": {"That role has a row already.", "Vai trò này đã có hàng rồi."},
	"staff.noLevel":       {"Choose an access level.", "Hãy chọn mức quyền."},
	"staff.tooMany":       {"At most 50 roles can have access.", "Tối đa 50 vai trò."},

	"staff.members": {"Members with access through a role", "Thành viên có quyền qua vai trò"},
	"staff.member":  {"Member", "Thành viên"},
	"staff.byRole":  {"Role", "Vai trò"},
	"staff.n":       {"{n} members have access through a role", "{n} thành viên có quyền qua vai trò"},
	"staff.n.one":   {"{n} member has access through a role", ""},
	"staff.nobody":  {"Nobody yet", "Chưa có ai"},
	"staff.nobody.text": {
		"Members with one of the roles above appear here once the bot has confirmed them.",
		"Người có vai trò ở trên sẽ xuất hiện tại đây sau khi bot kiểm tra.",
	},
	"staff.confirmed": {"The bot has confirmed this", "Bot xác nhận điều này"},
	"staff.expiry": {
		"A role that it has not confirmed within five minutes gives no access.",
		"Vai trò không được xác nhận trong năm phút không cấp quyền.",
	},
	"staff.unconfirmed": {
		"The bot has not reported which members have which roles, so only managers have access.",
		"Bot chưa cho biết ai có vai trò nào nên chỉ người quản lý có quyền.",
	},

	"module.giveaways": {"Giveaways", "Giveaway"},
	"module.tickets":   {"Tickets and ratings", "Phiếu và đánh giá"},

	"level.none":     {"Nothing", "Không"},
	"level.see":      {"See", "Xem"},
	"level.see.text": {"Lists, pages and files, live.", "Danh sách, trang và tệp, trực tiếp."},
	"level.act":      {"Act", "Xử lý"},
	"level.act.text": {
		"Also the daily work: end, reroll, pause and repair giveaways; claim, close and reopen tickets.",
		"Thêm việc hằng ngày: kết thúc, chọn lại, tạm dừng, sửa lỗi giveaway; nhận, đóng, mở lại phiếu.",
	},
	"level.manage": {"Manage", "Quản lý"},
	"level.manage.text": {
		"Also what makes something new or cannot be undone: create, edit, cancel and delete giveaways.",
		"Thêm việc tạo mới hoặc không thể hoàn tác: tạo, sửa, hủy và xóa giveaway.",
	},

	"save":    {"Save", "Lưu"},
	"undo":    {"Undo", "Hoàn tác"},
	"unsaved": {"You have changes that are not saved.", "Bạn có thay đổi chưa lưu."},

	"audit.STAFF_CHANGE": {"Change staff", "Đổi quyền nhân sự"},

	"login.demoStaff": {"Sign in as a staff member", "Đăng nhập với tư cách nhân viên"},

	"problem.forbidden": {"You may look, but not do that", "Bạn được xem nhưng không được làm việc này"},
	"problem.forbidden.text": {
		"Your access doesn't allow that, or no longer does. Nothing was done. A manager of the server can give your role more access, " +
			"under Staff.",
		"Quyền của bạn không cho phép, hoặc không còn cho phép; chưa có gì được thực hiện. Người quản lý máy chủ có thể cấp thêm quyền " +
			"ở mục Nhân sự.",
	},

	"problem.managers": {"You may look, but not manage", "Bạn được xem nhưng không được quản lý"},
	"problem.managers.text": {
		"This is for those who may manage the server in Discord, which you may not, or no longer; nothing was done.",
		"Phần này dành cho người được quản lý máy chủ trong Discord; bạn không có, hoặc không còn quyền đó; chưa có gì được thực hiện.",
	},

	"problem.unconfirmed": {"You may look, but not do that now", "Hiện bạn chỉ được xem, chưa làm được việc này"},
	"problem.unconfirmed.text": {
		"The bot has not confirmed your role within the last minute, so your access no longer allows that; nothing was done. Try again " +
			"once the bot is back.",
		"Bot chưa xác nhận vai trò của bạn trong phút vừa qua nên quyền của bạn không còn cho phép; chưa có gì được thực hiện. Hãy thử " +
			"lại khi bot hoạt động.",
	},
}

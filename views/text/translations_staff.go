package text

// staffMessages are the messages of the staff page.
var staffMessages = map[string]Translation{
	"guilds.staff": {"Staff", "Nhân viên"},

	"staff.title": {"Staff", "Nhân viên"},
	"staff.text": {
		"Members who can manage the server have full access. Give other members access by their roles.",
		"Người quản lý máy chủ có toàn quyền. Hãy cấp quyền cho thành viên khác theo vai trò của họ.",
	},
	"staff.matrix":      {"Role permissions", "Quyền của vai trò"},
	"staff.role":        {"Role", "Vai trò"},
	"staff.cell":        {"{role}: {module}", "{role}: {module}"},
	"staff.add":         {"Add role", "Thêm vai trò"},
	"staff.choose":      {"Add a role…", "Thêm vai trò…"},
	"staff.byId":        {"The role list isn’t available yet. Enter a role ID.", "Chưa có danh sách vai trò. Hãy nhập ID vai trò."},
	"staff.unknownRole": {"Role {id}", "Vai trò {id}"},
	"staff.now":         {"saved: {level}", "đã lưu: {level}"},
	"staff.saved":       {"Saved. Takes effect within a minute.", "Đã lưu. Có hiệu lực trong một phút."},
	"staff.conflict": {
		"Someone else has saved changes; their values are shown next to yours. Save again to keep yours.",
		"Người khác vừa lưu thay đổi; giá trị của họ hiện bên cạnh. Lưu lại để giữ giá trị của bạn.",
	},
	"staff.missingRole": {"Choose the role that gets this access.", "Hãy chọn vai trò được cấp quyền này."},
	"staff.noRole":      {"This server has no such role.", "Máy chủ không có vai trò này."},
	"staff.everyone": {
		"Every member has this role. Choose another one.",
		"Mọi thành viên đều có vai trò này. Hãy chọn vai trò khác.",
	},
	"staff.duplicateRole": {"This role is already in the list.", "Vai trò này đã có trong danh sách."},
	"staff.noLevel":       {"Choose an access level.", "Hãy chọn mức quyền."},
	"staff.tooMany":       {"At most 50 roles can have access.", "Tối đa 50 vai trò được cấp quyền."},

	"staff.members": {"Members with access through a role", "Thành viên có quyền qua vai trò"},
	"staff.member":  {"Member", "Thành viên"},
	"staff.byRole":  {"Role", "Vai trò"},
	"staff.n":       {"{n} members have access through a role", "{n} thành viên có quyền qua vai trò"},
	"staff.n.one":   {"{n} member has access through a role", ""},
	"staff.nobody":  {"No members yet", "Chưa có thành viên nào"},
	"staff.nobody.text": {
		"Members with one of these roles appear here.",
		"Thành viên có một trong các vai trò này sẽ hiện ở đây.",
	},
	"staff.confirmed": {"Last checked by the bot:", "Bot kiểm tra lần cuối:"},
	"staff.expiry": {
		"Access ends if the bot doesn’t confirm a role for five minutes.",
		"Quyền hết hiệu lực nếu bot không xác nhận vai trò trong năm phút.",
	},
	"staff.unconfirmed": {
		"The bot hasn’t reported the members of these roles yet, so only managers have access.",
		"Bot chưa cho biết ai có các vai trò này nên chỉ người quản lý có quyền.",
	},

	"viewAs.title":       {"View as role", "Xem với vai trò"},
	"viewAs.start":       {"View as role", "Xem với vai trò"},
	"viewAs.start.label": {"View as role {role}", "Xem với vai trò {role}"},
	"viewAs.text":        {"You’re viewing this server as {role}.", "Bạn đang xem máy chủ này với vai trò {role}."},
	"viewAs.scope": {
		"Home, quick search and notifications aren’t affected.",
		"Trang chủ, tìm nhanh và thông báo không bị ảnh hưởng.",
	},
	"viewAs.stop": {"Stop viewing", "Ngừng xem"},

	"module.giveaways": {"Giveaways", "Giveaway"},
	"module.tickets":   {"Tickets and ratings", "Phiếu và đánh giá"},

	"level.none": {"No access", "Không"},
	"level.none.text": {
		"A role without access to both is removed from this list when you save.",
		"Vai trò không có quyền ở cả hai mục sẽ bị gỡ khỏi danh sách này khi bạn lưu.",
	},
	"level.see":      {"View", "Xem"},
	"level.see.text": {"See lists, pages and files.", "Xem danh sách, trang và tệp."},
	"level.act":      {"Moderate", "Xử lý"},
	"level.act.text": {
		"Also end, reroll, pause and repair giveaways; claim, answer and close tickets; approve ratings.",
		"Thêm quyền kết thúc, bốc lại, tạm dừng, khắc phục giveaway; nhận, trả lời, đóng phiếu; duyệt đánh giá.",
	},
	"level.manage": {"Manage", "Quản lý"},
	"level.manage.text": {
		"Also create, edit, cancel and delete giveaways; delete ratings and other members’ internal notes.",
		"Thêm quyền tạo, sửa, hủy, xóa giveaway; xóa đánh giá và ghi chú nội bộ của người khác.",
	},

	"save":    {"Save", "Lưu"},
	"undo":    {"Undo", "Hoàn tác"},
	"unsaved": {"You have unsaved changes.", "Bạn có thay đổi chưa lưu."},

	"audit.STAFF_CHANGE": {"Change role permissions", "Đổi quyền vai trò"},

	"login.demoStaff": {"Try as staff member", "Dùng thử với vai trò nhân viên"},

	"problem.forbidden": {"You don’t have permission", "Bạn không có quyền"},
	"problem.forbidden.text": {
		"Nothing was changed. A server manager can give your role more access under Staff.",
		"Chưa có gì thay đổi. Người quản lý máy chủ có thể cấp thêm quyền cho vai trò của bạn ở mục Nhân viên.",
	},

	"problem.managers": {"Only for server managers", "Chỉ dành cho người quản lý máy chủ"},
	"problem.managers.text": {
		"This needs the Manage Server permission in Discord. Nothing was changed.",
		"Cần có quyền Quản lý máy chủ trong Discord. Chưa có gì thay đổi.",
	},

	"problem.unconfirmed": {"Your access can’t be confirmed", "Chưa xác nhận được quyền của bạn"},
	"problem.unconfirmed.text": {
		"The bot hasn’t confirmed your role in the last minute, so nothing was changed. Try again when it is back.",
		"Bot chưa xác nhận vai trò của bạn trong phút vừa qua nên chưa có gì thay đổi. Hãy thử lại khi bot hoạt động.",
	},
}

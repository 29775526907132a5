package text

// shellMessages are the messages of the page layout, and of pages without an area of their own.
var shellMessages = map[string]Translation{
	"shell.skip":       {"Skip to content", "Đến nội dung chính"},
	"shell.demo":       {"Demo", "Bản demo"},
	"shell.servers":    {"Your servers", "Máy chủ của bạn"},
	"shell.allServers": {"All servers", "Tất cả máy chủ"},
	"shell.sessions":   {"Active sessions", "Phiên đăng nhập"},
	"shell.signOut":    {"Sign out", "Đăng xuất"},
	"shell.signIn":     {"Sign in", "Đăng nhập"},
	"shell.switch":     {"Switch server", "Đổi máy chủ"},
	"shell.nav":        {"This server", "Máy chủ này"},
	"shell.language":   {"Language", "Ngôn ngữ"},
	"shell.theme":      {"Theme", "Giao diện"},
	"shell.support":    {"Help", "Trợ giúp"},
	"shell.stale": {
		"Discord isn’t responding. You’re seeing the last confirmed data.",
		"Discord không phản hồi. Bạn đang xem dữ liệu được xác nhận gần nhất.",
	},
	"theme.system": {"System", "Hệ thống"},
	"theme.light":  {"Light", "Sáng"},
	"theme.dark":   {"Dark", "Tối"},

	"note.info":    {"Note:", "Lưu ý:"},
	"note.success": {"Done:", "Xong:"},
	"note.problem": {"Problem:", "Sự cố:"},

	"nav.overview":  {"Overview", "Tổng quan"},
	"nav.giveaways": {"Giveaways", "Giveaway"},
	"nav.tickets":   {"Tickets", "Phiếu hỗ trợ"},
	"crumbs.label":  {"Breadcrumb", "Đường dẫn trang"},

	"liveStatus.static": {"Not live", "Không trực tiếp"},
	"liveStatus.staticText": {
		"This page doesn’t update automatically. Reload it for current data.",
		"Trang không tự cập nhật. Hãy tải lại để xem dữ liệu mới.",
	},
	"liveStatus.live":       {"Live", "Trực tiếp"},
	"liveStatus.readonly":   {"Live, but changes can’t be saved right now", "Trực tiếp, nhưng hiện không thể lưu thay đổi"},
	"liveStatus.connecting": {"Reconnecting…", "Đang kết nối lại…"},
	"liveStatus.polling":    {"Live updates are down; checking every {n} seconds", "Mất cập nhật trực tiếp; kiểm tra mỗi {n} giây"},
	"liveStatus.busy": {
		"Checking every {n} seconds; other windows use the live connections",
		"Kiểm tra mỗi {n} giây; các cửa sổ khác đang dùng kết nối trực tiếp",
	},
	"liveStatus.offline":   {"No connection since {time}", "Mất kết nối từ {time}"},
	"liveStatus.signedOut": {"You’re signed out", "Bạn đã đăng xuất"},
	"liveStatus.denied":    {"You no longer have access", "Bạn không còn quyền truy cập"},
	"pill.one":             {"1 new", "1 mục mới"},
	"pill.many":            {"{n} new", "{n} mục mới"},
	"pill.none":            {"New updates", "Có cập nhật mới"},

	"toast.failed": {
		"Couldn’t send the request. Check your connection and try again.",
		"Không gửi được yêu cầu. Hãy kiểm tra kết nối và thử lại.",
	},
	"toast.close":   {"Close", "Đóng"},
	"toast.dismiss": {"Dismiss message", "Ẩn thông báo"},
	"ui.copied":     {"Copied", "Đã sao chép"},
	"ui.copyFailed": {
		"Couldn’t copy. Select the text and copy it: {text}",
		"Không sao chép được. Hãy chọn và sao chép: {text}",
	},
	"ui.ended": {"ended", "đã kết thúc"},
	"ui.in":    {"in {time}", "sau {time}"},

	"landing.title": {"Giveaways and tickets, live", "Giveaway và phiếu hỗ trợ, trực tiếp"},
	"landing.lead": {
		"{brand} shows your Discord server’s giveaways and support tickets live, and lets you manage them in the browser.",
		"{brand} hiển thị trực tiếp giveaway và phiếu hỗ trợ của máy chủ Discord, và cho phép bạn quản lý ngay trong trình duyệt.",
	},
	"landing.permissions": {
		"We only ask Discord for your name and your list of servers.",
		"Chúng tôi chỉ xin Discord tên và danh sách máy chủ của bạn.",
	},
	"landing.picture": {
		"List of giveaways with countdowns and totals",
		"Danh sách giveaway với đồng hồ đếm ngược và số liệu tổng",
	},

	"promise.live": {"Always up to date", "Luôn cập nhật"},
	"promise.live.text": {
		"Lists update automatically, and you see it if the connection is lost.",
		"Danh sách tự cập nhật và báo ngay khi mất kết nối.",
	},
	"promise.answer": {"Never in your way", "Không làm gián đoạn"},
	"promise.answer.text": {
		"What you type, select or open stays as it is while the page updates.",
		"Nội dung bạn đang gõ, chọn hay mở vẫn giữ nguyên khi trang cập nhật.",
	},
	"promise.access": {"You decide on access", "Bạn quyết định quyền truy cập"},
	"promise.access.text": {
		"Server managers have full access and can give access to other roles.",
		"Người quản lý máy chủ có toàn quyền và có thể cấp quyền cho vai trò khác.",
	},

	"login.title": {"Sign in", "Đăng nhập"},
	"login.text": {
		"Sign in with the Discord account that you manage your server with.",
		"Đăng nhập bằng tài khoản Discord mà bạn dùng để quản lý máy chủ.",
	},
	"login.discord": {"Sign in with Discord", "Đăng nhập bằng Discord"},
	"login.demo":    {"Try as server owner", "Dùng thử với vai trò chủ máy chủ"},
	"login.needed":  {"Sign in to see that page.", "Hãy đăng nhập để xem trang đó."},
	"login.out":     {"You’re signed out.", "Bạn đã đăng xuất."},

	"login.cancelled": {
		"Sign-in was cancelled. You can start again at any time.",
		"Đã hủy đăng nhập. Bạn có thể đăng nhập lại bất cứ lúc nào.",
	},
	"login.cookie": {
		"Your browser didn’t send the sign-in cookie. Allow cookies for this site, then sign in again here.",
		"Trình duyệt không gửi cookie đăng nhập. Hãy cho phép cookie cho trang này rồi đăng nhập lại tại đây.",
	},
	"login.expired": {
		"This sign-in was already used or is older than 10 minutes. Sign in again.",
		"Lần đăng nhập này đã được dùng hoặc quá 10 phút. Hãy đăng nhập lại.",
	},
	"login.address": {
		"Discord doesn’t accept this site’s address. The operator must add {url} to the application’s redirects at Discord, or " +
			"correct PUBLIC_URL.",
		"Discord không chấp nhận địa chỉ của trang này. Người vận hành cần thêm {url} vào mục Redirects của ứng dụng trên Discord, " +
			"hoặc sửa PUBLIC_URL.",
	},
	"login.secret": {
		"Discord rejected this site’s credentials. The operator must correct DISCORD_CLIENT_ID or DISCORD_CLIENT_SECRET.",
		"Discord từ chối thông tin xác thực của trang này. Người vận hành cần sửa DISCORD_CLIENT_ID hoặc DISCORD_CLIENT_SECRET.",
	},
	"login.scope": {
		"Discord didn’t share your list of servers. Sign in again and allow both permissions.",
		"Discord không chia sẻ danh sách máy chủ của bạn. Hãy đăng nhập lại và cho phép cả hai quyền.",
	},
	"login.discordDown": {
		"Couldn’t reach Discord. Try again in a minute.",
		"Không kết nối được với Discord. Hãy thử lại sau một phút.",
	},
	"login.redisDown": {
		"Sign-in isn’t available right now. Try again in a minute.",
		"Hiện không thể đăng nhập. Hãy thử lại sau một phút.",
	},

	"guilds.title":   {"Your servers", "Máy chủ của bạn"},
	"guilds.refresh": {"Refresh servers", "Làm mới danh sách"},
	"guilds.none":    {"No servers to manage", "Không có máy chủ nào để quản lý"},
	"guilds.why": {
		"Servers where you are the owner, an administrator, or have the Manage Server permission appear here.",
		"Tại đây hiện các máy chủ mà bạn là chủ sở hữu, quản trị viên hoặc có quyền Quản lý máy chủ.",
	},
	"guilds.absent":  {"Bot not added", "Chưa thêm bot"},
	"guilds.invite":  {"Invite bot", "Mời bot"},
	"guilds.noBot":   {"The bot isn’t in this server", "Bot chưa có trong máy chủ này"},
	"guilds.owner":   {"Owner", "Chủ sở hữu"},
	"guilds.manager": {"Manager", "Quản lý"},

	"overview.active":       {"{n} running giveaways", "{n} giveaway đang chạy"},
	"overview.active.one":   {"{n} running giveaway", ""},
	"overview.waiting":      {"{n} waiting tickets", "{n} phiếu đang chờ"},
	"overview.waiting.one":  {"{n} waiting ticket", ""},
	"overview.allGiveaways": {"All giveaways", "Tất cả giveaway"},
	"overview.allTickets":   {"All tickets", "Tất cả phiếu"},
	"overview.ending":       {"Ending soon", "Sắp kết thúc"},
	"overview.longest":      {"Waiting longest", "Chờ lâu nhất"},
	"overview.noneRunning":  {"No giveaways are running.", "Không có giveaway nào đang chạy."},
	"overview.noneWaiting":  {"No tickets are waiting.", "Không có phiếu nào đang chờ."},

	"list.page":    {"page {page} of {pages}", "trang {page}/{pages}"},
	"list.newest":  {"Short search terms only search the newest {n}.", "Từ khóa ngắn chỉ tìm trong {n} mục mới nhất."},
	"list.widen":   {"Try another tab or clear the filters.", "Thử thẻ khác hoặc xóa bộ lọc."},
	"list.hidden":  {"{n} more not shown", "Còn {n} mục chưa hiển thị"},
	"list.andMore": {"and {n} more", "và {n} nữa"},

	"filter.all":   {"All", "Tất cả"},
	"filter.from":  {"Created from", "Tạo từ ngày"},
	"filter.to":    {"To ({zone})", "Đến ngày ({zone})"},
	"filter.sort":  {"Sort by", "Sắp xếp"},
	"filter.apply": {"Apply", "Áp dụng"},
	"filter.clear": {"Clear filters", "Xóa bộ lọc"},
	"filter.busy":  {"Searching…", "Đang tìm…"},
	"filter.badDate": {
		"“{value}” isn’t a date. Use the format 2026-12-31.",
		"“{value}” không phải ngày. Hãy dùng dạng 2026-12-31.",
	},
	"filter.badRange": {
		"The end date is before the start date and was ignored.",
		"Ngày kết thúc trước ngày bắt đầu nên bị bỏ qua.",
	},
	"filter.badStatus": {"“{value}” isn’t a status. All are shown.", "“{value}” không phải trạng thái. Đang hiện tất cả."},
	"filter.badVerb":   {"“{value}” isn’t an action. All are shown.", "“{value}” không phải thao tác. Đang hiện tất cả."},
	"filter.badSort": {
		"“{value}” isn’t a sort order. The newest are shown first.",
		"“{value}” không phải thứ tự sắp xếp. Mới nhất được xếp trước.",
	},
	"filter.deepPage": {
		"A search shows at most {n} pages. Narrow it to find the rest.",
		"Tìm kiếm hiện tối đa {n} trang. Hãy thu hẹp để tìm phần còn lại.",
	},
	"filter.badCursor": {
		"This link is incomplete, so the page was found by its number.",
		"Liên kết này không đầy đủ nên trang được tìm theo số trang.",
	},
	"filter.badPage": {"“{value}” isn’t a page number. Page 1 is shown.", "“{value}” không phải số trang. Đang hiện trang 1."},
	"filter.badSelection": {
		"Some selected rows don’t exist and were ignored.",
		"Một số hàng đã chọn không tồn tại nên bị bỏ qua.",
	},
	"filter.tooLong": {"Only the first {n} characters are searched.", "Chỉ tìm với {n} ký tự đầu."},

	"sort.newest":  {"Newest first", "Mới nhất trước"},
	"sort.oldest":  {"Oldest first", "Cũ nhất trước"},
	"sort.ending":  {"Ending soonest", "Sắp kết thúc trước"},
	"sort.entries": {"Most entries", "Nhiều lượt tham gia nhất"},

	"selection.show":     {"Show selected only", "Chỉ hiện hàng đã chọn"},
	"selection.only":     {"{n} selected rows shown", "Đang hiện {n} hàng đã chọn"},
	"selection.only.one": {"{n} selected row shown", ""},
	"selection.showAll":  {"Show all", "Hiện tất cả"},

	"row.select":  {"Select {name}", "Chọn {name}"},
	"row.more":    {"Actions for {name}", "Thao tác với {name}"},
	"row.discord": {"Open in Discord", "Mở trong Discord"},
	"row.copy":    {"Copy ID", "Sao chép ID"},

	"pager.label": {"Pages", "Các trang"},
	"pager.prev":  {"Previous", "Trước"},
	"pager.next":  {"Next", "Sau"},
	"pager.page":  {"Page", "Trang"},

	"tile.active":      {"Active", "Đang chạy"},
	"tile.total":       {"Total", "Tổng số"},
	"tile.entries":     {"Entries", "Lượt tham gia"},
	"tile.completed":   {"Ended", "Đã kết thúc"},
	"tile.average":     {"Average entries", "Lượt trung bình"},
	"tile.open":        {"Unclaimed", "Chưa ai nhận"},
	"tile.claimed":     {"Claimed", "Đã nhận"},
	"tile.today":       {"Closed today", "Đóng hôm nay"},
	"tile.waiting":     {"Longest wait", "Chờ lâu nhất"},
	"tile.nobody":      {"None", "Không có"},
	"tile.overdue":     {"{n} overdue", "{n} quá hạn"},
	"tile.overdue.one": {"{n} overdue", ""},

	"col.select":  {"Selected", "Chọn"},
	"col.prize":   {"Prize", "Phần thưởng"},
	"col.status":  {"Status", "Trạng thái"},
	"col.entries": {"Entries", "Lượt"},
	"col.winners": {"Winners", "Người thắng"},
	"col.ends":    {"Ends", "Kết thúc"},
	"col.host":    {"Host", "Người tổ chức"},
	"col.more":    {"Actions", "Thao tác"},

	"col.number":   {"Number", "Số"},
	"col.subject":  {"Subject", "Chủ đề"},
	"col.category": {"Category", "Loại phiếu"},
	"col.opener":   {"Opened by", "Người mở"},
	"col.claimer":  {"Claimed by", "Người nhận"},
	"col.opened":   {"Opened", "Mở lúc"},
	"col.member":   {"Member", "Thành viên"},
	"col.weight":   {"Entries", "Lượt"},
	"col.entered":  {"Entered", "Tham gia lúc"},

	"nav.audit": {"Audit log", "Nhật ký"},

	"toast.requested": {"{name}: {doing}", "{name}: {doing}"},
	"toast.pending":   {"{who} has already requested this for {name}.", "{who} đã yêu cầu việc này cho {name}."},

	"export.csv":  {"Export CSV", "Xuất CSV"},
	"export.xlsx": {"Export Excel", "Xuất Excel"},
	"export.json": {"Export JSON", "Xuất JSON"},

	"gone.title": {"Deleted", "Đã bị xóa"},
	"gone.text":  {"It was deleted while you had it open.", "Mục này đã bị xóa khi bạn đang xem."},
	"gone.back":  {"Back to list", "Về danh sách"},

	"sessions.title": {"Active sessions", "Phiên đăng nhập"},
	"sessions.text": {
		"End sessions that you don’t recognize or no longer use.",
		"Kết thúc những phiên bạn không nhận ra hoặc không còn dùng.",
	},
	"sessions.browser": {"Browser", "Trình duyệt"},
	"sessions.since":   {"Signed in", "Đăng nhập lúc"},
	"sessions.seen":    {"Last active", "Hoạt động gần nhất"},
	"sessions.this":    {"This session", "Phiên này"},
	"sessions.end":     {"End session", "Kết thúc phiên"},
	"sessions.ended":   {"Session ended.", "Đã kết thúc phiên."},
	"sessions.unknown": {"Unknown browser", "Trình duyệt không rõ"},

	"problem.home": {"Go back", "Quay lại"},

	"problem.notFound": {"Not found", "Không tìm thấy"},
	"problem.notFound.text": {
		"This page doesn’t exist, or you don’t have access to it.",
		"Trang này không tồn tại hoặc bạn không có quyền xem.",
	},
	"problem.badInput": {"Invalid request", "Yêu cầu không hợp lệ"},
	"problem.badInput.text": {
		"The address or the form contains invalid values. Go back and try again.",
		"Địa chỉ hoặc biểu mẫu có giá trị không hợp lệ. Hãy quay lại và thử lại.",
	},
	"problem.method":      {"Method not allowed", "Phương thức không được hỗ trợ"},
	"problem.method.text": {"This address doesn’t accept this type of request.", "Địa chỉ này không nhận loại yêu cầu này."},
	"problem.crossSite":   {"Request blocked", "Yêu cầu bị chặn"},
	"problem.crossSite.text": {
		"It came from another site, so nothing was done. Open the page here and try again.",
		"Yêu cầu đến từ trang khác nên chưa có gì được thực hiện. Hãy mở trang tại đây và thử lại.",
	},
	"problem.conflict":         {"Already changed by someone else", "Người khác vừa thay đổi"},
	"problem.conflict.text":    {"Check the current version, then try again.", "Hãy xem bản hiện tại rồi thử lại."},
	"problem.tooMany":          {"Too many requests", "Quá nhiều yêu cầu"},
	"problem.tooMany.text":     {"Wait a moment and try again.", "Hãy chờ một lát rồi thử lại."},
	"problem.expensive":        {"Too many searches or downloads", "Quá nhiều lượt tìm kiếm hoặc tải xuống"},
	"problem.expensive.text":   {"Wait until one of them has finished, then try again.", "Hãy chờ một lượt hoàn tất rồi thử lại."},
	"problem.tooLarge":         {"Too much to show", "Quá nhiều nội dung để hiển thị"},
	"problem.tooLarge.text":    {"Narrow the list or export it.", "Hãy thu hẹp danh sách hoặc xuất ra tệp."},
	"problem.unavailable":      {"Temporarily unavailable", "Tạm thời không khả dụng"},
	"problem.unavailable.text": {"No data was lost. Try again in a moment.", "Không mất dữ liệu nào. Hãy thử lại sau giây lát."},
	"problem.readOnly":         {"Changes can’t be saved right now", "Hiện không thể lưu thay đổi"},
	"problem.readOnly.text": {
		"The database is read-only at the moment, so nothing was saved. Try again in a minute.",
		"Cơ sở dữ liệu đang ở chế độ chỉ đọc nên chưa lưu được gì. Hãy thử lại sau một phút.",
	},
	"problem.internal": {"Something went wrong", "Đã xảy ra lỗi"},
	"problem.internal.text": {
		"The error was logged. If it happens again, send the operator the request number below.",
		"Lỗi đã được ghi lại. Nếu lặp lại, hãy gửi người vận hành mã yêu cầu bên dưới.",
	},
	"problem.request":          {"Request {id}", "Yêu cầu {id}"},
	"problem.unavailableParts": {"Not available: {parts}", "Không khả dụng: {parts}"},

	"time.unknown": {"Unknown", "Không rõ"},
	"zone.page":    {"Time zone: {zone}", "Múi giờ: {zone}"},
	"zone.unknown": {
		"This browser doesn’t know the time zone {chosen}. Times are shown in {zone}.",
		"Trình duyệt này không có múi giờ {chosen}. Thời gian hiển thị theo {zone}.",
	},

	"part.database": {"database", "cơ sở dữ liệu"},
	"part.writing":  {"saving changes", "lưu thay đổi"},
	"part.redis":    {"Redis (live updates and sign-in)", "Redis (cập nhật trực tiếp và đăng nhập)"},
	"part.discord":  {"Discord", "Discord"},

	"gallery.title": {"Gallery", "Thư viện giao diện"},
	"gallery.text": {
		"All components in all states. Nothing here sends a request or changes data.",
		"Mọi thành phần ở mọi trạng thái. Không có gì ở đây gửi yêu cầu hay thay đổi dữ liệu.",
	},
	"gallery.groups":    {"Component groups", "Nhóm thành phần"},
	"gallery.texts":     {"Sample content", "Nội dung mẫu"},
	"gallery.choose":    {"Choose a group above.", "Hãy chọn một nhóm ở trên."},
	"gallery.plain":     {"Plain", "Bình thường"},
	"gallery.long":      {"Long", "Dài"},
	"gallery.markup":    {"Markup", "Mã HTML"},
	"gallery.bidi":      {"Right to left", "Viết từ phải sang trái"},
	"gallery.combining": {"Stacked marks, emoji", "Dấu chồng, biểu tượng cảm xúc"},
	"gallery.empty":     {"Empty", "Để trống"},
}

package text

// shellMessages are the messages of the page layout, and of pages without an area of their own.
var shellMessages = map[string]Translation{
	"shell.skip":       {"Skip to the content", "Đến nội dung chính"},
	"shell.demo":       {"Demo", "Bản thử"},
	"shell.servers":    {"Your servers", "Máy chủ của bạn"},
	"shell.allServers": {"All servers", "Tất cả máy chủ"},
	"shell.sessions":   {"Where you are signed in", "Nơi bạn đang đăng nhập"},
	"shell.signOut":    {"Sign out", "Đăng xuất"},
	"shell.signIn":     {"Sign in", "Đăng nhập"},
	"shell.switch":     {"Switch to another server", "Đổi sang máy chủ khác"},
	"shell.nav":        {"This server", "Máy chủ này"},
	"shell.language":   {"Language", "Ngôn ngữ"},
	"shell.theme":      {"Theme", "Giao diện"},
	"shell.support":    {"Help", "Trợ giúp"},
	"shell.stale": {
		"Discord does not answer right now. You see what it last confirmed.",
		"Discord hiện không phản hồi. Bạn đang xem dữ liệu được xác nhận gần nhất.",
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
	"crumbs.label":  {"You are here", "Vị trí hiện tại"},

	"liveStatus.static":     {"Not live", "Không trực tiếp"},
	"liveStatus.staticText": {"This page shows what was true when it was loaded.", "Trang hiển thị dữ liệu tại lúc tải."},
	"liveStatus.live":       {"Live", "Trực tiếp"},
	"liveStatus.readonly": {
		"Live, but read-only: changes can't be saved right now",
		"Trực tiếp, nhưng chỉ đọc: hiện không thể lưu thay đổi",
	},
	"liveStatus.connecting": {"Reconnecting…", "Đang kết nối lại…"},
	"liveStatus.polling":    {"Live updates are down; checking every {n} seconds", "Mất cập nhật trực tiếp; kiểm tra mỗi {n} giây"},
	"liveStatus.offline":    {"No answer since {time}", "Không có phản hồi từ {time}"},
	"liveStatus.signedOut":  {"You are signed out", "Bạn đã đăng xuất"},
	"liveStatus.denied":     {"You no longer have access", "Bạn không còn quyền truy cập"},
	"pill.one":              {"1 new", "1 mục mới"},
	"pill.many":             {"{n} new", "{n} mục mới"},
	"pill.none":             {"Updates waiting", "Có cập nhật đang chờ"},

	"toast.failed": {"That did not arrive. Check your connection and try again.", "Yêu cầu chưa đến nơi. Hãy kiểm tra kết nối và thử lại."},
	"toast.close":  {"Close", "Đóng"},
	"ui.copied":    {"Copied", "Đã sao chép"},
	"ui.ended":     {"ended", "đã kết thúc"},

	"landing.title": {"Giveaways and tickets, live", "Giveaway và phiếu hỗ trợ, trực tiếp"},
	"landing.lead": {
		"See what happens in your Discord server the moment it happens, on a page you can trust.",
		"Theo dõi mọi diễn biến trong máy chủ Discord của bạn ngay khi nó xảy ra, trên một trang đáng tin cậy.",
	},
	"landing.permissions": {
		"Discord tells us your name and your servers, nothing else.",
		"Discord chỉ cho chúng tôi biết tên và danh sách máy chủ của bạn.",
	},
	"landing.picture": {
		"The list of giveaways, with running countdowns and totals",
		"Danh sách giveaway với đồng hồ đếm ngược và các con số tổng",
	},

	"promise.live": {"Always true", "Luôn đúng"},
	"promise.live.text": {
		"Lists change by themselves, in every tab, and say so when they cannot.",
		"Danh sách tự cập nhật trên mọi thẻ, và báo rõ khi không thể.",
	},
	"promise.answer": {"Never in your way", "Không làm phiền"},
	"promise.answer.text": {
		"What you type, select or have open stays as it is while the page moves on.",
		"Những gì bạn đang gõ, đánh dấu hay mở vẫn giữ nguyên khi trang cập nhật.",
	},
	"promise.access": {"Only for those who may", "Chỉ dành cho người có quyền"},
	"promise.access.text": {
		"Owners, administrators and members who may manage the server; checked all the time.",
		"Chủ sở hữu, quản trị viên và người có quyền quản lý máy chủ; luôn được kiểm tra lại.",
	},

	"login.title": {"Sign in", "Đăng nhập"},
	"login.text": {
		"Sign in with the Discord account that manages your server.",
		"Đăng nhập bằng tài khoản Discord quản lý máy chủ của bạn.",
	},
	"login.discord": {"Sign in with Discord", "Đăng nhập bằng Discord"},
	"login.demo":    {"Sign in to the demo", "Đăng nhập bản thử"},
	"login.needed":  {"Please sign in to see that page.", "Vui lòng đăng nhập để xem trang đó."},
	"login.out":     {"You are signed out.", "Bạn đã đăng xuất."},

	"login.cancelled": {
		"You pressed Cancel at Discord, so you are not signed in. Nothing was changed.",
		"Bạn đã bấm Hủy ở Discord nên chưa đăng nhập. Không có gì thay đổi.",
	},
	"login.cookie": {
		"Your browser did not send back the cookie that ties this sign-in to you. Allow cookies for this site, and sign in from the " +
			"address you started at.",
		"Trình duyệt không gửi lại cookie của lần đăng nhập này. Hãy cho phép cookie cho trang này và đăng nhập từ đúng địa chỉ ban đầu.",
	},
	"login.expired": {
		"That sign-in was already used or is older than ten minutes. Start again.",
		"Lần đăng nhập này đã được dùng hoặc quá mười phút. Hãy bắt đầu lại.",
	},
	"login.address": {
		"Discord does not know this site's address. Its operator must add {url} to the application's redirects at Discord, or " +
			"correct PUBLIC_URL.",
		"Discord không nhận ra địa chỉ của trang này. Người vận hành cần thêm {url} vào mục Redirects của ứng dụng trên Discord, hoặc " +
			"sửa PUBLIC_URL.",
	},
	"login.secret": {
		"Discord refused this site's credentials. Its operator must correct DISCORD_CLIENT_ID or DISCORD_CLIENT_SECRET.",
		"Discord từ chối thông tin xác thực của trang này. Người vận hành cần sửa DISCORD_CLIENT_ID hoặc DISCORD_CLIENT_SECRET.",
	},
	"login.scope": {
		"Discord did not grant access to your list of servers, which is what tells us what you may manage. Sign in again and leave both " +
			"boxes as they are.",
		"Discord không cấp quyền xem danh sách máy chủ, thứ cho biết bạn được quản lý gì. Hãy đăng nhập lại và giữ nguyên các quyền.",
	},
	"login.discordDown": {
		"Discord does not answer right now. Try again in a minute.",
		"Discord hiện không phản hồi. Hãy thử lại sau một phút.",
	},
	"login.redisDown": {
		"Sessions cannot be stored right now, so nobody can sign in. Try again in a minute.",
		"Hiện không thể lưu phiên nên chưa thể đăng nhập. Hãy thử lại sau một phút.",
	},

	"guilds.title":   {"Your servers", "Máy chủ của bạn"},
	"guilds.refresh": {"Refresh servers", "Làm mới danh sách"},
	"guilds.none":    {"No server to manage", "Không có máy chủ nào để quản lý"},
	"guilds.why": {
		"You see servers here that you own, administer, or may manage (the permission “Manage Server”).",
		"Tại đây là các máy chủ bạn sở hữu, quản trị hoặc có quyền “Quản lý máy chủ”.",
	},
	"guilds.absent":  {"Without the bot", "Chưa có bot"},
	"guilds.invite":  {"Invite the bot", "Mời bot"},
	"guilds.noBot":   {"The bot is not here", "Bot không có ở đây"},
	"guilds.owner":   {"Owner", "Chủ sở hữu"},
	"guilds.manager": {"Manager", "Quản lý"},

	"overview.active":       {"{n} giveaways running", "{n} giveaway đang chạy"},
	"overview.active.one":   {"{n} giveaway running", ""},
	"overview.waiting":      {"{n} tickets waiting", "{n} phiếu đang chờ"},
	"overview.waiting.one":  {"{n} ticket waiting", ""},
	"overview.allGiveaways": {"All giveaways", "Tất cả giveaway"},
	"overview.allTickets":   {"All tickets", "Tất cả phiếu"},
	"overview.ending":       {"Ending soon", "Sắp kết thúc"},
	"overview.longest":      {"Waiting longest", "Chờ lâu nhất"},
	"overview.noneRunning":  {"No giveaway is running.", "Không có giveaway nào đang chạy."},
	"overview.noneWaiting":  {"Nobody is waiting.", "Không ai đang chờ."},

	"list.page":    {"page {page} of {pages}", "trang {page}/{pages}"},
	"list.newest":  {"Such a short text is searched in the newest {n} only.", "Từ khóa quá ngắn nên chỉ tìm trong {n} mục mới nhất."},
	"list.widen":   {"Try another tab, or clear the filters.", "Thử thẻ khác hoặc xóa bộ lọc."},
	"list.hidden":  {"{n} more aren't shown.", "Còn {n} mục không được hiển thị."},
	"list.andMore": {"and {n} more", "và {n} người nữa"},

	"filter.all":       {"All", "Tất cả"},
	"filter.from":      {"Created from", "Tạo từ ngày"},
	"filter.to":        {"to ({zone})", "đến ngày ({zone})"},
	"filter.sort":      {"Sort by", "Sắp xếp"},
	"filter.apply":     {"Apply", "Áp dụng"},
	"filter.clear":     {"Clear filters", "Xóa bộ lọc"},
	"filter.busy":      {"Looking…", "Đang tìm…"},
	"filter.badDate":   {"“{value}” is not a day; write it as 2026-12-31.", "“{value}” không phải là ngày; hãy viết dạng 2026-12-31."},
	"filter.badRange":  {"The last day lies before the first; it is left out.", "Ngày cuối trước ngày đầu nên được bỏ qua."},
	"filter.badStatus": {"“{value}” is not a status; all are shown.", "“{value}” không phải là trạng thái; hiển thị tất cả."},
	"filter.badVerb":   {"“{value}” is not an action; all are shown.", "“{value}” không phải là hành động; hiển thị tất cả."},
	"filter.badSort":   {"“{value}” is not a sort order; the newest come first.", "“{value}” không phải là thứ tự; mới nhất xếp trước."},
	"filter.deepPage": {
		"A search shows {n} pages at most. Narrow it to find the rest.",
		"Tìm kiếm hiển thị tối đa {n} trang. Hãy thu hẹp để tìm phần còn lại.",
	},
	"filter.badCursor": {
		"This address doesn't say where its page begins, so the page was found by its number.",
		"Địa chỉ này không cho biết trang bắt đầu từ đâu, nên trang được tìm theo số trang.",
	},
	"filter.badPage": {"“{value}” is not a page; this is the first.", "“{value}” không phải là số trang; đây là trang đầu."},
	"filter.badSelection": {
		"Some of the selected rows cannot exist; they are left out.",
		"Một số hàng đã chọn không thể tồn tại nên được bỏ qua.",
	},
	"filter.tooLong": {"Only the first {n} characters are searched.", "Chỉ tìm với {n} ký tự đầu."},

	"sort.newest":  {"Newest first", "Mới nhất trước"},
	"sort.oldest":  {"Oldest first", "Cũ nhất trước"},
	"sort.ending":  {"Ending soonest", "Sắp kết thúc trước"},
	"sort.entries": {"Most entries", "Nhiều lượt tham gia nhất"},

	"selection.show":     {"Show only the selected rows", "Chỉ hiện các hàng đã chọn"},
	"selection.only":     {"You see {n} rows that were picked by hand.", "Bạn đang xem {n} hàng được chọn thủ công."},
	"selection.only.one": {"You see {n} row that was picked by hand.", ""},
	"selection.showAll":  {"Show all", "Hiện tất cả"},

	"row.select":  {"Select {name}", "Chọn {name}"},
	"row.more":    {"More for {name}", "Thêm cho {name}"},
	"row.discord": {"Open in Discord", "Mở trong Discord"},
	"row.copy":    {"Copy id", "Sao chép mã"},

	"pager.label": {"Pages", "Các trang"},
	"pager.prev":  {"Previous", "Trước"},
	"pager.next":  {"Next", "Sau"},
	"pager.page":  {"Page", "Trang"},

	"tile.active":      {"Active", "Đang chạy"},
	"tile.total":       {"Total", "Tổng số"},
	"tile.entries":     {"Entries", "Lượt tham gia"},
	"tile.completed":   {"Completed", "Đã kết thúc"},
	"tile.average":     {"Average entries", "Lượt trung bình"},
	"tile.open":        {"Unclaimed", "Chưa ai nhận"},
	"tile.claimed":     {"Claimed", "Đã nhận"},
	"tile.today":       {"Closed today", "Đóng hôm nay"},
	"tile.waiting":     {"Longest waiting", "Chờ lâu nhất"},
	"tile.nobody":      {"Nobody", "Không ai"},
	"tile.overdue":     {"{n} overdue", "{n} quá hạn"},
	"tile.overdue.one": {"{n} overdue", ""},

	"col.select":  {"Selected", "Chọn"},
	"col.prize":   {"Prize", "Phần thưởng"},
	"col.status":  {"Status", "Trạng thái"},
	"col.entries": {"Entries", "Lượt"},
	"col.winners": {"Winners", "Người thắng"},
	"col.ends":    {"Ends", "Kết thúc"},
	"col.host":    {"Host", "Người tổ chức"},
	"col.more":    {"More", "Thêm"},

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

	"toast.requested": {"{verb}: sent to the bot (“{name}”).", "{verb}: đã gửi đến bot (“{name}”)."},
	"toast.pending":   {"{who} has requested that already (“{name}”).", "{who} đã yêu cầu việc đó rồi (“{name}”)."},

	"export.csv":  {"Export CSV", "Xuất CSV"},
	"export.xlsx": {"Export Excel", "Xuất Excel"},
	"export.json": {"Export JSON", "Xuất JSON"},

	"gone.title": {"This is gone", "Mục này không còn nữa"},
	"gone.text":  {"It was deleted while you were looking at it.", "Nó đã bị xóa khi bạn đang xem."},
	"gone.back":  {"Back to the list", "Về danh sách"},

	"sessions.title": {"Where you are signed in", "Nơi bạn đang đăng nhập"},
	"sessions.text": {
		"End a session that you do not know, or that you left open somewhere else.",
		"Kết thúc phiên bạn không nhận ra hoặc để quên ở nơi khác.",
	},
	"sessions.browser": {"Browser", "Trình duyệt"},
	"sessions.since":   {"Since", "Từ lúc"},
	"sessions.seen":    {"Last seen", "Lần cuối"},
	"sessions.this":    {"This one", "Phiên này"},
	"sessions.end":     {"End", "Kết thúc"},
	"sessions.ended":   {"That session is ended.", "Phiên đó đã kết thúc."},
	"sessions.unknown": {"Unknown browser", "Trình duyệt không rõ"},

	"problem.home": {"Back", "Quay lại"},

	"problem.notFound": {"Not found", "Không tìm thấy"},
	"problem.notFound.text": {
		"This page doesn't exist, or you don't have access to it.",
		"Trang này không tồn tại hoặc bạn không có quyền xem.",
	},
	"problem.badInput": {"That cannot be right", "Yêu cầu không hợp lệ"},
	"problem.badInput.text": {
		"The address or the form holds something we do not understand.",
		"Địa chỉ hoặc biểu mẫu có nội dung chúng tôi không hiểu.",
	},
	"problem.method":      {"Not like that", "Không đúng cách"},
	"problem.method.text": {"This address does not take that kind of request.", "Địa chỉ này không nhận loại yêu cầu đó."},
	"problem.crossSite":   {"That came from another site", "Yêu cầu đến từ trang khác"},
	"problem.crossSite.text": {
		"For your safety nothing was done. Open the page here and try again.",
		"Vì an toàn, không có gì được thực hiện. Hãy mở trang tại đây và thử lại.",
	},
	"problem.conflict": {"Somebody was first", "Có người đã làm trước"},
	"problem.conflict.text": {
		"It has changed meanwhile. Look at it again before you decide.",
		"Nó vừa thay đổi. Hãy xem lại trước khi quyết định.",
	},
	"problem.tooMany":        {"Too many at once", "Quá nhiều cùng lúc"},
	"problem.tooMany.text":   {"Wait a moment and try again.", "Hãy chờ một lát rồi thử lại."},
	"problem.expensive":      {"Too many searches or downloads at once", "Quá nhiều lượt tìm kiếm hoặc tải xuống cùng lúc"},
	"problem.expensive.text": {"Wait until one of them is done, then try again.", "Hãy chờ một lượt hoàn tất rồi thử lại."},
	"problem.tooLarge":       {"Too large to show", "Quá lớn để hiển thị"},
	"problem.tooLarge.text": {
		"This holds more than a page can show. Narrow the list, or export it.",
		"Nội dung vượt quá mức một trang có thể hiển thị. Hãy thu hẹp danh sách hoặc xuất ra tệp.",
	},
	"problem.unavailable":      {"Something we need does not answer", "Một thành phần không phản hồi"},
	"problem.unavailable.text": {"Nothing is lost. Try again in a moment.", "Không mất dữ liệu nào. Hãy thử lại sau giây lát."},
	"problem.readOnly":         {"Nothing can be changed right now", "Hiện không thể thay đổi gì"},
	"problem.readOnly.text": {
		"The database is read-only at the moment, and nothing was saved. You can keep reading. Try again in a minute.",
		"Cơ sở dữ liệu hiện chỉ cho phép đọc, chưa có gì được lưu. Bạn vẫn có thể xem. Hãy thử lại sau một phút.",
	},
	"problem.internal": {"Our mistake", "Lỗi của chúng tôi"},
	"problem.internal.text": {
		"It is in our log. If it happens again, give the operator of this site the number below.",
		"Lỗi đã được ghi lại. Nếu lặp lại, hãy gửi người vận hành mã bên dưới.",
	},
	"problem.request":          {"Request {id}", "Yêu cầu {id}"},
	"problem.unavailableParts": {"Not reachable: {parts}", "Không kết nối được: {parts}"},

	"time.unknown": {"Unknown", "Không rõ"},
	"zone.page":    {"Time zone: {zone}", "Múi giờ: {zone}"},
	"zone.unknown": {
		"This browser doesn’t know the time zone {chosen}. Times are shown in {zone}.",
		"Trình duyệt này không có múi giờ {chosen}. Thời gian hiển thị theo {zone}.",
	},

	"part.database": {"the database", "cơ sở dữ liệu"},
	"part.writing":  {"saving changes", "lưu thay đổi"},
	"part.redis":    {"Redis (live updates and sessions)", "Redis (cập nhật trực tiếp và phiên)"},
	"part.discord":  {"Discord", "Discord"},

	"gallery.title": {"Gallery", "Thư viện giao diện"},
	"gallery.text": {
		"Every component in every state. Nothing here sends a request or changes data; choose language and theme at the foot of the page.",
		"Mọi thành phần ở mọi trạng thái. Không gì ở đây gửi yêu cầu hay thay đổi dữ liệu; chọn ngôn ngữ và giao diện ở chân trang.",
	},
	"gallery.groups":    {"Kinds of components", "Nhóm thành phần"},
	"gallery.texts":     {"What people wrote", "Nội dung người dùng viết"},
	"gallery.choose":    {"Choose a kind above.", "Hãy chọn một nhóm ở trên."},
	"gallery.plain":     {"Plain", "Bình thường"},
	"gallery.long":      {"Long", "Dài"},
	"gallery.markup":    {"Markup", "Mã HTML"},
	"gallery.bidi":      {"Right to left", "Viết từ phải sang trái"},
	"gallery.combining": {"Stacked marks, emoji", "Dấu chồng, biểu tượng cảm xúc"},
	"gallery.empty":     {"Nothing", "Để trống"},
}

package text

// ratingMessages are the messages of ticket ratings.
var ratingMessages = map[string]Translation{
	"nav.ratings": {"Ratings", "Đánh giá"},

	"ratings.title": {"Ratings", "Đánh giá"},
	"ratings.n":     {"{n} ratings", "{n} đánh giá"},
	"ratings.n.one": {"{n} rating", ""},
	"ratings.more":  {"More than {n} ratings", "Hơn {n} đánh giá"},
	"ratings.none":  {"No ratings yet", "Chưa có đánh giá"},
	"ratings.first": {
		"When a ticket closes, the bot asks its opener for a rating. Ratings appear here automatically.",
		"Khi phiếu được đóng, bot xin người mở đánh giá. Đánh giá sẽ tự hiện ở đây.",
	},
	"ratings.noneHere":     {"No matching ratings", "Không tìm thấy đánh giá nào"},
	"ratings.state":        {"Status", "Trạng thái"},
	"ratings.stars":        {"Stars", "Số sao"},
	"ratings.staff":        {"Staff member", "Nhân viên"},
	"ratings.review":       {"Review", "Nhận xét"},
	"ratings.withReview":   {"With a review", "Có nhận xét"},
	"ratings.noReview":     {"No review", "Không có nhận xét"},
	"ratings.from":         {"Rated from", "Đánh giá từ ngày"},
	"ratings.when":         {"Rated", "Đánh giá lúc"},
	"ratings.distribution": {"Ratings by stars", "Đánh giá theo số sao"},
	"ratings.share":        {"Share", "Tỷ lệ"},
	"ratings.count":        {"Ratings", "Số đánh giá"},
	"ratings.average":      {"Average rating", "Điểm trung bình"},
	"ratings.of":           {"of 5 stars, from {n} ratings", "trên 5 sao, từ {n} đánh giá"},
	"ratings.of.one":       {"of 5 stars, from {n} rating", ""},
	"ratings.trend":        {"Weekly average", "Trung bình theo tuần"},
	"ratings.noTrend":      {"No ratings in the last 12 weeks.", "Không có đánh giá nào trong 12 tuần qua."},
	"ratings.trendDescription": {
		"{n} ratings in 12 weeks. Average: {first} in the week from {from}, {last} in the week from {to}.",
		"{n} đánh giá trong 12 tuần. Trung bình: {first} ở tuần từ {from}, {last} ở tuần từ {to}.",
	},
	"ratings.week":      {"Week from", "Tuần từ"},
	"ratings.byStaff":   {"By staff member", "Theo nhân viên"},
	"ratings.unclaimed": {"Unclaimed", "Chưa ai nhận"},
	"ratings.removeText": {
		"The rating and its review are deleted. The audit log records who removed it.",
		"Đánh giá và nhận xét sẽ bị xóa. Nhật ký ghi lại người xóa.",
	},
	"ratings.conflict": {"Ratings changed by someone else were skipped.", "Đã bỏ qua các đánh giá vừa được người khác thay đổi."},

	"rating.pending":  {"Awaiting approval", "Chờ duyệt"},
	"rating.approved": {"Approved", "Đã duyệt"},
	"rating.featured": {"Featured", "Nổi bật"},

	"verb.RATING_APPROVE":   {"Approve", "Duyệt"},
	"verb.RATING_UNAPPROVE": {"Unapprove", "Bỏ duyệt"},
	"verb.RATING_FEATURE":   {"Feature", "Đưa lên nổi bật"},
	"verb.RATING_UNFEATURE": {"Stop featuring", "Bỏ nổi bật"},
	"verb.RATING_REMOVE":    {"Remove", "Xóa"},

	"audit.RATING_APPROVE":   {"Approve rating", "Duyệt đánh giá"},
	"audit.RATING_UNAPPROVE": {"Unapprove rating", "Bỏ duyệt đánh giá"},
	"audit.RATING_FEATURE":   {"Feature rating", "Đưa đánh giá lên nổi bật"},
	"audit.RATING_UNFEATURE": {"Stop featuring rating", "Bỏ nổi bật đánh giá"},
	"audit.RATING_REMOVE":    {"Remove rating", "Xóa đánh giá"},

	"filter.badStars": {
		"“{value}” isn’t 1 to 5 stars. All ratings are shown.",
		"“{value}” không phải từ 1 đến 5 sao. Đang hiện mọi đánh giá.",
	},
	"result.RATING_APPROVE":   {"Rating approved.", "Đã duyệt đánh giá."},
	"result.RATING_UNAPPROVE": {"Rating unapproved.", "Đã bỏ duyệt đánh giá."},
	"result.RATING_FEATURE":   {"Rating featured.", "Đã đưa đánh giá lên nổi bật."},
	"result.RATING_UNFEATURE": {"Rating no longer featured.", "Đã bỏ nổi bật đánh giá."},
	"result.RATING_REMOVE":    {"Rating removed.", "Đã xóa đánh giá."},
}

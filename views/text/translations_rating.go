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
		"When a ticket is closed the bot asks its opener how it was. Answers appear here by themselves.",
		"Khi phiếu được đóng, bot hỏi người mở thấy thế nào. Câu trả lời sẽ tự xuất hiện ở đây.",
	},
	"ratings.noneHere":     {"No rating matches", "Không có đánh giá phù hợp"},
	"ratings.state":        {"Shown", "Hiển thị"},
	"ratings.stars":        {"Stars", "Số sao"},
	"ratings.staff":        {"Staff member", "Nhân viên"},
	"ratings.review":       {"Review", "Nhận xét"},
	"ratings.withReview":   {"With words only", "Chỉ có nhận xét"},
	"ratings.noReview":     {"(no words)", "(không có nhận xét)"},
	"ratings.from":         {"Rated from", "Đánh giá từ ngày"},
	"ratings.when":         {"Rated", "Đánh giá lúc"},
	"ratings.distribution": {"How many stars", "Phân bố số sao"},
	"ratings.share":        {"Share", "Tỷ lệ"},
	"ratings.count":        {"Ratings", "Số đánh giá"},
	"ratings.average":      {"Average", "Trung bình"},
	"ratings.of":           {"of 5 stars, from {n} ratings", "trên 5 sao, từ {n} đánh giá"},
	"ratings.of.one":       {"of 5 stars, from {n} rating", ""},
	"ratings.trend":        {"Average week by week", "Trung bình theo tuần"},
	"ratings.noTrend":      {"Nobody rated in the last twelve weeks.", "Không có đánh giá nào trong mười hai tuần qua."},
	"ratings.trendDescription": {
		"{n} ratings in twelve weeks: {first} in the week from {from}, {last} in that from {to}.",
		"{n} đánh giá trong mười hai tuần: {first} ở tuần từ {from}, {last} ở tuần từ {to}.",
	},
	"ratings.week":        {"Week from", "Tuần từ"},
	"ratings.byStaff":     {"By staff member", "Theo nhân viên"},
	"ratings.unclaimed":   {"Claimed by nobody", "Không ai nhận"},
	"ratings.confirm":     {"{verb}: {n} ratings?", "{verb}: {n} đánh giá?"},
	"ratings.confirm.one": {"{verb}: {n} rating?", ""},
	"ratings.removeText": {
		"What was written is deleted for good. The audit log keeps that it was, and by whom.",
		"Nội dung sẽ bị xóa vĩnh viễn. Nhật ký vẫn ghi lại việc này và người thực hiện.",
	},
	"ratings.done": {"{verb}: done.", "{verb}: xong."},
	"ratings.conflict": {
		"Some had been changed by somebody else and were left as they are.",
		"Một số đã được người khác thay đổi nên được giữ nguyên.",
	},

	"rating.pending":  {"Not approved", "Chưa duyệt"},
	"rating.approved": {"Approved", "Đã duyệt"},
	"rating.featured": {"Featured", "Nổi bật"},

	"verb.RATING_APPROVE":   {"Approve", "Duyệt"},
	"verb.RATING_UNAPPROVE": {"Take approval back", "Bỏ duyệt"},
	"verb.RATING_FEATURE":   {"Feature", "Đưa lên nổi bật"},
	"verb.RATING_UNFEATURE": {"No longer feature", "Bỏ nổi bật"},
	"verb.RATING_REMOVE":    {"Remove", "Xóa"},

	"audit.RATING_APPROVE":   {"Approve rating", "Duyệt đánh giá"},
	"audit.RATING_UNAPPROVE": {"Take approval of rating back", "Bỏ duyệt đánh giá"},
	"audit.RATING_FEATURE":   {"Feature rating", "Đưa đánh giá lên nổi bật"},
	"audit.RATING_UNFEATURE": {"No longer feature rating", "Bỏ đánh giá khỏi nổi bật"},
	"audit.RATING_REMOVE":    {"Remove rating", "Xóa đánh giá"},

	"filter.badStars": {"“{value}” is not 1 to 5 stars; all are shown.", "“{value}” không phải 1 đến 5 sao; hiển thị tất cả."},
}

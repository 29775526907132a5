package text

// searchMessages are the messages of the quick search.
var searchMessages = map[string]Translation{
	"search.title":       {"Go to", "Đi tới"},
	"search.open":        {"Go to…", "Đi tới…"},
	"search.placeholder": {"A server, a page, a prize, or a ticket’s number", "Máy chủ, trang, phần thưởng hoặc số phiếu"},
	"search.submit":      {"Search", "Tìm"},
	"search.results":     {"{n} ways found", "Tìm thấy {n} mục"},
	"search.results.one": {"{n} way found", ""},
	"discord.openApp":    {"Open in the app", "Mở trong ứng dụng"},
	"search.none":        {"Nothing of yours is called that.", "Không có mục nào của bạn có tên như vậy."},
	"search.ratingsOf":   {"Ratings of {name}", "Đánh giá dành cho {name}"},
}

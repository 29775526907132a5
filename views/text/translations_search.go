package text

// searchMessages are the messages of the quick search.
var searchMessages = map[string]Translation{
	"search.title":       {"Go to", "Đi tới"},
	"search.open":        {"Go to…", "Đi tới…"},
	"search.placeholder": {"A server, a page, a prize, or a ticket’s number", "Máy chủ, trang, phần thưởng hoặc số phiếu"},
	"search.submit":      {"Search", "Tìm"},
	"search.results":     {"{n} results", "{n} kết quả"},
	"search.results.one": {"{n} result", ""},
	"discord.openApp":    {"Open in the app", "Mở trong ứng dụng"},
	"search.none":        {"No results. Try another name or a ticket’s number.", "Không có kết quả. Hãy thử tên khác hoặc số phiếu."},
	"search.ratingsOf":   {"Ratings of {name}", "Đánh giá dành cho {name}"},
}

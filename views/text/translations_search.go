package text

// searchMessages are the messages of the quick search.
var searchMessages = map[string]Translation{
	"search.title":       {"Quick search", "Tìm nhanh"},
	"search.open":        {"Search…", "Tìm…"},
	"search.placeholder": {"Search servers, pages, prizes or #tickets", "Tìm máy chủ, trang, phần thưởng hoặc #phiếu"},
	"search.submit":      {"Search", "Tìm"},
	"search.results":     {"{n} results", "{n} kết quả"},
	"search.results.one": {"{n} result", ""},
	"discord.openApp":    {"Open in the app", "Mở trong ứng dụng"},
	"search.none":        {"No results. Try another name or a ticket number.", "Không có kết quả. Hãy thử tên khác hoặc số phiếu."},
	"search.inTickets":   {"Search tickets for “{term}”", "Tìm “{term}” trong các phiếu"},
	"search.ratingsOf":   {"Ratings for {name}", "Đánh giá dành cho {name}"},
}

package text

// homeMessages are the messages of the home page.
var homeMessages = map[string]Translation{
	"home.title":        {"Home", "Trang chính"},
	"home.ending":       {"Ending within the hour", "Kết thúc trong vòng một giờ"},
	"home.ending.n":     {"{n} giveaways end within the hour", "{n} giveaway kết thúc trong vòng một giờ"},
	"home.ending.n.one": {"{n} giveaway ends within the hour", ""},
	"home.noneEnding":   {"No giveaway ends within the hour.", "Không có giveaway nào kết thúc trong vòng một giờ."},
	"guilds.active":     {"{n} giveaways run", "{n} giveaway đang chạy"},
	"guilds.active.one": {"{n} giveaway runs", ""},
	"guilds.open":       {"{n} tickets open", "{n} phiếu đang mở"},
	"guilds.open.one":   {"{n} ticket open", ""},
}

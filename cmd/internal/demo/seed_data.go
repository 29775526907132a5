package demo

import "time"

// memberNames are names in many scripts.
var memberNames = []string{
	"Minh Anh", "Sofia", "Kwame", "Yūki ゆうき", "Łukasz", "Anaïs", "Олена", "陈晓明", "김하늘", "فاطمة", "नेहा", "Þórdís",
	"Gökçe", "Đức Thịnh", "Zoë", "Ιωάννης", "Björn", "Nguyễn Thị Hồng Nhung", "xX_n1ghtOwl_Xx", "🦊 fennec", "Ana", "J",
	"Tomáš", "Amara", "Ravi", "Noor", "李娜", "さくら", "Jean-Baptiste", "Mateo", "Ingrid", "Oluwaseun", "Chloé", "Dmitri",
	"a name that goes on for rather longer than most", "Siobhán", "Hüseyin", "Leilani", "Bao", "Pilar", "Wei", "Aoife",
	"Emeka", "Freya", "Rosa", "Timur", "Hana", "Ivo", "Sanne",
}

// channelNameOverrides are the names of channels in guilds that name them differently from the busy guild.
var channelNameOverrides = map[string]map[string]string{
	smallGuild: {
		"announcements": "thông-báo", "general": "trò-chuyện", "Events": "Sự kiện", "giveaways": "quà-tặng", "read-only": "chỉ-đọc",
		"deleted-just-now": "vừa-bị-xóa", "Stage night": "Đêm sân khấu", "Support": "Hỗ trợ",
		"open-a-ticket": "mở-phiếu", "ticket-log": "nhật-ký-phiếu",
	},
	emptyGuild:     {"giveaways": "raffles", "general": "harbour"},
	unmanagedGuild: {"giveaways": "prizes", "general": "lounge"},
}

type prize struct{ name, description string }

var prizes = []prize{
	{"Discord Nitro, 1 month", "Thank you for 5,000 members!"},
	{"🎮 Steam gift card 50 €", ""},
	{"Mechanical keyboard (75 %, brown switches)", "Shipping within the EU; elsewhere the winner pays the difference."},
	{"Vai trò VIP trọn đời", "Dành cho thành viên hoạt động tích cực nhất tháng."},
	{"ゲームキー3本セット", ""},
	{"Signed art print “Lanterns at dusk”", "Printed on 300 g cotton paper.\nSigned on the back."},
	{"Custom role colour", ""},
	{"VIP role, a private voice channel for a month, early access to the next event, and a hand-drawn portrait of your character, in any style you like, to be finished within six weeks", "A long one, so that long ones are seen to fit."},
	{"بطاقة هدية", ""},
	{"1,000,000 coins 🪙", ""},
	{"Minecraft server slot", "Survival, no mods."},
	{"Nitro Basic × 3", ""},
}

var categoryNames = []struct{ name, emoji string }{
	{"General support", "💬"}, {"Billing", "💳"}, {"Report a member", "🚩"}, {"Partnership", "🤝"},
}

// subjects are subjects of tickets; the empty one is a ticket without a subject.
var subjects = []string{
	"I cannot see the events channel", "My giveaway prize has not arrived", "Xin hỗ trợ đổi tên", "Appeal of a timeout",
	"Payment went through twice", "ロールが付きません", "Somebody copies my name and picture", "", "Partnership: Pixel Harbour",
	"How do I link my game account?", "Bot does not answer to /daily", "Запрос на партнёрство", "Feature idea: reading club",
	"I was promised a role by a moderator in March, then the moderator left, and since then nobody in the help channel knows what to do about it",
	"Quên mật khẩu tài khoản trò chơi", "❤️ just wanted to say thank you", "Wrong language in the welcome message",
}

var reviews = []string{
	"Quick and kind.", "Cảm ơn, hỗ trợ rất nhanh!", "Solved, though it took two tries.", "とても助かりました", "👍",
	"They stayed with me until it worked, and explained what had gone wrong.",
}

// closeReasons are reasons for closing a ticket; the empty one is no reason.
var closeReasons = []string{"Solved.", "", "No answer for two days.", "Đã xử lý xong.", "The same as #12.",
	"Wrong place: please ask in #partnerships."}

var giveawayTemplates = []struct {
	name, prize string
	winners     int
	duration    time.Duration
}{
	{"Weekend Nitro", "Discord Nitro, 1 month", 1, 2 * 24 * time.Hour},
	{"Monthly raffle", "🎮 Steam gift card 20 €", 3, 7 * 24 * time.Hour},
	{"Quà cuối tuần", "Thẻ quà tặng 100.000 đ", 2, 3 * 24 * time.Hour},
}

// cannedReplies are the texts of canned replies, by name.
var cannedReplies = map[string]string{
	"Greeting":     "Hello {user}, thank you for writing. I am looking at {ticket} now.",
	"More, please": "Can you tell us a little more?\n- what you did\n- what happened\n- what should have happened",
	"Đã xử lý":     "Chào {user}, yêu cầu {ticket} đã được xử lý xong.",
}

package text

// bulkMessages are the messages of bulk actions.
var bulkMessages = map[string]Translation{
	"bulk.label":                {"With the selected rows", "Với các hàng đã chọn"},
	"bulk.confirm.giveaway":     {"{verb}: {n} giveaways?", "{verb}: {n} giveaway?"},
	"bulk.confirm.giveaway.one": {"{verb}: {n} giveaway?", ""},
	"bulk.confirm.ticket":       {"{verb}: {n} tickets?", "{verb}: {n} phiếu?"},
	"bulk.confirm.ticket.one":   {"{verb}: {n} ticket?", ""},
	"bulk.skipped": {
		"{n} of the selected rows are left out, because of their status:",
		"{n} hàng đã chọn bị bỏ qua vì trạng thái của chúng:",
	},
	"bulk.skipped.one": {"{n} of the selected rows is left out, because of its status:", ""},
	"bulk.title":       {"Results", "Kết quả"},
	"bulk.back":        {"Back to the list", "Về danh sách"},
	"bulk.summary": {
		"{n} requested: {done} done, {failed} failed, {waits} waiting for the bot",
		"{n} yêu cầu: {done} xong, {failed} không được, {waits} đang chờ bot",
	},
	"bulk.partial": {
		"Some requests couldn’t be sent. Rows that are missing here were not changed.",
		"Không gửi được yêu cầu cho mọi hàng; những hàng không có ở đây chưa được yêu cầu.",
	},
	"bulk.none": {"These requests are not known.", "Không tìm thấy các yêu cầu này."},

	"form.duplicate": {"Duplicate", "Nhân bản"},
	"bulk.conflict": {
		"Somebody else has changed it meanwhile; it was left as it is.",
		"Người khác đã thay đổi trong lúc đó; được giữ nguyên.",
	},
	"bulk.conflictDeleted": {"Somebody else has removed it meanwhile.", "Người khác đã xóa trong lúc đó."},
}

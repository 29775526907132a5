package text

// bulkMessages are the messages of bulk actions.
var bulkMessages = map[string]Translation{
	"bulk.label":                {"With the ticked rows", "Với các hàng đã chọn"},
	"bulk.confirm.giveaway":     {"{verb}: {n} giveaways?", "{verb}: {n} giveaway?"},
	"bulk.confirm.giveaway.one": {"{verb}: {n} giveaway?", ""},
	"bulk.confirm.ticket":       {"{verb}: {n} tickets?", "{verb}: {n} phiếu?"},
	"bulk.confirm.ticket.one":   {"{verb}: {n} ticket?", ""},
	"bulk.skipped":              {"{n} of the ticked rows are left out, because of how they stand:", "{n} hàng đã chọn bị bỏ qua vì trạng thái của chúng:"},
	"bulk.skipped.one":          {"{n} of the ticked rows is left out, because of how it stands:", ""},
	"bulk.title":                {"Results", "Kết quả"},
	"bulk.back":                 {"Back to the list", "Về danh sách"},
	"bulk.summary":              {"{n} asked: {done} done, {failed} not, {waits} waiting for the bot", "{n} yêu cầu: {done} xong, {failed} không được, {waits} đang chờ bot"},
	"bulk.partial":              {"Not all of the rows could be asked about; those that are missing here were not.", "Không gửi được yêu cầu cho mọi hàng; những hàng không có ở đây chưa được yêu cầu."},
	"bulk.none":                 {"These requests are not known.", "Không tìm thấy các yêu cầu này."},

	"form.duplicate":       {"Duplicate", "Nhân bản"},
	"bulk.conflict":        {"Somebody else has changed it meanwhile; it was left as it is.", "Người khác đã thay đổi trong lúc đó; được giữ nguyên."},
	"bulk.conflictDeleted": {"Somebody else has removed it meanwhile.", "Người khác đã xóa trong lúc đó."},
}

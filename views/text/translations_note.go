package text

// noteMessages are the messages of ticket notes.
var noteMessages = map[string]Translation{
	"notes.title": {"Notes of the team", "Ghi chú của nhóm"},
	"notes.none": {
		"Nobody has noted anything. Members never see notes, and the bot does not either.",
		"Chưa ai ghi chú gì. Thành viên và bot không bao giờ thấy ghi chú.",
	},
	"notes.all":      {"All notes", "Tất cả ghi chú"},
	"notes.n":        {"{n} notes", "{n} ghi chú"},
	"notes.n.one":    {"{n} note", ""},
	"notes.more":     {"More than {n} notes", "Hơn {n} ghi chú"},
	"notes.new":      {"Note for the team; members never see it", "Ghi chú cho nhóm; thành viên không bao giờ thấy"},
	"notes.save":     {"Save the note", "Lưu ghi chú"},
	"notes.saved":    {"The note is saved.", "Đã lưu ghi chú."},
	"notes.remove":   {"Remove", "Xóa"},
	"notes.removeOf": {"Remove the note of {name}", "Xóa ghi chú của {name}"},
	"notes.removed":  {"The note is removed. The audit log keeps what it said.", "Đã xóa ghi chú. Nhật ký giữ lại nội dung của nó."},
	"notes.tooLong":  {"A note has at most {n} characters.", "Ghi chú có tối đa {n} ký tự."},
	"notes.tooMany":  {"There are a hundred notes about this ticket already.", "Phiếu này đã có một trăm ghi chú."},
	"notes.back":     {"Ticket", "Phiếu"},

	"audit.NOTE_WRITE":  {"Write note", "Viết ghi chú"},
	"audit.NOTE_REMOVE": {"Remove note", "Xóa ghi chú"},
}

package text

// noteMessages are the messages of ticket notes.
var noteMessages = map[string]Translation{
	"notes.title":    {"Internal notes", "Ghi chú nội bộ"},
	"notes.none":     {"No notes yet. Only staff can see notes.", "Chưa có ghi chú nào. Chỉ nhân viên thấy ghi chú."},
	"notes.all":      {"All notes", "Tất cả ghi chú"},
	"notes.n":        {"{n} notes", "{n} ghi chú"},
	"notes.n.one":    {"{n} note", ""},
	"notes.more":     {"More than {n} notes", "Hơn {n} ghi chú"},
	"notes.new":      {"Note (only staff can see it)", "Ghi chú (chỉ nhân viên thấy)"},
	"notes.save":     {"Save note", "Lưu ghi chú"},
	"notes.saved":    {"Note saved.", "Đã lưu ghi chú."},
	"notes.remove":   {"Remove", "Xóa"},
	"notes.removeOf": {"Remove note by {name}", "Xóa ghi chú của {name}"},
	"notes.removed":  {"Note removed. Its text is kept in the audit log.", "Đã xóa ghi chú. Nội dung được lưu trong nhật ký."},
	"notes.tooLong":  {"A note can have at most {n} characters.", "Ghi chú có tối đa {n} ký tự."},
	"notes.tooMany":  {"This ticket already has 100 notes. Remove one first.", "Phiếu này đã có 100 ghi chú. Hãy xóa bớt trước."},
	"notes.back":     {"Back to ticket", "Về phiếu"},

	"audit.NOTE_WRITE":  {"Write note", "Viết ghi chú"},
	"audit.NOTE_REMOVE": {"Remove note", "Xóa ghi chú"},
}

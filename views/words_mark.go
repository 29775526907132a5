package views

// markWords speak of what a team notes on tickets.
var markWords = map[string]word{
	"col.priority":        {"Priority", "Mức ưu tiên"},
	"priority.urgent":     {"Urgent", "Khẩn cấp"},
	"priority.high":       {"High", "Cao"},
	"priority.normal":     {"Normal", "Bình thường"},
	"priority.low":        {"Low", "Thấp"},
	"priority.change":     {"Priority…", "Mức ưu tiên…"},
	"priority.of":         {"Priority of ticket {name}", "Mức ưu tiên của phiếu {name}"},
	"priority.ofMany":     {"Priority of {n} tickets", "Mức ưu tiên của {n} phiếu"},
	"priority.ofMany.one": {"Priority of {n} ticket", ""},
	"priority.save":       {"Set priority", "Đặt mức ưu tiên"},
	"priority.set":        {"The priority is set.", "Đã đặt mức ưu tiên."},

	"filter.badPriority": {"“{value}” is not a priority; all are shown.", "“{value}” không phải là mức ưu tiên; hiển thị tất cả."},

	"ticket.changedBy":      {"{name} changed on the dashboard: {what}", "{name} thay đổi trên bảng điều khiển: {what}"},
	"audit.PRIORITY_CHANGE": {"Set priority of ticket", "Đặt mức ưu tiên của phiếu"},
}

package ui

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/forms"
	"guildboard/views/link"
	"guildboard/views/text"
)

// BotRequests has the bot requests about the rows of a page, and the state of the bot.
type BotRequests struct {
	Bot                store.BotState
	Commands           map[string]contract.Command // the newest one to show, by row id
	RequestedGiveaways []contract.Command          // requests to create giveaways that do not exist (yet)
}

// ForRow returns the part of r that a row is rendered from, so that other changes do not invalidate the cached row.
func (r BotRequests) ForRow(id string) BotRequests {
	row := BotRequests{Bot: r.RowBotState()}
	if c := r.Command(id); c != nil {
		row.Commands = map[string]contract.Command{id: *c}
	}
	return row
}

// RowBotState returns the state of the bot without LastSeen, which rows do not show and which changes every ten
// seconds.
func (r BotRequests) RowBotState() store.BotState {
	bot := r.Bot
	bot.LastSeen = time.Time{}
	return bot
}

// Command returns the request about a row, or nil.
func (r BotRequests) Command(id string) *contract.Command {
	if c, ok := r.Commands[id]; ok {
		return &c
	}
	return nil
}

// pending returns the number of requests that the bot has not answered, and when the first of them expires.
func (r BotRequests) pending() (n int, earliest time.Time) {
	for _, c := range slices.AppendSeq(slices.Clone(r.RequestedGiveaways), maps.Values(r.Commands)) {
		if !c.IsInProgress() {
			continue
		}
		if n++; n == 1 || c.ExpiresAt.Before(earliest) {
			earliest = c.ExpiresAt
		}
	}
	return n, earliest
}

// AvailableVerbs returns those of the possible verbs that the bot supports and that are not requested for the row
// already.
func (r BotRequests) AvailableVerbs(id string, possible []contract.Verb) (available []contract.Verb) {
	for _, v := range possible {
		if c, hasCommand := r.Commands[id]; r.Bot.Supports(v) && !(hasCommand && c.IsInProgress() && c.Verb == v) {
			available = append(available, v)
		}
	}
	return available
}

// AllowedVerbs returns those of the verbs that the viewer may request.
func (r Reader) AllowedVerbs(offered []contract.Verb) []contract.Verb {
	return slices.DeleteFunc(slices.Clone(offered), func(v contract.Verb) bool { return !r.Rights.CanRequest(v) })
}

// VerbName returns the verb as it appears in a URL: "end" for GIVEAWAY_END.
func VerbName(v contract.Verb) string {
	_, name, _ := strings.Cut(string(v), "_")
	return strings.ToLower(name)
}

// A verbButton describes the buttons that request a verb.
type verbButton struct {
	needsConfirmation bool // opens a confirmation page: the verb cannot be undone or has further fields
	isDestructive     bool // its button is red
	isFinal           bool // its result cannot be undone: the button of its confirmation is red
	isForManyRows     bool // also offered for the selected rows of a list
}

// verbButtons has the verbs whose buttons are not plain ones.
var verbButtons = map[contract.Verb]verbButton{
	contract.VerbGiveawayEnd:       {needsConfirmation: true, isFinal: true, isForManyRows: true},
	contract.VerbGiveawayPause:     {isForManyRows: true},
	contract.VerbGiveawayResume:    {isForManyRows: true},
	contract.VerbGiveawayReroll:    {needsConfirmation: true, isFinal: true},
	contract.VerbGiveawayRepeat:    {needsConfirmation: true},
	contract.VerbGiveawayCancel:    {needsConfirmation: true, isDestructive: true, isForManyRows: true},
	contract.VerbGiveawayDelete:    {needsConfirmation: true, isDestructive: true, isForManyRows: true},
	contract.VerbEntrantDisqualify: {isDestructive: true},
	contract.VerbTicketClaim:       {isForManyRows: true},
	contract.VerbTicketAssign:      {needsConfirmation: true},
	contract.VerbTicketClose:       {needsConfirmation: true, isForManyRows: true},
	contract.VerbTicketReopen:      {isForManyRows: true},
}

// confirmTitle returns the heading of a confirmation. It names the only selected entrant, if there is just one.
func confirmTitle(p Page, v ConfirmView) string {
	key := "confirm." + string(v.Verb)
	if len(v.Entrants) == 1 {
		return p.T(key+".user", "user", UserName(v.Entrants[0].Member), "name", text.Truncate(v.Name, 80))
	}
	return p.T(key, "name", text.Truncate(v.Name, 80))
}

// confirmLabel returns the text of the button that confirms a verb. "Close" alone could mean the dialog.
func confirmLabel(p Page, v contract.Verb) string {
	if v == contract.VerbTicketClose {
		return p.T("confirm.closeTicket")
	}
	return p.T("verb." + string(v))
}

// selectedWinnerAttributes indents a winner below the choice "Only the selected winners".
func selectedWinnerAttributes(v ConfirmView) templ.Attributes {
	if v.Unclaimed > 0 && len(v.Winners) > 1 {
		return templ.Attributes{"class": "choice-below"}
	}
	return nil
}

// IsBulkVerb reports whether the verb can be requested for many rows at once.
func IsBulkVerb(v contract.Verb) bool { return verbButtons[v].isForManyRows }

// CommandResultText returns the result of a verb without the name of its target, such as "Ticket closed".
func CommandResultText(p Page, v contract.Verb) string {
	module, _ := access.Required(v)
	return p.T("result."+string(v), "name", p.T("result.name."+string(module)))
}

// CommandStatusText describes the status of a command.
func CommandStatusText(p Page, c contract.Command) string {
	switch c.Status {
	case contract.CommandDone:
		if c.Code != "" {
			return p.T("command.partly", "why", RefusalReason(p, c))
		}
		return CommandResultText(p, c.Verb)
	case contract.CommandRefused:
		return p.T("command.refused", "verb", p.T("audit."+string(c.Verb)), "why", RefusalReason(p, c))
	case contract.CommandExpired:
		return p.T("command.expired", "verb", p.T("audit."+string(c.Verb)))
	}
	return p.T("doing." + string(c.Verb))
}

// RefusalReason returns why the bot refused: a translated message for known codes, otherwise the bot's own message.
func RefusalReason(p Page, c contract.Command) string {
	if c.Code == contract.RefusalInvalidForm {
		return formRefusalReason(p, c)
	}
	if text.HasMessage("code." + c.Code) {
		return p.T("code." + c.Code)
	}
	if strings.HasPrefix(c.Code, "discord.") {
		return p.T("code.discord", "code", strings.TrimPrefix(c.Code, "discord."))
	}
	return cmp.Or(text.Truncate(c.Message, 200), p.T("code.other"))
}

// formRefusalReason returns the bot's message about a form, with the form's labels in place of the field names.
func formRefusalReason(p Page, c contract.Command) string {
	field, fields := contract.ParseFormMessage(c.Message)
	if len(fields) == 0 {
		return strings.TrimSpace(p.T("code.form") + " " + text.Truncate(c.Message, 200))
	}
	for i, name := range fields {
		fields[i] = "“" + fieldLabel(p, c.Verb, name) + "”"
	}
	labels := text.Truncate(strings.Join(fields, ", "), 200)
	switch field {
	case contract.InvalidFormMessage:
		return p.T("code.form.invalid", "fields", labels)
	case contract.ForeignIDsMessage:
		return p.T("code.form.foreign", "fields", labels)
	}
	return p.T("code.form") + " " + text.Truncate(field, 200) + ": " + labels + "."
}

// fieldLabel returns the label of a field in the form that sends the verb, or the name itself if the form has no such field.
func fieldLabel(p Page, v contract.Verb, name string) string {
	key := FieldMessageKey(forms.Field{Name: name})
	switch {
	case v == contract.VerbGiveawayRepeat && (name == "days" || name == "zone"):
		key = "repeat." + name
	case strings.HasPrefix(string(v), "GIVEAWAY_"):
		key = "field." + name
	}
	if !text.HasMessage(key) {
		return text.Truncate(name, 40)
	}
	return p.T(key)
}

// CommandLevel returns the level at which the status is shown: "waits", "done" or "failed".
func CommandLevel(c contract.Command) string {
	switch {
	case c.IsInProgress():
		return "waits"
	case c.Status == contract.CommandDone:
		return "done"
	}
	return "failed"
}

func commandPrize(p Page, c contract.Command) string {
	var form struct {
		Prize string `json:"prize"`
	}
	if json.Unmarshal(c.Data, &form) != nil {
		return p.T("giveaway.noPrize")
	}
	return PrizeText(p, form.Prize)
}

// CommandReasonText returns the reason or text that was sent with a command, or "".
func CommandReasonText(c contract.Command) string {
	var data struct {
		Reason string `json:"reason"`
		Text   string `json:"text"`
	}
	if json.Unmarshal(c.Data, &data) != nil {
		return ""
	}
	return text.Truncate(cmp.Or(data.Reason, data.Text), 300)
}

// AssignmentText describes to whom a command assigns a ticket; "" for other commands.
func AssignmentText(p Page, c contract.Command) string {
	to := store.DecodeAssignment(c)
	if to.UserID == "" {
		return ""
	}
	return p.T("assign.to", "name", UserName(contract.User{ID: to.UserID, Username: to.Username}))
}

// AutomationText describes how a command relates to repeating giveaways and automatic rerolls; "" if it does not.
func AutomationText(p Page, c contract.Command) string {
	var data struct {
		Days   *int
		Zone   string
		Repeat store.ScheduledRepeat
	}
	if json.Unmarshal(c.Data, &data) != nil {
		return ""
	}
	switch {
	case c.Verb == contract.VerbGiveawayRepeat && data.Days != nil && *data.Days == 0:
		return p.T("repeat.no")
	case c.Verb == contract.VerbGiveawayRepeat && data.Days != nil && data.Zone == time.UTC.String():
		return p.N("repeat.everyInUTC", *data.Days)
	case c.Verb == contract.VerbGiveawayRepeat && data.Days != nil && data.Zone != "":
		return p.N("repeat.everyIn", *data.Days, "zone", text.Truncate(data.Zone, 60))
	case c.Verb == contract.VerbGiveawayRepeat && data.Days != nil:
		return p.N("repeat.every", *data.Days)
	case c.Verb == contract.VerbGiveawayCreate && data.Repeat.GiveawayID != "":
		return p.T("repeat.automatic")
	case c.Verb == contract.VerbGiveawayReroll && c.Actor.ID == "":
		return p.T("reroll.automatic")
	}
	return ""
}

// RepetitionText describes how often a giveaway repeats, at what time of day and in which zone.
func RepetitionText(p Page, g store.Giveaway) string {
	rule := g.RepeatRule()
	if rule.From.IsZero() { // the stored time cannot be parsed
		return p.N("repeat.every", g.RepeatDays)
	}
	zone := rule.Location()
	at := rule.From.In(zone).Format("15:04")
	if zone == time.UTC {
		return p.N("repeat.everyAtUTC", g.RepeatDays, "time", at)
	}
	return p.N("repeat.everyAt", g.RepeatDays, "time", at, "zone", zone.String())
}

// ChangeLines describes what a dashboard command changed, one line per field with the old and the new value.
func ChangeLines(p Page, c contract.Command) (lines []string) {
	var data struct{ Before, After map[string]string }
	if !slices.Contains(contract.DashboardVerbs, c.Verb) || json.Unmarshal(c.Data, &data) != nil {
		return nil
	}
	names := slices.Sorted(maps.Keys(data.Before))
	for name := range data.After {
		if _, ok := data.Before[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	switch {
	case data.Before == nil:
		return []string{p.T("audit.created")}
	case data.After == nil:
		return []string{p.T("audit.deleted")}
	}
	for i, name := range names {
		if i == maxChangesShown {
			return append(lines, p.N("audit.andMore", len(names)-i))
		}
		lines = append(lines, p.T("audit.changed", "field", changedFieldName(p, c.Verb, name),
			"before", changedValueText(p, c, name, data.Before[name]), "after", changedValueText(p, c, name, data.After[name])))
	}
	return lines
}

// maxChangesShown is how many changed fields an audit log entry lists.
const maxChangesShown = 5

func changedFieldName(p Page, v contract.Verb, name string) string {
	if role, module, ok := strings.Cut(name, " "); ok && v == contract.VerbStaffChange {
		changedRole, _ := p.Names.Role(role)
		changedRole.ID = role
		return RoleName(p, changedRole) + ", " + p.T("module."+module)
	}
	switch v {
	case contract.VerbPriorityChange:
		return p.T("col.priority")
	case contract.VerbTicketLabelsChange:
		return p.T("col.labels")
	}
	if key := FieldMessageKey(forms.Field{Name: name}); text.HasMessage(key) {
		return p.T(key)
	}
	return text.Truncate(name, 40)
}

func changedValueText(p Page, c contract.Command, name, value string) string {
	if _, known := access.ParseLevel(value); c.Verb == contract.VerbStaffChange && (known || value == "") {
		return p.T("level." + cmp.Or(value, "none"))
	}
	if c.Verb == contract.VerbPriorityChange {
		return p.T("priority." + strings.ToLower(value))
	}
	if field, ok := store.AuditedField(c, name); ok {
		return text.Truncate(FieldValueText(p, field, value), 80)
	}
	return cmp.Or(text.Truncate(value, 80), p.T("set.empty"))
}

// TargetPath returns the path of the page of the command's target.
func TargetPath(p Page, c contract.Command) string {
	switch {
	case c.Verb == contract.VerbStaffChange:
		return link.Staff(p.Guild.ID)
	case c.Verb == contract.VerbSettingsChange:
		return link.Settings(p.Guild.ID, c.Target)
	case c.Verb == contract.VerbProductChange:
		return link.Settings(p.Guild.ID, "products")
	case c.Verb == contract.VerbCannedReplyChange:
		return link.Settings(p.Guild.ID, "replies")
	case c.Verb == contract.VerbLabelChange:
		return link.Settings(p.Guild.ID, "labels")
	case c.Verb == contract.VerbPanelPost, c.Verb == contract.VerbPanelChange, c.Verb == contract.VerbCategoryChange:
		return link.Settings(p.Guild.ID, "panels")
	case strings.HasPrefix(string(c.Verb), "TICKET_"), strings.HasPrefix(string(c.Verb), "RATING_"),
		c.Verb == contract.VerbPriorityChange, c.Verb == contract.VerbTicketLabelsChange:
		return link.Ticket(p.Guild.ID, c.Target)
	case strings.HasPrefix(string(c.Verb), "NOTE_"):
		return link.WithQuery(link.Tickets(p.Guild.ID), "q", c.TargetName)
	case strings.HasPrefix(string(c.Verb), "TEMPLATE_"):
		return link.Templates(p.Guild.ID)
	}
	return link.Giveaway(p.Guild.ID, c.Target)
}

// repairPath returns the path that the form that repairs a sync issue posts to.
func repairPath(p Page, d store.SyncIssue) string {
	if d.Kind.Module() == access.ModuleTickets {
		return link.Ticket(p.Guild.ID, d.Target)
	}
	return link.Giveaway(p.Guild.ID, d.Target)
}

// AuditTargetName returns the name of a command's target as it was when the command was sent, or what stands for it.
func AuditTargetName(p Page, c contract.Command) string {
	if c.TargetName != "" {
		return text.Truncate(c.TargetName, 120)
	}
	switch c.Verb {
	case contract.VerbGiveawayCreate:
		return commandPrize(p, c)
	case contract.VerbStaffChange:
		return p.T("staff.title")
	case contract.VerbSettingsChange:
		return p.T("tab." + c.Target)
	}
	return p.T("audit.gone")
}

// DialogFormAttributes makes htmx send the form of a dialog, so that the page below stays unchanged.
func DialogFormAttributes(dialog bool, action string) templ.Attributes {
	if !dialog {
		return nil
	}
	return templ.Attributes{
		"hx-post": action, "hx-swap": "none", "hx-sync": "this:drop", "hx-status:422": "target:#confirm swap:outerHTML",
		"hx-status:403": "target:#refused swap:innerHTML",
	}
}

// closeReasonPresets returns the guild's own close reasons, or the default ones in the viewer's language.
func closeReasonPresets(p Page, custom []string) (presets []string) {
	if len(custom) > 0 {
		return custom
	}
	for _, key := range []string{"preset.solved", "preset.noResponse", "preset.duplicate", "preset.wrongChannel", "preset.spam"} {
		presets = append(presets, p.T(key))
	}
	return presets
}

// PrizeText returns a prize for one line, or a text that there is none.
func PrizeText(p Page, s string) string {
	return cmp.Or(text.Truncate(s, 240), p.T("giveaway.noPrize"))
}

// SubjectText returns a ticket's subject for one line, or a text that there is none.
func SubjectText(p Page, t store.Ticket) string {
	if t.Subject == nil {
		return p.T("ticket.noSubject")
	}
	return cmp.Or(text.Truncate(*t.Subject, 240), p.T("ticket.noSubject"))
}

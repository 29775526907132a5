package views

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
)

// Asked is what was asked of the bot about the rows that are shown, and what is known of the bot.
type Asked struct {
	Bot      store.BotState
	Commands map[string]store.Command // the newest that is worth showing, by row id
	Creates  []store.Command          // giveaways that were asked for and are not there
}

// about is what was asked about one row, which is all of it that a row is drawn from; ofAll is the same for all of them.
func (a Asked) about(id string) Asked {
	row := Asked{Bot: a.ofAll()}
	if c := a.command(id); c != nil {
		row.Commands = map[string]store.Command{id: *c}
	}
	return row
}

// ofAll is the bot as rows show it: none says when it was heard last, which is another time every ten seconds.
func (a Asked) ofAll() store.BotState {
	bot := a.Bot
	bot.LastHeard = time.Time{}
	return bot
}

// command is what was asked about a row, or nil.
func (a Asked) command(id string) *store.Command {
	if c, ok := a.Commands[id]; ok {
		return &c
	}
	return nil
}

// waiting is how many requests about what is shown the bot has not answered, and when the first of them lapses.
func (a Asked) waiting() (n int, first time.Time) {
	for _, c := range slices.AppendSeq(slices.Clone(a.Creates), maps.Values(a.Commands)) {
		if !c.UnderWay() {
			continue
		}
		if n++; n == 1 || c.ExpiresAt.Before(first) {
			first = c.ExpiresAt
		}
	}
	return n, first
}

// offered is what can be asked for about a row: what its state allows and the bot knows, unless it is being asked already.
func (a Asked) offered(id string, possible []store.Verb) (offered []store.Verb) {
	for _, v := range possible {
		if c, asked := a.Commands[id]; a.Bot.Offers(v) && !(asked && c.UnderWay() && c.Verb == v) {
			offered = append(offered, v)
		}
	}
	return offered
}

// may leaves those verbs that the reader may ask for.
func (p Page) may(offered []store.Verb) []store.Verb {
	return slices.DeleteFunc(slices.Clone(offered), func(v store.Verb) bool { return !p.Rights.MayAsk(v) })
}

// VerbName is the verb as it stands in an address: "end" of GIVEAWAY_END.
func VerbName(v store.Verb) string {
	_, name, _ := strings.Cut(string(v), "_")
	return strings.ToLower(name)
}

// asksFirst tells whether a verb is asked about before it is sent: what cannot be undone, and what wants a word more.
func asksFirst(v store.Verb) bool {
	return slices.Contains([]store.Verb{
		store.VerbGiveawayEnd, store.VerbGiveawayReroll, store.VerbGiveawayRepeat, store.VerbGiveawayCancel, store.VerbGiveawayDelete, store.VerbTicketClose, store.VerbTicketAssign,
	}, v)
}

func isDangerous(v store.Verb) bool {
	return v == store.VerbGiveawayCancel || v == store.VerbGiveawayDelete || v == store.VerbGiveawayRemove
}

// CommandWords says how a command stands.
func CommandWords(p Page, c store.Command) string {
	switch c.Status {
	case store.CommandDone:
		if c.Code != "" {
			return p.T("command.partly", "why", commandReason(p, c))
		}
		return p.T("command.done")
	case store.CommandRefused:
		return p.T("command.refused", "verb", p.T("verb."+string(c.Verb)), "why", commandReason(p, c))
	case store.CommandExpired:
		return p.T("command.expired", "verb", p.T("verb."+string(c.Verb)))
	}
	return p.T("doing." + string(c.Verb))
}

// commandReason is why the bot refused, in the reader's language where the code has words, else in the bot's.
func commandReason(p Page, c store.Command) string {
	if c.Code == store.CodeForm {
		return formReason(p, c)
	}
	if _, known := words["code."+c.Code]; known {
		return p.T("code." + c.Code)
	}
	if strings.HasPrefix(c.Code, "discord.") {
		return p.T("code.discord", "code", strings.TrimPrefix(c.Code, "discord."))
	}
	return or(shorten(c.Message, 200), p.T("code.other"))
}

// formReason returns the bot's message about a form, with the form's labels in place of the field names.
func formReason(p Page, c store.Command) string {
	what, fields := store.FormFields(c.Message)
	if len(fields) == 0 {
		return strings.TrimSpace(p.T("code.form") + " " + shorten(c.Message, 200))
	}
	for i, name := range fields {
		fields[i] = "“" + fieldLabel(p, c.Verb, name) + "”"
	}
	labels := shorten(strings.Join(fields, ", "), 200)
	switch what {
	case store.FormInvalid:
		return p.T("code.form.invalid", "fields", labels)
	case store.FormForeign:
		return p.T("code.form.foreign", "fields", labels)
	}
	return p.T("code.form") + " " + shorten(what, 200) + ": " + labels + "."
}

// fieldLabel returns the label of a field in the form that sends the verb, or the name itself if the form has no such field.
func fieldLabel(p Page, v store.Verb, name string) string {
	key := fieldKey(store.Field{Name: name})
	switch {
	case v == store.VerbGiveawayRepeat && (name == "days" || name == "zone"):
		key = "repeat." + name
	case strings.HasPrefix(string(v), "GIVEAWAY_"):
		key = "field." + name
	}
	if _, known := words[key]; !known {
		return shorten(name, 40)
	}
	return p.T(key)
}

// commandLevel is how loudly that is said.
func commandLevel(c store.Command) string {
	switch {
	case c.UnderWay():
		return "waits"
	case c.Status == store.CommandDone:
		return "done"
	}
	return "failed"
}

func prizeOf(p Page, c store.Command) string {
	var form struct {
		Prize string `json:"prize"`
	}
	if json.Unmarshal(c.Data, &form) != nil {
		return p.T("giveaway.noPrize")
	}
	return prize(p, form.Prize)
}

// reasonOf is the reason that was given with a command, or what it says; "" without either.
func reasonOf(c store.Command) string {
	var data struct {
		Reason string `json:"reason"`
		Text   string `json:"text"`
	}
	if json.Unmarshal(c.Data, &data) != nil {
		return ""
	}
	return shorten(or(data.Reason, data.Text), 300)
}

// assignedTo is whom a command gives a ticket to, as a sentence; "" for one that gives none.
func assignedTo(p Page, c store.Command) string {
	to := store.AssignmentOf(c)
	if to.UserID == "" {
		return ""
	}
	return p.T("assign.to", "name", personName(store.Person{ID: to.UserID, Username: to.Username}))
}

// clockedOf says what a command makes of what the clock does by itself, "" for one that has nothing to do with it.
func clockedOf(p Page, c store.Command) string {
	var data struct {
		Days   *int
		Zone   string
		Repeat store.Repetition
	}
	if json.Unmarshal(c.Data, &data) != nil {
		return ""
	}
	switch {
	case c.Verb == store.VerbGiveawayRepeat && data.Days != nil && *data.Days == 0:
		return p.T("repeat.no")
	case c.Verb == store.VerbGiveawayRepeat && data.Days != nil && data.Zone == time.UTC.String():
		return p.N("repeat.everyInUTC", *data.Days)
	case c.Verb == store.VerbGiveawayRepeat && data.Days != nil && data.Zone != "":
		return p.N("repeat.everyIn", *data.Days, "zone", shorten(data.Zone, 60))
	case c.Verb == store.VerbGiveawayRepeat && data.Days != nil:
		return p.N("repeat.every", *data.Days)
	case c.Verb == store.VerbGiveawayCreate && data.Repeat.Of != "":
		return p.T("repeat.again")
	case c.Verb == store.VerbGiveawayReroll && c.Actor.ID == "":
		return p.T("claim.again")
	}
	return ""
}

// repeatOf describes how often a giveaway repeats, at what time of day and in which zone.
func repeatOf(p Page, g store.Giveaway) string {
	rule := g.RepeatRule()
	if rule.From.IsZero() { // the database has a time that can't be read
		return p.N("repeat.every", g.RepeatDays)
	}
	zone := rule.Location()
	at := rule.From.In(zone).Format("15:04")
	if zone == time.UTC {
		return p.N("repeat.everyAtUTC", g.RepeatDays, "time", at)
	}
	return p.N("repeat.everyAt", g.RepeatDays, "time", at, "zone", zone.String())
}

// changesOf says what was changed on the dashboard, one line a field: how it was, and how it is.
func changesOf(p Page, c store.Command) (lines []string) {
	var data struct{ Before, After map[string]string }
	if !slices.Contains(store.Changes, c.Verb) || json.Unmarshal(c.Data, &data) != nil {
		return nil
	}
	names := slices.Sorted(maps.Keys(data.Before))
	for name := range data.After {
		if _, was := data.Before[name]; !was {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	switch {
	case data.Before == nil:
		return []string{p.T("audit.made")}
	case data.After == nil:
		return []string{p.T("audit.deleted")}
	}
	for i, name := range names {
		if i == maxChangesShown {
			return append(lines, p.N("audit.andMore", len(names)-i))
		}
		lines = append(lines, p.T("audit.changed", "field", changedName(p, c.Verb, name), "before", changedValue(p, c, name, data.Before[name]),
			"after", changedValue(p, c, name, data.After[name])))
	}
	return lines
}

// maxChangesShown is how many fields a line of the audit log names.
const maxChangesShown = 5

func changedName(p Page, v store.Verb, name string) string {
	if role, module, is := strings.Cut(name, " "); is && v == store.VerbStaffChange {
		now, _ := p.Names.Role(role)
		now.ID = role
		return roleName(p, now) + ", " + p.T("module."+module)
	}
	switch v {
	case store.VerbPriorityChange:
		return p.T("col.priority")
	case store.VerbLabelsSet:
		return p.T("col.labels")
	}
	if key := fieldKey(store.Field{Name: name}); words[key].en != "" {
		return p.T(key)
	}
	return shorten(name, 40)
}

func changedValue(p Page, c store.Command, name, value string) string {
	if _, known := store.ParseLevel(value); c.Verb == store.VerbStaffChange && (known || value == "") {
		return p.T("level." + or(value, "none"))
	}
	if c.Verb == store.VerbPriorityChange {
		return p.T("priority." + strings.ToLower(value))
	}
	if field, is := store.FieldChanged(c, name); is {
		return shorten(shown(p, field, value), 80)
	}
	return or(shorten(value, 80), p.T("set.empty"))
}

// targetPath is the page of what a command is about.
func targetPath(p Page, c store.Command) string {
	switch {
	case c.Verb == store.VerbStaffChange:
		return p.under("/staff")
	case c.Verb == store.VerbSettingsChange:
		return p.under("/settings/" + c.Target)
	case c.Verb == store.VerbProductChange:
		return p.under("/settings/products")
	case c.Verb == store.VerbCannedChange:
		return p.under("/settings/replies")
	case c.Verb == store.VerbLabelChange:
		return p.under("/settings/labels")
	case c.Verb == store.VerbPanelPost, c.Verb == store.VerbPanelChange, c.Verb == store.VerbCategoryChange:
		return p.under("/settings/panels")
	case strings.HasPrefix(string(c.Verb), "TICKET_"), strings.HasPrefix(string(c.Verb), "RATING_"), c.Verb == store.VerbPriorityChange, c.Verb == store.VerbLabelsSet:
		return p.under("/tickets/" + c.Target)
	case strings.HasPrefix(string(c.Verb), "NOTE_"):
		return p.under("/tickets?q=" + url.QueryEscape(c.TargetName))
	case strings.HasPrefix(string(c.Verb), "TEMPLATE_"):
		return p.under("/giveaways/templates")
	}
	return p.under("/giveaways/" + c.Target)
}

// repairPath is where the form that repairs a drift goes.
func repairPath(p Page, d store.Drift) string {
	noun := "/giveaways/"
	if strings.HasPrefix(string(d.Kind), "ticket.") {
		noun = "/tickets/"
	}
	return p.under(noun + d.Target)
}

func auditTarget(p Page, c store.Command) string {
	if c.TargetName != "" {
		return shorten(c.TargetName, 120)
	}
	switch c.Verb {
	case store.VerbGiveawayCreate:
		return prizeOf(p, c)
	case store.VerbStaffChange:
		return p.T("staff.title")
	case store.VerbSettingsChange:
		return p.T("tab." + c.Target)
	}
	return p.T("audit.gone")
}

// overPage has htmx send the form of a dialog, so that the page below stays as it is.
func overPage(dialog bool, action string) templ.Attributes {
	if !dialog {
		return nil
	}
	return templ.Attributes{
		"hx-post": action, "hx-swap": "none", "hx-sync": "this:drop", "hx-status:422": "target:#confirm swap:outerHTML",
		"hx-status:403": "target:#refused swap:innerHTML",
	}
}

// closePresets are the guild's own reasons, or else those that tickets are mostly closed for, in the language of who closes.
func closePresets(p Page, own []string) (presets []string) {
	if len(own) > 0 {
		return own
	}
	for _, key := range []string{"preset.solved", "preset.silent", "preset.twice", "preset.place", "preset.spam"} {
		presets = append(presets, p.T(key))
	}
	return presets
}

// Package settings renders the settings of a server and the access of its staff.
package settings

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/forms"
	"guildboard/store/snowflake"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// FormView is a settings form with its current input.
type FormView struct {
	Title       string
	Description string // shown below the title; "" for none
	Tab         Tab
	Schema      forms.Schema
	Values      forms.Values
	Version     int
	Action      string
	Back        string // path of the list that the object belongs to
	DeletePath  string // "" for an object that cannot be deleted
	Preview     Preview
	Categories  []store.TicketCategory // categories of a panel

	SavedValues forms.Values  // values that another member has saved in the meantime; nil if none
	SavedBy     contract.User // the user that saved SavedValues
	SavedAt     time.Time

	RefusedReason string // why the viewer may no longer save

	Bot      store.BotState
	Problems map[string]string // validation errors by field, translated
	IsSaved  bool              // Values and Problems are those of the saved settings
}

// Tab is a tab of a server's settings.
type Tab string

const (
	TabGiveaways Tab = "giveaways"
	TabTickets   Tab = "tickets"
	TabPanels    Tab = "panels"
	TabProducts  Tab = "products"
	TabReplies   Tab = "replies"
	TabLabels    Tab = "labels"
	TabStaff     Tab = "staff"
)

// Tabs lists the tabs in order.
var Tabs = []Tab{TabGiveaways, TabTickets, TabPanels, TabProducts, TabReplies, TabLabels, TabStaff}

func (t Tab) path() string {
	if t == TabStaff {
		return "/staff"
	}
	return "/settings/" + string(t)
}

// Preview is the kind of Discord preview that a form shows.
type Preview string

const (
	PreviewNone     Preview = ""
	PreviewGiveaway Preview = "giveaway"
	PreviewMessages Preview = "messages"
	PreviewPanel    Preview = "panel"
	PreviewCategory Preview = "category"
	PreviewLabel    Preview = "label"
)

// groupName returns the heading of a group of fields.
func groupName(p ui.Page, group string) string {
	if n, ok := strings.CutPrefix(group, "question"); ok {
		return p.T("group.question", "n", n)
	}
	return p.T("group." + group)
}

// fieldLabel returns the label of a field.
func fieldLabel(p ui.Page, v FormView, f forms.Field) string {
	if key := ui.FieldMessageKey(f) + "." + string(v.Tab); text.HasMessage(key) {
		return p.T(key)
	}
	return p.T(ui.FieldMessageKey(f))
}

// fieldHint returns the help text of a field, or "".
func fieldHint(p ui.Page, v FormView, f forms.Field) string {
	var parts []string
	if v.isUnused(f) && !v.isGroupUnused(f.Group) {
		parts = append(parts, p.T("set.unused"))
	}
	if text.HasMessage(ui.FieldMessageKey(f) + ".hint") {
		parts = append(parts, p.T(ui.FieldMessageKey(f)+".hint"))
	}
	if f.Unit > 0 {
		parts = append(parts, durationHint(p, f))
	}
	return strings.Join(parts, " ")
}

// inputValue returns the value of a field as its input shows and submits it.
func inputValue(v FormView, f forms.Field) string {
	if f.Unit > 0 {
		return ui.DurationFieldValue(f, v.Values[f.Name])
	}
	return v.Values[f.Name]
}

// isUnused reports whether the bot ignores a field.
func (v FormView) isUnused(f forms.Field) bool {
	return f.IgnoredByBot && v.Bot.Version == "guildboard"
}

// isDisabled reports whether a field cannot be edited: the bot ignores it, and its value needs no correction.
func (v FormView) isDisabled(f forms.Field) bool { return v.isUnused(f) && v.Problems[f.Name] == "" }

// isGroupUnused reports whether the bot ignores all fields of a group.
func (v FormView) isGroupUnused(group string) bool {
	return !v.hasOneGroup() && !slices.ContainsFunc(v.Schema.GroupFields(group), func(f forms.Field) bool { return !v.isUnused(f) })
}

// hasOneGroup reports whether all fields of the form belong together. Such a form has no headings.
func (v FormView) hasOneGroup() bool { return len(v.Schema.Groups()) == 1 }

// durationHint returns examples of durations that a field accepts, and the longest one.
func durationHint(p ui.Page, f forms.Field) string {
	longest := time.Duration(f.MaxValue) * f.Unit
	text := p.Locale.FormatDuration(longest)
	switch {
	case longest <= time.Hour:
		return p.T("settings.durationHint.minutes", "max", text)
	case f.Unit >= time.Hour:
		return p.T("settings.durationHint.hours", "max", text)
	}
	return p.T("settings.durationHint", "max", text)
}

// settingsProblems returns the problems of the form in the order of its fields.
func settingsProblems(p ui.Page, v FormView) (problems []ui.FieldProblem) {
	for _, f := range v.Schema {
		if text := v.Problems[f.Name]; text != "" {
			problems = append(problems, ui.FieldProblem{ID: f.Name, Label: fieldLabel(p, v, f), Text: text})
		}
	}
	return problems
}

// isOpen reports whether a group is expanded. Groups of unused questions, and groups that the bot ignores, are collapsed.
func (v FormView) isOpen(group string) bool {
	isQuestion := strings.HasPrefix(group, "question")
	isUnused := v.isGroupUnused(group)
	if !isQuestion && !isUnused {
		return true
	}
	for _, f := range v.Schema.GroupFields(group) {
		if v.Problems[f.Name] != "" || !isUnused && v.Values[f.Name] != f.Default {
			return true
		}
	}
	return false
}

// hasConflict reports whether another member has saved a different value of the field in the meantime.
func (v FormView) hasConflict(f forms.Field) bool {
	return v.SavedValues != nil && v.SavedValues[f.Name] != v.Values[f.Name]
}

// maxLengthAttributes returns the maxlength attribute of a field, if it has a limit.
func maxLengthAttributes(f forms.Field) templ.Attributes {
	if f.MaxLength == 0 || f.Kind == forms.Members || f.Kind == forms.StringList {
		return nil
	}
	return templ.Attributes{"maxlength": strconv.Itoa(f.MaxLength)}
}

// samples are the sample values of message variables, such as {user}, for previews.
type samples map[string]string

// sampleWinners are the winners in the preview of a giveaway.
var sampleWinners = []string{"@Ada", "@Minh"}

func sampleValues(p ui.Page) samples {
	v := samples{
		"{user}": "@Ada", "{staff}": "@Robin", "{number}": "42", "{ticket}": "#42", "{category}": p.T("sample.category"),
		"{prize}": p.T("sample.prize"), "{winners}": strings.Join(sampleWinners, ", "), "{host}": "@Robin",
		"{reason}": p.T("sample.reason"),
	}
	if p.Guild != nil {
		v["{server}"] = p.Guild.DisplayName()
	}
	return v
}

// embedSampleValues returns the sample values for the text of a giveaway message, while it runs ("start") or after its
// end ("end"). A running giveaway has a number of winners only.
func embedSampleValues(p ui.Page, when string) samples {
	v := sampleValues(p)
	if when == "start" {
		v["{winners}"] = strconv.Itoa(len(sampleWinners))
	}
	return v
}

// json returns the sample values for the preview in forms.js.
func (s samples) json() string {
	text, err := json.Marshal(map[string]string(s))
	if err != nil { // impossible: all values are strings
		panic(err)
	}
	return string(text)
}

// fill replaces the variables in a message by sample values.
func (s samples) fill(text string) string {
	var pairs []string
	for name, value := range s {
		pairs = append(pairs, name, value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// emptyMessageKey returns the message key shown for an empty message: the default message applies, or a message is
// required.
func emptyMessageKey(f forms.Field) string {
	if f.Required {
		return "set.empty"
	}
	return "set.defaultMessage"
}

// messageFields returns the fields of the form that are messages which the bot uses.
func (v FormView) messageFields() (fields forms.Schema) {
	for _, f := range v.Schema {
		isMessage := f.Group == "messages" || v.hasOneGroup() && f.Kind == forms.Multiline
		if isMessage && !v.isUnused(f) {
			fields = append(fields, f)
		}
	}
	return fields
}

// questionLabels returns the labels of the questions in a category's form, unless the bot does not ask them.
func (v FormView) questionLabels() (labels []string) {
	for n := 1; n <= store.MaxQuestions; n++ {
		group := "question" + strconv.Itoa(n)
		if label := v.Values["q"+strconv.Itoa(n)+"Label"]; label != "" && !v.isGroupUnused(group) {
			labels = append(labels, label)
		}
	}
	return labels
}

// labelColor returns the colour of a label, or the default for an invalid one.
func labelColor(color string) string {
	if slices.Contains(store.LabelColors, color) {
		return color
	}
	return store.LabelColors[0]
}

// optionLabel returns the name of a category with its emoji.
func optionLabel(emoji *string, name string) string {
	label := name
	if emoji != nil {
		label = *emoji + " " + name
	}
	return text.Truncate(label, 100)
}

// enabledCategories returns the categories that members can choose in Discord.
func enabledCategories(all []store.TicketCategory) []store.TicketCategory {
	return slices.DeleteFunc(slices.Clone(all), func(c store.TicketCategory) bool { return !c.Enabled })
}

// CanPostPanel reports whether the bot can post the panel: it is enabled, has a channel, and has enabled categories.
func CanPostPanel(setup store.TicketSetup, panel store.TicketPanel) bool {
	return panel.Enabled && panel.ChannelID != nil && len(setup.EnabledCategories(panel.ID)) > 0
}

// panelPostMessageKey returns the label of the post button: "update" if the panel is already posted in its channel.
func panelPostMessageKey(panel store.TicketPanel) string {
	if panel.MessageID != nil && panel.MessageChannelID != nil && *panel.MessageChannelID == *panel.ChannelID {
		return "panel.update"
	}
	return "panel.post"
}

// panelLink returns the URL of the panel's message in Discord, or "" if there is none.
func panelLink(panel store.TicketPanel) string {
	if panel.MessageChannelID == nil || panel.MessageID == nil || !snowflake.IsValid(*panel.MessageID) {
		return ""
	}
	link := ui.ChannelLink(panel.GuildID, *panel.MessageChannelID)
	if link == "" {
		return ""
	}
	return link + "/" + *panel.MessageID
}

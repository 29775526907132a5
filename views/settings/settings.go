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
)

// groupName returns the heading of a group of fields.
func groupName(p ui.Page, group string) string {
	if n, ok := strings.CutPrefix(group, "question"); ok {
		return p.T("group.question", "n", n)
	}
	return p.T("group." + group)
}

// fieldHint returns the help text of a field, or "".
func fieldHint(p ui.Page, v FormView, f forms.Field) string {
	var parts []string
	if text.HasMessage(ui.FieldMessageKey(f) + ".hint") {
		parts = append(parts, p.T(ui.FieldMessageKey(f)+".hint"))
	}
	if f.Unit > 0 {
		parts = append(parts, durationHint(p, f))
	}
	return strings.Join(parts, " ")
}

// unusedFieldsNote names the fields of a group that the bot ignores, or returns "".
func unusedFieldsNote(p ui.Page, v FormView, group string) string {
	if v.Bot.Version != "guildboard" {
		return ""
	}
	var names []string
	fields := v.Schema.GroupFields(group)
	for _, f := range fields {
		if f.IgnoredByBot {
			names = append(names, p.T(ui.FieldMessageKey(f)))
		}
	}
	switch len(names) {
	case 0:
		return ""
	case len(fields):
		return p.T("set.unusedGroup")
	}
	return p.T("set.unused", "fields", strings.Join(names, ", "))
}

// durationHint returns an example of a duration, and the longest one that a field accepts.
func durationHint(p ui.Page, f forms.Field) string {
	return p.T("settings.durationHint", "max", p.Locale.FormatDuration(time.Duration(f.MaxValue)*f.Unit))
}

// settingsProblems returns the problems of the form in the order of its fields.
func settingsProblems(p ui.Page, v FormView) (problems []ui.FieldProblem) {
	for _, f := range v.Schema {
		if text := v.Problems[f.Name]; text != "" {
			problems = append(problems, ui.FieldProblem{ID: f.Name, Label: p.T(ui.FieldMessageKey(f)), Text: text})
		}
	}
	return problems
}

// isOpen reports whether a group is expanded. Groups of unused questions are collapsed.
func (v FormView) isOpen(group string) bool {
	if !strings.HasPrefix(group, "question") {
		return true
	}
	for _, f := range v.Schema.GroupFields(group) {
		if v.Problems[f.Name] != "" || v.Values[f.Name] != f.Default {
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

// sampleValuesJSON returns the sample values of message variables for the preview in forms.js.
func sampleValuesJSON(p ui.Page) string {
	text, err := json.Marshal(sampleValues(p))
	if err != nil { // impossible: all values are strings
		panic(err)
	}
	return string(text)
}

func sampleValues(p ui.Page) map[string]string {
	v := map[string]string{
		"{user}": "@Ada", "{staff}": "@Robin", "{number}": "42", "{ticket}": "#42", "{category}": p.T("sample.category"),
		"{prize}": p.T("sample.prize"), "{winners}": "@Ada, @Minh", "{host}": "@Robin", "{reason}": p.T("sample.reason"),
	}
	if p.Guild != nil {
		v["{server}"] = p.Guild.DisplayName()
	}
	return v
}

// fillSampleValues replaces the variables in a message by sample values.
func fillSampleValues(p ui.Page, text string) string {
	var pairs []string
	for name, value := range sampleValues(p) {
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

// messageFields returns the fields of the form that are messages.
func messageFields(v FormView) (fields forms.Schema) {
	for _, f := range v.Schema {
		if f.Group == "messages" {
			fields = append(fields, f)
		}
	}
	return fields
}

// questionLabels returns the labels of the questions in a category's form.
func questionLabels(v FormView) (labels []string) {
	for n := 1; n <= store.MaxQuestions; n++ {
		if label := v.Values["q"+strconv.Itoa(n)+"Label"]; label != "" {
			labels = append(labels, label)
		}
	}
	return labels
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

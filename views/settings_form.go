package views

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
)

// SettingsFormView is a form of what is kept on the dashboard, as it was filled in.
type SettingsFormView struct {
	Title       string
	Description string // what is said below the title; "" for nothing
	Tab         SettingsTab
	Schema      store.FormSchema
	Values      store.FormValues
	Version     int
	Action      string
	Back        string // of what stands in a list: where that is
	DeletePath  string // where it is deleted; "" for what cannot be
	Preview     Preview
	Categories  []store.TicketCategory // of a panel: what it offers

	SavedValues store.FormValues // what somebody has saved meanwhile; nil when nobody has
	SavedBy     store.User       // who has
	SavedAt     time.Time

	RefusedReason string // why its reader may not save it any more

	Bot      store.BotState
	Problems map[string]string // by field, in the reader's language
	IsSaved  bool              // Values and Problems are of the saved settings
}

// SettingsTab is a part of a server's settings.
type SettingsTab string

const (
	TabGiveaways SettingsTab = "giveaways"
	TabTickets   SettingsTab = "tickets"
	TabPanels    SettingsTab = "panels"
	TabProducts  SettingsTab = "products"
	TabReplies   SettingsTab = "replies"
	TabLabels    SettingsTab = "labels"
	TabStaff     SettingsTab = "staff"
)

// SettingsTabs lists them in the order in which they are shown.
var SettingsTabs = []SettingsTab{TabGiveaways, TabTickets, TabPanels, TabProducts, TabReplies, TabLabels, TabStaff}

func (t SettingsTab) path() string {
	if t == TabStaff {
		return "/staff"
	}
	return "/settings/" + string(t)
}

// Preview is what a sheet shows of what it makes in Discord.
type Preview string

const (
	PreviewNone     Preview = ""
	PreviewGiveaway Preview = "giveaway"
	PreviewMessages Preview = "messages"
	PreviewPanel    Preview = "panel"
	PreviewCategory Preview = "category"
)

var questionField = regexp.MustCompile(`^q\d`)

// fieldMessageKey is the key of a field's words: the questions of a form are called the same, whichever it is.
func fieldMessageKey(f store.FormField) string {
	return "set." + questionField.ReplaceAllString(f.Name, "q")
}

// groupName is what a group of fields is called.
func groupName(p Page, group string) string {
	if n, ok := strings.CutPrefix(group, "question"); ok {
		return p.T("group.question", "n", n)
	}
	return p.T("group." + group)
}

// fieldHint is what is said below a field, "" for nothing.
func fieldHint(p Page, v SettingsFormView, f store.FormField) string {
	var parts []string
	if _, ok := translations[fieldMessageKey(f)+".hint"]; ok {
		parts = append(parts, p.T(fieldMessageKey(f)+".hint"))
	}
	if f.IgnoredByBot && v.Bot.Version == "guildboard" {
		parts = append(parts, p.T("set.unused"))
	}
	return strings.Join(parts, " ")
}

// isOpen tells whether a group is to be seen at once: questions that are not asked stay folded.
func (v SettingsFormView) isOpen(group string) bool {
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

// hasConflict tells whether somebody has saved something else in the field meanwhile.
func (v SettingsFormView) hasConflict(f store.FormField) bool {
	return v.SavedValues != nil && v.SavedValues[f.Name] != v.Values[f.Name]
}

// fieldValueText is a field's value for people.
func fieldValueText(p Page, f store.FormField, value string) string {
	switch {
	case f.Kind == store.FieldCheckbox && value == "on":
		return p.T("set.yes")
	case f.Kind == store.FieldCheckbox:
		return p.T("set.no")
	case value == "":
		return p.T("set.empty")
	case f.Kind == store.FieldChoice:
		return optionName(p, f, value)
	case f.Kind == store.FieldChannel, f.Kind == store.FieldChannelCategory:
		return p.channelName(value)
	case f.Kind == store.FieldRole, f.Kind == store.FieldRoles:
		return p.roleLabelList(strings.Fields(value))
	}
	return truncate(value, 300)
}

// optionName is what one of a field's options is called.
func optionName(p Page, f store.FormField, value string) string {
	if f.Name == "duration" {
		seconds, _ := strconv.Atoi(value) // of store.GiveawayDurations
		switch hours := seconds / 3600; {
		case hours < 24:
			return p.N("duration.hours", hours)
		case hours%(7*24) == 0:
			return p.N("duration.weeks", hours/(7*24))
		default:
			return p.N("duration.days", hours/24)
		}
	}
	if _, ok := translations["style."+value]; ok {
		return p.T("style." + value)
	}
	return p.T("option." + value)
}

// maxLengthAttributes is the attribute that keeps browsers from taking more.
func maxLengthAttributes(f store.FormField) templ.Attributes {
	if f.MaxLength == 0 || f.Kind == store.FieldMembers || f.Kind == store.FieldStringList {
		return nil
	}
	return templ.Attributes{"maxlength": strconv.Itoa(f.MaxLength)}
}

// sampleValuesJSON is what stands for the variables in the preview of a message.
func sampleValuesJSON(p Page) string {
	text, err := json.Marshal(sampleValues(p))
	if err != nil { // of strings
		panic(err)
	}
	return string(text)
}

func sampleValues(p Page) map[string]string {
	v := map[string]string{
		"{user}": "@Ada", "{staff}": "@Robin", "{number}": "42", "{ticket}": "#42", "{category}": p.T("sample.category"),
		"{prize}": p.T("sample.prize"), "{winners}": "@Ada, @Minh", "{host}": "@Robin", "{reason}": p.T("sample.reason"),
	}
	if p.Guild != nil {
		v["{server}"] = p.Guild.displayName()
	}
	return v
}

// fillSampleValues is a message with something in place of its variables.
func fillSampleValues(p Page, text string) string {
	var pairs []string
	for name, value := range sampleValues(p) {
		pairs = append(pairs, name, value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// emptyMessageKey is what a message is where nobody has written one: the bot's own, or nothing where there must be one.
func emptyMessageKey(f store.FormField) string {
	if f.Required {
		return "set.empty"
	}
	return "set.ownWords"
}

// messageFields are the fields of a sheet that are messages.
func messageFields(v SettingsFormView) (fields store.FormSchema) {
	for _, f := range v.Schema {
		if f.Group == "messages" {
			fields = append(fields, f)
		}
	}
	return fields
}

// questionLabels are the labels of the questions that a category's form asks.
func questionLabels(v SettingsFormView) (labels []string) {
	for n := 1; n <= store.MaxQuestions; n++ {
		if label := v.Values["q"+strconv.Itoa(n)+"Label"]; label != "" {
			labels = append(labels, label)
		}
	}
	return labels
}

// optionLabel is a category with its emoji.
func optionLabel(emoji *string, name string) string {
	label := name
	if emoji != nil {
		label = *emoji + " " + name
	}
	return truncate(label, 100)
}

// enabledCategories are the categories that can be chosen in Discord.
func enabledCategories(all []store.TicketCategory) []store.TicketCategory {
	return slices.DeleteFunc(slices.Clone(all), func(c store.TicketCategory) bool { return !c.Enabled })
}

// CanPostPanel tells whether the bot can post the panel: it is on, has a channel, and offers something.
func CanPostPanel(setup store.TicketSetup, panel store.TicketPanel) bool {
	return panel.Enabled && panel.ChannelID != nil && len(setup.EnabledCategories(panel.ID)) > 0
}

// panelPostMessageKey are what the button that posts a panel says: it is brought up to date where it stands already.
func panelPostMessageKey(panel store.TicketPanel) string {
	if panel.MessageID != nil && panel.MessageChannelID != nil && *panel.MessageChannelID == *panel.ChannelID {
		return "panel.update"
	}
	return "panel.post"
}

// panelLink leads to the panel's message, "" while there is none.
func panelLink(panel store.TicketPanel) string {
	if panel.MessageChannelID == nil || panel.MessageID == nil || !IsSnowflake(*panel.MessageID) {
		return ""
	}
	link := channelLink(panel.GuildID, *panel.MessageChannelID)
	if link == "" {
		return ""
	}
	return link + "/" + *panel.MessageID
}

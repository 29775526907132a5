package ui

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"guildboard/store/forms"
	"guildboard/views/text"
)

// ProblemAttributes marks a field as invalid and links it to its error message, if it has one.
func ProblemAttributes(problems map[string]string, field string) templ.Attributes {
	if problems[field] == "" {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": "problem-" + field}
}

// FieldProblem is a problem of a form's field, for the summary above the form.
type FieldProblem struct {
	ID    string // of the field's element
	Label string // of the field
	Text  string
}

// labelAttributes returns the aria-label of a field without a visible label; none for "".
func labelAttributes(label string) templ.Attributes {
	if label == "" {
		return nil
	}
	return templ.Attributes{"aria-label": label}
}

// groupProblemAttributes links a group of fields to its error message, if it has one.
func groupProblemAttributes(problems map[string]string, name string) templ.Attributes {
	if problems[name] == "" {
		return nil
	}
	return templ.Attributes{"aria-describedby": "problem-" + name}
}

// FormEmbedColor returns s if it is a colour #rrggbb, which is safe in an attribute, otherwise the default.
func FormEmbedColor(s string) string {
	if hexColorPattern.MatchString(s) {
		return s
	}
	return "#14b8a6"
}

// FieldMessageKey returns the message key of a field's label. All questions of a form share one key.
func FieldMessageKey(f forms.Field) string {
	return "set." + questionField.ReplaceAllString(f.Name, "q")
}

// FieldValueText formats the value of a field.
func FieldValueText(p Page, f forms.Field, value string) string {
	switch {
	case f.Kind == forms.Checkbox && value == "on":
		return p.T("set.yes")
	case f.Kind == forms.Checkbox:
		return p.T("set.no")
	case value == "":
		return p.T("set.empty")
	case f.Unit > 0 && value != "0":
		if n, err := strconv.Atoi(value); err == nil && n > 0 && n <= f.MaxValue {
			return p.Locale.FormatDuration(time.Duration(n) * f.Unit)
		}
	case f.Kind == forms.Choice:
		return OptionName(p, f, value)
	case f.Kind == forms.Channel, f.Kind == forms.ChannelCategory:
		return p.ChannelName(value)
	case f.Kind == forms.Role, f.Kind == forms.Roles:
		return p.RoleLabelList(strings.Fields(value))
	}
	return text.Truncate(value, 300)
}

// DurationFieldValue returns the value of a field for a duration as its input shows it: "1h 30m" for 90 minutes. Other texts,
// and 0, stay.
func DurationFieldValue(f forms.Field, value string) string {
	n, err := strconv.Atoi(value)
	const maxCount = 1_000_000 // far beyond every MaxValue, and no overflow
	if err != nil || n <= 0 || n > maxCount || time.Duration(n)*f.Unit < time.Minute {
		return value
	}
	return forms.FormatDuration(time.Duration(n) * f.Unit)
}

// OptionName returns the label of an option of a field.
func OptionName(p Page, f forms.Field, value string) string {
	if f.Name == "duration" {
		seconds, _ := strconv.Atoi(value) // values are those of store.GiveawayDurations
		switch hours := seconds / 3600; {
		case hours < 24:
			return p.N("duration.hours", hours)
		case hours%(7*24) == 0:
			return p.N("duration.weeks", hours/(7*24))
		default:
			return p.N("duration.days", hours/24)
		}
	}
	if text.HasMessage("style." + value) {
		return p.T("style." + value)
	}
	return p.T("option." + value)
}

var questionField = regexp.MustCompile(`^q\d`)

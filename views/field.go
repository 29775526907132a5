package views

import (
	"guildboard/store"
	"regexp"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// problemAttributes marks a field as invalid and links it to its error message, if it has one.
func problemAttributes(problems map[string]string, field string) templ.Attributes {
	if problems[field] == "" {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": "problem-" + field}
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

// formEmbedColor returns s if it is a colour #rrggbb, which is safe in an attribute, otherwise the default.
func formEmbedColor(s string) string {
	if hexColorPattern.MatchString(s) {
		return s
	}
	return "#14b8a6"
}

// fieldMessageKey returns the message key of a field's label. All questions of a form share one key.
func fieldMessageKey(f store.FormField) string {
	return "set." + questionField.ReplaceAllString(f.Name, "q")
}

// fieldValueText formats the value of a field.
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

// optionName returns the label of an option of a field.
func optionName(p Page, f store.FormField, value string) string {
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
	if HasMessage("style." + value) {
		return p.T("style." + value)
	}
	return p.T("option." + value)
}

var questionField = regexp.MustCompile(`^q\d`)

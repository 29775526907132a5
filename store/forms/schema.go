// Package forms describes the forms of settings, and validates, encodes and decodes their values.
package forms

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"guildboard/store/snowflake"
)

// Kind is the type of a form field.
type Kind string

const (
	Text            Kind = "text"    // one line
	Multiline       Kind = "prose"   // several lines
	Number          Kind = "number"  // an integer
	Checkbox        Kind = "tick"    // "on" or ""
	Color           Kind = "color"   // #rrggbb
	URL             Kind = "address" // http or https
	Choice          Kind = "choice"  // one of Options
	Channel         Kind = "channel" // snowflake of a channel that accepts messages
	ChannelCategory Kind = "parent"  // snowflake of a channel category
	Role            Kind = "role"    // snowflake of a role
	Roles           Kind = "roles"   // snowflakes of roles, separated by spaces
	Members         Kind = "people"  // snowflakes of members, separated by spaces
	StringList      Kind = "lines"   // one text per line
)

// Field is a field of a Schema.
type Field struct {
	Name          string
	Group         string // fields of a group are shown together
	Kind          Kind
	Required      bool
	MaxLength     int           // of a text, in characters; of a list, in items
	MinValue      int           // of a number
	MaxValue      int           // of a number
	AllowEmpty    bool          // of a number: it may be missing
	Unit          time.Duration // of a number that is a duration: what it counts; forms show and accept "1h 30m"
	MaxItemLength int           // of a StringList, characters per line
	Options       []string
	Default       string
	IgnoredByBot  bool // Guildboard's own bot ignores it; other bots use it
}

// Schema describes the fields of a form for settings and other objects that the dashboard stores, with Discord's
// limits. Pages and API validate values with it.
type Schema []Field

// Values are the values of a Schema by field name, as texts of an HTML form: checkboxes are "on" or "", lists
// of ids are separated by spaces.
type Values map[string]string

// Defaults returns the default values of all fields.
func (s Schema) Defaults() Values {
	v := Values{}
	for _, f := range s {
		v[f.Name] = f.Default
	}
	return v
}

// Groups returns the groups of the schema in order.
func (s Schema) Groups() (groups []string) {
	for _, f := range s {
		if !slices.Contains(groups, f.Group) {
			groups = append(groups, f.Group)
		}
	}
	return groups
}

// GroupFields returns the fields of a group.
func (s Schema) GroupFields(group string) (fields Schema) {
	for _, f := range s {
		if f.Group == group {
			fields = append(fields, f)
		}
	}
	return fields
}

// Problems validates the values and returns the message keys of the problems by field name.
func (s Schema) Problems(v Values) map[string]string {
	p := make(Problems)
	for _, f := range s {
		f.validate(v[f.Name], p)
	}
	return p
}

func (f Field) validate(value string, p Problems) {
	if strings.TrimSpace(value) == "" {
		p.Require(!f.Required, f.Name, ProblemMissing)
		if f.AllowEmpty || f.Kind != Number && f.Kind != Color && f.Kind != Choice {
			return
		}
	}
	switch f.Kind {
	case Text, Multiline:
		p.Require(utf8.RuneCountInString(value) <= f.MaxLength, f.Name, ProblemTooLong)
	case Number:
		n, err := strconv.Atoi(value)
		p.Require(err == nil || f.Unit == 0, f.Name, ProblemDurationFormat)
		p.Require(err == nil && f.MinValue <= n && n <= f.MaxValue, f.Name, ProblemOutOfRange)
	case Checkbox:
		p.Require(value == "on", f.Name, ProblemChoice)
	case Color:
		p.Require(IsColor(value), f.Name, ProblemColor)
	case URL:
		p.Require(IsWebAddress(value) && len(value) <= MaxURLLength, f.Name, ProblemURL)
	case Choice:
		p.Require(slices.Contains(f.Options, value), f.Name, ProblemChoice)
	case Channel, ChannelCategory, Role:
		p.Require(snowflake.IsValid(value), f.Name, ProblemID)
	case Roles, Members:
		ids := strings.Fields(value)
		p.Require(len(ids) <= f.MaxLength, f.Name, ProblemTooMany)
		for i, id := range ids {
			p.Require(snowflake.IsValid(id), f.Name, ProblemID)
			p.Require(!slices.Contains(ids[:i], id), f.Name, ProblemDuplicate)
		}
	case StringList:
		lines := SplitLines(value)
		p.Require(len(lines) <= f.MaxLength, f.Name, ProblemTooMany)
		for i, line := range lines {
			p.Require(utf8.RuneCountInString(line) <= f.MaxItemLength, f.Name, ProblemTooLong)
			p.Require(!slices.Contains(lines[:i], line), f.Name, ProblemDuplicate)
		}
	}
}

func SplitLines(value string) (lines []string) {
	for line := range strings.Lines(value) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// Encode returns the values as typed JSON for the database and bots: numbers (null for a missing one), booleans,
// lists, texts.
func (s Schema) Encode(v Values) json.RawMessage {
	typed := make(map[string]any, len(s))
	for _, f := range s {
		value := v[f.Name]
		switch f.Kind {
		case Number:
			n, err := strconv.Atoi(value)
			if typed[f.Name] = n; err != nil && f.AllowEmpty { // otherwise Problems has rejected it
				typed[f.Name] = nil
			}
		case Checkbox:
			typed[f.Name] = value == "on"
		case Roles, Members:
			typed[f.Name] = append([]string{}, strings.Fields(value)...)
		case StringList:
			typed[f.Name] = append([]string{}, SplitLines(value)...)
		default:
			typed[f.Name] = value
		}
	}
	raw, err := json.Marshal(typed)
	if err != nil {
		return json.RawMessage("{}") // texts and numbers always encode
	}
	return raw
}

// Decode returns the values in typed JSON, with the defaults for missing ones.
func (s Schema) Decode(raw json.RawMessage) Values {
	v, typed := s.Defaults(), map[string]any{}
	if json.Unmarshal(raw, &typed) != nil {
		return v
	}
	for _, f := range s {
		switch value := typed[f.Name].(type) {
		case string:
			v[f.Name] = value
		case float64:
			v[f.Name] = strconv.Itoa(int(value))
		case bool:
			v[f.Name] = CheckboxValue(value)
		case []any:
			var texts []string
			for _, item := range value {
				if text, ok := item.(string); ok {
					texts = append(texts, text)
				}
			}
			separator := " "
			if f.Kind == StringList {
				separator = "\n"
			}
			v[f.Name] = strings.Join(texts, separator)
		}
	}
	return v
}

func CheckboxValue(checked bool) string {
	if checked {
		return "on"
	}
	return ""
}

// ChangedFields returns the names of the fields in which a and b differ, in the schema's order.
func (s Schema) ChangedFields(a, b Values) (names []string) {
	for _, f := range s {
		if a[f.Name] != b[f.Name] {
			names = append(names, f.Name)
		}
	}
	return names
}

// subset returns the values of the named fields, since audit records contain only changed fields.
func (v Values) Subset(names []string) map[string]string {
	picked := map[string]string{}
	for _, name := range names {
		picked[name] = v[name]
	}
	return picked
}

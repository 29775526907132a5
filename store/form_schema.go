package store

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// FieldKind is the type of a form field.
type FieldKind string

const (
	FieldText            FieldKind = "text"    // one line
	FieldMultiline       FieldKind = "prose"   // several lines
	FieldNumber          FieldKind = "number"  // an integer
	FieldCheckbox        FieldKind = "tick"    // "on" or ""
	FieldColor           FieldKind = "color"   // #rrggbb
	FieldURL             FieldKind = "address" // http or https
	FieldChoice          FieldKind = "choice"  // one of Options
	FieldChannel         FieldKind = "channel" // snowflake of a channel that accepts messages
	FieldChannelCategory FieldKind = "parent"  // snowflake of a channel category
	FieldRole            FieldKind = "role"    // snowflake of a role
	FieldRoles           FieldKind = "roles"   // snowflakes of roles, separated by spaces
	FieldMembers         FieldKind = "people"  // snowflakes of members, separated by spaces
	FieldStringList      FieldKind = "lines"   // one text per line
)

// FormField is a field of a FormSchema.
type FormField struct {
	Name          string
	Group         string // fields of a group are shown together
	Kind          FieldKind
	Required      bool
	MaxLength     int  // of a text, in characters; of a list, in items
	MinValue      int  // of a number
	MaxValue      int  // of a number
	AllowEmpty    bool // of a number: it may be missing
	MaxItemLength int  // of a FieldStringList, characters per line
	Options       []string
	Default       string
	IgnoredByBot  bool // Guildboard's own bot ignores it; other bots use it
}

// FormSchema describes the fields of a form for settings and other objects that the dashboard stores, with Discord's
// limits. Pages and API validate values with it.
type FormSchema []FormField

// FormValues are the values of a FormSchema by field name, as texts of an HTML form: checkboxes are "on" or "", lists
// of ids are separated by spaces.
type FormValues map[string]string

// Defaults returns the default values of all fields.
func (s FormSchema) Defaults() FormValues {
	v := FormValues{}
	for _, f := range s {
		v[f.Name] = f.Default
	}
	return v
}

// Groups returns the groups of the schema in order.
func (s FormSchema) Groups() (groups []string) {
	for _, f := range s {
		if !slices.Contains(groups, f.Group) {
			groups = append(groups, f.Group)
		}
	}
	return groups
}

// GroupFields returns the fields of a group.
func (s FormSchema) GroupFields(group string) (fields FormSchema) {
	for _, f := range s {
		if f.Group == group {
			fields = append(fields, f)
		}
	}
	return fields
}

// Problems validates the values and returns the message keys of the problems by field name.
func (s FormSchema) Problems(v FormValues) map[string]string {
	p := make(formProblems)
	for _, f := range s {
		f.validate(v[f.Name], p)
	}
	return p
}

func (f FormField) validate(value string, p formProblems) {
	if strings.TrimSpace(value) == "" {
		p.require(!f.Required, f.Name, ProblemMissing)
		if f.AllowEmpty || f.Kind != FieldNumber && f.Kind != FieldColor && f.Kind != FieldChoice {
			return
		}
	}
	switch f.Kind {
	case FieldText, FieldMultiline:
		p.require(utf8.RuneCountInString(value) <= f.MaxLength, f.Name, ProblemTooLong)
	case FieldNumber:
		n, err := strconv.Atoi(value)
		p.require(err == nil && isBetween(n, f.MinValue, f.MaxValue), f.Name, ProblemOutOfRange)
	case FieldCheckbox:
		p.require(value == "on", f.Name, ProblemChoice)
	case FieldColor:
		p.require(hexColorPattern.MatchString(value), f.Name, problemColor)
	case FieldURL:
		p.require(isWebAddress(value) && len(value) <= MaxURL, f.Name, problemURL)
	case FieldChoice:
		p.require(slices.Contains(f.Options, value), f.Name, ProblemChoice)
	case FieldChannel, FieldChannelCategory, FieldRole:
		p.require(IsSnowflake(value), f.Name, problemID)
	case FieldRoles, FieldMembers:
		ids := strings.Fields(value)
		p.require(len(ids) <= f.MaxLength, f.Name, problemTooMany)
		for i, id := range ids {
			p.require(IsSnowflake(id), f.Name, problemID)
			p.require(!slices.Contains(ids[:i], id), f.Name, problemDuplicate)
		}
	case FieldStringList:
		lines := splitLines(value)
		p.require(len(lines) <= f.MaxLength, f.Name, problemTooMany)
		for i, line := range lines {
			p.require(utf8.RuneCountInString(line) <= f.MaxItemLength, f.Name, ProblemTooLong)
			p.require(!slices.Contains(lines[:i], line), f.Name, problemDuplicate)
		}
	}
}

func splitLines(value string) (lines []string) {
	for line := range strings.Lines(value) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// Encode returns the values as typed JSON for the database and bots: numbers (null for a missing one), booleans,
// lists, texts.
func (s FormSchema) Encode(v FormValues) json.RawMessage {
	typed := make(map[string]any, len(s))
	for _, f := range s {
		value := v[f.Name]
		switch f.Kind {
		case FieldNumber:
			n, err := strconv.Atoi(value)
			if typed[f.Name] = n; err != nil && f.AllowEmpty { // otherwise Problems has rejected it
				typed[f.Name] = nil
			}
		case FieldCheckbox:
			typed[f.Name] = value == "on"
		case FieldRoles, FieldMembers:
			typed[f.Name] = append([]string{}, strings.Fields(value)...)
		case FieldStringList:
			typed[f.Name] = append([]string{}, splitLines(value)...)
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
func (s FormSchema) Decode(raw json.RawMessage) FormValues {
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
			v[f.Name] = checkboxValue(value)
		case []any:
			var texts []string
			for _, item := range value {
				if text, ok := item.(string); ok {
					texts = append(texts, text)
				}
			}
			separator := " "
			if f.Kind == FieldStringList {
				separator = "\n"
			}
			v[f.Name] = strings.Join(texts, separator)
		}
	}
	return v
}

func checkboxValue(checked bool) string {
	if checked {
		return "on"
	}
	return ""
}

// ChangedFields returns the names of the fields in which a and b differ, in the schema's order.
func (s FormSchema) ChangedFields(a, b FormValues) (names []string) {
	for _, f := range s {
		if a[f.Name] != b[f.Name] {
			names = append(names, f.Name)
		}
	}
	return names
}

// AuditedField returns the field with the given name of the schema whose change c records, if there is one.
func AuditedField(c Command, name string) (FormField, bool) {
	var schema FormSchema
	switch c.Verb {
	case VerbSettingsChange:
		schema = SchemaOf(Module(c.Target))
	case VerbPanelChange:
		schema = PanelSchema
	case VerbCategoryChange:
		schema = CategorySchema
	case VerbProductChange:
		schema = ProductSchema
	case VerbCannedReplyChange:
		schema = CannedReplySchema
	case VerbLabelChange:
		schema = LabelSchema
	}
	i := slices.IndexFunc(schema, func(f FormField) bool { return f.Name == name })
	if i < 0 {
		return FormField{}, false
	}
	return schema[i], true
}

// subset returns the values of the named fields, since audit records contain only changed fields.
func (v FormValues) subset(names []string) map[string]string {
	picked := map[string]string{}
	for _, name := range names {
		picked[name] = v[name]
	}
	return picked
}

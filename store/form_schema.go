package store

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// FieldKind is what a field of a sheet holds.
type FieldKind string

const (
	FieldText            FieldKind = "text"    // one line
	FieldMultiline       FieldKind = "prose"   // several
	FieldNumber          FieldKind = "number"  // a whole one
	FieldCheckbox        FieldKind = "tick"    // yes or no
	FieldColor           FieldKind = "color"   // #rrggbb
	FieldURL             FieldKind = "address" // http or https
	FieldChoice          FieldKind = "choice"  // one of Options
	FieldChannel         FieldKind = "channel" // a snowflake: of a channel that can be written in
	FieldChannelCategory FieldKind = "parent"  // of a category of channels
	FieldRole            FieldKind = "role"
	FieldRoles           FieldKind = "roles"  // several, with spaces between
	FieldMembers         FieldKind = "people" // likewise, of people
	FieldStringList      FieldKind = "lines"  // texts, one a line
)

// FormField is one thing that a sheet says.
type FormField struct {
	Name          string
	Group         string // what it stands together with
	Kind          FieldKind
	Required      bool
	MaxLength     int // characters; of ids and lines, how many there may be
	MinValue      int // of a number
	MaxValue      int
	AllowEmpty    bool // of a number: there may be none
	MaxItemLength int  // of lines, characters of each
	Options       []string
	Default       string
	IgnoredByBot  bool // kept for the bots that go by it; ours does not
}

// FormSchema is a form of what is kept on the dashboard, with the limits that Discord sets: what may be in it, whoever fills it
// in.
type FormSchema []FormField

// FormValues is a sheet filled in, by the names of its fields. All are texts, as a form has them: ticks are "on" or "", several
// ids have spaces between.
type FormValues map[string]string

// Defaults is the sheet that nobody has touched.
func (s FormSchema) Defaults() FormValues {
	v := FormValues{}
	for _, f := range s {
		v[f.Name] = f.Default
	}
	return v
}

// Groups are the sheet's groups, in order.
func (s FormSchema) Groups() (groups []string) {
	for _, f := range s {
		if !slices.Contains(groups, f.Group) {
			groups = append(groups, f.Group)
		}
	}
	return groups
}

// GroupFields are the fields of one group.
func (s FormSchema) GroupFields(group string) (fields FormSchema) {
	for _, f := range s {
		if f.Group == group {
			fields = append(fields, f)
		}
	}
	return fields
}

// Problems is what is wrong with the values: by the field's name, the key of what to say about it.
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
		p.require(hexColorPattern.MatchString(value), f.Name, ProblemColor)
	case FieldURL:
		p.require(isWebAddress(value) && len(value) <= MaxURL, f.Name, ProblemURL)
	case FieldChoice:
		p.require(slices.Contains(f.Options, value), f.Name, ProblemChoice)
	case FieldChannel, FieldChannelCategory, FieldRole:
		p.require(isSnowflake(value), f.Name, ProblemID)
	case FieldRoles, FieldMembers:
		ids := strings.Fields(value)
		p.require(len(ids) <= f.MaxLength, f.Name, ProblemTooMany)
		for i, id := range ids {
			p.require(isSnowflake(id), f.Name, ProblemID)
			p.require(!slices.Contains(ids[:i], id), f.Name, ProblemDuplicate)
		}
	case FieldStringList:
		lines := splitLines(value)
		p.require(len(lines) <= f.MaxLength, f.Name, ProblemTooMany)
		for i, line := range lines {
			p.require(utf8.RuneCountInString(line) <= f.MaxItemLength, f.Name, ProblemTooLong)
			p.require(!slices.Contains(lines[:i], line), f.Name, ProblemDuplicate)
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

// Encode is the values as the database and bots have them: numbers (null for none), booleans, lists, texts.
func (s FormSchema) Encode(v FormValues) json.RawMessage {
	typed := make(map[string]any, len(s))
	for _, f := range s {
		value := v[f.Name]
		switch f.Kind {
		case FieldNumber:
			n, err := strconv.Atoi(value)
			if typed[f.Name] = n; err != nil && f.AllowEmpty { // else Problems has seen that it is one
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

// Decode is the values of what JSON has written, with the defaults of what it does not say.
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

// ChangedFields are the fields in which two differ, in the sheet's order.
func (s FormSchema) ChangedFields(a, b FormValues) (names []string) {
	for _, f := range s {
		if a[f.Name] != b[f.Name] {
			names = append(names, f.Name)
		}
	}
	return names
}

// AuditedField is the field of that name in the sheet of which a line of the audit log tells a change, if it is of one.
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

// subset leaves the fields with these names, for the audit log: what has not changed is no news.
func (v FormValues) subset(names []string) map[string]string {
	picked := map[string]string{}
	for _, name := range names {
		picked[name] = v[name]
	}
	return picked
}

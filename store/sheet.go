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
	FieldText    FieldKind = "text"    // one line
	FieldProse   FieldKind = "prose"   // several
	FieldNumber  FieldKind = "number"  // a whole one
	FieldTick    FieldKind = "tick"    // yes or no
	FieldColor   FieldKind = "color"   // #rrggbb
	FieldAddress FieldKind = "address" // http or https
	FieldChoice  FieldKind = "choice"  // one of Options
	FieldChannel FieldKind = "channel" // a snowflake: of a channel that can be written in
	FieldParent  FieldKind = "parent"  // of a category of channels
	FieldRole    FieldKind = "role"
	FieldRoles   FieldKind = "roles"  // several, with spaces between
	FieldPeople  FieldKind = "people" // likewise, of people
	FieldLines   FieldKind = "lines"  // texts, one a line
)

// Field is one thing that a sheet says.
type Field struct {
	Name    string
	Group   string // what it stands together with
	Kind    FieldKind
	Needed  bool
	Most    int // characters; of ids and lines, how many there may be
	Low     int // of a number
	High    int
	Blank   bool // of a number: there may be none
	Each    int  // of lines, characters of each
	Options []string
	Default string
	Unused  bool // kept for the bots that go by it; ours does not
}

// Sheet is a form of what is kept on the dashboard, with the limits that Discord sets: what may be in it, whoever fills it
// in.
type Sheet []Field

// Values is a sheet filled in, by the names of its fields. All are texts, as a form has them: ticks are "on" or "", several
// ids have spaces between.
type Values map[string]string

// Blank is the sheet that nobody has touched.
func (s Sheet) Blank() Values {
	v := Values{}
	for _, f := range s {
		v[f.Name] = f.Default
	}
	return v
}

// Groups are the sheet's groups, in order.
func (s Sheet) Groups() (groups []string) {
	for _, f := range s {
		if !slices.Contains(groups, f.Group) {
			groups = append(groups, f.Group)
		}
	}
	return groups
}

// In are the fields of one group.
func (s Sheet) In(group string) (fields Sheet) {
	for _, f := range s {
		if f.Group == group {
			fields = append(fields, f)
		}
	}
	return fields
}

// Problems is what is wrong with the values: by the field's name, the key of what to say about it.
func (s Sheet) Problems(v Values) map[string]string {
	p := make(problems)
	for _, f := range s {
		f.check(v[f.Name], p)
	}
	return p
}

func (f Field) check(value string, p problems) {
	if strings.TrimSpace(value) == "" {
		p.unless(!f.Needed, f.Name, ProblemMissing)
		if f.Blank || f.Kind != FieldNumber && f.Kind != FieldColor && f.Kind != FieldChoice {
			return
		}
	}
	switch f.Kind {
	case FieldText, FieldProse:
		p.unless(utf8.RuneCountInString(value) <= f.Most, f.Name, ProblemLong)
	case FieldNumber:
		n, err := strconv.Atoi(value)
		p.unless(err == nil && within(n, f.Low, f.High), f.Name, ProblemRange)
	case FieldTick:
		p.unless(value == "on", f.Name, ProblemChoice)
	case FieldColor:
		p.unless(hexColor.MatchString(value), f.Name, ProblemColor)
	case FieldAddress:
		p.unless(isWebAddress(value) && len(value) <= MaxURL, f.Name, ProblemURL)
	case FieldChoice:
		p.unless(slices.Contains(f.Options, value), f.Name, ProblemChoice)
	case FieldChannel, FieldParent, FieldRole:
		p.unless(isSnowflake(value), f.Name, ProblemID)
	case FieldRoles, FieldPeople:
		ids := strings.Fields(value)
		p.unless(len(ids) <= f.Most, f.Name, ProblemMany)
		for i, id := range ids {
			p.unless(isSnowflake(id), f.Name, ProblemID)
			p.unless(!slices.Contains(ids[:i], id), f.Name, ProblemTwice)
		}
	case FieldLines:
		lines := linesOf(value)
		p.unless(len(lines) <= f.Most, f.Name, ProblemMany)
		for i, line := range lines {
			p.unless(utf8.RuneCountInString(line) <= f.Each, f.Name, ProblemLong)
			p.unless(!slices.Contains(lines[:i], line), f.Name, ProblemTwice)
		}
	}
}

func linesOf(value string) (lines []string) {
	for line := range strings.Lines(value) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// JSON is the values as the database and bots have them: numbers (null for none), booleans, lists, texts.
func (s Sheet) JSON(v Values) json.RawMessage {
	typed := make(map[string]any, len(s))
	for _, f := range s {
		value := v[f.Name]
		switch f.Kind {
		case FieldNumber:
			n, err := strconv.Atoi(value)
			if typed[f.Name] = n; err != nil && f.Blank { // else Problems has seen that it is one
				typed[f.Name] = nil
			}
		case FieldTick:
			typed[f.Name] = value == "on"
		case FieldRoles, FieldPeople:
			typed[f.Name] = append([]string{}, strings.Fields(value)...)
		case FieldLines:
			typed[f.Name] = append([]string{}, linesOf(value)...)
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

// Read is the values of what JSON has written, with the defaults of what it does not say.
func (s Sheet) Read(raw json.RawMessage) Values {
	v, typed := s.Blank(), map[string]any{}
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
			v[f.Name] = tick(value)
		case []any:
			var texts []string
			for _, one := range value {
				if text, is := one.(string); is {
					texts = append(texts, text)
				}
			}
			separator := " "
			if f.Kind == FieldLines {
				separator = "\n"
			}
			v[f.Name] = strings.Join(texts, separator)
		}
	}
	return v
}

func tick(on bool) string {
	if on {
		return "on"
	}
	return ""
}

// Changed are the fields in which two differ, in the sheet's order.
func (s Sheet) Changed(a, b Values) (names []string) {
	for _, f := range s {
		if a[f.Name] != b[f.Name] {
			names = append(names, f.Name)
		}
	}
	return names
}

// FieldChanged is the field of that name in the sheet of which a line of the audit log tells a change, if it is of one.
func FieldChanged(c Command, name string) (Field, bool) {
	var sheet Sheet
	switch c.Verb {
	case VerbSettingsChange:
		sheet = SheetOf(Module(c.Target))
	case VerbPanelChange:
		sheet = PanelSheet
	case VerbCategoryChange:
		sheet = CategorySheet
	case VerbProductChange:
		sheet = ProductSheet
	case VerbCannedChange:
		sheet = CannedSheet
	case VerbLabelChange:
		sheet = LabelSheet
	}
	i := slices.IndexFunc(sheet, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return sheet[i], true
}

// pick leaves the fields with these names, for the audit log: what has not changed is no news.
func (v Values) pick(names []string) map[string]string {
	picked := map[string]string{}
	for _, name := range names {
		picked[name] = v[name]
	}
	return picked
}

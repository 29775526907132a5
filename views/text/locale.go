package text

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Locale is a language of the pages.
type Locale string

const (
	English    Locale = "en"
	Vietnamese Locale = "vi"
)

// Locales lists the languages in the order of the language menu, with their own names.
var Locales = []struct {
	Locale Locale
	Name   string
}{{English, "English"}, {Vietnamese, "Tiếng Việt"}}

// IsSupported reports whether l is one of Locales.
func (l Locale) IsSupported() bool { return l == English || l == Vietnamese }

var (
	localeMatcher = language.NewMatcher([]language.Tag{language.English, language.Vietnamese})
	printers      = map[Locale]*message.Printer{
		English:    message.NewPrinter(language.English),
		Vietnamese: message.NewPrinter(language.Vietnamese),
	}
)

// ChooseLocale returns the language for a viewer: choice if it is supported, otherwise the best match of the
// Accept-Language header (RFC 9110 §12.5.4), otherwise the site's.
func ChooseLocale(choice, acceptLanguage string, site Locale) Locale {
	if l := Locale(choice); l.IsSupported() {
		return l
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return site
	}
	_, at, confidence := localeMatcher.Match(wanted...)
	if confidence == language.No {
		return site
	}
	return Locales[at].Locale
}

// T returns the message with this key. args are pairs of placeholder name and value:
// T("list.page", "page", 2, "pages", 9). For an unknown key it returns the key.
func (l Locale) T(key string, args ...any) string {
	word, ok := translations[key]
	if !ok {
		return key
	}
	text := word.En
	if l == Vietnamese {
		text = word.Vi
	}
	if len(args) == 0 {
		return text
	}
	return l.interpolate(text, args)
}

// N is T for a count: {n} is replaced by n, and in English the key with ".one" is used for 1.
func (l Locale) N(key string, n int, args ...any) string {
	if n == 1 && l == English {
		key += ".one"
	}
	return l.T(key, append([]any{"n", n}, args...)...)
}

// HasMessage reports whether there is a message with this key.
func HasMessage(key string) bool {
	_, known := translations[key]
	return known
}

// interpolate replaces the placeholders in text by the values in args, which are isolated (see Isolate). Other braces
// stay.
func (l Locale) interpolate(text string, args []any) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		if value, named := argValue(name, args); named {
			b.WriteString(l.formatValue(value))
			text = after
		} else {
			b.WriteByte('{')
			text = rest
		}
	}
}

// argValue returns the value that follows name in args.
func argValue(name string, args []any) (value any, named bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1], true
		}
	}
	return nil, false
}

func (l Locale) formatValue(v any) string {
	if n, ok := v.(int); ok {
		return l.FormatNumber(n)
	}
	return Isolate(fmt.Sprint(v))
}

// FormatNumber formats n with the language's thousands separators.
func (l Locale) FormatNumber(n int) string {
	if 0 <= n && n < 1000 { // no separator in any of our languages
		return strconv.Itoa(n)
	}
	return printers[l].Sprintf("%d", n)
}

// FormatDecimal formats x with one decimal place and the language's decimal separator.
func (l Locale) FormatDecimal(x float64) string { return printers[l].Sprintf("%.1f", x) }

// FormatISO formats a time for the datetime attribute.
func FormatISO(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// FormatTime formats a time in full, with its zone, as viewers without scripts see it. The zero time stands for a value
// in the database that cannot be parsed.
func (l Locale) FormatTime(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return l.T("time.unknown")
	}
	layout := "2 Jan 2006, 15:04 MST"
	if l == Vietnamese {
		layout = "02/01/2006 15:04 MST"
	}
	return t.In(zone).Format(layout)
}

// FormatWallTime formats a date and time without a zone.
func (l Locale) FormatWallTime(t time.Time) string {
	if l == Vietnamese {
		return t.Format("02/01/2006 15:04")
	}
	return t.Format("2 Jan 2006, 15:04")
}

// timestampLayouts has the layouts of the styles of Discord's timestamps, in English and Vietnamese.
var timestampLayouts = map[string]map[Locale]string{
	"t": {English: "15:04 MST", Vietnamese: "15:04 MST"},
	"T": {English: "15:04:05 MST", Vietnamese: "15:04:05 MST"},
	"d": {English: "2 Jan 2006", Vietnamese: "02/01/2006"},
	"D": {English: "2 January 2006", Vietnamese: "02/01/2006"},
	"F": {English: "Monday, 2 January 2006, 15:04 MST", Vietnamese: "02/01/2006 15:04 MST"},
	"s": {English: "2 Jan 2006, 15:04 MST", Vietnamese: "02/01/2006 15:04 MST"},
	"S": {English: "2 Jan 2006, 15:04:05 MST", Vietnamese: "02/01/2006 15:04:05 MST"},
}

// FormatTimestamp formats a time in a style of Discord's timestamps, as viewers without scripts see it: t, T, d, D, F, s
// or S. Any other style is that of FormatTime.
//
// https://docs.discord.com/developers/reference#message-formatting
func (l Locale) FormatTimestamp(t time.Time, zone *time.Location, style string) string {
	layouts, ok := timestampLayouts[style]
	if !ok {
		return l.FormatTime(t, zone)
	}
	return t.In(zone).Format(layouts[l])
}

// FormatDay formats a date.
func (l Locale) FormatDay(t time.Time, zone *time.Location) string {
	if l == Vietnamese {
		return t.In(zone).Format("02/01/2006")
	}
	return t.In(zone).Format("2 Jan 2006")
}

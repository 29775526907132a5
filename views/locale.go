package views

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Locale is a language the pages speak.
type Locale string

const (
	English    Locale = "en"
	Vietnamese Locale = "vi"
)

// Locales lists the languages in the order they are offered, with their own names.
var Locales = []struct {
	Locale Locale
	Name   string
}{{English, "English"}, {Vietnamese, "Tiếng Việt"}}

func (l Locale) isSupported() bool { return l == English || l == Vietnamese }

var (
	localeMatcher = language.NewMatcher([]language.Tag{language.English, language.Vietnamese})
	printers      = map[Locale]*message.Printer{English: message.NewPrinter(language.English), Vietnamese: message.NewPrinter(language.Vietnamese)}
)

// ChooseLocale is the language for a reader: their own choice, else the first that their browser accepts (RFC 9110
// §12.5.4) and we speak, else the site's.
func ChooseLocale(choice, acceptLanguage string, site Locale) Locale {
	if l := Locale(choice); l.isSupported() {
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

// T is the text with this key in the page's language. args are pairs of a placeholder's name and its value:
// T("list.page", "page", 2, "pages", 9). A missing key shows itself; a test finds it first.
func (p Page) T(key string, args ...any) string { return p.Locale.translate(key, args...) }

// N is T for a number of things: {n} is the number, and the key's ".one" form is taken where the language has one.
func (p Page) N(key string, n int, args ...any) string {
	if n == 1 && p.Locale == English {
		key += ".one"
	}
	return p.Locale.translate(key, append([]any{"n", n}, args...)...)
}

func (l Locale) translate(key string, args ...any) string {
	word, ok := translations[key]
	if !ok {
		return key
	}
	text := word.en
	if l == Vietnamese {
		text = word.vi
	}
	if len(args) == 0 {
		return text
	}
	return l.interpolate(text, args)
}

// interpolate puts the values of args in the place of their names in braces. Other braces stay.
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

// argValue is what stands behind its name in args.
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
	return fmt.Sprint(v)
}

// FormatNumber writes n with the language's separators.
func (l Locale) FormatNumber(n int) string {
	if 0 <= n && n < 1000 { // no language that we speak separates these
		return strconv.Itoa(n)
	}
	return printers[l].Sprintf("%d", n)
}

// FormatDecimal writes x with one digit after the language's point.
func (l Locale) FormatDecimal(x float64) string { return printers[l].Sprintf("%.1f", x) }

// formatTime writes a time in full, with its zone: what a reader without scripts sees. The zero time is one that the database
// holds in a form that can't be shown.
func (p Page) formatTime(t time.Time) string {
	if t.IsZero() {
		return p.T("time.unknown")
	}
	layout := "2 Jan 2006, 15:04 MST"
	if p.Locale == Vietnamese {
		layout = "02/01/2006 15:04 MST"
	}
	return t.In(p.TimeZone()).Format(layout)
}

// formatClock writes a time of day.
func (p Page) formatClock(t time.Time) string {
	if t.IsZero() {
		return p.T("time.unknown")
	}
	return t.In(p.TimeZone()).Format("15:04")
}

// formatISO writes a time for <time datetime>.
func formatISO(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

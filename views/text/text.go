// Package text has the messages of the pages in every language, formats numbers and times, and makes the text of members
// safe to show. A message is found by its key in translations_<area>.go.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lower returns s in lower case.
func Lower[S ~string](s S) string { return strings.ToLower(string(s)) }

// SanitizeLine makes untrusted text safe to show within a line: it removes control characters and characters that
// change the direction of the surrounding text (Unicode UAX #9).
func SanitizeLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r), '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069',
			r == '\u200e' || r == '\u200f', r == utf8.RuneError:
			return -1
		}
		return r
	}, s))
}

// Truncate returns s sanitized for one line, with at most maxRunes characters; the last one is "…" if any are left out.
func Truncate(s string, maxRunes int) string {
	runes := []rune(SanitizeLine(TruncateRunes(s, 8*maxRunes)))
	if len(runes) <= maxRunes {
		return string(runes)
	}
	return strings.TrimSpace(string(runes[:maxRunes-1])) + "…"
}

// MaxLongText is the number of characters of Discord's longest text.
const MaxLongText = 4096

// TruncateRunes returns the first most characters of s, with "…" in place of the rest. It does not read the rest.
func TruncateRunes(s string, maxRunes int) string {
	if len(s) <= maxRunes {
		return s
	}
	n := 0
	for at := range s {
		if n == maxRunes {
			return s[:at] + "…"
		}
		n++
	}
	return s
}

// SanitizeText removes control characters and characters that change the text direction, but keeps line breaks.
func SanitizeText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r), '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069',
			r == '\u200e' || r == '\u200f', r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
}

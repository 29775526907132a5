// Package text has the messages of the pages in every language, formats numbers and times, and makes the text of members
// safe to show. A message is found by its key in translations_<area>.go.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/bidi"
)

// Lower returns s in lower case.
func Lower[S ~string](s S) string { return strings.ToLower(string(s)) }

// SanitizeLine makes untrusted text safe to show within a line: it removes control characters and characters that
// change the direction of the surrounding text (Unicode UAX #9). It returns "" for a text of invisible characters, such
// as the name "\u3164".
func SanitizeLine(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' {
			return ' '
		}
		return sanitizeRune(r)
	}, s))
	if strings.IndexFunc(s, isVisible) < 0 {
		return ""
	}
	return s
}

// SanitizeText removes control characters and characters that change the text direction, but keeps line breaks.
func SanitizeText(s string) string { return strings.Map(sanitizeRune, s) }

// sanitizeRune returns the character to show in place of r, or -1 for none.
func sanitizeRune(r rune) rune {
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
}

// invisible are the characters that have no glyph, beside spaces. Braille's blank pattern is the last.
var invisible = []*unicode.RangeTable{
	unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector,
	{R16: []unicode.Range16{{Lo: 0x2800, Hi: 0x2800, Stride: 1}}},
}

func isVisible(r rune) bool { return !unicode.IsSpace(r) && !unicode.In(r, invisible...) }

// Truncate returns s sanitized and isolated for one line, with at most maxRunes characters; the last one is "…" if any
// are left out. A character that consists of several, such as a flag, is left out or kept as a whole.
func Truncate(s string, maxRunes int) string {
	line := SanitizeLine(TruncateRunes(s, 8*maxRunes))
	if utf8.RuneCountInString(line) <= maxRunes {
		return Isolate(line)
	}
	return Isolate(strings.TrimSpace(FirstRunes(line, maxRunes-1)) + "…")
}

// FirstRunes returns the beginning of s with at most maxRunes characters. It ends between two grapheme clusters (Unicode
// UAX #29), unless the first one is longer.
func FirstRunes(s string, maxRunes int) string {
	end, runes := 0, 0
	for rest, state := s, -1; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if runes += utf8.RuneCountInString(cluster); runes > maxRunes {
			break
		}
		end += len(cluster)
	}
	if end > 0 || s == "" || maxRunes <= 0 {
		return s[:end]
	}
	for at := range s {
		if maxRunes--; maxRunes < 0 {
			return s[:at]
		}
	}
	return s
}

// LastRunes returns the end of s with at most maxRunes characters. It begins between two grapheme clusters.
func LastRunes(s string, maxRunes int) string {
	skip := utf8.RuneCountInString(s) - maxRunes
	for state := -1; skip > 0 && s != ""; {
		var cluster string
		cluster, s, _, state = uniseg.FirstGraphemeClusterInString(s, state)
		skip -= utf8.RuneCountInString(cluster)
	}
	return s
}

// Initial returns the first grapheme cluster of s, if it has at most 16 characters; the first character otherwise.
func Initial(s string) string {
	const maxInitialRunes = 16 // a flag of a region has 14
	cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(s, -1)
	return FirstRunes(cluster, maxInitialRunes)
}

// Isolate returns a text of members so that its direction does not affect the text around it, such as a sentence with a
// Hebrew name and a number: between the characters FSI and PDI (Unicode UAX #9) if it has letters written from right to
// left. Other texts, and isolated ones, are returned as they are.
func Isolate(s string) string {
	if strings.IndexFunc(s, isRightToLeft) < 0 || strings.HasPrefix(s, "\u2068") && strings.HasSuffix(s, "\u2069") {
		return s
	}
	return "\u2068" + s + "\u2069"
}

func isRightToLeft(r rune) bool {
	if r < '\u0590' {
		return false
	}
	properties, _ := bidi.LookupRune(r)
	class := properties.Class()
	return class == bidi.R || class == bidi.AL
}

// MaxLongText is the number of characters of Discord's longest text.
const MaxLongText = 4096

// TruncateRunes returns the first maxRunes characters of s, with "…" in place of the rest. It does not read the rest,
// and does not divide a grapheme cluster of a few characters.
func TruncateRunes(s string, maxRunes int) string {
	if len(s) <= maxRunes {
		return s
	}
	const maxClusterBytes = 64
	n := 0
	for at := range s {
		if n == maxRunes {
			return s[:clusterStart(s[:min(len(s), at+maxClusterBytes)], max(0, at-maxClusterBytes), at)] + "…"
		}
		n++
	}
	return s
}

// clusterStart returns the start of the grapheme cluster that contains the byte at; clusters are searched from a byte
// before it.
func clusterStart(s string, from, at int) int {
	for !utf8.RuneStart(s[from]) {
		from++
	}
	start := from
	for rest, state := s[from:], -1; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if start+len(cluster) > at {
			break
		}
		start += len(cluster)
	}
	if start == from && from > 0 {
		return at // a cluster of many characters
	}
	return start
}

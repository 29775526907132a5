// Package spreadsheet writes XLSX workbooks and protects text from being evaluated as a formula by spreadsheet
// programs.
package spreadsheet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// GuardFormulas returns text with an apostrophe before every part that a spreadsheet program could evaluate as a
// formula.
//
// Programs evaluate a field that begins with =, +, - or @, or with a full-width or small form of these. They detect the
// field separator by locale and heuristics, and do not always respect quotes, so every comma, semicolon, tab, vertical
// bar and line break in text counts as the start of a field. Spaces, quotes and invisible characters at the start of a
// field do not protect it, because programs strip them.
//
// See https://owasp.org/www-community/attacks/CSV_Injection.
func GuardFormulas(text string) string {
	if !mayContainFormula(text) {
		return text
	}
	var b strings.Builder
	field, hasVisible := 0, false // start of the field, and whether it contains a visible character
	copied := 0
	for i, c := range text {
		switch {
		case isSeparator(c):
			field, hasVisible = i+utf8.RuneLen(c), false
		case hasVisible || isIgnored(c):
		case isFormulaStart(c):
			b.WriteString(text[copied:field])
			b.WriteByte('\'')
			copied, hasVisible = field, true
		default:
			hasVisible = true
		}
	}
	b.WriteString(text[copied:])
	return b.String()
}

// mayContainFormula reports whether text contains a character that can begin a formula. It is a fast check, false for
// most texts.
func mayContainFormula(text string) bool { return strings.ContainsFunc(text, isFormulaStart) }

func isFormulaStart(c rune) bool {
	switch c {
	case '=', '+', '-', '@',
		'＝', '＋', '－', '＠', // full-width forms, which Excel folds in some locales
		'﹦', '﹢', '﹣', '﹫', // small forms
		'⁼', '⁺', '⁻', '₌', '₊', '₋', '−': // forms that Unicode normalization or keyboards map to the four
		return true
	}
	return false
}

func isSeparator(c rune) bool {
	switch c {
	case ',', ';', '|', '\t', '\n', '\v', '\f', '\r', '\u0085', '\u2028', '\u2029',
		'\x1c', '\x1d', '\x1e', '\x1f', // ASCII separator characters
		'，', '；', '｜', '﹐', '﹔', '、': // East Asian forms
		return true
	}
	return false
}

// isIgnored reports whether a program may strip c from the start of a field: spaces, quotes and invisible characters.
func isIgnored(c rune) bool {
	switch c {
	case '"', '“', '”', '„', '＂', '«', '»', utf8.RuneError,
		'\u2800', '\u115f', '\u1160', '\u3164', '\uffa0': // Braille blank and Hangul fillers
		return true
	}
	return unicode.IsSpace(c) || !unicode.IsPrint(c) ||
		unicode.In(c, unicode.M, unicode.Z, unicode.Other_Default_Ignorable_Code_Point)
}

// Package spreadsheet writes what spreadsheet programs open: text that is not taken for a formula, and XLSX workbooks.
package spreadsheet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// GuardFormulas returns text with an apostrophe before every part that a spreadsheet program could take for a formula.
//
// Programs evaluate a field that begins with =, +, - or @, or with one of their full-width and small forms. They decide
// by locale and by guessing what separates fields, and do not always respect quotes, so every comma, semicolon, tab, vertical
// bar and line break in text counts as the beginning of a field. Spaces, quotes and invisible characters at the beginning of
// a field do not protect it, because programs strip them.
//
// See https://owasp.org/www-community/attacks/CSV_Injection.
func GuardFormulas(text string) string {
	if !mayContainFormula(text) {
		return text
	}
	var b strings.Builder
	field, hasVisible := 0, false // where the field begins, and whether something visible has come in it
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

// mayContainFormula is a quick test that nearly all texts fail: they hold no character that begins a formula.
func mayContainFormula(text string) bool { return strings.ContainsFunc(text, isFormulaStart) }

func isFormulaStart(c rune) bool {
	switch c {
	case '=', '+', '-', '@',
		'＝', '＋', '－', '＠', // full-width forms, which Excel folds in some locales
		'﹦', '﹢', '﹣', '﹫', // small forms
		'⁼', '⁺', '⁻', '₌', '₊', '₋', '−': // forms that compatibility normalisation or a keyboard make one of the four
		return true
	}
	return false
}

func isSeparator(c rune) bool {
	switch c {
	case ',', ';', '|', '\t', '\n', '\v', '\f', '\r', '\u0085', '\u2028', '\u2029',
		'\x1c', '\x1d', '\x1e', '\x1f', // separators of ASCII itself
		'，', '；', '｜', '﹐', '﹔', '、': // the same, as East Asian programs write them
		return true
	}
	return false
}

// isIgnored reports whether a program may strip c from the beginning of a field: spaces, quotes, and what nobody sees.
func isIgnored(c rune) bool {
	switch c {
	case '"', '“', '”', '„', '＂', '«', '»', utf8.RuneError,
		'\u2800', '\u115f', '\u1160', '\u3164', '\uffa0': // a blank pattern of Braille, and fillers of Hangul
		return true
	}
	return unicode.IsSpace(c) || !unicode.IsPrint(c) || unicode.In(c, unicode.M, unicode.Z, unicode.Other_Default_Ignorable_Code_Point)
}

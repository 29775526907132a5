package store

import "strconv"

// Bounds on texts that members and bots write, so that one row can't fill the memory of the process. Longer texts are
// cut. Each bound is above the limits of Discord and of the forms, so texts within those are read whole.
const (
	nameRunes   = 200     // names of people, roles, channels, categories, labels; Discord's longest has 100 characters
	lineRunes   = 512     // prizes, subjects, reasons
	noteRunes   = 2000    // messages to winners and notes for the team; forms allow 1,000
	proseRunes  = 5000    // descriptions, notes, answers; Discord's longest text has 4096
	addressSize = 2100    // addresses
	idListBytes = 8_000   // lists of roles and people
	listBytes   = 16_000  // prize tiers, roles with a bonus
	mentions    = 64_000  // names that a message mentions, its files
	questions   = 96_000  // the form of a category: five questions with 25 options each
	formBytes   = 256_000 // answers to a form: Discord's five of 4,000 characters each, however they are escaped
	dataBytes   = 24_000  // data of commands and changes, in lists
	exportBytes = 512_000 // the same where it is read as a whole
)

// cut selects the first runes characters of a text column.
func cut(column string, runes int) string {
	return "substr(" + column + ", 1, " + strconv.Itoa(runes) + ")"
}

// whole selects a column of JSON, or NULL if it is longer than the given number of bytes: a part of JSON can't be
// parsed.
func whole(column string, bytes int) string { return wholeOr(column, bytes, "NULL") }

// wholeOr is whole with an SQL expression in place of NULL.
func wholeOr(column string, bytes int, other string) string {
	return "CASE WHEN octet_length(CAST(" + column + " AS text)) <= " + strconv.Itoa(bytes) + " THEN " + column + " ELSE " + other + " END"
}

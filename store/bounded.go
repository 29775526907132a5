package store

import "strconv"

// Texts that members and bots write are read up to a bound, whatever a column holds, so that one row can't fill the memory
// of the process. Each bound is above what Discord or the forms allow: what keeps to those is read whole.
const (
	nameRunes   = 200     // names of people, roles, channels, categories, labels; Discord's longest has 100 characters
	lineRunes   = 512     // prizes, subjects, reasons
	noteRunes   = 2000    // what winners and the team are told of a giveaway; forms allow 1,000
	proseRunes  = 5000    // descriptions, notes, answers; Discord's longest text has 4096
	addressSize = 2100    // addresses
	idListBytes = 8_000   // lists of roles and people
	listBytes   = 16_000  // prize tiers, roles with a bonus
	mentions    = 64_000  // names of whom a message mentions, its files
	questions   = 96_000  // the form of a category: five questions with 25 options each
	formBytes   = 256_000 // answers to a form: Discord's five of 4,000 characters each, however they are escaped
	dataBytes   = 24_000  // what was asked of the bot or changed, in lists
	exportBytes = 512_000 // the same where it is read as a whole
)

// cut selects the first runes characters of a text column.
func cut(column string, runes int) string {
	return "substr(" + column + ", 1, " + strconv.Itoa(runes) + ")"
}

// whole selects a column of JSON, or NULL when it is longer than that: a part of it could not be read.
func whole(column string, bytes int) string { return wholeOr(column, bytes, "NULL") }

// wholeOr is whole with an SQL expression in the place of NULL.
func wholeOr(column string, bytes int, other string) string {
	return "CASE WHEN octet_length(CAST(" + column + " AS text)) <= " + strconv.Itoa(bytes) + " THEN " + column + " ELSE " + other + " END"
}

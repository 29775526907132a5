package store

import "strconv"

// Bounds on texts that members and bots write, so that one row can't fill the memory of the process. Longer texts are
// cut. Each bound is above the limits of Discord and of the forms, so texts within those are read whole.
const (
	maxNameRunes        = 200     // names of people, roles, channels, categories, labels; Discord's longest has 100 characters
	maxShortTextRunes   = 512     // prizes, subjects, reasons
	maxNoteRunes        = 2000    // messages to winners and notes for the team; forms allow 1,000
	maxLongTextRunes    = 5000    // descriptions, notes, answers; Discord's longest text has 4096
	maxURLRunes         = 2100    // addresses
	maxIDListBytes      = 8_000   // lists of roles and people
	maxListBytes        = 16_000  // prize tiers, roles with a bonus
	maxMentionsBytes    = 64_000  // names that a message mentions, its files
	maxQuestionsBytes   = 96_000  // the form of a category: five questions with 25 options each
	maxFormAnswersBytes = 256_000 // answers to a form: Discord's five of 4,000 characters each, however they are escaped
	maxListDataBytes    = 24_000  // data of commands and changes, in lists
	maxExportDataBytes  = 512_000 // the same where it is read as a whole
)

// substrSQL selects the first runes characters of a text column.
func substrSQL(column string, runes int) string {
	return "substr(" + column + ", 1, " + strconv.Itoa(runes) + ")"
}

// boundedJSON selects a column of JSON, or NULL if it is longer than the given number of bytes: a part of JSON can't be
// parsed.
func boundedJSON(column string, bytes int) string { return boundedJSONOr(column, bytes, "NULL") }

// boundedJSONOr is whole with an SQL expression in place of NULL.
func boundedJSONOr(column string, bytes int, fallback string) string {
	return "CASE WHEN octet_length(CAST(" + column + " AS text)) <= " + strconv.Itoa(bytes) + " THEN " + column + " ELSE " + fallback + " END"
}

package store

import "strconv"

// Limits of texts that members and bots write, so that one row can't exhaust the memory of the process. Reads
// truncate longer texts. Each limit is above those of Discord and of the forms, so valid texts are read completely.
const (
	maxNameRunes        = 200     // names of users, roles, channels, categories, labels; Discord allows 100 characters
	maxShortTextRunes   = 512     // prizes, subjects, reasons
	maxNoteRunes        = 2000    // messages to winners and internal notes; forms allow 1,000
	maxLongTextRunes    = 5000    // descriptions, notes, form answers; Discord allows 4096
	maxURLRunes         = 2100    // addresses
	maxIDListBytes      = 8_000   // lists of roles and users
	maxListBytes        = 16_000  // prize tiers, roles with bonus entries
	maxMentionsBytes    = 64_000  // names that a message mentions, and its files
	maxQuestionsBytes   = 96_000  // the form of a category: five questions with 25 options each
	maxFormAnswersBytes = 256_000 // answers to a form: five of 4,000 characters each in Discord, with escapes
	maxListDataBytes    = 24_000  // data of commands and changes, in lists
	maxExportDataBytes  = 512_000 // data of commands and changes, in exports and of single commands
)

// substrSQL returns SQL for the first runes characters of a text column.
func substrSQL(column string, runes int) string {
	return "substr(" + column + ", 1, " + strconv.Itoa(runes) + ")"
}

// boundedJSON returns SQL for a JSON column, or NULL if it is longer than the given number of bytes: truncated JSON
// can't be parsed.
func boundedJSON(column string, bytes int) string { return boundedJSONOr(column, bytes, "NULL") }

// boundedJSONOr is boundedJSON with an SQL expression in place of NULL.
func boundedJSONOr(column string, bytes int, fallback string) string {
	return "CASE WHEN octet_length(CAST(" + column + " AS text)) <= " + strconv.Itoa(bytes) + " THEN " + column +
		" ELSE " + fallback + " END"
}

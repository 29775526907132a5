package store

import (
	"strconv"
	"strings"
	"unicode"
)

// maxSearchTermRunes is how much of a text is searched for; the rest is left out.
const maxSearchTermRunes = 100

// likeWildcardReplacer are LIKE's own characters. One that is looked for matches any character at first, because escaping
// differs between the databases and an ESCAPE would cost SQLite its index.
var likeWildcardReplacer = strings.NewReplacer("%", "_", "_", "_", `\`, "_")

// searchTerm is a text to look for.
type searchTerm struct {
	text   string // folded; "" when nothing is looked for
	number int    // > 0: it may also be a ticket's number
}

// newSearchTerm folds a search term in the same way as the searched columns.
func newSearchTerm(text string) searchTerm {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "") // Postgres refuses both
	text = FoldText(strings.TrimSpace(text))
	if runes := []rune(text); len(runes) > maxSearchTermRunes {
		text = string(runes[:maxSearchTermRunes])
	}
	return searchTerm{text: text, number: parseTicketNumber(text)}
}

// parseTicketNumber is 12 for "12" and "#12", and 0 for what is no number, or one too large for a ticket's.
func parseTicketNumber(text string) int {
	digits := strings.TrimPrefix(text, "#")
	if len(digits) > 9 {
		return 0
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}

// addCondition adds the condition that column, which holds folded text, contains the needle.
func (n searchTerm) addCondition(where *clause, column string) {
	where.and(column+" LIKE ?", "%"+likeWildcardReplacer.Replace(n.text)+"%")
	if strings.ContainsAny(n.text, `%_\`) {
		where.and("replace("+column+", ?, '') <> "+column, n.text) // both databases' way to ask for the very characters
	}
}

// isShort tells whether the needle is too short for an index of trigrams: it takes three letters or digits in a row,
// because Postgres makes no trigrams of anything else.
func (n searchTerm) isShort() bool {
	runLength := 0
	for _, r := range n.text {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			runLength = 0
			continue
		}
		if runLength++; runLength == 3 {
			return false
		}
	}
	return true
}

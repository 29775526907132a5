package store

import (
	"strconv"
	"strings"
	"unicode"
)

// needleRunes is how much of a text is searched for; the rest is left out.
const needleRunes = 100

// likeWildcards are LIKE's own characters. One that is looked for matches any character at first, because escaping
// differs between the databases and an ESCAPE would cost SQLite its index.
var likeWildcards = strings.NewReplacer("%", "_", "_", "_", `\`, "_")

// needle is a text to look for.
type needle struct {
	text   string // folded; "" when nothing is looked for
	number int    // > 0: it may also be a ticket's number
}

// needleOf folds a search term in the same way as the searched columns.
func needleOf(text string) needle {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "") // Postgres refuses both
	text = Fold(strings.TrimSpace(text))
	if runes := []rune(text); len(runes) > needleRunes {
		text = string(runes[:needleRunes])
	}
	return needle{text: text, number: ticketNumber(text)}
}

// ticketNumber is 12 for "12" and "#12", and 0 for what is no number, or one too large for a ticket's.
func ticketNumber(text string) int {
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

// find adds the condition that column, which holds folded text, contains the needle.
func (n needle) find(where *clause, column string) {
	where.and(column+" LIKE ?", "%"+likeWildcards.Replace(n.text)+"%")
	if strings.ContainsAny(n.text, `%_\`) {
		where.and("replace("+column+", ?, '') <> "+column, n.text) // both databases' way to ask for the very characters
	}
}

// short tells whether the needle is too short for an index of trigrams: it takes three letters or digits in a row,
// because Postgres makes no trigrams of anything else.
func (n needle) short() bool {
	run := 0
	for _, r := range n.text {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			run = 0
			continue
		}
		if run++; run == 3 {
			return false
		}
	}
	return true
}

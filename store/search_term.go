package store

import (
	"strconv"
	"strings"
	"unicode"

	"guildboard/store/internal/sqldb"
)

// maxSearchTermRunes is the maximum length of a search term, in characters; the rest is ignored.
const maxSearchTermRunes = 100

// likeWildcardReplacer replaces the special characters of LIKE with the wildcard for one character, because escaping
// differs between the databases and ESCAPE would prevent SQLite from using the index. addCondition then checks for
// the exact characters.
var likeWildcardReplacer = strings.NewReplacer("%", "_", "_", "_", `\`, "_")

// searchTerm is a normalized search term.
type searchTerm struct {
	text   string // case-folded; "" for no search
	number int    // > 0: may also be a ticket number
}

// newSearchTerm folds a search term like the searched columns.
func newSearchTerm(text string) searchTerm {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "") // Postgres rejects both
	text = FoldText(strings.TrimSpace(text))
	if runes := []rune(text); len(runes) > maxSearchTermRunes {
		text = string(runes[:maxSearchTermRunes])
	}
	return searchTerm{text: text, number: parseTicketNumber(text)}
}

// parseTicketNumber returns 12 for "12" and "#12", and 0 if text is not a ticket number.
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

// addCondition adds the condition that column, which holds folded text, contains the term.
func (n searchTerm) addCondition(where *sqldb.Where, column string) {
	where.And(column+" LIKE ?", "%"+likeWildcardReplacer.Replace(n.text)+"%")
	if strings.ContainsAny(n.text, `%_\`) {
		where.And("replace("+column+", ?, '') <> "+column, n.text) // exact match in both databases
	}
}

// isShort reports whether the term is too short for the trigram index. It needs three letters or digits in a row,
// because Postgres builds trigrams of nothing else.
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

package store

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"

	"guildboard/store/internal/sqldb"
)

// FoldText returns the form of text that is used to search for and compare names. It removes the differences between
// upper and lower case, between composed and decomposed characters, and between characters and their compatibility
// forms (full-width, ligatures, mathematical letters): it is the NFKC form (UAX #15) of the text in lower case. In
// addition, ß becomes ss, ς becomes σ, and i, I, İ and ı all become i.
//
// The SQL function fold_text of both databases returns the same. Only texts with more than 30 combining marks on one
// character differ in Postgres.
func FoldText(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	text = strings.ToLower(norm.NFKC.String(text))
	return norm.NFKC.String(foldedLetters.Replace(text))
}

// foldedLetters replaces lower-case letters with another folded form. ToLower has made the dot of İ a combining mark.
var foldedLetters = strings.NewReplacer("ß", "ss", "ς", "σ", "ı\u0307", "i", "i\u0307", "i", "ı", "i")

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

// FindFolded returns the first part of text, from byte start to byte end, that equals term once both are folded; ok
// reports whether there is one. The part consists of whole characters with their combining marks.
func FindFolded(text, term string) (start, end int, ok bool) {
	term = FoldText(term)
	if term == "" {
		return 0, 0, false
	}
	var folded strings.Builder
	var starts, ends []int // for each byte of folded: start and end of its character in text
	for pos := 0; pos < len(text); {
		size := norm.NFKC.NextBoundaryInString(text[pos:], true)
		if size <= 0 {
			size = len(text) - pos
		}
		n, _ := folded.WriteString(FoldText(text[pos : pos+size]))
		for range n {
			starts, ends = append(starts, pos), append(ends, pos+size)
		}
		pos += size
	}
	index := strings.Index(folded.String(), term)
	if index < 0 {
		return 0, 0, false
	}
	return starts[index], ends[index+len(term)-1], true
}

// orderByName orders rows by a name, in the order of its folded bytes: the same in every database.
func orderByName(column string) string {
	return "fold_text(" + substrSQL(column, maxNameRunes) + `) COLLATE "C"`
}

// defineFoldText registers FoldText as the SQLite function fold_text. Postgres's is defined by a migration.
var defineFoldText = sync.OnceValue(func() error { return sqldb.DefineFunction("fold_text", FoldText) })

// checkFolding logs a warning if fold_text does not fold all letters on this server, so that searches miss texts.
func (s *Store) checkFolding(ctx context.Context) error {
	var encoding string
	if err := s.db.Writer().QueryRowContext(ctx, "SELECT current_setting('server_encoding')").Scan(&encoding); err != nil {
		return fmt.Errorf("check encoding: %w", err)
	}
	if encoding != "UTF8" {
		s.log.Warn("database encoding is not UTF8, searches are case-sensitive for letters other than ASCII",
			"encoding", encoding)
		return nil
	}
	const letters = "Ơ Ж Σ Ａ"
	var folded string
	if err := s.db.Writer().QueryRowContext(ctx, "SELECT fold_text($1)", letters).Scan(&folded); err != nil {
		return fmt.Errorf("check case folding: %w", err)
	}
	if folded != FoldText(letters) {
		s.log.Warn("database has no full Unicode collation, searches are case-sensitive for letters other than ASCII: " +
			"use a server with ICU")
	}
	return nil
}

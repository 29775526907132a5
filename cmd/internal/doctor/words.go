package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// quoted is what a stranger wrote, fit for a terminal.
func quoted(s string) string {
	if short := []rune(s); len(short) > 120 {
		s = string(short[:120]) + "…"
	}
	if strings.Contains(s, `"`) && strconv.CanBackquote(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "`" + s + "`" // JSON, mostly
	}
	return strconv.Quote(s)
}

// list is the names, quoted and sorted.
func list(names map[string]bool) string {
	quotes := make([]string, 0, len(names))
	for _, name := range slices.Sorted(maps.Keys(names)) {
		quotes = append(quotes, quoted(name))
	}
	return strings.Join(quotes, ", ")
}

// some is the first n of the names, and how many more there are.
func some(names []string, n int) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:n], ", "), len(names)-n)
}

package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// quote is what a stranger wrote, fit for a terminal.
func quote(s string) string {
	if short := []rune(s); len(short) > 120 {
		s = string(short[:120]) + "…"
	}
	if strings.Contains(s, `"`) && strconv.CanBackquote(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "`" + s + "`" // JSON, mostly
	}
	return strconv.Quote(s)
}

// quoteNames is the names, quoted and sorted.
func quoteNames(names map[string]bool) string {
	quotes := make([]string, 0, len(names))
	for _, name := range slices.Sorted(maps.Keys(names)) {
		quotes = append(quotes, quote(name))
	}
	return strings.Join(quotes, ", ")
}

// joinFirst is the first n of the names, and how many more there are.
func joinFirst(names []string, n int) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:n], ", "), len(names)-n)
}

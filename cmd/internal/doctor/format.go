package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// quote returns untrusted text in a form that is safe on a terminal.
func quote(s string) string {
	if short := []rune(s); len(short) > 120 {
		s = string(short[:120]) + "…"
	}
	if strings.Contains(s, `"`) && strconv.CanBackquote(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "`" + s + "`" // mostly JSON
	}
	return strconv.Quote(s)
}

// quoteNames returns the names sorted, quoted and joined.
func quoteNames(names map[string]bool) string {
	quotes := make([]string, 0, len(names))
	for _, name := range slices.Sorted(maps.Keys(names)) {
		quotes = append(quotes, quote(name))
	}
	return strings.Join(quotes, ", ")
}

// joinFirst returns the first n names, and the number of the others.
func joinFirst(names []string, n int) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:n], ", "), len(names)-n)
}

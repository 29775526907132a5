package views

import (
	"regexp"
	"strings"

	"guildboard/store"
)

// excerpt is a text in a line around what was looked for in it. Where that cannot be seen in it, such as within a mention's
// id, it is how the text begins.
type excerpt struct{ before, hit, after string }

// excerptRunes is how much stands on either side of what was looked for.
const excerptRunes = 40

// excerptOf is that of a message.
func excerptOf(m store.TicketMessage, text string) excerpt {
	says := clean(unmarked(m))
	start, end, ok := store.FindFolded(says, strings.TrimSpace(text))
	if !ok {
		return excerpt{before: shorten(says, 2*excerptRunes)}
	}
	e := excerpt{says[:start], says[start:end], says[end:]}
	if runes := []rune(e.before); len(runes) > excerptRunes {
		e.before = "…" + string(runes[len(runes)-excerptRunes:])
	}
	if runes := []rune(e.after); len(runes) > excerptRunes {
		e.after = string(runes[:excerptRunes]) + "…"
	}
	return e
}

// mentioned is how Discord writes mentions and its servers' own emoji.
var mentioned = regexp.MustCompile(`<(@[!&]?|#)(\d{1,20})>|<a?(:\w{1,40}:)\d{1,20}>`)

// unmarked is what a message says, with names for what it mentions, and without the fences around code.
func unmarked(m store.TicketMessage) string {
	return mentioned.ReplaceAllStringFunc(strings.ReplaceAll(m.Content, "```", ""), func(whole string) string {
		part := mentioned.FindStringSubmatch(whole)
		if part[3] != "" {
			return part[3]
		}
		return part[1][:1] + or(m.Names[part[2]], part[2])
	})
}

package views

import (
	"regexp"
	"strings"

	"guildboard/store"
)

// excerpt is a text in a line around what was looked for in it. Where that cannot be seen in it, such as within a mention's
// id, it is how the text begins.
type excerpt struct{ before, match, after string }

// excerptContextRunes is how much stands on either side of what was looked for.
const excerptContextRunes = 40

// newExcerpt is that of a message.
func newExcerpt(m store.TicketMessage, term string) excerpt {
	content := sanitizeLine(plainText(m))
	start, end, ok := store.FindFolded(content, strings.TrimSpace(term))
	if !ok {
		return excerpt{before: truncate(content, 2*excerptContextRunes)}
	}
	e := excerpt{content[:start], content[start:end], content[end:]}
	if runes := []rune(e.before); len(runes) > excerptContextRunes {
		e.before = "…" + string(runes[len(runes)-excerptContextRunes:])
	}
	if runes := []rune(e.after); len(runes) > excerptContextRunes {
		e.after = string(runes[:excerptContextRunes]) + "…"
	}
	return e
}

// mentionPattern is how Discord writes mentions and its servers' own emoji.
var mentionPattern = regexp.MustCompile(`<(@[!&]?|#)(\d{1,20})>|<a?(:\w{1,40}:)\d{1,20}>`)

// plainText is what a message says, with names for what it mentions, and without the fences around code.
func plainText(m store.TicketMessage) string {
	return mentionPattern.ReplaceAllStringFunc(strings.ReplaceAll(m.Content, "```", ""), func(match string) string {
		part := mentionPattern.FindStringSubmatch(match)
		if part[3] != "" {
			return part[3]
		}
		return part[1][:1] + orDefault(m.MentionNames[part[2]], part[2])
	})
}

package ticket

import (
	"cmp"
	"regexp"
	"strings"

	"guildboard/store"
	"guildboard/views/text"
)

// An excerpt is one line of a message around a search match. If the match is not in the visible text (for example
// within the id of a mention), it is the beginning of the message.
type excerpt struct{ before, match, after string }

// excerptContextRunes is the number of characters shown before and after the match.
const excerptContextRunes = 40

// newExcerpt returns the excerpt of a message around the first match of term.
func newExcerpt(m store.TicketMessage, term string) excerpt {
	content := text.SanitizeLine(plainText(m))
	start, end, ok := store.FindFolded(content, strings.TrimSpace(term))
	if !ok {
		return excerpt{before: text.Truncate(content, 2*excerptContextRunes)}
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

// mentionPattern matches mentions and custom emoji in the text of a Discord message.
var mentionPattern = regexp.MustCompile(`<(@[!&]?|#)(\d{1,20})>|<a?(:\w{1,40}:)\d{1,20}>`)

// plainText returns the text of a message with names in place of mentions, and without code fences.
func plainText(m store.TicketMessage) string {
	return mentionPattern.ReplaceAllStringFunc(strings.ReplaceAll(m.Content, "```", ""), func(match string) string {
		part := mentionPattern.FindStringSubmatch(match)
		if part[3] != "" {
			return part[3]
		}
		return part[1][:1] + cmp.Or(m.MentionNames[part[2]], part[2])
	})
}

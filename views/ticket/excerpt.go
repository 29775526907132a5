package ticket

import (
	"strings"

	"guildboard/store"
	"guildboard/views/markdown"
	"guildboard/views/text"
)

// An excerpt is one line of a message around a search match. If the match is not in the visible text (for example
// within the id of a mention), it is the beginning of the message.
type excerpt struct{ before, match, after string }

// excerptContextRunes is the number of characters shown before and after the match.
const excerptContextRunes = 40

// newExcerpt returns the excerpt of a message around the first match of term.
func newExcerpt(r markdown.Reader, m store.TicketMessage, term string) excerpt {
	content := text.SanitizeLine(markdown.Text(r, m.Content, m.MentionNames))
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

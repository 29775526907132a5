package ticket

import (
	"slices"
	"strings"

	"guildboard/store"
	"guildboard/views/markdown"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// An excerpt is the part of a message or form answer around a search match, in one line. If the match is not in the
// visible text of the message (for example within the id of a mention), it is the beginning of the message.
type excerpt struct{ before, match, after string }

// excerptContextRunes is the number of characters shown before and after the match.
const excerptContextRunes = 40

// newExcerpt returns the excerpt of a message around the first match of term.
func newExcerpt(r markdown.Reader, m store.TicketMessage, term string) excerpt {
	content := text.SanitizeLine(markdown.Text(r, m.Content, m.MentionNames))
	if e, ok := excerptOf(content, term); ok {
		return e
	}
	return excerpt{before: text.Truncate(content, 2*excerptContextRunes)}
}

// answerMatch returns the excerpt of the first form answer or detail of a ticket that contains term, and its question
// with a colon. It returns none if the subject contains term, because the row shows the subject.
func answerMatch(p ui.Page, t store.Ticket, term string) (question string, e excerpt, ok bool) {
	if _, _, inSubject := store.FindFolded(ui.SubjectText(p, t), strings.TrimSpace(term)); inSubject {
		return "", excerpt{}, false
	}
	for _, a := range slices.Concat(visibleAnswers(t), extraAnswers(p, t)) {
		if e, ok := excerptOf(text.SanitizeLine(a.Answer), term); ok {
			return text.Isolate(text.SanitizeLine(a.Question)) + ":", e, true
		}
	}
	return "", excerpt{}, false
}

// excerptOf returns the excerpt of one line of text around the first match of term; ok reports whether there is a match.
func excerptOf(line, term string) (_ excerpt, ok bool) {
	start, end, ok := store.FindFolded(line, strings.TrimSpace(term))
	if !ok {
		return excerpt{}, false
	}
	e := excerpt{line[:start], line[start:end], line[end:]}
	if runes := []rune(e.before); len(runes) > excerptContextRunes {
		e.before = "…" + string(runes[len(runes)-excerptContextRunes:])
	}
	if runes := []rune(e.after); len(runes) > excerptContextRunes {
		e.after = string(runes[:excerptContextRunes]) + "…"
	}
	return e, true
}

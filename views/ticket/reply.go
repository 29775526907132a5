package ticket

import (
	"strings"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// ReplyView is the form that replies to a ticket.
type ReplyView struct {
	Action         string              // form action; "" if the viewer may not reply, or the bot cannot
	IdempotencyKey string              // a reply that is submitted twice is sent once
	Text           string              // as typed
	CannedReplies  []store.CannedReply // with variables filled in for this ticket
	SelectedID     string              // id of the selected canned reply
	Problem        string              // why the reply was not sent, translated
	Problems       map[string]string
}

// textAttributes links the text field to its hint and its error message.
func (v ReplyView) textAttributes() templ.Attributes {
	if attributes := ui.ProblemAttributes(v.Problems, "text"); attributes != nil {
		attributes["aria-describedby"] = "problem-text answer-hint"
		return attributes
	}
	return templ.Attributes{"aria-describedby": "answer-hint"}
}

// firstLine returns the first line of a text that is not empty, for a list.
func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return text.Truncate(line, 200)
}

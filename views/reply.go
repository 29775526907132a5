package views

import (
	"github.com/a-h/templ"

	"guildboard/store"
)

// ReplyView is the form in which a ticket is answered.
type ReplyView struct {
	Action         string              // where it goes; "" where its reader may not answer, or the bot cannot
	IdempotencyKey string              // names the answer: sent twice, it is said once
	Text           string              // as typed
	CannedReplies  []store.CannedReply // as they would be said in this ticket
	SelectedID     string              // id of one of them
	Problem        string              // why it was not sent, in the reader's language
	Problems       map[string]string
}

// textAttributes ties the field to what is wrong with it, and to what it takes.
func (v ReplyView) textAttributes() templ.Attributes {
	if attributes := problemAttributes(v.Problems, "text"); attributes != nil {
		attributes["aria-describedby"] = "problem-text answer-hint"
		return attributes
	}
	return templ.Attributes{"aria-describedby": "answer-hint"}
}

// Package ticket renders tickets: lists, transcripts, notes, replies, labels and priorities.
package ticket

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/views/link"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// Bounds on the answers that the page of a ticket shows. The export has all of them.
const (
	maxAnswers    = 25     // answers to a form
	maxAnswerText = 20_000 // characters of all answers: Discord's five of 4,000 each
	maxQuestion   = 200
)

// visibleAnswers returns the answers to a ticket's form within the bounds of a page. The export has all of them.
func visibleAnswers(t store.Ticket) []store.FormResponse {
	remaining := maxAnswerText
	var visible []store.FormResponse
	for _, a := range t.FormResponses[:min(len(t.FormResponses), maxAnswers)] {
		a.Question, a.Answer = text.Truncate(a.Question, maxQuestion), text.TruncateRunes(a.Answer, remaining)
		remaining -= min(remaining, utf8.RuneCountInString(a.Answer))
		visible = append(visible, a)
	}
	return visible
}

// TicketCategoryLabel returns the emoji and name of the ticket's category; "" if it has none.
func TicketCategoryLabel(t store.Ticket) string {
	if t.Category == nil {
		return ""
	}
	return categoryLabel(*t.Category)
}

func extraAnswers(p ui.Page, t store.Ticket) (extras []store.FormResponse) {
	for _, extra := range []struct {
		key   string
		value *string
	}{{"ticket.platform", t.PlatformUsername}, {"ticket.issue", t.IssueType}, {"ticket.details", t.IssueDetails}} {
		if extra.value != nil && *extra.value != "" {
			extras = append(extras, store.FormResponse{Question: p.T(extra.key),
				Answer: text.TruncateRunes(*extra.value, text.MaxLongText)})
		}
	}
	return extras
}

// ticketLink returns the link to a ticket from its row: to the message that matches the search term, if there is one.
func ticketLink(f Filter, t store.Ticket) string {
	path := link.Item(f.Path, t.ID)
	if t.MatchedMessage == nil {
		return path
	}
	id := t.MatchedMessage.ID
	return path + TranscriptQuery(store.MessageCursor{At: id}) + "#m-" + url.PathEscape(id)
}

// isClosed reports whether the list has only closed tickets.
func (f Filter) isClosed() bool { return f.Status == text.Lower(store.TicketClosed) }

// withoutClaim returns the verbs of a row's menu, which leaves out claiming if the row has a button for it.
func withoutClaim(available []contract.Verb, hasButton bool) []contract.Verb {
	return slices.DeleteFunc(slices.Clone(available), func(v contract.Verb) bool {
		return hasButton && v == contract.VerbTicketClaim
	})
}

// closedByLine describes in a line who closed a ticket and why; "" if neither is known.
func closedByLine(p ui.Page, t store.Ticket) string {
	var parts []string
	if t.ClosedBy.ID != "" {
		parts = append(parts, ui.UserName(t.ClosedBy))
	}
	if t.CloseReason != nil && *t.CloseReason != "" {
		parts = append(parts, text.Truncate(*t.CloseReason, 200))
	}
	return strings.Join(parts, " · ")
}

func closedByText(p ui.Page, t store.Ticket) string {
	if t.ClosedBy.ID == "" {
		return p.T("ticket.closed")
	}
	return p.T("ticket.closedBy", "name", ui.UserName(t.ClosedBy))
}

// transcriptLink returns the URL of the transcript if it is https, otherwise "": bots may record local file paths.
func transcriptLink(t store.Ticket) string {
	if t.TranscriptURL == nil || !strings.HasPrefix(*t.TranscriptURL, "https://") {
		return ""
	}
	return *t.TranscriptURL
}

// lastVisitAttributes give conversation.js the time after which messages are new to the viewer.
func lastVisitAttributes(at time.Time) templ.Attributes {
	if at.IsZero() {
		return nil
	}
	return templ.Attributes{"data-last-visit": text.FormatISO(at)}
}

func noteDeletePath(p ui.Page, ticket, note string) string {
	return link.Delete(link.Item(link.Notes(link.Ticket(p.Guild.ID, ticket)), note))
}

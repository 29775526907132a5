package views

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"guildboard/store"
)

// looksShown is how many of those who look at a ticket its page names.
const looksShown = 8

// timelineLine is one thing that happened to a ticket; at is nil when nobody knows when.
type timelineLine struct {
	id, kind, text, reason string
	at                     *time.Time
}

// timeline is what happened to the ticket, in order. Where a bot keeps no events, the row itself tells what it can.
func (v TicketView) timeline(p Page) []timelineLine {
	lines := []timelineLine{{id: "opened", kind: "opened", text: p.T("ticket.openedBy", "name", personName(v.Opener)), at: &v.CreatedAt}}
	asked, told, given := v.askedLines(p)
	for _, e := range v.Events {
		told[e.Turn] = true
		if given[e.ID] {
			continue
		}
		lines = append(lines, timelineLine{id: "event-" + e.ID, kind: string(e.Turn), text: turnWords(p, e), reason: shorten(e.Reason, 500), at: &e.At})
	}
	if v.ClaimedBy.ID != "" && !told[store.TurnClaimed] {
		lines = append(lines, timelineLine{id: "claimed", kind: "claimed", text: p.T("ticket.claimedBy", "name", personName(v.ClaimedBy))})
	}
	if v.ClosedAt != nil && !told[store.TurnClosed] {
		line := timelineLine{id: "closed", kind: "closed", text: closedBy(p, v.Ticket), at: v.ClosedAt}
		if v.CloseReason != nil {
			line.reason = shorten(*v.CloseReason, 500)
		}
		lines = append(lines, line)
	}
	if v.Rating != nil {
		lines = append(lines, timelineLine{id: "rated", kind: "rated", text: p.N("ticket.rated", v.Rating.Stars), at: &v.Rating.CreatedAt})
	}
	lines = append(lines, asked...)
	shortenReasons(lines)
	slices.SortStableFunc(lines, func(a, b timelineLine) int {
		if a.at == nil || b.at == nil { // stays where it was told
			return 0
		}
		return cmp.Compare(a.at.UnixMilli(), b.at.UnixMilli())
	})
	return lines
}

// maxReasons bounds the characters of all reasons in a timeline. If they have more, each is shortened further.
const maxReasons = 20_000

func shortenReasons(lines []timelineLine) {
	all := 0
	for _, line := range lines {
		all += len(line.reason)
	}
	if all <= maxReasons {
		return
	}
	for i := range lines {
		lines[i].reason = shorten(lines[i].reason, max(40, maxReasons/len(lines)))
	}
}

// askedLines are what was asked for on the dashboard, which turns that tells of already, and by the event's id which of them it
// is: to be given to somebody is a turn that nobody else tells of, or says that they have claimed it themselves.
func (v TicketView) askedLines(p Page) (lines []timelineLine, told map[store.TicketTurn]bool, events map[string]bool) {
	told, events = map[store.TicketTurn]bool{}, map[string]bool{}
	for _, c := range v.Commands {
		line := timelineLine{
			id: "asked-" + c.ID, kind: "command", reason: reasonOf(c), at: &c.IssuedAt,
			text: p.T("ticket.askedBy", "name", personName(c.Actor), "what", answerWords(p, c)),
		}
		if changed := changesOf(p, c); len(changed) > 0 {
			line.text = p.T("ticket.changedBy", "name", personName(c.Actor), "what", strings.Join(changed, "; "))
		}
		if to := store.AssignmentOf(c); to.UserID != "" && c.Status == store.CommandDone {
			line.kind, line.at = "given", cmp.Or(c.AnsweredAt, &c.IssuedAt)
			line.text = p.T("ticket.givenTo", "name", personName(store.Person{ID: to.UserID, Username: to.Username}), "by", personName(c.Actor))
			if c.Code != "" {
				line.text += " · " + CommandWords(p, c)
			}
			told[store.TurnClaimed] = told[store.TurnClaimed] || to.UserID == v.ClaimedBy.ID
			if i := slices.IndexFunc(v.Events, func(e store.TicketEvent) bool { return isGiving(c, to.UserID, e) }); i >= 0 {
				events[v.Events[i].ID], line.at = true, &v.Events[i].At
			}
		}
		lines = append(lines, line)
	}
	return lines, told, events
}

// clocksApart is by how much the clocks of bot and dashboard may differ.
const clocksApart = 5 * time.Second

// isGiving tells whether the event is what a command made that gave the ticket to somebody, when nobody had claimed it.
func isGiving(c store.Command, to string, e store.TicketEvent) bool {
	return e.Turn == store.TurnClaimed && e.By.ID == to && !e.At.Before(c.IssuedAt.Add(-clocksApart)) &&
		(c.AnsweredAt == nil || !e.At.After(c.AnsweredAt.Add(clocksApart)))
}

// answerWords say what was asked for and what came of it.
func answerWords(p Page, c store.Command) string {
	words := CommandWords(p, c)
	if c.Status == store.CommandDone {
		words = or(assignedTo(p, c), p.T("verb."+string(c.Verb))) + " · " + words
	} else if to := assignedTo(p, c); to != "" {
		words = to + " · " + words
	}
	return words
}

func turnWords(p Page, e store.TicketEvent) string {
	if e.By.ID == "" {
		return p.T("turn." + string(e.Turn))
	}
	return p.T("turn."+string(e.Turn)+"By", "name", personName(e.By))
}

package ticket

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// A timelineEntry is an event in the timeline of a ticket. at is nil if the time is unknown.
type timelineEntry struct {
	id, kind, text, reason string
	at                     *time.Time
}

// timeline returns the events of the ticket in order. If the bot records no events, they are derived from the ticket's
// row.
func (v View) timeline(p ui.Page) []timelineEntry {
	opened := p.T("ticket.openedBy", "name", ui.UserName(v.Opener))
	entries := []timelineEntry{{id: "opened", kind: "opened", text: opened, at: &v.CreatedAt}}
	commands, covered, assignmentEvents := v.commandEntries(p)
	for _, e := range v.Events {
		covered[e.Change] = true
		if assignmentEvents[e.ID] {
			continue
		}
		entries = append(entries, timelineEntry{
			id: "event-" + e.ID, kind: string(e.Change), text: statusChangeText(p, e), reason: text.Truncate(e.Reason, 500), at: &e.At,
		})
	}
	if v.ClaimedBy.ID != "" && !covered[store.StatusChangeClaimed] {
		entries = append(entries, timelineEntry{id: "claimed", kind: "claimed",
			text: p.T("ticket.claimedBy", "name", ui.UserName(v.ClaimedBy))})
	}
	if v.ClosedAt != nil && !covered[store.StatusChangeClosed] {
		entry := timelineEntry{id: "closed", kind: "closed", text: closedByText(p, v.Ticket), at: v.ClosedAt}
		if v.CloseReason != nil {
			entry.reason = text.Truncate(*v.CloseReason, 500)
		}
		entries = append(entries, entry)
	}
	if v.Rating != nil {
		entries = append(entries, timelineEntry{id: "rated", kind: "rated", text: p.N("ticket.rated", v.Rating.Stars),
			at: &v.Rating.CreatedAt})
	}
	entries = append(entries, commands...)
	truncateReasons(entries)
	slices.SortStableFunc(entries, func(a, b timelineEntry) int {
		if a.at == nil || b.at == nil { // unknown time: keep the position
			return 0
		}
		return cmp.Compare(a.at.UnixMilli(), b.at.UnixMilli())
	})
	return entries
}

// maxReasonChars bounds the characters of all reasons in a timeline. If they have more, each is shortened further.
const maxReasonChars = 20_000

func truncateReasons(entries []timelineEntry) {
	total := 0
	for _, entry := range entries {
		total += len(entry.reason)
	}
	if total <= maxReasonChars {
		return
	}
	for i := range entries {
		entries[i].reason = text.Truncate(entries[i].reason, max(40, maxReasonChars/len(entries)))
	}
}

// commandEntries returns the entries for dashboard commands. covered has the status changes that they describe.
// assignmentEvents has the ids of events that repeat an assignment: the bot records an assignment as if the assignee
// had claimed the ticket.
func (v View) commandEntries(p ui.Page) (
	entries []timelineEntry, covered map[store.TicketStatusChange]bool, assignmentEvents map[string]bool,
) {
	covered, assignmentEvents = map[store.TicketStatusChange]bool{}, map[string]bool{}
	for _, c := range v.Commands {
		entry := timelineEntry{
			id: "requested-" + c.ID, kind: "command", reason: ui.CommandReasonText(c), at: &c.IssuedAt,
			text: p.T("ticket.requestedBy", "name", ui.UserName(c.Actor), "what", commandResultText(p, c)),
		}
		if changed := ui.ChangeLines(p, c); len(changed) > 0 {
			entry.text = p.T("ticket.changedBy", "name", ui.UserName(c.Actor), "what", strings.Join(changed, "; "))
		}
		if to := store.DecodeAssignment(c); to.UserID != "" && c.Status == contract.CommandDone {
			entry.kind, entry.at = "assigned", cmp.Or(c.AnsweredAt, &c.IssuedAt)
			entry.text = p.T("ticket.assignedTo", "name", ui.UserName(contract.User{ID: to.UserID, Username: to.Username}),
				"by", ui.UserName(c.Actor))
			if c.Code != "" {
				entry.text += " · " + ui.CommandStatusText(p, c)
			}
			covered[store.StatusChangeClaimed] = covered[store.StatusChangeClaimed] || to.UserID == v.ClaimedBy.ID
			i := slices.IndexFunc(v.Events, func(e store.TicketEvent) bool { return isAssignmentEvent(c, to.UserID, e) })
			if i >= 0 {
				assignmentEvents[v.Events[i].ID], entry.at = true, &v.Events[i].At
			}
		}
		entries = append(entries, entry)
	}
	return entries, covered, assignmentEvents
}

// maxClockSkew is the maximum difference between the clocks of bot and dashboard.
const maxClockSkew = 5 * time.Second

// isAssignmentEvent reports whether e is the claim that the bot recorded for the assignment command c.
func isAssignmentEvent(c contract.Command, assignee string, e store.TicketEvent) bool {
	return e.Change == store.StatusChangeClaimed && e.Actor.ID == assignee && !e.At.Before(c.IssuedAt.Add(-maxClockSkew)) &&
		(c.AnsweredAt == nil || !e.At.After(c.AnsweredAt.Add(maxClockSkew)))
}

// commandResultText describes a request and its result.
func commandResultText(p ui.Page, c contract.Command) string {
	status := ui.CommandStatusText(p, c)
	if c.Status == contract.CommandDone {
		status = cmp.Or(ui.AssignmentText(p, c), p.T("verb."+string(c.Verb))) + " · " + status
	} else if to := ui.AssignmentText(p, c); to != "" {
		status = to + " · " + status
	}
	return status
}

func statusChangeText(p ui.Page, e store.TicketEvent) string {
	if e.Actor.ID == "" {
		return p.T("statusChange." + string(e.Change))
	}
	return p.T("statusChange."+string(e.Change)+"By", "name", ui.UserName(e.Actor))
}

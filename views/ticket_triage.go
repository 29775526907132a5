package views

import (
	"net/url"
	"strconv"

	"guildboard/store"
)

// isTriaged tells whether anything is noted on the ticket.
func isTriaged(t store.Ticket) bool { return t.Priority != store.PriorityNormal || len(t.Labels) > 0 }

func triagePath(p Page, noun, id string) string {
	return p.guildPath("/tickets/" + noun + "?only=" + url.QueryEscape(id))
}

// triageTitle is what a form is about: one ticket, by its number, or many.
func triageTitle(p Page, one, many string, tickets []store.Ticket) string {
	if len(tickets) == 1 {
		return p.T(one, "name", "#"+strconv.Itoa(tickets[0].Number))
	}
	return p.N(many, len(tickets))
}

func ticketTitle(p Page, t store.Ticket) string {
	return "#" + strconv.Itoa(t.Number) + " " + subjectText(p, t)
}

// problems are those of a form with one field.
func (v TriageView) problems(field string) map[string]string {
	if v.Problem == "" {
		return nil
	}
	return map[string]string{field: v.Problem}
}

// priority is what all of the tickets have, "" when they differ.
func (v TriageView) priority() store.TicketPriority {
	for _, t := range v.Tickets[1:] {
		if t.Priority != v.Tickets[0].Priority {
			return ""
		}
	}
	return v.Tickets[0].Priority
}

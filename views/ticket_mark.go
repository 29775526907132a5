package views

import (
	"net/url"
	"strconv"

	"guildboard/store"
)

// hasMarks tells whether anything is noted on the ticket.
func hasMarks(t store.Ticket) bool { return t.Priority != store.PriorityNormal || len(t.Labels) > 0 }

func markPath(p Page, noun, id string) string {
	return p.under("/tickets/" + noun + "?only=" + url.QueryEscape(id))
}

// markTitle is what a form is about: one ticket, by its number, or many.
func markTitle(p Page, one, many string, tickets []store.Ticket) string {
	if len(tickets) == 1 {
		return p.T(one, "name", "#"+strconv.Itoa(tickets[0].Number))
	}
	return p.N(many, len(tickets))
}

func ticketName(p Page, t store.Ticket) string {
	return "#" + strconv.Itoa(t.Number) + " " + subject(p, t)
}

// problems are those of a form with one field.
func (v MarkView) problems(field string) map[string]string {
	if v.Problem == "" {
		return nil
	}
	return map[string]string{field: v.Problem}
}

// priority is what all of the tickets have, "" when they differ.
func (v MarkView) priority() store.TicketPriority {
	for _, t := range v.Tickets[1:] {
		if t.Priority != v.Tickets[0].Priority {
			return ""
		}
	}
	return v.Tickets[0].Priority
}

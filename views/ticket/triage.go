package ticket

import (
	"strconv"

	"guildboard/store"
	"guildboard/views/link"
	"guildboard/views/ui"
)

// isTriaged reports whether the ticket has labels or a priority other than normal.
func isTriaged(t store.Ticket) bool { return t.Priority != store.PriorityNormal || len(t.Labels) > 0 }

func triagePath(p ui.Page, noun, id string) string {
	return link.WithQuery(link.Item(link.Tickets(p.Guild.ID), noun), "only", id)
}

// triageTitle returns the title of a form about one ticket, with its number, or about several.
func triageTitle(p ui.Page, one, many string, tickets []store.Ticket) string {
	if len(tickets) == 1 {
		return p.T(one, "name", "#"+strconv.Itoa(tickets[0].Number))
	}
	return p.N(many, len(tickets))
}

func ticketTitle(p ui.Page, t store.Ticket) string {
	return "#" + strconv.Itoa(t.Number) + " " + ui.SubjectText(p, t)
}

// problems returns the error message of a form with one field.
func (v TriageView) problems(field string) map[string]string {
	if v.Problem == "" {
		return nil
	}
	return map[string]string{field: v.Problem}
}

// priority returns the priority of all tickets, or "" if they differ.
func (v TriageView) priority() store.TicketPriority {
	for _, t := range v.Tickets[1:] {
		if t.Priority != v.Tickets[0].Priority {
			return ""
		}
	}
	return v.Tickets[0].Priority
}

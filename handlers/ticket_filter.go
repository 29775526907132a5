package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"guildboard/store"
	"guildboard/store/snowflake"
	"guildboard/views/link"
	ticketview "guildboard/views/ticket"
	"guildboard/views/ui"
)

// meParam is the query value for the viewer's own ID. It is replaced by the ID before anything is rendered, because
// viewers of the same URL must see the same.
const meParam = "me"

// ticketStatusParams are the values of the status parameter of the ticket list.
var ticketStatusParams = append(lowerCase(store.TicketStatuses), strings.ToLower(string(store.TicketActive)))

// ticketSelection returns the tickets that a request selects, as a filter and as a query. The list, its stream, the
// export and bulk actions use it. Invalid parameters become messages on the page.
func (s *Server) ticketSelection(r *http.Request, page *ui.Page) (ticketview.Filter, store.TicketQuery) {
	f, problems := parseTicketFilter(r.URL.Query(), page.Guild.ID, page.User.ID)
	f.Problems = append(problems, readCursor(r.URL.Query(), &f.Filter)...).translate(page)
	from, to := dayRange(f.Filter, page.TimeZone())
	return f, store.TicketQuery{
		Status: store.TicketStatus(strings.ToUpper(f.Status)), Category: f.Category, Opener: f.Opener, ClaimedBy: f.Claimer,
		Priority: parsePriority(f.Priority), Labels: f.Labels, Overdue: f.OnlyOverdue,
		From: from, To: to, SearchTerm: f.SearchTerm, IDs: f.SelectedIDs, Sort: store.TicketSort(f.Sort), Page: f.Page, Keyset: f.Keyset,
	}
}

// parseTicketFilter parses the query of the ticket list for the viewer with the given ID.
func parseTicketFilter(q url.Values, guild, viewerID string) (ticketview.Filter, filterProblems) {
	common, problems := parseFilter(q, link.Tickets(guild), ticketStatusParams, ticketview.Sorts)
	f := ticketview.Filter{Filter: common}
	for _, person := range []struct {
		field string
		dst   *string
	}{{"opener", &f.Opener}, {"claimer", &f.Claimer}} {
		switch value := q.Get(person.field); {
		case value == meParam:
			*person.dst = viewerID
		case value == "", snowflake.IsValid(value):
			*person.dst = value
		default:
			problems = append(problems,
				filterProblem{person.field, "filter.badMember", []any{"value", cleanLine(value, 20)}})
		}
	}
	if category := q.Get("category"); category == "" || isRowID(category) {
		f.Category = category
	} else {
		problems = append(problems, filterProblem{"category", "filter.badCategory", []any{"value", cleanLine(category, 20)}})
	}
	if value := q.Get("priority"); value == "" || parsePriority(value) != "" {
		f.Priority = value
	} else {
		problems = append(problems, filterProblem{"priority", "filter.badPriority", []any{"value", cleanLine(value, 20)}})
	}
	switch overdue := q.Get("overdue"); overdue {
	case "", "yes":
		f.OnlyOverdue = overdue == "yes"
	default:
		problems = append(problems, filterProblem{"overdue", "filter.badOverdue", []any{"value", cleanLine(overdue, 20)}})
	}
	for _, id := range q["label"] {
		switch {
		case !isRowID(id) || len(f.Labels) == store.MaxLabelsPerTicket:
			problems = append(problems, filterProblem{"label", "filter.badLabel", []any{"value", cleanLine(id, 20)}})
		case !slices.Contains(f.Labels, id):
			f.Labels = append(f.Labels, id)
		}
	}
	return f, problems
}

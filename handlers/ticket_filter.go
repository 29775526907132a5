package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"guildboard/store"
	"guildboard/views"
)

// meWord stands for the reader in an address that is the same for all of them. It becomes the reader's id before
// anything is shown: what two readers see at one address must be the same.
const meWord = "me"

// ticketStatuses are what the list of tickets offers, as its address writes them.
var ticketStatuses = append(lowered(store.TicketStatuses), strings.ToLower(string(store.TicketActive)))

// ticketSelection is what a request selects of the guild's tickets: as its address says it, and as the store is asked for
// it. List, stream, export and bulk actions all go through here. What cannot be right is noted on the page.
func (s *Server) ticketSelection(r *http.Request, page *views.Page) (views.Filter, store.TicketQuery) {
	f, problems := ticketFilter(r.URL.Query(), page.Guild.ID, page.User.ID)
	f.Problems = append(problems, readSeek(r.URL.Query(), &f)...).say(page)
	from, to := days(f, page.TimeZone())
	return f, store.TicketQuery{
		Status: store.TicketStatus(strings.ToUpper(f.Status)), Category: f.Kind, Opener: f.Opener, Claimer: f.Claims,
		Priority: priorityNamed(f.Priority), Labels: f.Labels, Late: f.Late,
		From: from, To: to, Text: f.Text, IDs: f.Only, Sort: store.TicketSort(f.Sort), Page: f.Page, Seek: f.Seek,
	}
}

// ticketFilter reads the address of the list of tickets, as the reader with that id means it.
func ticketFilter(q url.Values, guild, reader string) (views.Filter, filterProblems) {
	f, problems := parseFilter(q, "/guilds/"+guild+"/tickets", ticketStatuses, views.TicketSorts)
	for _, person := range []struct {
		field string
		into  *string
	}{{"opener", &f.Opener}, {"claimer", &f.Claims}} {
		switch value := q.Get(person.field); {
		case value == meWord:
			*person.into = reader
		case value == "", views.IsSnowflake(value):
			*person.into = value
		default:
			problems = append(problems, filterProblem{person.field, "filter.badPerson", []any{"value", plain(value, 20)}})
		}
	}
	if kind := q.Get("category"); kind == "" || isRowID(kind) {
		f.Kind = kind
	} else {
		problems = append(problems, filterProblem{"category", "filter.badCategory", []any{"value", plain(kind, 20)}})
	}
	if value := q.Get("priority"); value == "" || priorityNamed(value) != "" {
		f.Priority = value
	} else {
		problems = append(problems, filterProblem{"priority", "filter.badPriority", []any{"value", plain(value, 20)}})
	}
	switch late := q.Get("late"); late {
	case "", "yes":
		f.Late = late == "yes"
	default:
		problems = append(problems, filterProblem{"late", "filter.badLate", []any{"value", plain(late, 20)}})
	}
	for _, id := range q["label"] {
		switch {
		case !isRowID(id) || len(f.Labels) == store.MaxLabelsOf:
			problems = append(problems, filterProblem{"label", "filter.badLabel", []any{"value", plain(id, 20)}})
		case !slices.Contains(f.Labels, id):
			f.Labels = append(f.Labels, id)
		}
	}
	return f, problems
}

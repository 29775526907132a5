package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/forms"
	"guildboard/views/link"
	ticketview "guildboard/views/ticket"
	"guildboard/views/ui"
)

// Priorities, labels and notes are stored without the bot, and take effect immediately.

// selectedTickets loads the tickets of the guild that q selects. It returns errNotFound if there are none.
func (s *Server) selectedTickets(r *http.Request, q url.Values) ([]store.Ticket, error) {
	ids := parseRowIDs(q["only"])
	if len(ids) == 0 {
		return nil, errNotFound
	}
	query := store.TicketQuery{IDs: ids, PerPage: maxSelectedRows}
	list, _, err := s.Store.Tickets(r.Context(), guildOf(r).link.ID, query, startOfToday(s.Site.Zone))
	if err == nil && len(list.Items) == 0 {
		err = errNotFound
	}
	return list.Items, err
}

// newTriageView returns the view of the form that changes the tickets.
func (s *Server) newTriageView(r *http.Request, tickets []store.Ticket, action string) ticketview.TriageView {
	list := link.Tickets(guildOf(r).link.ID)
	target := commandTarget{path: list, listPath: list}
	if len(tickets) == 1 {
		target.path = link.Item(list, tickets[0].ID)
	}
	return ticketview.TriageView{
		Tickets: tickets, Action: link.Item(list, action), Back: s.backPath(r, target), InDialog: isPartial(r),
	}
}

// respondTicketsUpdated publishes a change of tickets and answers with a toast or a redirect. key is the message key.
func (s *Server) respondTicketsUpdated(w http.ResponseWriter, r *http.Request, tickets []store.Ticket, key string) error {
	guild := guildOf(r).link.ID
	s.publishTicketsUpdate(r.Context(), guild, visitorOf(r).session.User(), ticketIDs(tickets)...)
	if isPartial(r) {
		setToast(w, "info", s.page(r).T(key))
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	list := link.Tickets(guild)
	returnTo := localPath(r.PostForm.Get("back"), list)
	path, _, _ := strings.Cut(returnTo, "?")
	if path != link.Guild(guild) && path != list && !strings.HasPrefix(path, list+"/") {
		returnTo = list
	}
	http.Redirect(w, r, withAlert(returnTo, key), http.StatusSeeOther)
	return nil
}

func ticketIDs(tickets []store.Ticket) []string {
	ids := make([]string, len(tickets))
	for i, t := range tickets {
		ids[i] = t.ID
	}
	return ids
}

// publishTicketsUpdate invalidates the views that show the tickets, here and in other processes. Failures are logged
// only, because events are hints.
func (s *Server) publishTicketsUpdate(ctx context.Context, guild string, actor contract.User, tickets ...string) {
	s.Live.Invalidate(contract.TicketsTopic(guild), contract.CommandsTopic(guild))
	var data contract.TicketUpdateData
	if len(tickets) == 1 {
		data.TicketID = tickets[0]
	}
	event := contract.Event{Type: contract.TicketUpdateEvent, GuildID: guild, UserID: actor.ID}
	if err := s.Bus.Publish(ctx, event.WithData(data)); err != nil {
		s.Log.DebugContext(ctx, "publish ticket update", "guild", guild, "err", err)
	}
}

// showTicketPriority answers "GET /guilds/{guild}/tickets/priority?only=": the form that sets the priority of tickets.
func (s *Server) showTicketPriority(w http.ResponseWriter, r *http.Request) error {
	tickets, err := s.selectedTickets(r, r.URL.Query())
	if err != nil {
		return err
	}
	return s.renderTicketPriority(w, r, http.StatusOK, s.newTriageView(r, tickets, "priority"))
}

func (s *Server) renderTicketPriority(w http.ResponseWriter, r *http.Request, status int, v ticketview.TriageView) error {
	page := s.page(r)
	page.Section, page.Title = ui.SectionTickets, page.T("col.priority")
	if v.InDialog {
		s.respond(w, r, status, ticketview.PriorityForm(page, v))
	} else {
		s.respond(w, r, status, ticketview.Priority(page, v))
	}
	return nil
}

// setTicketPriority answers "POST /guilds/{guild}/tickets/priority".
func (s *Server) setTicketPriority(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	tickets, err := s.selectedTickets(r, r.PostForm)
	if err != nil {
		return err
	}
	priority := parsePriority(r.PostForm.Get("priority"))
	if priority == "" {
		v := s.newTriageView(r, tickets, "priority")
		v.Problem = s.page(r).T(forms.ProblemMissing)
		return s.renderTicketPriority(w, r, http.StatusUnprocessableEntity, v)
	}
	guild, actor := guildOf(r).link.ID, visitorOf(r).session.User()
	err = s.Store.SetPriority(r.Context(), guild, ticketIDs(tickets), actor, priority)
	if err != nil {
		return err
	}
	return s.respondTicketsUpdated(w, r, tickets, "priority.set")
}

// parsePriority returns the priority with the given lower-case name; "" if there is none.
func parsePriority(name string) store.TicketPriority {
	if i := slices.Index(lowerCase(store.TicketPriorities), name); i >= 0 {
		return store.TicketPriorities[i]
	}
	return ""
}

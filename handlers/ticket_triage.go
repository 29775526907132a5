package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"guildboard/store"
	"guildboard/views"
)

// What a team notes on tickets itself, on one or on all that are ticked: no bot is asked, and it is done at once.

// selectedTickets are the tickets of the guild that an address or a form names. One that names none is about nothing.
func (s *Server) selectedTickets(r *http.Request, q url.Values) ([]store.Ticket, error) {
	ids := parseRowIDs(q["only"])
	if len(ids) == 0 {
		return nil, errNotFound
	}
	list, _, err := s.Store.Tickets(r.Context(), guildOf(r).link.ID, store.TicketQuery{IDs: ids, PerPage: maxSelectedRows}, startOfToday(s.Site.Zone))
	if err == nil && len(list.Items) == 0 {
		err = errNotFound
	}
	return list.Items, err
}

// newTriageView is what is put before somebody marks those tickets.
func (s *Server) newTriageView(r *http.Request, tickets []store.Ticket, action string) views.TriageView {
	list := "/guilds/" + guildOf(r).link.ID + "/tickets"
	target := commandTarget{path: list, listPath: list}
	if len(tickets) == 1 {
		target.path += "/" + tickets[0].ID
	}
	return views.TriageView{Tickets: tickets, Action: list + "/" + action, Back: s.backPath(r, target), InDialog: isPartial(r)}
}

// respondTicketsUpdated answers whoever has marked tickets, and has all look again that show them.
func (s *Server) respondTicketsUpdated(w http.ResponseWriter, r *http.Request, tickets []store.Ticket, key string) error {
	guild := guildOf(r).link.ID
	s.publishTicketsUpdate(r.Context(), guild, visitorOf(r).session.User(), ticketIDs(tickets)...)
	if isPartial(r) {
		setToast(w, "info", s.page(r).T(key))
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	list := "/guilds/" + guild + "/tickets"
	returnTo := localPath(r.PostForm.Get("back"), list)
	if path, _, _ := strings.Cut(returnTo, "?"); path != "/guilds/"+guild && path != list && !strings.HasPrefix(path, list+"/") {
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

// publishTicketsUpdate has pages look again that show the tickets, here and in other processes. It is a hint, as every
// event.
func (s *Server) publishTicketsUpdate(ctx context.Context, guild string, actor store.User, tickets ...string) {
	s.Live.Invalidate(store.TicketsTopic(guild), store.CommandsTopic(guild))
	payload := map[string]string{}
	if len(tickets) == 1 {
		payload["ticketId"] = tickets[0]
	}
	data, err := json.Marshal(payload)
	if err == nil {
		err = s.Bus.Publish(ctx, store.Event{Type: store.TicketUpdateEvent, GuildID: guild, UserID: actor.ID, Data: data})
	}
	if err != nil {
		s.Log.DebugContext(ctx, "change of tickets not told", "guild", guild, "error", err)
	}
}

// showTicketPriority answers "GET /guilds/{guild}/tickets/priority?only=": which priority the tickets are to have. It
// changes nothing.
func (s *Server) showTicketPriority(w http.ResponseWriter, r *http.Request) error {
	tickets, err := s.selectedTickets(r, r.URL.Query())
	if err != nil {
		return err
	}
	return s.renderTicketPriority(w, r, http.StatusOK, s.newTriageView(r, tickets, "priority"))
}

func (s *Server) renderTicketPriority(w http.ResponseWriter, r *http.Request, status int, v views.TriageView) error {
	page := s.page(r)
	page.Section, page.Title = views.SectionTickets, page.T("col.priority")
	if v.InDialog {
		s.respond(w, r, status, views.PriorityForm(page, v))
	} else {
		s.respond(w, r, status, views.Priority(page, v))
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
		v.Problem = s.page(r).T(store.ProblemMissing)
		return s.renderTicketPriority(w, r, http.StatusUnprocessableEntity, v)
	}
	err = s.Store.SetPriority(r.Context(), guildOf(r).link.ID, ticketIDs(tickets), visitorOf(r).session.User(), priority)
	if err != nil {
		return err
	}
	return s.respondTicketsUpdated(w, r, tickets, "priority.set")
}

// parsePriority is the priority that an address or a form names, "" for none.
func parsePriority(name string) store.TicketPriority {
	if i := slices.Index(lowerCase(store.TicketPriorities), name); i >= 0 {
		return store.TicketPriorities[i]
	}
	return ""
}

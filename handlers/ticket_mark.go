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

// chosenTickets are the tickets of the guild that an address or a form names. One that names none is about nothing.
func (s *Server) chosenTickets(r *http.Request, q url.Values) ([]store.Ticket, error) {
	ids := rowIDs(q["only"])
	if len(ids) == 0 {
		return nil, errNotFound
	}
	list, _, err := s.Store.Tickets(r.Context(), guildOf(r).link.ID, store.TicketQuery{IDs: ids, PerPage: maxOnly}, today(s.Site.Zone))
	if err == nil && len(list.Items) == 0 {
		err = errNotFound
	}
	return list.Items, err
}

// markView is what is put before somebody marks those tickets.
func (s *Server) markView(r *http.Request, tickets []store.Ticket, noun string) views.MarkView {
	list := "/guilds/" + guildOf(r).link.ID + "/tickets"
	about := subject{path: list, list: list}
	if len(tickets) == 1 {
		about.path += "/" + tickets[0].ID
	}
	return views.MarkView{Tickets: tickets, Action: list + "/" + noun, Back: s.backTo(r, about), Dialog: partial(r)}
}

// marked answers whoever has marked tickets, and has all look again that show them.
func (s *Server) marked(w http.ResponseWriter, r *http.Request, tickets []store.Ticket, key string) error {
	guild := guildOf(r).link.ID
	s.noted(r.Context(), guild, visitorOf(r).session.Person(), ticketIDs(tickets)...)
	if partial(r) {
		toast(w, "info", s.page(r).T(key))
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	list := "/guilds/" + guild + "/tickets"
	back := localPath(r.PostForm.Get("back"), list)
	if path, _, _ := strings.Cut(back, "?"); path != "/guilds/"+guild && path != list && !strings.HasPrefix(path, list+"/") {
		back = list
	}
	http.Redirect(w, r, withNote(back, key), http.StatusSeeOther)
	return nil
}

func ticketIDs(tickets []store.Ticket) []string {
	ids := make([]string, len(tickets))
	for i, t := range tickets {
		ids[i] = t.ID
	}
	return ids
}

// noted has pages look again that show the tickets, here and in other processes. It is a hint, as every event.
func (s *Server) noted(ctx context.Context, guild string, by store.Person, tickets ...string) {
	s.Live.Touch(store.TicketsTopic(guild), store.CommandsTopic(guild))
	about := map[string]string{}
	if len(tickets) == 1 {
		about["ticketId"] = tickets[0]
	}
	data, err := json.Marshal(about)
	if err == nil {
		err = s.Bus.Publish(ctx, store.Event{Type: store.TicketUpdateEvent, GuildID: guild, UserID: by.ID, Data: data})
	}
	if err != nil {
		s.Log.DebugContext(ctx, "change of tickets not told", "guild", guild, "error", err)
	}
}

// askPriority answers "GET /guilds/{guild}/tickets/priority?only=": which priority the tickets are to have. It changes nothing.
func (s *Server) askPriority(w http.ResponseWriter, r *http.Request) error {
	tickets, err := s.chosenTickets(r, r.URL.Query())
	if err != nil {
		return err
	}
	return s.showPriority(w, r, http.StatusOK, s.markView(r, tickets, "priority"))
}

func (s *Server) showPriority(w http.ResponseWriter, r *http.Request, status int, v views.MarkView) error {
	page := s.page(r)
	page.Section, page.Title = views.SectionTickets, page.T("col.priority")
	if v.Dialog {
		s.write(w, r, status, views.PriorityForm(page, v))
	} else {
		s.write(w, r, status, views.Priority(page, v))
	}
	return nil
}

// setPriority answers "POST /guilds/{guild}/tickets/priority".
func (s *Server) setPriority(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	tickets, err := s.chosenTickets(r, r.PostForm)
	if err != nil {
		return err
	}
	priority := priorityNamed(r.PostForm.Get("priority"))
	if priority == "" {
		v := s.markView(r, tickets, "priority")
		v.Problem = s.page(r).T(store.ProblemMissing)
		return s.showPriority(w, r, http.StatusUnprocessableEntity, v)
	}
	err = s.Store.SetPriority(r.Context(), guildOf(r).link.ID, ticketIDs(tickets), visitorOf(r).session.Person(), priority)
	if err != nil {
		return err
	}
	return s.marked(w, r, tickets, "priority.set")
}

// priorityNamed is the priority that an address or a form names, "" for none.
func priorityNamed(name string) store.TicketPriority {
	if i := slices.Index(lowered(store.TicketPriorities), name); i >= 0 {
		return store.TicketPriorities[i]
	}
	return ""
}

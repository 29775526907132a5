package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"guildboard/store"
	"guildboard/views"
)

// tickets is "GET /guilds/{guild}/tickets".
func (s *Server) tickets(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = views.SectionTickets, page.T("tickets.title")
	filter, query := s.ticketSelection(r, &page)
	shown := newShownPage(filter)
	lp := livePage{
		Page: page, URL: filter.URL(), Stream: filter.Stream(), Shown: shown,
		Topics: []string{store.TicketsTopic(guild), store.SettingsTopic(guild)},
		Body: func(ctx context.Context, p views.Page) (templ.Component, error) {
			list, tiles, err := s.ticketsOf(ctx, guild, query, today(page.TimeZone()))
			if err != nil {
				return nil, err
			}
			shown.number, shown.sought = list.Page, list.Sought
			ids := make([]string, len(list.Items))
			for i, t := range list.Items {
				ids[i] = t.ID
			}
			asked, err := s.asked(ctx, guild, ids)
			if err != nil {
				return nil, err
			}
			v := views.TicketList{Filter: filter, List: list, Tiles: tiles, Asked: asked}
			if v.Claimer, err = s.named(ctx, guild, filter.Claims); err != nil {
				return nil, err
			}
			if v.Opener, err = s.named(ctx, guild, filter.Opener); err != nil {
				return nil, err
			}
			return views.TicketRows(p, v), nil
		},
	}
	if q := r.URL.Query(); q.Get("claimer") == meWord || q.Get("opener") == meWord {
		lp.Canonical = lp.URL
	}
	if forProgram(r) || isPoll(r) { // needs no form
		return lp, nil
	}
	choices, err := s.Store.TicketChoices(r.Context(), guild)
	lp.Frame = func(p views.Page, region views.Region) templ.Component {
		return views.Tickets(p, filter, choices, region)
	}
	lp.Beside = func(p views.Page) templ.Component { return views.TicketFiltersAfter(p, filter, choices) }
	return lp, err
}

// named is somebody of the guild by id; nobody for "".
func (s *Server) named(ctx context.Context, guild, id string) (store.Person, error) {
	if id == "" {
		return store.Person{}, nil
	}
	return s.Store.Person(ctx, guild, id)
}

// ticket is "GET /guilds/{guild}/tickets/{ticket}".
func (s *Server) ticket(r *http.Request) (livePage, error) {
	id := chi.URLParam(r, "ticket")
	if !isRowID(id) {
		return livePage{}, errNotFound
	}
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = views.SectionTickets, page.T("tickets.title")
	list := "/guilds/" + guild + "/tickets"
	at := messageCursor(r.URL.Query())
	query := views.PartQuery(at)
	looks, reader := store.TicketLooksTopic(guild, id), *page.User
	page.PollWithin = store.LookAgain
	var others []store.Person // whoever else looks, for a page that is loaded once
	if !forProgram(r) && r.Method == http.MethodGet {
		s.Looks.Glance(r.Context(), looks, reader)
		if !isPoll(r) {
			err := s.Store.LookAtTicket(r.Context(), guild, id, reader, time.Now())
			if errors.Is(err, store.ErrReadOnly) { // reading goes on
				s.Log.WarnContext(r.Context(), "view of ticket not recorded", "guild", guild, "ticket", id, "user", reader.ID, "error", err)
			} else if err != nil {
				return livePage{}, err
			}
			others = slices.DeleteFunc(s.Looks.At(r.Context(), looks), func(p store.Person) bool { return p.ID == reader.ID })
		}
	}
	var answer views.ReplyView
	if r.Method == http.MethodGet && !forProgram(r) && !partial(r) && page.Rights.MayAsk(store.VerbTicketReply) && s.Commands.Bot(r.Context()).Offers(store.VerbTicketReply) {
		var err error
		if answer, err = s.emptyReply(r, id); err != nil {
			return livePage{}, err
		}
	}
	return livePage{
		Page: page, URL: list + "/" + id + query, Stream: list + "/" + id + "/live" + query, Gone: list,
		Topics: []string{store.TicketsTopic(guild), store.SettingsTopic(guild), looks},
		Watch:  func(ctx context.Context) func() { return s.Looks.Begin(ctx, looks, reader) },
		Frame: func(p views.Page, region views.Region) templ.Component {
			return views.Ticket(p, id, region, others, answer)
		},
		Body: func(ctx context.Context, p views.Page) (templ.Component, error) {
			v := views.TicketView{At: at, Looking: s.Looks.At(ctx, looks)}
			var err error
			if v.TicketStory, err = s.Store.TicketStory(ctx, guild, id, at); err != nil {
				return nil, err
			}
			if v.Asked, err = s.asked(ctx, guild, []string{id}); err != nil {
				return nil, err
			}
			commands, err := s.Store.Commands(ctx, guild, store.CommandQuery{Target: id, PerPage: ticketCommands})
			v.Commands, v.Unsent = commands.Items, unsent(commands.Items, time.Now())
			return views.TicketFactsWeighed(p, v), err
		},
	}, nil
}

// messageCursor returns the part of a transcript that an address selects.
func messageCursor(q url.Values) store.MessageCursor {
	if before := q.Get("before"); isRowID(before) {
		return store.MessageCursor{Before: before}
	}
	if after := q.Get("after"); isRowID(after) {
		return store.MessageCursor{After: after}
	}
	return store.MessageCursor{}
}

// messageEdits answers "GET /guilds/{guild}/tickets/{ticket}/messages/{message}/edits": what a message said before it was
// edited, over the ticket's page or as a page of its own.
func (s *Server) messageEdits(w http.ResponseWriter, r *http.Request) error {
	ticket, message := chi.URLParam(r, "ticket"), chi.URLParam(r, "message")
	if !isRowID(ticket) || !isRowID(message) {
		return errNotFound
	}
	page := s.page(r)
	page.Section, page.Title = views.SectionTickets, page.T("edits.title")
	m, err := s.Store.MessageEdits(r.Context(), page.Guild.ID, ticket, message)
	if err != nil {
		return err
	}
	if r.Method == http.MethodGet {
		if err := s.Store.LookAtTicket(r.Context(), page.Guild.ID, ticket, *page.User, time.Now()); err != nil {
			return err
		}
	}
	view := views.TicketEditsView{Ticket: ticket, Message: m}
	w.Header().Add("Vary", "HX-Request")
	w.Header().Add("Vary", "HX-Request-Type")
	if partial(r) {
		return s.render(w, r, views.TicketEditsDialog(page, view))
	}
	return s.render(w, r, views.TicketEdits(page, view))
}

// ticketCommands is how many of the newest requests about a ticket its page shows.
const ticketCommands = 50

// listTickets answers "GET /api/guilds/{guild}/tickets": the newest 100, and how many of each status there are.
func (s *Server) listTickets(w http.ResponseWriter, r *http.Request) error {
	query, err := ticketAPIQuery(r.URL.Query())
	if err != nil {
		return err
	}
	list, tiles, err := s.Store.Tickets(r.Context(), guildOf(r).link.ID, query, today(s.Site.Zone))
	if err != nil {
		return err
	}
	s.json(w, r, http.StatusOK, ticketAnswer(list, tiles))
	return nil
}

// today is when the day began in the zone.
func today(zone *time.Location) time.Time {
	return store.StartOfDay(time.Now().In(zone), zone)
}

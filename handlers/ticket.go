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
	"guildboard/store/contract"
	"guildboard/store/presence"
	"guildboard/views/link"
	ticketview "guildboard/views/ticket"
	"guildboard/views/ui"
)

// tickets is "GET /guilds/{guild}/tickets".
func (s *Server) tickets(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = ui.SectionTickets, page.T("tickets.title")
	filter, query := s.ticketSelection(r, &page)
	shown := newListPage(filter.URL())
	lp := livePage{
		Page: page, URL: shown.url.String(), StreamURL: shown.url.Stream(), ListPage: shown,
		Topics: []string{contract.TicketsTopic(guild), contract.SettingsTopic(guild)},
		Body: func(ctx context.Context, p ui.Page) (templ.Component, error) {
			list, stats, err := s.loadTickets(ctx, guild, query, startOfToday(page.TimeZone()))
			if err != nil {
				return nil, err
			}
			shown.number, shown.byCursor = list.Page, list.ByCursor
			ids := make([]string, len(list.Items))
			for i, t := range list.Items {
				ids[i] = t.ID
			}
			requests, err := s.loadBotRequests(ctx, guild, ids)
			if err != nil {
				return nil, err
			}
			v := ticketview.ListView{Filter: filter, List: list, Stats: stats, Requests: requests}
			if v.Claimer, err = s.loadPerson(ctx, guild, filter.Claimer); err != nil {
				return nil, err
			}
			return ticketview.Rows(p, v), nil
		},
	}
	if q := r.URL.Query(); q.Get("claimer") == meParam || q.Get("opener") == meParam {
		lp.CanonicalURL = lp.URL
	}
	if isAPIOrStream(r) || isPoll(r) { // these requests do not show the form
		return lp, nil
	}
	choices, err := s.Store.TicketFilterOptions(r.Context(), guild)
	if err != nil {
		return livePage{}, err
	}
	opener, err := s.loadPerson(r.Context(), guild, filter.Opener)
	toolbar := ticketview.Toolbar(page, filter, choices, opener)
	lp.Toolbar = &toolbar
	lp.Layout = func(p ui.Page, region ui.Region) templ.Component { return ticketview.List(p, toolbar, region) }
	return lp, err
}

// loadPerson loads a user of the guild by ID; the zero User for "".
func (s *Server) loadPerson(ctx context.Context, guild, id string) (contract.User, error) {
	if id == "" {
		return contract.User{}, nil
	}
	return s.Store.User(ctx, guild, id)
}

// ticket is "GET /guilds/{guild}/tickets/{ticket}".
func (s *Server) ticket(r *http.Request) (livePage, error) {
	id, err := pathRowID(r, "ticket")
	if err != nil {
		return livePage{}, err
	}
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = ui.SectionTickets, page.T("tickets.title")
	list := link.Tickets(guild)
	cursor := parseMessageCursor(r.URL.Query())
	query := ticketview.TranscriptQuery(cursor)
	presenceTopic, viewer := presence.TicketTopic(guild, id), *page.User
	page.MaxPollInterval = presence.PollInterval
	first := ticketview.PageView{Ticket: id} // for the first paint
	if !isAPIOrStream(r) && r.Method == http.MethodGet {
		s.Presence.Touch(r.Context(), presenceTopic, viewer)
		if !isPoll(r) {
			var err error
			if first.LastVisit, err = s.Store.LastTicketView(r.Context(), guild, id, viewer.ID); err != nil {
				return livePage{}, err
			}
			err = s.Store.RecordTicketView(r.Context(), guild, id, viewer, time.Now())
			if errors.Is(err, store.ErrReadOnly) { // record views only if the database allows it
				s.Log.WarnContext(r.Context(), "record ticket view",
					"guild", guild, "ticket", id, "user", viewer.ID, "err", err)
			} else if err != nil {
				return livePage{}, err
			}
			first.OtherViewers = slices.DeleteFunc(s.Presence.Viewers(r.Context(), presenceTopic),
				func(p contract.User) bool { return p.ID == viewer.ID })
		}
	}
	canReply := page.Rights.CanRequest(contract.VerbTicketReply)
	isFullPage := r.Method == http.MethodGet && !isAPIOrStream(r) && !isPartial(r)
	if isFullPage && canReply && s.Commands.BotState(r.Context()).Supports(contract.VerbTicketReply) {
		var err error
		if first.Reply, err = s.newReplyForm(r, id); err != nil {
			return livePage{}, err
		}
	}
	return livePage{
		Page: page, URL: link.Item(list, id) + query, StreamURL: link.Stream(link.Item(list, id)) + query, GoneURL: list,
		Topics:   []string{contract.TicketsTopic(guild), contract.SettingsTopic(guild), presenceTopic},
		OnStream: func(ctx context.Context) func() { return s.Presence.Join(ctx, presenceTopic, viewer) },
		Layout:   func(p ui.Page, region ui.Region) templ.Component { return ticketview.Ticket(p, first, region) },
		Body: func(ctx context.Context, p ui.Page) (templ.Component, error) {
			v := ticketview.View{TranscriptCursor: cursor, CurrentViewers: s.Presence.Viewers(ctx, presenceTopic)}
			var err error
			if v.TicketTimeline, err = s.Store.TicketTimeline(ctx, guild, id, cursor); err != nil {
				return nil, err
			}
			renderCannedReplies(first.Reply.CannedReplies, v.Ticket) // for Layout, which runs after Body
			if v.Requests, err = s.loadBotRequests(ctx, guild, []string{id}); err != nil {
				return nil, err
			}
			if v.SyncIssues, err = s.Store.SyncIssuesOf(ctx, guild, id); err != nil {
				return nil, err
			}
			commands, err := s.Store.Commands(ctx, guild, store.CommandQuery{Target: id, PerPage: maxTicketCommands})
			v.Commands, v.UnsentReplies = commands.Items, unsentReplies(commands.Items, time.Now())
			return ticketview.SizedDetails(p, v), err
		},
	}, nil
}

// parseMessageCursor returns the part of a transcript that a query selects.
func parseMessageCursor(q url.Values) store.MessageCursor {
	if at := q.Get("at"); isRowID(at) {
		return store.MessageCursor{At: at}
	}
	if before := q.Get("before"); isRowID(before) {
		return store.MessageCursor{Before: before}
	}
	if after := q.Get("after"); isRowID(after) {
		return store.MessageCursor{After: after}
	}
	return store.MessageCursor{}
}

// messageEdits answers "GET /guilds/{guild}/tickets/{ticket}/messages/{message}/edits": the earlier versions of an
// edited message, in a dialog or as a page of its own.
func (s *Server) messageEdits(w http.ResponseWriter, r *http.Request) error {
	ticket, message := chi.URLParam(r, "ticket"), chi.URLParam(r, "message")
	if !isRowID(ticket) || !isRowID(message) {
		return errNotFound
	}
	page := s.page(r)
	page.Section, page.Title = ui.SectionTickets, page.T("edits.title")
	m, err := s.Store.MessageRevisions(r.Context(), page.Guild.ID, ticket, message)
	if err != nil {
		return err
	}
	if r.Method == http.MethodGet {
		if err := s.Store.RecordTicketView(r.Context(), page.Guild.ID, ticket, *page.User, time.Now()); err != nil {
			return err
		}
	}
	view := ticketview.EditsView{Ticket: ticket, Message: m}
	w.Header().Add("Vary", "HX-Request")
	w.Header().Add("Vary", "HX-Request-Type")
	if isPartial(r) {
		return s.render(w, r, ticketview.EditsDialog(page, view))
	}
	return s.render(w, r, ticketview.Edits(page, view))
}

// maxTicketCommands is the number of the newest bot requests on the page of a ticket.
const maxTicketCommands = 50

// listTickets answers "GET /api/guilds/{guild}/tickets" with the newest 100 tickets and the number of tickets per
// status.
func (s *Server) listTickets(w http.ResponseWriter, r *http.Request) error {
	query, err := parseTicketParams(r.URL.Query())
	if err != nil {
		return err
	}
	list, stats, err := s.Store.Tickets(r.Context(), guildOf(r).link.ID, query, startOfToday(s.Site.Zone))
	if err != nil {
		return err
	}
	s.respondJSON(w, r, http.StatusOK, newTicketsResponse(list, stats))
	return nil
}

// startOfToday returns the start of the current day in the zone.
func startOfToday(zone *time.Location) time.Time {
	return store.StartOfDay(time.Now().In(zone), zone)
}

package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/views"
)

// bulk is what can be done with many ticked rows of a list at once.
type bulk struct {
	noun     string // the verbs begin with it
	list     string // path of the list, within the guild
	section  views.Section
	subjects func(ctx context.Context, guild string, ids []string) ([]subject, error) // those that the guild has
	// left tells of rows that somebody else was faster with, as they stand; nil where nobody can be.
	left func(ctx context.Context, guild string, ids []string) ([]views.BulkRow, error)
}

func (s *Server) giveawayBulk() bulk {
	return bulk{noun: "GIVEAWAY_", list: "/giveaways", section: views.SectionGiveaways, subjects: s.giveawaySubjects}
}

func (s *Server) giveawaySubjects(ctx context.Context, guild string, ids []string) ([]subject, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, _, err := s.Store.Giveaways(ctx, guild, store.GiveawayQuery{IDs: ids, PerPage: maxOnly})
	subjects := make([]subject, len(list.Items))
	for i, g := range list.Items {
		subjects[i] = subject{id: g.ID, name: g.Prize, state: strings.ToLower(string(g.Status)), possible: store.Possible(g)}
	}
	return subjects, err
}

func (s *Server) ticketBulk() bulk {
	return bulk{noun: "TICKET_", list: "/tickets", section: views.SectionTickets, subjects: s.ticketSubjects}
}

func (s *Server) ticketSubjects(ctx context.Context, guild string, ids []string) ([]subject, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, _, err := s.Store.Tickets(ctx, guild, store.TicketQuery{IDs: ids, PerPage: maxOnly}, today(s.Site.Zone))
	subjects := make([]subject, len(list.Items))
	for i, t := range list.Items {
		name := "#" + strconv.Itoa(t.Number)
		if t.Subject != nil {
			name += " " + *t.Subject
		}
		subjects[i] = subject{id: t.ID, name: name, state: strings.ToLower(string(t.Status)), possible: store.PossibleFor(t)}
	}
	return subjects, err
}

// chosen is the verb that was chosen for the ticked rows, and the rows.
func (b bulk) chosen(q url.Values) (verb store.Verb, ids []string, err error) {
	verb = store.Verb(b.noun + strings.ToUpper(q.Get("verb")))
	if !slices.Contains(views.BulkVerbs, verb) {
		return "", nil, badInput("verb cannot be done with many at once")
	}
	return verb, rowIDs(q["only"]), nil
}

// read is chosen, if the visitor may ask for it.
func (b bulk) read(r *http.Request, q url.Values) (verb store.Verb, ids []string, err error) {
	verb, ids, err = b.chosen(q)
	if err == nil && !guildOf(r).rights.MayAsk(verb) {
		err = errForbidden
	}
	return verb, ids, err
}

// rowIDs are those that can be ids of rows, each once, and no more than a list can have ticked.
func rowIDs(values []string) (ids []string) {
	for _, id := range values {
		if isRowID(id) && !slices.Contains(ids, id) && len(ids) < maxOnly {
			ids = append(ids, id)
		}
	}
	return ids
}

// askManyFirst answers "GET …/bulk?verb=&only=&only=": the one question about all ticked rows. It changes nothing.
func (s *Server) askManyFirst(b bulk) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		verb, ids, err := b.read(r, r.URL.Query())
		if err != nil {
			return err
		}
		return s.putMany(w, r, b, verb, ids, http.StatusOK, views.ConfirmView{})
	}
}

// putMany puts the question about all ticked rows.
func (s *Server) putMany(
	w http.ResponseWriter, r *http.Request, b bulk, verb store.Verb, ids []string, status int, reason views.ConfirmView,
) error {
	page := s.page(r)
	found, err := b.subjects(r.Context(), page.Guild.ID, ids)
	if err != nil {
		return err
	}
	if reason.Presets, err = s.presets(r, verb); err != nil {
		return err
	}
	path := "/guilds/" + page.Guild.ID + b.list
	v := views.BulkView{
		Verb: verb, Action: path + "/bulk", Back: s.backTo(r, subject{path: path, list: path}), Bot: s.Commands.Bot(r.Context()), Reason: reason,
	}
	for _, about := range found {
		row := views.BulkRow{ID: about.id, Name: about.name, State: about.state}
		if slices.Contains(about.possible, verb) && v.Bot.Offers(verb) {
			v.Rows = append(v.Rows, row)
		} else {
			v.Left = append(v.Left, row)
		}
	}
	page.Section, page.Title = b.section, page.T("verb."+string(verb))
	s.write(w, r, status, views.Bulk(page, v))
	return nil
}

// askMany answers "POST …/bulk": the bot is asked about each of the rows, and a page says what comes of it, row by row.
// Which of them it can be done with is for the bot to say: they may have changed since they were ticked.
func (s *Server) askMany(b bulk) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := readForm(w, r); err != nil {
			return err
		}
		verb, ids, err := b.read(r, r.PostForm)
		if err != nil {
			return err
		}
		guild := guildOf(r).link.ID
		path := "/guilds/" + guild + b.list
		found, err := b.subjects(r.Context(), guild, ids)
		switch {
		case err != nil:
			return err
		case len(found) == 0:
			return errNotFound
		case !s.Commands.Bot(r.Context()).Offers(verb):
			http.Redirect(w, r, withNote(path, "command.cannot"), http.StatusSeeOther)
			return nil
		}
		data, problems := commandData(r.PostForm, verb, subject{})
		if len(problems) > 0 {
			page, again := s.page(r), reasonAgain(r.PostForm)
			for field, key := range problems {
				again.Problems[field] = page.T(key)
			}
			return s.putMany(w, r, b, verb, ids, http.StatusUnprocessableEntity, again)
		}
		raw, err := json.Marshal(data)
		if err != nil {
			return err
		}
		q := url.Values{}
		for _, about := range found {
			command, _, err := s.Commands.Ask(r.Context(), store.Command{
				GuildID: guild, Actor: visitorOf(r).session.Person(), Verb: verb, Target: about.id, Data: raw,
			})
			if err != nil && len(q["id"]) == 0 {
				return err
			}
			if err != nil {
				s.Log.ErrorContext(r.Context(), "not all asked", "error", err, "request", requestID(r))
				q.Set("note", "bulk.some")
				break
			}
			q.Add("id", command.ID)
		}
		http.Redirect(w, r, path+"/asked?"+q.Encode(), http.StatusSeeOther)
		return nil
	}
}

// reasonAgain is the reason for closing as it was given.
func reasonAgain(q url.Values) views.ConfirmView {
	return views.ConfirmView{Preset: q.Get("preset"), Reason: plain(q.Get("reason"), 2*maxReason), Problems: map[string]string{}}
}

// asks is "GET …/asked?id=&id=&left=": what has come of requests, a line each, and a line for each row that was left alone.
func (s *Server) asks(b bulk) func(*http.Request) (livePage, error) {
	return func(r *http.Request) (livePage, error) {
		page := s.page(r)
		guild := page.Guild.ID
		page.Section, page.Title = b.section, page.T("bulk.title")
		list := "/guilds/" + guild + b.list
		ids, left := rowIDs(r.URL.Query()["id"]), rowIDs(r.URL.Query()["left"])
		if b.left == nil {
			left = nil
		}
		if len(ids)+len(left) == 0 {
			return livePage{}, errNotFound
		}
		query := "?" + url.Values{"id": ids, "left": left}.Encode()
		return livePage{
			Page: page, URL: list + "/asked" + query, Stream: list + "/asked/live" + query,
			Topics: []string{store.CommandsTopic(guild)},
			Frame:  func(p views.Page, region views.Region) templ.Component { return views.BulkAsked(p, list, region) },
			Body: func(ctx context.Context, p views.Page) (templ.Component, error) {
				commands, err := s.Store.CommandsNamed(ctx, guild, ids)
				if err != nil {
					return nil, err
				}
				commands = slices.DeleteFunc(commands, func(c store.Command) bool { return !strings.HasPrefix(string(c.Verb), b.noun) })
				v := views.BulkAnswersView{Commands: commands, Bot: s.Commands.Bot(ctx)}
				if len(left) > 0 {
					v.Left, err = b.left(ctx, guild, left)
				}
				return views.BulkAnswers(p, v), err
			},
		}, nil
	}
}

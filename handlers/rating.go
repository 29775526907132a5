package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/views"
)

// ratingFilter reads the address of the list of ratings.
func ratingFilter(r *http.Request, page *views.Page) views.Filter {
	q := r.URL.Query()
	f, problems := parseFilter(q, "/guilds/"+page.Guild.ID+"/ratings", lowered(store.RatingStates), []string{""})
	f.Text = ""
	if stars := q.Get("stars"); stars == "" || len(stars) == 1 && "1" <= stars && stars <= "5" {
		f.Stars = stars
	} else {
		problems = append(problems, filterProblem{"stars", "filter.badStars", []any{"value", plain(stars, 20)}})
	}
	if staff := q.Get("staff"); staff == "" || views.IsSnowflake(staff) {
		f.Staff = staff
	} else {
		problems = append(problems, filterProblem{"staff", "filter.badPerson", []any{"value", plain(staff, 20)}})
	}
	f.Words = q.Get("words") == "1"
	f.Problems = problems.say(page)
	return f
}

// ratings is "GET /guilds/{guild}/ratings": what members thought of the help they got.
func (s *Server) ratings(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild, zone := page.Guild.ID, page.TimeZone()
	page.Section, page.Title = views.SectionRatings, page.T("ratings.title")
	f := ratingFilter(r, &page)
	from, to := days(f, zone)
	stars, _ := strconv.Atoi(f.Stars)
	query := store.RatingQuery{
		State: store.RatingState(f.Status), Stars: stars, Staff: f.Staff, Reviewed: f.Words, From: from, To: to, IDs: f.Only, Page: f.Page,
	}
	shown := newShownPage(f)
	lp := livePage{
		Page: page, URL: f.URL(), Stream: f.Stream(), Shown: shown,
		Topics: []string{store.TicketsTopic(guild)},
		Body: func(ctx context.Context, p views.Page) (templ.Component, error) {
			list, stats, err := s.Store.Ratings(ctx, guild, query, today(zone))
			shown.number = list.Page
			return views.RatingRows(p, views.RatingList{Filter: f, List: list, Stats: stats}), err
		},
	}
	if forProgram(r) || isPoll(r) { // needs no form
		return lp, nil
	}
	choices, err := s.Store.TicketChoices(r.Context(), guild)
	lp.Frame = func(p views.Page, region views.Region) templ.Component { return views.Ratings(p, f, choices, region) }
	lp.Beside = func(p views.Page) templ.Component { return views.RatingFiltersAfter(p, f, choices) }
	return lp, err
}

// ratingBulk is what is done with ratings, for the page that says what has come of it.
func (s *Server) ratingBulk() bulk {
	return bulk{noun: "RATING_", list: "/ratings", section: views.SectionRatings, left: s.ratingRows}
}

// ratingRows are ratings as they stand; those that are gone have no name.
func (s *Server) ratingRows(ctx context.Context, guild string, ids []string) (rows []views.BulkRow, err error) {
	list, _, err := s.Store.Ratings(ctx, guild, store.RatingQuery{IDs: ids, PerPage: maxOnly}, today(s.Site.Zone))
	for _, id := range ids {
		row := views.BulkRow{ID: id}
		for _, r := range list.Items {
			if r.ID == id {
				row.Name, row.State = views.RatingName(r), string(r.State())
			}
		}
		rows = append(rows, row)
	}
	return rows, err
}

// chosenRatings are the verb that was chosen for ratings, and which they are.
func chosenRatings(q url.Values) (verb store.Verb, ids []string, err error) {
	verb = store.Verb("RATING_" + strings.ToUpper(q.Get("verb")))
	if !slices.Contains(store.RatingVerbs, verb) {
		return "", nil, badInput("verb is not for ratings")
	}
	if ids = rowIDs(q["only"]); len(ids) == 0 {
		return "", nil, errNotFound
	}
	return verb, ids, nil
}

// ratingsToChange is chosenRatings, if the visitor may do that with them.
func ratingsToChange(r *http.Request, q url.Values) (verb store.Verb, ids []string, err error) {
	verb, ids, err = chosenRatings(q)
	if err == nil && !guildOf(r).rights.MayAsk(verb) {
		err = errForbidden
	}
	return verb, ids, err
}

// askRatings answers "GET /guilds/{guild}/ratings/bulk?verb=&only=": the one question about all of them. It changes nothing.
func (s *Server) askRatings(w http.ResponseWriter, r *http.Request) error {
	verb, ids, err := ratingsToChange(r, r.URL.Query())
	if err != nil {
		return err
	}
	return s.putRatings(w, r, http.StatusOK, verb, ids, "")
}

// putRatings puts that question; refused is why the last answer was not taken.
func (s *Server) putRatings(w http.ResponseWriter, r *http.Request, status int, verb store.Verb, ids []string, refused string) error {
	page := s.page(r)
	page.Section, page.Title = views.SectionRatings, page.T("audit."+string(verb))
	list, _, err := s.Store.Ratings(r.Context(), page.Guild.ID, store.RatingQuery{IDs: ids, PerPage: maxOnly}, today(page.TimeZone()))
	if err != nil {
		return err
	}
	if len(list.Items) == 0 {
		return errNotFound
	}
	s.write(w, r, status, views.RatingQuestion(page, verb, list.Items, refused))
	return nil
}

// changeRatings answers "POST /guilds/{guild}/ratings/bulk": they are changed at once, each written into the audit log, and
// a page has a line for each.
func (s *Server) changeRatings(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	verb, ids, err := ratingsToChange(r, r.PostForm)
	if err != nil {
		return err
	}
	guild, by := guildOf(r).link.ID, visitorOf(r).session.Person()
	q := url.Values{}
	for _, id := range ids {
		line, err := s.Store.ChangeRating(r.Context(), guild, id, by, verb)
		switch {
		case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
			q.Add("left", id)
		case err != nil && len(q["id"]) == 0:
			return err
		case err != nil:
			s.Log.ErrorContext(r.Context(), "not all ratings changed", "error", err, "request", requestID(r))
			q.Set("note", "bulk.some")
		default:
			q.Add("id", line)
		}
	}
	if len(q["id"]) > 0 {
		s.ratingsChanged(r.Context(), guild, by)
	}
	page := s.page(r)
	switch {
	case partial(r) && q.Has("left"):
		toast(w, "problem", page.T("ratings.left"))
		w.WriteHeader(http.StatusConflict)
		return nil
	case partial(r):
		toast(w, "info", page.T("ratings.done", "verb", page.T("audit."+string(verb))))
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r, "/guilds/"+guild+"/ratings/asked?"+q.Encode(), http.StatusSeeOther)
	return nil
}

// ratingsChanged has pages look again that show ratings. It is a hint, as every event.
func (s *Server) ratingsChanged(ctx context.Context, guild string, by store.Person) {
	s.Live.Touch(store.TicketsTopic(guild), store.CommandsTopic(guild))
	event := store.Event{Type: store.TicketRatingEvent, GuildID: guild, UserID: by.ID, Data: json.RawMessage(`{}`)}
	if err := s.Bus.Publish(ctx, event); err != nil {
		s.Log.DebugContext(ctx, "change of ratings not told", "guild", guild, "error", err)
	}
}

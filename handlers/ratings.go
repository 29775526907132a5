package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/snowflake"
	"guildboard/views/link"
	ratingview "guildboard/views/rating"
	"guildboard/views/ui"
)

// parseRatingFilter parses the query of the list of ratings.
func parseRatingFilter(r *http.Request, page *ui.Page) ratingview.Filter {
	q := r.URL.Query()
	common, problems := parseFilter(q, link.Ratings(page.Guild.ID), lowerCase(store.RatingStates), []string{""})
	f := ratingview.Filter{Filter: common, OnlyReviewed: q.Get("words") == "1"}
	if stars := q.Get("stars"); stars == "" || len(stars) == 1 && "1" <= stars && stars <= "5" {
		f.Stars = stars
	} else {
		problems = append(problems, filterProblem{"stars", "filter.badStars", []any{"value", cleanLine(stars, 20)}})
	}
	if staff := q.Get("staff"); staff == "" || snowflake.IsValid(staff) {
		f.Staff = staff
	} else {
		problems = append(problems, filterProblem{"staff", "filter.badMember", []any{"value", cleanLine(staff, 20)}})
	}
	f.Problems = problems.translate(page)
	return f
}

// ratings is "GET /guilds/{guild}/ratings": the ratings that members gave to tickets.
func (s *Server) ratings(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild, zone := page.Guild.ID, page.TimeZone()
	page.Section, page.Title = ui.SectionRatings, page.T("ratings.title")
	f := parseRatingFilter(r, &page)
	from, to := dayRange(f.Filter, zone)
	stars, _ := strconv.Atoi(f.Stars)
	query := store.RatingQuery{
		State: store.RatingState(f.Status), Stars: stars, Staff: f.Staff, HasReview: f.OnlyReviewed,
		From: from, To: to, IDs: f.SelectedIDs, Page: f.Page,
	}
	shown := newListPage(f.URL())
	lp := livePage{
		Page: page, URL: shown.url.String(), StreamURL: shown.url.Stream(), ListPage: shown,
		Topics: []string{contract.TicketsTopic(guild)},
		Body: func(ctx context.Context, p ui.Page) (templ.Component, error) {
			list, stats, err := s.Store.Ratings(ctx, guild, query, startOfToday(zone))
			shown.number = list.Page
			return ratingview.Rows(p, ratingview.ListView{Filter: f, List: list, Stats: stats}), err
		},
	}
	if isAPIOrStream(r) || isPoll(r) { // these requests do not show the form
		return lp, nil
	}
	choices, err := s.Store.TicketFilterOptions(r.Context(), guild)
	toolbar := ratingview.Toolbar(page, f, choices)
	lp.Toolbar = &toolbar
	lp.Layout = func(p ui.Page, region ui.Region) templ.Component { return ratingview.List(p, toolbar, region) }
	return lp, err
}

// ratingBulkActions returns the bulk actions on ratings, for the page of their results.
func (s *Server) ratingBulkActions() bulkActions {
	return bulkActions{
		verbPrefix: "RATING_", listPath: link.Ratings, section: ui.SectionRatings, loadSkipped: s.loadSkippedRatings,
	}
}

// loadSkippedRatings loads the rows of skipped ratings. Deleted ratings have no name.
func (s *Server) loadSkippedRatings(ctx context.Context, guild string, ids []string) (rows []ui.BulkRow, err error) {
	list, _, err := s.Store.Ratings(ctx, guild, store.RatingQuery{IDs: ids, PerPage: maxSelectedRows}, startOfToday(s.Site.Zone))
	for _, id := range ids {
		row := ui.BulkRow{ID: id}
		for _, r := range list.Items {
			if r.ID == id {
				row.Name, row.State = ratingview.Label(r), string(r.State())
			}
		}
		rows = append(rows, row)
	}
	return rows, err
}

// parseRatingSelection returns the requested verb and the IDs of the selected ratings.
func parseRatingSelection(q url.Values) (verb contract.Verb, ids []string, err error) {
	verb = contract.Verb("RATING_" + strings.ToUpper(q.Get("verb")))
	if !slices.Contains(contract.RatingVerbs, verb) {
		return "", nil, badInput("verb does not apply to ratings")
	}
	if ids = parseRowIDs(q["only"]); len(ids) == 0 {
		return "", nil, errNotFound
	}
	return verb, ids, nil
}

// authorizeRatingSelection is parseRatingSelection for a visitor. It returns errForbidden if the visitor lacks the
// rights.
func authorizeRatingSelection(r *http.Request, q url.Values) (verb contract.Verb, ids []string, err error) {
	verb, ids, err = parseRatingSelection(q)
	if err == nil && !guildOf(r).rights.CanRequest(verb) {
		err = errForbidden
	}
	return verb, ids, err
}

// confirmRatings answers "GET /guilds/{guild}/ratings/bulk?verb=&only=". It shows the confirmation for all selected
// ratings.
func (s *Server) confirmRatings(w http.ResponseWriter, r *http.Request) error {
	verb, ids, err := authorizeRatingSelection(r, r.URL.Query())
	if err != nil {
		return err
	}
	return s.renderRatingConfirm(w, r, http.StatusOK, verb, ids, "")
}

// renderRatingConfirm shows the confirmation. refused is the reason why the previous submission was refused, or "".
func (s *Server) renderRatingConfirm(
	w http.ResponseWriter, r *http.Request, status int, verb contract.Verb, ids []string, refused string,
) error {
	page := s.page(r)
	page.Section, page.Title = ui.SectionRatings, page.T("audit."+string(verb))
	query := store.RatingQuery{IDs: ids, PerPage: maxSelectedRows}
	list, _, err := s.Store.Ratings(r.Context(), page.Guild.ID, query, startOfToday(page.TimeZone()))
	if err != nil {
		return err
	}
	if len(list.Items) == 0 {
		return errNotFound
	}
	s.respond(w, r, status, ratingview.Confirm(page, verb, list.Items, refused))
	return nil
}

// changeRatings answers "POST /guilds/{guild}/ratings/bulk". It changes the ratings and redirects to a page with the
// results. Each change is in the audit log.
func (s *Server) changeRatings(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	verb, ids, err := authorizeRatingSelection(r, r.PostForm)
	if err != nil {
		return err
	}
	guild, actor := guildOf(r).link.ID, visitorOf(r).session.User()
	q := url.Values{}
	for _, id := range ids {
		commandID, err := s.Store.ChangeRating(r.Context(), guild, id, actor, verb)
		switch {
		case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
			q.Add("left", id)
		case err != nil && len(q["id"]) == 0:
			return err
		case err != nil:
			s.Log.ErrorContext(r.Context(), "change rating", "err", err, "request", requestID(r))
			q.Set("note", "bulk.partial")
		default:
			q.Add("id", commandID)
		}
	}
	if len(q["id"]) > 0 {
		s.publishRatingsChange(r.Context(), guild, actor)
	}
	page := s.page(r)
	switch {
	case isPartial(r) && q.Has("left"):
		setToast(w, "problem", page.T("ratings.conflict"))
		w.WriteHeader(http.StatusConflict)
		return nil
	case isPartial(r):
		setToast(w, "info", page.T("result."+string(verb)))
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r, link.BulkResults(link.Ratings(guild))+"?"+q.Encode(), http.StatusSeeOther)
	return nil
}

// publishRatingsChange invalidates the views that show ratings. Failures are logged only, because events are hints.
func (s *Server) publishRatingsChange(ctx context.Context, guild string, actor contract.User) {
	s.Live.Invalidate(contract.TicketsTopic(guild), contract.CommandsTopic(guild))
	event := contract.Event{Type: contract.TicketRatingEvent, GuildID: guild, UserID: actor.ID}
	if err := s.Bus.Publish(ctx, event.WithData(contract.TicketRatingData{})); err != nil {
		s.Log.DebugContext(ctx, "publish ratings change", "guild", guild, "err", err)
	}
}

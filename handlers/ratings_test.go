package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/access"
)

const ratingsPath = "/guilds/" + lantern + "/ratings"

// createRating creates a closed ticket that Robin has worked on, with a rating, and returns the rating's id.
func (s *site) createRating(stars int, review string, at time.Time) string {
	s.t.Helper()
	ticket := s.createTicket("Help", at.Add(-time.Hour))
	s.claimTicket(ticket)
	s.closeTicket(ticket, at)
	r := store.Rating{Stars: stars, CreatedAt: at}
	if review != "" {
		r.Review = &review
	}
	must(s.t, s.Store.RateTicket(s.t.Context(), lantern, ticket.ID, r))
	rated, err := s.Store.Ticket(s.t.Context(), lantern, ticket.ID)
	must(s.t, err)
	return rated.Rating.ID
}

func TestRatingPermissions(t *testing.T) {
	s := openSite(t)
	id := s.createRating(5, "Kind.", midnightUTC("2026-02-01"))
	form := url.Values{"verb": {"approve"}, "only": {id}}
	s.signIn(sam).get(ratingsPath).wantStatus(http.StatusNotFound)
	s.signIn(sam).post(ratingsPath+"/bulk", form).wantStatus(http.StatusNotFound)
	remove := url.Values{"verb": {"remove"}, "only": {id}}
	viewOnly, approved := s.signInStaff(access.LevelNone, access.LevelSee), 0
	viewOnly.get(ratingsPath).wantStatus(http.StatusOK)
	if n := viewOnly.get(ratingsPath).find("#rows .row-menu, #selection [name=verb]").Length(); n != 0 {
		t.Errorf("actions with level see = %d, want 0", n)
	}
	viewOnly.post(ratingsPath+"/bulk", form).wantStatus(http.StatusForbidden)
	list, _, err := s.Store.Ratings(t.Context(), lantern, store.RatingQuery{}, time.Now())
	must(t, err)
	for _, r := range list.Items {
		if r.Approved {
			approved++
		}
	}
	if approved > 0 || len(list.Items) != 1 {
		t.Error("a rating was changed without permission")
	}
	staff := s.signInStaff(access.LevelNone, access.LevelAct)
	staff.post(ratingsPath+"/bulk", remove).wantStatus(http.StatusForbidden)
	staff.post(ratingsPath+"/bulk", form).wantStatus(http.StatusSeeOther)

	brokenSite := openSite(t, withBrokenStore)
	b := brokenSite.signIn(robin)
	b.get(ratingsPath).wantStatus(http.StatusServiceUnavailable)
	b.post(ratingsPath+"/bulk", form).wantStatus(http.StatusServiceUnavailable)
}

func TestRatingsList(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	b.get(ratingsPath).wantStatus(http.StatusOK).wantText("#row-none", "No ratings yet")
	now := time.Now()
	s.createRating(5, "Kind & <b>quick</b>.", now.Add(-time.Hour))
	s.createRating(2, "", now.Add(-8*24*time.Hour))
	s.createRating(4, "Fine", now.Add(-90*24*time.Hour))
	a := b.get(ratingsPath).wantStatus(http.StatusOK)
	a.wantText("#average", "3.7 of 5 stars, from 3 ratings").wantText("#stars-5", "1").wantText("#stars-3", "0").
		wantText("#staff-"+robin, "3.7 3")
	a.wantText("#trend desc", "2 ratings in 12 weeks. Average: 2.0 in the week").wantText("#live-summary", "3 ratings")
	if got := a.texts("#rows tr th"); !slices.Equal(got, []string{"Kind & <b>quick</b>.", "No review", "Fine"}) {
		t.Errorf("rows = %q, want the 3 ratings", got)
	}
	for query, want := range map[string][]string{
		"?stars=2": {"No review"}, "?words=1": {"Kind & <b>quick</b>.", "Fine"}, "?status=approved": nil, "?staff=" + sam: nil,
		"?staff=" + robin + "&stars=4&words=1": {"Fine"}, "?status=pending&stars=5": {"Kind & <b>quick</b>."},
	} {
		a := b.get(ratingsPath + query).wantStatus(http.StatusOK)
		if got := a.texts("#rows tr th"); !slices.Equal(got, want) {
			t.Errorf("%s: rows = %q, want %q", query, got, want)
		}
	}
	for query, words := range map[string]string{"?stars=6": "isn’t 1 to 5 stars", "?staff=x": "isn’t a member ID",
		"?status=odd": "isn’t a status"} {
		if a := b.get(ratingsPath+query).wantStatus(http.StatusOK).
			wantText("main [role=alert]", words); attr(a.find("#live"), "hx-get") != ratingsPath {
			t.Errorf("%s: the invalid filter stays in the URL", query)
		}
	}
}

func TestChangeRatings(t *testing.T) {
	s := openSite(t)
	one, two := s.createRating(5, "One", midnightUTC("2026-02-01")), s.createRating(4, "Two", midnightUTC("2026-02-02"))
	b := s.signIn(robin)
	if a := b.get(ratingsPath); a.find("#approve-"+one).Length() != 1 || a.find("#unapprove-"+one).Length() != 0 ||
		a.find("#remove-"+one).Length() != 1 {
		t.Error("the actions of a rating are missing")
	}
	b.get(ratingsPath+"/bulk?verb=feature&only="+one+"&only="+two+"&only=none").wantStatus(http.StatusOK).
		wantText("h1", "Feature 2 ratings?").wantText("#bulk-rows", "One")
	done := b.post(ratingsPath+"/bulk", url.Values{"verb": {"feature"}, "only": {one, two}}).wantStatus(http.StatusSeeOther)
	location := done.Header.Get("Location")
	if !strings.HasPrefix(location, ratingsPath+"/results?id=") {
		t.Fatalf("redirect to %q, want the results", location)
	}
	if n := b.get(location).wantStatus(http.StatusOK).wantText("#live-summary", "2 done").
		find("#answers li[data-command=done]").Length(); n != 2 {
		t.Errorf("results = %d, want 2", n)
	}
	b.get(ratingsPath+"?status=featured").wantText("#live-summary", "2 ratings")

	again := b.post(ratingsPath+"/bulk", url.Values{"verb": {"feature"}, "only": {one}}).wantStatus(http.StatusSeeOther)
	b.get(again.Header.Get("Location")).wantStatus(http.StatusOK).wantText("#left-"+one, "#1 ★★★★★ Featured Skipped: changed by someone else")
	b.post(ratingsPath+"/bulk", url.Values{"verb": {"unfeature"}, "only": {one}}, asPartial...).wantStatus(http.StatusNoContent)
	b.post(ratingsPath+"/bulk", url.Values{"verb": {"unfeature"}, "only": {one}}, asPartial...).wantStatus(http.StatusConflict)

	b.get(ratingsPath+"/bulk?verb=remove&only="+one).wantStatus(http.StatusOK).wantText("#bulk", "are deleted")
	b.post(ratingsPath+"/bulk", url.Values{"verb": {"remove"}, "only": {one}}).wantStatus(http.StatusSeeOther)
	if got := b.get(ratingsPath).texts("#rows tr th"); !slices.Equal(got, []string{"Two"}) {
		t.Errorf("rows = %q, want Two only", got)
	}
	partial := b.post(ratingsPath+"/bulk", url.Values{"verb": {"unfeature"}, "only": {one, two}}).wantStatus(http.StatusSeeOther)
	lines := b.get(partial.Header.Get("Location")).wantStatus(http.StatusOK).
		wantText("#live-summary", "1 done · 1 skipped").wantText("#left-"+one, "removed by someone else")
	if lines.find("#answers li[data-command=done]").Length() != 1 || lines.find("#left li").Length() != 1 {
		t.Errorf("results = %q, want one done and one remaining", lines.texts("#answers li, #left li"))
	}
	b.get(ratingsPath+"/results?left="+two+"&left=none&id=").wantStatus(http.StatusOK).wantText("#left-"+two, "Approved")
	b.get(ticketsPath + "/results?left=" + two).wantStatus(http.StatusNotFound)
	b.get("/guilds/"+lantern+"/audit").wantText("#rows", "Remove rating").wantText("#rows", "Stop featuring rating")
	for _, q := range []string{"verb=explode&only=" + two, "verb=&only=" + two} {
		b.get(ratingsPath + "/bulk?" + q).wantStatus(http.StatusBadRequest)
	}
	b.get(ratingsPath + "/bulk?verb=approve&only=none").wantStatus(http.StatusNotFound)
	b.get(ratingsPath + "/bulk?verb=approve").wantStatus(http.StatusNotFound)
}

func TestRatingsStream(t *testing.T) {
	s := openSite(t)
	id := s.createRating(5, "One", midnightUTC("2026-02-01"))
	b := s.signIn(robin)
	stream := b.openStream(ratingsPath + "/live")
	stream.next()
	b.post(ratingsPath+"/bulk", url.Values{"verb": {"approve"}, "only": {id}}).wantStatus(http.StatusSeeOther)
	if frame := stream.next(); !strings.Contains(frame.data, "Approved") {
		t.Errorf("frame = %s, want Approved", frame.data)
	}
}

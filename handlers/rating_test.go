package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
)

const ratingsPath = "/guilds/" + lantern + "/ratings"

// rate makes a closed ticket that robin helped with, rated so; it returns the rating's id.
func (s *site) rate(stars int, review string, at time.Time) string {
	s.t.Helper()
	ticket := s.ticket("Help", at.Add(-time.Hour))
	s.claim(ticket)
	s.close(ticket, at)
	r := store.Rating{Stars: stars, CreatedAt: at}
	if review != "" {
		r.Review = &review
	}
	must(s.t, s.Store.RateTicket(s.t.Context(), lantern, ticket.ID, r))
	now, err := s.Store.Ticket(s.t.Context(), lantern, ticket.ID)
	must(s.t, err)
	return now.Rating.ID
}

func TestRatingsGuards(t *testing.T) {
	s := open(t)
	id := s.rate(5, "Kind.", day("2026-02-01"))
	form := url.Values{"verb": {"approve"}, "only": {id}}
	s.signIn(sam).get(ratingsPath).wants(http.StatusNotFound)
	s.signIn(sam).post(ratingsPath+"/bulk", form).wants(http.StatusNotFound)
	remove := url.Values{"verb": {"remove"}, "only": {id}}
	sees, acts := s.helper(store.LevelNone, store.LevelSee), 0
	sees.get(ratingsPath).wants(http.StatusOK)
	if n := sees.get(ratingsPath).find("#rows .row-menu, #selection [name=verb]").Length(); n != 0 {
		t.Errorf("who may only look is offered %d things", n)
	}
	sees.post(ratingsPath+"/bulk", form).wants(http.StatusForbidden)
	list, _, err := s.Store.Ratings(t.Context(), lantern, store.RatingQuery{}, time.Now())
	must(t, err)
	for _, r := range list.Items {
		if r.Approved {
			acts++
		}
	}
	if acts > 0 || len(list.Items) != 1 {
		t.Error("somebody who may not has changed it")
	}
	helper := s.helper(store.LevelNone, store.LevelAct)
	helper.post(ratingsPath+"/bulk", remove).wants(http.StatusForbidden)
	helper.post(ratingsPath+"/bulk", form).wants(http.StatusSeeOther)

	dark := open(t, broken)
	b := dark.signIn(robin)
	b.get(ratingsPath).wants(http.StatusServiceUnavailable)
	b.post(ratingsPath+"/bulk", form).wants(http.StatusServiceUnavailable)
}

func TestRatingsList(t *testing.T) {
	s := open(t)
	b := s.signIn(robin)
	b.get(ratingsPath).wants(http.StatusOK).says("#row-none", "No ratings yet")
	now := time.Now()
	s.rate(5, "Kind & <b>quick</b>.", now.Add(-time.Hour))
	s.rate(2, "", now.Add(-8*24*time.Hour))
	s.rate(4, "Fine", now.Add(-90*24*time.Hour))
	a := b.get(ratingsPath).wants(http.StatusOK)
	a.says("#average", "3.7 of 5 stars, from 3 ratings").says("#stars-5", "1").says("#stars-3", "0").says("#staff-"+robin, "3.7 3")
	a.says("#trend desc", "2 ratings in twelve weeks: 2.0 in the week").says("#live-summary", "3 ratings")
	if got := a.texts("#rows tr th"); !slices.Equal(got, []string{"Kind & <b>quick</b>.", "(no words)", "Fine"}) {
		t.Errorf("the list is %q", got)
	}
	for query, want := range map[string][]string{
		"?stars=2": {"(no words)"}, "?words=1": {"Kind & <b>quick</b>.", "Fine"}, "?status=approved": nil, "?staff=" + sam: nil,
		"?staff=" + robin + "&stars=4&words=1": {"Fine"}, "?status=pending&stars=5": {"Kind & <b>quick</b>."},
	} {
		a := b.get(ratingsPath + query).wants(http.StatusOK)
		if got := a.texts("#rows tr th"); !slices.Equal(got, want) {
			t.Errorf("%s selects %q, not %q", query, got, want)
		}
	}
	for query, words := range map[string]string{"?stars=6": "not 1 to 5 stars", "?staff=x": "nobody’s id", "?status=odd": "is not a status"} {
		if a := b.get(ratingsPath+query).wants(http.StatusOK).says("main [role=alert]", words); attr(a.find("#live"), "hx-get") != ratingsPath {
			t.Errorf("%s is not left out", query)
		}
	}
}

func TestRatingsAreApprovedFeaturedAndRemoved(t *testing.T) {
	s := open(t)
	one, two := s.rate(5, "One", day("2026-02-01")), s.rate(4, "Two", day("2026-02-02"))
	b := s.signIn(robin)
	if a := b.get(ratingsPath); a.find("#approve-"+one).Length() != 1 || a.find("#unapprove-"+one).Length() != 0 || a.find("#remove-"+one).Length() != 1 {
		t.Error("what can be done with it is not offered")
	}
	b.get(ratingsPath+"/bulk?verb=feature&only="+one+"&only="+two+"&only=none").wants(http.StatusOK).says("h1", "Feature: 2 ratings?").says("#bulk-rows", "One")
	done := b.post(ratingsPath+"/bulk", url.Values{"verb": {"feature"}, "only": {one, two}}).wants(http.StatusSeeOther)
	to := done.Header.Get("Location")
	if !strings.HasPrefix(to, ratingsPath+"/asked?id=") {
		t.Fatalf("it leads to %q", to)
	}
	if n := b.get(to).wants(http.StatusOK).says("#live-summary", "2 done").find("#answers li[data-command=done]").Length(); n != 2 {
		t.Errorf("%d lines", n)
	}
	b.get(ratingsPath+"?status=featured").says("#live-summary", "2 ratings")

	again := b.post(ratingsPath+"/bulk", url.Values{"verb": {"feature"}, "only": {one}}).wants(http.StatusSeeOther)
	b.get(again.Header.Get("Location")).wants(http.StatusOK).says("#left-"+one, "#1 ★★★★★ Featured Somebody else has changed it")
	b.post(ratingsPath+"/bulk", url.Values{"verb": {"unfeature"}, "only": {one}}, asPartial...).wants(http.StatusNoContent)
	b.post(ratingsPath+"/bulk", url.Values{"verb": {"unfeature"}, "only": {one}}, asPartial...).wants(http.StatusConflict)

	b.get(ratingsPath+"/bulk?verb=remove&only="+one).wants(http.StatusOK).says("#bulk", "deleted for good")
	b.post(ratingsPath+"/bulk", url.Values{"verb": {"remove"}, "only": {one}}).wants(http.StatusSeeOther)
	if got := b.get(ratingsPath).texts("#rows tr th"); !slices.Equal(got, []string{"Two"}) {
		t.Errorf("left are %q", got)
	}
	some := b.post(ratingsPath+"/bulk", url.Values{"verb": {"unfeature"}, "only": {one, two}}).wants(http.StatusSeeOther)
	lines := b.get(some.Header.Get("Location")).wants(http.StatusOK).says("#live-summary", "2 asked: 1 done, 1").says("#left-"+one, "Somebody else has removed it")
	if lines.find("#answers li[data-command=done]").Length() != 1 || lines.find("#left li").Length() != 1 {
		t.Errorf("the lines are %q", lines.texts("#answers li, #left li"))
	}
	b.get(ratingsPath+"/asked?left="+two+"&left=none&id=").wants(http.StatusOK).says("#left-"+two, "Approved")
	b.get(ticketsPath + "/asked?left=" + two).wants(http.StatusNotFound)
	b.get("/guilds/"+lantern+"/audit").says("#rows", "Remove rating").says("#rows", "No longer feature rating")
	for _, q := range []string{"verb=explode&only=" + two, "verb=&only=" + two} {
		b.get(ratingsPath + "/bulk?" + q).wants(http.StatusBadRequest)
	}
	b.get(ratingsPath + "/bulk?verb=approve&only=none").wants(http.StatusNotFound)
	b.get(ratingsPath + "/bulk?verb=approve").wants(http.StatusNotFound)
}

func TestRatingsAreLive(t *testing.T) {
	s := open(t)
	id := s.rate(5, "One", day("2026-02-01"))
	b := s.signIn(robin)
	stream := b.watch(ratingsPath + "/live")
	stream.next()
	b.post(ratingsPath+"/bulk", url.Values{"verb": {"approve"}, "only": {id}}).wants(http.StatusSeeOther)
	if frame := stream.next(); !strings.Contains(frame.data, "Approved") {
		t.Errorf("the frame says %s", frame.data)
	}
}

package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"guildboard/store/access"
	"guildboard/store/storetest"
)

// resultLinks returns the URLs of the search results, in order.
func (a *testResponse) resultLinks() (found []string) {
	for _, link := range a.find(".search-results > .results a").EachIter() {
		found = append(found, attr(link, "href"))
	}
	return found
}

func TestQuickSearchFindsOnlyVisibleRows(t *testing.T) {
	s := openSite(t)
	g, ticket := seedHomeRows(t, s, lantern, "Lamp")
	foreign, _ := seedHomeRows(t, s, harbour, "Lamp of the harbour")
	b := s.signIn(robin)
	find := func(q string) *testResponse {
		return b.get("/search?q="+url.QueryEscape(q)).wantStatus(http.StatusOK).wantNoText("harbour soon", "Quiet Harbour")
	}
	for q, want := range map[string]string{
		"lamp soon": giveawaysPath + "/" + g.ID, g.ID: giveawaysPath + "/" + g.ID,
		"#" + strconv.Itoa(ticket.Number): ticketsPath + "/" + ticket.ID, ticket.ID: ticketsPath + "/" + ticket.ID,
		"hollow": "/guilds/" + lantern, lantern: "/guilds/" + lantern, "lantern tickets": ticketsPath,
		"audit": "/guilds/" + lantern + "/audit", "preferences": "/preferences",
	} {
		if got := find(q).resultLinks(); !slices.Contains(got, want) {
			t.Errorf("%q: results = %q, want %s among them", q, got, want)
		}
	}
	for _, q := range []string{foreign.ID, "harbour", harbour, "no such thing"} {
		if got := find(q).wantText(".search-results", "No results").resultLinks(); len(got) > 0 {
			t.Errorf("%q: results = %q, want none", q, got)
		}
	}
	if got := find("").resultLinks(); !slices.Equal(got, []string{"/guilds/" + lantern}) {
		t.Errorf("results without a term = %q, want the server", got)
	}

	if href := attr(find("no such thing").find(".ticket-searches a"), "href"); href != ticketsPath+"?q=no+such+thing" {
		t.Errorf("search in tickets = %q, want the list of tickets with the term", href)
	}
	find("x").wantCount(".ticket-searches", 0)
	if got := find("notif").resultLinks(); !slices.Contains(got, "/preferences") {
		t.Errorf("results for notifications = %q, want the preferences among them", got)
	}

	t.Run("ratings by ticket number and rated staff member", func(t *testing.T) {
		s := openSite(t)
		storetest.Member(t, s.Store, lantern, robin, "Robin Goodfellow")
		rating := s.createRating(4, "Kind.", midnightUTC("2026-02-01"))
		b := s.signIn(robin)
		for q, want := range map[string]string{
			"#1": ratingsPath + "?only=" + rating, "goodfel": ratingsPath + "?staff=" + robin, "lantern ratings": ratingsPath,
		} {
			if got := b.get("/search?q=" + url.QueryEscape(q)).wantStatus(http.StatusOK).resultLinks(); !slices.Contains(got, want) {
				t.Errorf("%q: results = %q, want %s among them", q, got, want)
			}
		}
		for _, q := range []string{"%231", "goodfel", "ratings"} {
			for _, link := range s.signInStaff(access.LevelSee, access.LevelNone).get("/search?q=" + q).resultLinks() {
				if strings.Contains(link, "/ratings") {
					t.Errorf("without access to tickets: result = %s, want no rating", link)
				}
			}
		}
	})
	t.Run("partial response for htmx", func(t *testing.T) {
		a := b.get("/search?q=lamp", asPartial...).wantStatus(http.StatusOK)
		if a.find("h1").Length() > 0 || attr(a.find(".search-results"), "data-term") != "lamp" {
			t.Errorf("body = %s, want only the results", a.body)
		}
	})
	t.Run("results of the current server come first", func(t *testing.T) {
		s.discord.update(manageHarbourToo)
		for _, guild := range []string{lantern, harbour} {
			a := b.get("/search?q=giveaways&guild=" + guild).wantStatus(http.StatusOK)
			if got := a.resultLinks(); got[0] != "/guilds/"+guild+"/giveaways" {
				t.Errorf("in guild %s: results = %q, want its own first", guild, got)
			}
		}
		if a := b.get("/search?q=giveaways&guild=" + unknown).wantStatus(http.StatusOK); a.find("[name=guild]").Length() > 0 {
			t.Error("the form keeps an unknown server")
		}
	})
	t.Run("roles limit the results to their module", func(t *testing.T) {
		a := s.signInStaff(access.LevelNone, access.LevelSee).get("/search?q=lamp").wantNoText("soon")
		if got := a.resultLinks(); slices.Contains(got, giveawaysPath+"/"+g.ID) {
			t.Errorf("results = %q, want no giveaway", got)
		}
		a = s.signIn(kim).get("/search?q=lantern")
		if got := a.resultLinks(); slices.Contains(got, giveawaysPath) || !slices.Contains(got, ticketsPath) {
			t.Errorf("results = %q, want tickets only", got)
		}
	})
	t.Run("database unavailable", func(t *testing.T) {
		s := openSite(t, withBrokenStore)
		s.signIn(robin).get("/search?q=x").wantStatus(http.StatusServiceUnavailable).wantText("main", "database")
	})
}

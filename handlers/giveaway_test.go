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
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestGiveawayOverview(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	path := giveawaysPath + "/overview"
	b.get(path).wantStatus(http.StatusOK).wantText("#row-none", "/giveaway start")
	s.sendHeartbeat()
	storetest.Giveaway(t, s.Store, harbour, store.Giveaway{Prize: "Somebody else's"})
	for i, g := range s.createGiveaways(5, store.GiveawayActive) {
		g.EndsAt = time.Now().Add(time.Duration(10-i) * time.Hour)
		must(t, s.Store.EditGiveaway(t.Context(), g))
	}
	for i, prize := range []string{"Later", "Sooner"} {
		s.createGiveaway(store.Giveaway{Prize: prize, Status: store.GiveawayPending,
			StartsAt: new(time.Now().Add(time.Duration(9-i) * time.Hour))})
	}
	for i := range 6 {
		ended := s.createGiveaway(store.Giveaway{Prize: []string{"First", "2", "3", "4", "5", "Last"}[i]})
		must(t, s.Store.EndGiveaway(t.Context(), lantern, ended.ID, midnightUTC("2026-01-01").Add(time.Duration(i)*time.Hour)))
	}
	a := b.get(path).wantStatus(http.StatusOK).wantNoText("Somebody else's")
	for list, want := range map[string][]string{
		"#soon h3": {"Prize 5", "Prize 4", "Prize 3"}, "#running li > a": {"Prize 2", "Prize 1"},
		"#scheduled li > a": {"Sooner", "Later"}, "#lately li > a": {"Last", "5", "4", "3", "2"},
	} {
		if got := a.texts(list); !slices.Equal(got, want) {
			t.Errorf("%s: items = %q, want %q", list, got, want)
		}
	}
	a.wantText("#stat-active dd", "5").wantText("#live-summary", "2 scheduled").wantText("#lately-all", "1 more")
	if got := attr(a.find("#lately-all"), "href"); got != giveawaysPath+"?status=ended" {
		t.Errorf("link to the other finished giveaways = %q, want %q", got, giveawaysPath+"?status=ended")
	}
	if a.find("#soon form[action$='/pause']").Length() != 3 || a.find("#tabs [aria-current]").Length() != 1 ||
		a.find("#tabs [hx-get]").Length() != 0 {
		t.Error("actions or tabs of the overview are missing")
	}
}

func TestGiveawayFilters(t *testing.T) {
	s := openSite(t)
	storetest.Member(t, s.Store, lantern, "300000000000000001", "Ada")
	s.createGiveaway(store.Giveaway{Prize: "By Ada", Host: contract.User{ID: "300000000000000001"}, ChannelID: "400000000000000001"})
	s.createGiveaway(store.Giveaway{Prize: "Called off", Status: store.GiveawayCancelled, ChannelID: "400000000000000002"})
	s.createGiveaway(store.Giveaway{Prize: "Weekly", RepeatDays: 7, Status: store.GiveawayPaused, ChannelID: "400000000000000001"})
	ended := s.createGiveaway(store.Giveaway{Prize: "Over", ChannelID: "400000000000000002"})
	must(t, s.Store.EndGiveaway(t.Context(), lantern, ended.ID, time.Now()))
	b := s.signIn(robin)
	for query, want := range map[string][]string{
		"?host=300000000000000001":                       {"By Ada"},
		"?status=ended&sort=prize":                       {"Over"},
		"?channel=400000000000000002&status=ended":       {"Over"},
		"?repeat=yes":                                    {"Weekly"},
		"?repeat=yes&status=ended":                       {},
		"?host=300000000000000001&channel=1":             {},
		"?host=nobody&channel=-1&status=active&sort=end": {"By Ada"},
	} {
		a := b.get(giveawaysPath + query).wantStatus(http.StatusOK)
		if got := a.texts("#rows .cell-main > a"); !slices.Equal(got, want) {
			t.Errorf("%s: rows = %q, want %q", query, got, want)
		}
	}
	a := b.get(giveawaysPath + "?channel=400000000000000009&host=300000000000000001&q=a").wantStatus(http.StatusOK)
	if got := a.texts("#host option"); !slices.Equal(got, []string{"All", "100000000000000002", "Ada"}) ||
		attr(a.find("#host [selected]"), "value") != "300000000000000001" {
		t.Errorf("host options = %q, want all, the selected unknown id and Ada", got)
	}
	if got := a.texts("#channel option"); !slices.Equal(got,
		[]string{"All", "400000000000000001", "400000000000000002", "400000000000000009"}) {
		t.Errorf("channel options = %q, want all and three channels", got)
	}
	c := b.get(giveawaysPath + "?repeat=yes&page=1&host=300000000000000001").wantStatus(http.StatusOK)
	if got := attr(c.find("#live"), "hx-get"); got != giveawaysPath+"?host=300000000000000001&repeat=yes" ||
		attr(c.find("#repeat [selected]"), "value") != "yes" {
		t.Errorf("URL of the live region = %q, want host and repeat only", got)
	}
	b.get(giveawaysPath+"?repeat=often").wantStatus(http.StatusOK).
		wantText("main .note-problem", "filter “often” was ignored")
	if got := attr(a.find("#live"), "hx-get"); got != giveawaysPath+"?q=a&host=300000000000000001&channel=400000000000000009" {
		t.Errorf("URL of the live region = %q, want q, host and channel", got)
	}
	a.wantText("#tab-ended", "Ended 1").wantText("#tab-cancelled", "Cancelled 1")
}

func TestEntrantsShowWeightBreakdown(t *testing.T) {
	s := openSite(t)
	g := s.createGiveaway(store.Giveaway{Prize: "Lamp"})
	for i, name := range []string{"Ada", "Adam", "Bo"} {
		m := storetest.Member(t, s.Store, lantern, []string{"300000000000000001", "300000000000000002", "300000000000000003"}[i], name)
		must(t, s.Store.EnterGiveaway(t.Context(), lantern, g.ID, m.ID, 1, 3*i, new("Boosters <b>")))
	}
	b := s.signIn(robin)
	path := giveawayPath(g) + "/entries"
	b.get(path).wantStatus(http.StatusOK).wantText("#rows", "1 base + 3 from Boosters <b>").
		wantText("#live-summary", "3 entrants").wantText("#giveaway", "Lamp")
	for query, want := range map[string][]string{
		"?q=ada": {"Ada", "Adam"}, "?q=300000000000000003": {"Bo"}, "?q=nobody": {},
	} {
		if got := b.get(path + query).wantStatus(http.StatusOK).texts("#rows th"); !slices.Equal(got, want) {
			t.Errorf("%s: rows = %q, want %q", query, got, want)
		}
	}
	b.get(path+"?q=nobody").wantText("#row-none", "No matching entrants").wantText("#chips", "Clear")
	s.signIn(sam).get("/guilds/" + harbour + "/giveaways/" + g.ID + "/entries").wantStatus(http.StatusNotFound)
}

func TestGiveawayPageShowsRequests(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	g, other := s.createGiveaway(store.Giveaway{}), s.createGiveaway(store.Giveaway{})
	b := s.signIn(robin)
	b.post(giveawayPath(g)+"/pause", nil).wantStatus(http.StatusSeeOther)
	b.get(giveawayPath(g)).wantText("#bot-requests", "Pause").wantText("#bot-requests", "Robin")
	if b.get(giveawayPath(other)).find("#bot-requests").Length() != 0 {
		t.Error("the page of another giveaway shows the bot request")
	}
}

func TestGiveawayPagesFailWithoutDatabase(t *testing.T) {
	s := openSite(t)
	g := s.createGiveaway(store.Giveaway{})
	b := s.signIn(robin)
	b.get(giveawaysPath).wantStatus(http.StatusOK)
	s.closeStore()
	for _, path := range []string{giveawaysPath, giveawaysPath + "/overview", giveawayPath(g), giveawayPath(g) + "/entries"} {
		b.get(path).wantStatus(http.StatusServiceUnavailable)
	}
}

func TestDisqualifyEntrantWithReason(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	g := s.createGiveaway(store.Giveaway{Prize: "Lamp"})
	s.addEntries(g, 3)
	b := s.signIn(robin)
	list := b.get(giveawayPath(g) + "/entries").wantStatus(http.StatusOK)
	first := list.find("#rows tr").First()
	if first.Find("input[form=selection][name=user]").Length() != 1 ||
		attr(list.find("form#selection"), "action") != giveawayPath(g)+"/remove" {
		t.Error("entrants cannot be selected")
	}
	path := attr(first.Find("[id^=remove-]"), "href")
	confirm := b.get(path+"&user=300000000000000000&user=999").wantStatus(http.StatusOK).
		wantText("#confirm-title", "Lamp").wantText("#confirm-entrants", "Member 0")
	if n := confirm.find("#confirm [name=user]").Length(); n != 2 {
		t.Errorf("confirmed users = %d, want 2", n)
	}
	who := attr(confirm.find("#confirm [name=user]").First(), "value")
	remove := giveawayPath(g) + "/remove"
	for reason, problem := range map[string]string{" ": "required", strings.Repeat("x", 501): "too long"} {
		b.post(remove, url.Values{"user": {who}, "reason": {reason}}).wantStatus(http.StatusUnprocessableEntity).
			wantText("#problem-reason", problem).wantText("#confirm-entrants", "Member")
	}
	b.get(remove).wantStatus(http.StatusNotFound)
	b.get(remove + "?user=999").wantStatus(http.StatusNotFound)
	b.post(remove, url.Values{"reason": {"x"}, "user": {"999"}}).wantStatus(http.StatusNotFound)
	if n := len(s.commands()); n != 0 {
		t.Fatalf("commands = %d, want 0", n)
	}
	b.post(remove, url.Values{"user": {who}, "reason": {"A second account"}}).wantStatus(http.StatusSeeOther)
	if c := s.commands(); len(c) != 1 || string(c[0].Data) != `{"userIds":["`+who+`"],"reason":"A second account"}` {
		t.Fatalf("commands = %+v, want one with the user and the reason", c)
	}
	must(t, s.Store.DisqualifyEntrants(t.Context(), lantern, g.ID,
		contract.EntrantsPayload{UserIDs: []string{who}, Reason: "A second account"}, robin, time.Now()))
	b.get(giveawayPath(g)+"/entries").wantText("#rows [data-state=removed]", "A second account").wantText("#live-summary", "3 entrants")
	b.get(giveawayPath(g)).wantText("#live-summary", "2 entries")
	b.get(remove + "?user=" + who).wantStatus(http.StatusNotFound)

	readmit := giveawayPath(g) + "/readmit"
	link := b.get(giveawayPath(g) + "/entries").find("#rows [data-state=removed] [id^=readmit-]")
	if attr(link, "href") != readmit+"?user="+who || link.Length() != 1 {
		t.Errorf("link to reinstate = %q, want %q", attr(link, "href"), readmit+"?user="+who)
	}
	b.get(attr(link, "href")).wantStatus(http.StatusOK).wantText("#confirm-title", "Reinstate Member 0 in “Lamp").
		wantText("#confirm-entrants", "Member")
	s.signInStaff(access.LevelAct, access.LevelNone).post(readmit, url.Values{"user": {who}}).wantStatus(http.StatusForbidden)
	for _, users := range [][]string{nil, {"999"}, {"300000000000000002"}} { // the last one has entered
		b.post(readmit, url.Values{"user": users}).wantStatus(http.StatusNotFound)
	}
	b.post(readmit, url.Values{"user": {who}}).wantStatus(http.StatusSeeOther)
	if c := s.commands(); !slices.ContainsFunc(c, func(c contract.Command) bool {
		return c.Verb == contract.VerbEntrantReinstate && string(c.Data) == `{"userIds":["`+who+`"]}`
	}) {
		t.Errorf("commands = %+v, want one that reinstates the user", c)
	}
	must(t, s.Store.ReinstateEntrants(t.Context(), lantern, g.ID, []string{who}, time.Now()))
	b.get(giveawayPath(g)).wantText("#live-summary", "3 entries")
	b.post(readmit, url.Values{"user": {who}}).wantStatus(http.StatusNotFound)
	must(t, s.Store.DisqualifyEntrants(t.Context(), lantern, g.ID,
		contract.EntrantsPayload{UserIDs: []string{who}, Reason: "x"}, robin, time.Now()))
	must(t, s.Store.EndGiveaway(t.Context(), lantern, g.ID, time.Now()))
	if b.get(giveawayPath(g)+"/entries").find("[id^=remove-], [id^=readmit-], #selection").Length() != 0 {
		t.Error("the list of a finished giveaway offers to disqualify entrants")
	}
	b.post(remove, url.Values{"user": {"300000000000000000"}, "reason": {"x"}}).wantRedirect(giveawayPath(g) + "?note=command.stateChanged")
	b.post(readmit, url.Values{"user": {who}}).wantRedirect(giveawayPath(g) + "?note=command.stateChanged")
	s.signIn(sam).get("/guilds/" + harbour + "/giveaways/" + g.ID + "/remove?user=" + who).wantStatus(http.StatusNotFound)
}

package handlers_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

const (
	giveawaysPath = "/guilds/" + lantern + "/giveaways"
	ticketsPath   = "/guilds/" + lantern + "/tickets"
)

// TestInvalidFilterIsReportedAndIgnored checks that a page with an invalid filter is rendered with the default value
// and an error at the field.
func TestInvalidFilterIsReportedAndIgnored(t *testing.T) {
	s := openSite(t)
	s.createGiveaway(store.Giveaway{Prize: "A lamp", CreatedAt: midnightUTC("2026-02-01")})
	s.createTicket("Help", midnightUTC("2026-02-01"))
	b := s.signIn(robin)
	ids := strings.Repeat("&only=x", 3)
	for i := range 60 {
		ids += fmt.Sprintf("&only=c%d", i)
	}
	for _, test := range []struct {
		query, field, words, canonical string
	}{
		{"status=nonsense", "", "“nonsense” isn’t a status", ""},
		{"status=ACTIVE'--", "", "isn’t a status", ""},
		{"sort=backwards", "", "“backwards” isn’t a sort order", ""},
		{"page=0", "", "“0” isn’t a page number", ""},
		{"page=-1", "", "isn’t a page number", ""},
		{"page=1.5", "", "isn’t a page number", ""},
		{"page=99999999999999999999", "", "isn’t a page number", ""},
		{"page=10001", "", "isn’t a page number", ""},
		{"from=yesterday", "from", "“yesterday” isn’t a date", ""},
		{"from=2026-02-30", "from", "isn’t a date", ""},
		{"to=2026-13-01&from=2026-01-01", "to", "isn’t a date", "?from=2026-01-01"},
		{"from=2026-02-02&to=2026-02-01", "to", "is before", "?from=2026-02-02"},
		{"q=" + strings.Repeat("ü", 101), "q", "first 100 characters", "?q=" + strings.Repeat("%C3%BC", 100)},
		{"only=a.b", "", "Some selected rows", ""},
		{"only=" + strings.Repeat("a", 65), "", "Some selected rows", ""},
		{ids[1:], "", "Some selected rows", "-"},
		{"q=%ff%00lamp%0a", "", "", "?q=lamp"},
		{"q=%zz", "", "", ""}, // not a valid query
		{"status=open;sort=oldest", "", "", ""},
	} {
		for _, path := range []string{giveawaysPath, ticketsPath} {
			a := b.get(path + "?" + test.query).wantStatus(http.StatusOK)
			switch {
			case test.words == "":
			case test.field == "":
				a.wantText("main [role=alert]", test.words)
			default:
				input := a.find("#filters [name=" + test.field + "]")
				if attr(input, "aria-invalid") != "true" || attr(input, "aria-describedby") != "problem-"+test.field {
					t.Errorf("%s: the field is not marked as invalid", a.path)
				}
				a.wantText("#problem-"+test.field, test.words)
			}
			if got := attr(a.find("#live"), "hx-get"); got != path+test.canonical && test.canonical != "-" {
				t.Errorf("%s: URL of the live region = %q, want %q", a.path, got, path+test.canonical)
			}
			if n := a.find("#filters").Length(); n != 1 {
				t.Errorf("%s: filter forms = %d, want 1", a.path, n)
			}
			b.get(path+"?"+test.query, asPartial...).wantStatus(http.StatusOK)
		}
	}
	t.Run("in the viewer's language", func(t *testing.T) {
		b := s.signIn(robin)
		b.setCookie("lang", "vi")
		b.get(giveawaysPath+"?from=x").wantText("#problem-from", "không phải ngày")
	})
	t.Run("list of entrants", func(t *testing.T) {
		g := s.createGiveaway(store.Giveaway{})
		b.get(giveawaysPath+"/"+g.ID+"/entries?page=x").wantStatus(http.StatusOK).wantText("main [role=alert]", "isn’t a page number")
	})
}

func TestEmptyListExplainsFirstStep(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	b.get(giveawaysPath).wantStatus(http.StatusOK).wantText("#row-none", "/giveaway start").
		wantCount("#row-none a[href='"+giveawaysPath+"/new']", 1)
	b.get(ticketsPath).wantStatus(http.StatusOK).wantText("#row-none", "with a ticket panel").
		wantCount("#row-none a[href='/guilds/"+lantern+"/settings/panels']", 1)
	b.get(giveawaysPath+"?q=lamp").wantText("#row-none", "clear the filters")
	s.createGiveaway(store.Giveaway{Prize: "A lamp"})
	a := b.get(giveawaysPath+"?status=ended").wantText("#row-none", "No matching giveaways")
	if got := attr(a.find("#widen"), "href"); got != giveawaysPath {
		t.Errorf("an empty tab links to %s, want all giveaways", got)
	}
	a = b.get(giveawaysPath+"?status=active&q=carpet").wantText("#row-none", "clear the filters")
	if got, want := attr(a.find("#widen"), "href"), giveawaysPath+"?status=active"; got != want {
		t.Errorf("clearing the filters leads to %s, want %s: the tab stays", got, want)
	}
}

func TestGiveawaysList(t *testing.T) {
	s := openSite(t)
	ended := s.createGiveaways(58, store.GiveawayActive)[:3]
	s.addEntries(ended[0], 4)
	s.addEntries(ended[1], 1)
	for i, g := range ended {
		must(t, s.Store.EndGiveaway(t.Context(), lantern, g.ID, midnightUTC("2026-03-02").Add(time.Duration(i)*time.Minute)))
	}
	must(t, s.Store.AddWinners(t.Context(), lantern, ended[0].ID, []store.Winner{
		{User: contract.User{ID: "300000000000000000"}}, {User: contract.User{ID: "300000000000000001"}},
		{User: contract.User{ID: "300000000000000002"}},
	}))
	s.createGiveaway(store.Giveaway{Prize: "Scheduled", Status: store.GiveawayPending,
		CreatedAt: midnightUTC("2026-02-01"), StartsAt: new(time.Now().Add(time.Hour))})
	s.createGiveaway(store.Giveaway{Prize: "Rested", Status: store.GiveawayPaused, CreatedAt: midnightUTC("2026-02-02")})
	s.createGiveaway(store.Giveaway{Prize: "Dropped", Status: store.GiveawayCancelled, CreatedAt: midnightUTC("2026-02-03")})
	storetest.Giveaway(t, s.Store, harbour, store.Giveaway{Prize: "Somebody else's"})
	b := s.signIn(robin)
	all := b.get(giveawaysPath).wantStatus(http.StatusOK).wantNoText("Somebody else's")

	t.Run("row of a giveaway", func(t *testing.T) {
		a := b.get(giveawaysPath + "?q=Prize+1&sort=oldest").wantStatus(http.StatusOK)
		row := a.find("#g-" + ended[0].ID)
		if attr(row, "data-state") != "ended" || attr(row.Find("td[data-entries]"), "data-entries") != "4" {
			t.Errorf("row state = %s, entries = %s, want ended with 4",
				attr(row, "data-state"), attr(row.Find("td[data-entries]"), "data-entries"))
		}
		if link := row.Find("th a"); attr(link, "href") != giveawaysPath+"/"+ended[0].ID || visibleText(link) != "Prize 1" {
			t.Errorf("row link = %s, text %q, want the giveaway's page and prize",
				attr(link, "href"), visibleText(link))
		}
		for _, words := range []string{"Ended", "Member 0", "and 2 more"} {
			if !strings.Contains(visibleText(row), words) {
				t.Errorf("row = %q, want it to contain %q", visibleText(row), words)
			}
		}
		if at := attr(row.Find("time"), "datetime"); at != "2026-03-02T00:00:00.000Z" {
			t.Errorf("end = %q, want 2026-03-02T00:00:00.000Z", at)
		}
	})
	t.Run("tiles count all rows despite filters", func(t *testing.T) {
		want := map[string]string{"active": "55", "total": "61", "entries": "5", "completed": "3", "average": "0.1"}
		for _, query := range []string{"", "?status=ended", "?q=nothing+like+it", "?page=3", "?from=2026-02-03&to=2026-02-03"} {
			a := b.get(giveawaysPath + query).wantStatus(http.StatusOK)
			for tile, n := range want {
				if got := a.text("#stat-" + tile + " dd"); got != n {
					t.Errorf("%s: tile %s = %q, want %q", a.path, tile, got, n)
				}
			}
		}
	})
	t.Run("tabs show counts and keep all but the page", func(t *testing.T) {
		a := b.get(giveawaysPath + "?q=Pri&from=2026-01-01&sort=oldest&page=2").wantStatus(http.StatusOK)
		want := map[string]string{
			"all": "All 61", "active": "Active 55", "pending": "Scheduled 1", "paused": "Paused 1", "ended": "Ended 3",
			"cancelled": "Cancelled 1",
		}
		for tab, text := range want {
			link := a.find("#tabs #tab-" + tab)
			status := "status=" + tab + "&"
			if tab == "all" {
				status = ""
			}
			href := giveawaysPath + "?" + status + "q=Pri&from=2026-01-01&sort=oldest"
			if visibleText(link) != text || attr(link, "href") != href || attr(link, "hx-get") != href {
				t.Errorf("tab %s = %q with links %q and %q, want %q with %q",
					tab, visibleText(link), attr(link, "href"), attr(link, "hx-get"), text, href)
			}
			if current := attr(link, "aria-current") != "" || link.Is("[aria-current]"); current != (tab == "all") {
				t.Errorf("tab %s is current: %t, want the opposite", tab, current)
			}
		}
	})
	t.Run("pages", func(t *testing.T) {
		if n := all.find("#rows tr").Length(); n != 25 {
			t.Errorf("rows on a page = %d, want 25", n)
		}
		all.wantText("#live-summary", "61 giveaways, page 1 of 3")
		a := b.get(giveawaysPath + "?status=active&sort=oldest&page=2").wantStatus(http.StatusOK)
		a.wantText("#live-summary", "55 giveaways, page 2 of 3")
		base := giveawaysPath + "?status=active&sort=oldest"
		for id, href := range map[string]string{"page-prev": base, "page-1": base, "page-3": base + "&page=3",
			"page-next": base + "&page=3"} {
			link := a.find("#pager #" + id)
			if to, _, _ := strings.Cut(attr(link, "href"), "&after="); to != href || attr(link, "hx-get") != attr(link, "href") {
				t.Errorf("%s: link = %q, want %q and a cursor", id, attr(link, "href"), href)
			}
		}
		if got := a.text("#pager [aria-current=page]"); got != "2" {
			t.Errorf("current page = %q, want 2", got)
		}
		b.get(giveawaysPath + "?page=99").wantRedirect(giveawaysPath + "?page=3")
		past := b.get(giveawaysPath+"?page=99", asPoll...).wantStatus(http.StatusOK)
		if got := past.Header.Get("HX-Replace-Url"); got != giveawaysPath+"?page=3" || attr(past.find("#live"), "hx-get") != got {
			t.Errorf("URL past the last page = %q, want page 3", got)
		}
		past.wantText("#live-summary", "page 3 of 3")
		if n := past.find("#rows tr").Length(); n != 11 {
			t.Errorf("rows past the last page = %d, want the 11 of the last page", n)
		}
	})
	t.Run("filters", func(t *testing.T) {
		for query, want := range map[string][]string{
			"?status=pending":                 {"Scheduled"},
			"?q=resTED":                       {"Rested"},
			"?from=2026-02-02&to=2026-02-03":  {"Dropped", "Rested"}, // inclusive
			"?to=2026-02-02&sort=oldest":      {"Scheduled", "Rested"},
			"?sort=entries&status=ended":      {"Prize 1", "Prize 2", "Prize 3"},
			"?sort=oldest&q=Prize&page=1":     nil,
			"?q=%25":                          {},
			"?only=" + ended[1].ID:            {"Prize 2"},
			"?only=" + ended[1].ID + "&only=": {"Prize 2"},
		} {
			a := b.get(giveawaysPath + query).wantStatus(http.StatusOK)
			if got := a.texts("#rows tr th"); want != nil && !slices.Equal(got, want) {
				t.Errorf("%s: rows = %q, want %q", query, got, want)
			}
		}
		a := b.get(giveawaysPath + "?only=" + ended[1].ID + "&only=" + ended[2].ID).wantStatus(http.StatusOK)
		a.wantText("#only", "2 selected rows shown")
	})
	t.Run("the filter form works without scripts", func(t *testing.T) {
		a := b.get(giveawaysPath + "?status=ended&q=%22%3E&from=2026-01-01&to=2026-12-31&sort=entries").wantStatus(http.StatusOK)
		form := a.find("form#filters")
		if attr(form, "method") != "get" || attr(form, "action") != giveawaysPath ||
			form.Find("noscript button[type=submit], noscript").Length() == 0 {
			t.Error("the filter form has no GET action or no button without scripts")
		}
		for field, value := range map[string]string{"status": "ended", "q": `">`, "from": "2026-01-01", "to": "2026-12-31"} {
			if got := attr(form.Find("[name="+field+"]"), "value"); got != value {
				t.Errorf("%s = %q, want %q", field, got, value)
			}
		}
		if got := attr(form.Find("[name=sort] [selected]"), "value"); got != "entries" {
			t.Errorf("sort = %q, want entries", got)
		}
		form.Find("input[name]:not([type=hidden]), select").Each(func(_ int, field *goquery.Selection) {
			if a.find("label[for="+attr(field, "id")+"]").Length() != 1 {
				t.Errorf("%s has no label", attr(field, "id"))
			}
		})
	})
	t.Run("one canonical URL per view", func(t *testing.T) {
		for query, canonical := range map[string]string{
			"?page=1&status=&q=&sort=&from=":               "",
			"?sort=oldest&status=active&utm=x":             "?status=active&sort=oldest",
			"?q=++a++b+&page=01":                           "?q=a++b",
			"?only=b&only=a&only=b":                        "?only=b&only=a",
			"?note=login.needed":                           "",
			"?to=2026-01-02&from=2026-01-02&status=paused": "?status=paused&from=2026-01-02&to=2026-01-02",
		} {
			a := b.get(giveawaysPath + query).wantStatus(http.StatusOK)
			if got := attr(a.find("#live"), "hx-get"); got != giveawaysPath+canonical {
				t.Errorf("%s: URL of the live region = %q, want %q", query, got, giveawaysPath+canonical)
			}
			stream := a.find("#live [hx-sse\\:connect]")
			if got := attr(stream, "hx-sse:connect"); got != giveawaysPath+"/live"+canonical || attr(stream, "id") != got {
				t.Errorf("%s: stream URL = %q, element id = %q, want the canonical query in both",
					query, got, attr(stream, "id"))
			}
		}
	})
}

func TestTicketsList(t *testing.T) {
	s := openSite(t, atNoon)
	waits := s.createTicket("I cannot log in", time.Now().Add(-48*time.Hour))
	s.createTicket("And me", time.Now().Add(-time.Hour))
	claimed := s.createTicket("Somebody helps", time.Now().Add(-72*time.Hour))
	s.claimTicket(claimed)
	closed := s.createTicket("Done", time.Now().Add(-96*time.Hour))
	s.closeTicket(closed, time.Now())
	s.closeTicket(s.createTicket("", time.Now().Add(-96*time.Hour)), time.Now().Add(-50*time.Hour))
	b := s.signIn(robin)
	a := b.get(ticketsPath).wantStatus(http.StatusOK)

	a.wantText("#live-summary", "5 tickets")
	for tile, n := range map[string]string{"open": "2", "claimed": "1", "today": "1"} {
		if got := a.text("#stat-" + tile + " dd"); got != n {
			t.Errorf("tile %s = %q, want %q", tile, got, n)
		}
	}
	if at := attr(a.find("#stat-waiting time"), "datetime"); at != waits.CreatedAt.UTC().Format("2006-01-02T15:04:05.000Z") {
		t.Errorf("longest waiting since %q, want the opening of the waiting ticket", at)
	}
	for tab, text := range map[string]string{"all": "All 5", "open": "Unclaimed 2", "active": "All open 3",
		"closed": "Closed 2", "mine": "Mine"} {
		if got := a.text("#tab-" + tab); got != text {
			t.Errorf("tab %s = %q, want %q", tab, got, text)
		}
	}
	row := a.find("#t-" + claimed.ID)
	if attr(row, "data-state") != "claimed" || !strings.Contains(visibleText(row), "#3 Somebody helps Claimed Ada") {
		t.Errorf("row = %q, want the claimed ticket", visibleText(row))
	}
	for query, want := range map[string][]string{
		"?status=closed":           {"(no subject)", "Done"},
		"?q=LOG":                   {"I cannot log in"},
		"?q=%234":                  {"Done"},
		"?q=Ada&status=claimed":    {"Somebody helps"},
		"?status=open&sort=oldest": {"I cannot log in", "And me"},
		"?status=active":           {"And me", "I cannot log in", "Somebody helps"},
		"?sort=waiting":            {"I cannot log in", "And me"},
		"?claimer=" + robin:        {"Somebody helps"},
		"?opener=" + sam:           nil,
		"?only=" + closed.ID:       {"Done"},
	} {
		if got := b.get(ticketsPath + query).wantStatus(http.StatusOK).texts("#rows tr th"); !slices.Equal(got, want) {
			t.Errorf("%s: rows = %q, want %q", query, got, want)
		}
	}
}

func TestGiveawayPage(t *testing.T) {
	s := openSite(t)
	g := s.createGiveaway(store.Giveaway{
		Prize: "A lamp", Description: new("Shines\nat night"), MessageID: new("500000000000000001"), WinnerCount: 2, MaxRerolls: 3,
		RequiredLevel: 5, RequiredRoleIDs: store.Strings{"1"},
		BonusEntryRoles: []contract.BonusRole{{RoleID: "7", RoleName: "Boosters", Entries: 2}},
		PrizeTiers:      []contract.PrizeTier{{Place: 1, Prize: "Gold", Count: 1}},
	})
	s.addEntries(g, 60)
	b := s.signIn(robin)
	path := giveawaysPath + "/" + g.ID
	a := b.get(path).wantStatus(http.StatusOK)
	a.wantText("h1", "A lamp").wantText("#live-summary", "Active · 60 entries").
		wantText("#giveaway", "Shines at night").wantText("#giveaway", "Gold × 1")
	a.wantText("#giveaway", "Level 5 or higher").wantText("#giveaway", "Must have the role 1").
		wantText("#giveaway", "2 bonus entries for Boosters")
	a.wantText("#giveaway", "2 to be drawn").wantText("#giveaway", "0 of 3")
	if a.find("a[href='https://discord.com/channels/"+lantern+"/"+g.ChannelID+"/500000000000000001']").Length() == 0 {
		t.Error("no link to the message in Discord")
	}
	if a.find("nav a[href='"+giveawaysPath+"']").Length() == 0 {
		t.Error("no link to the list")
	}
	t.Run("newest entrants and a chart of entries", func(t *testing.T) {
		if n := a.find("[id^=e-]").Length(); n != 10 {
			t.Errorf("entrants = %d, want 10", n)
		}
		a.wantText("#chart desc", "60 entries from").wantText("#chart-table", "60 60")
		if a.find("#chart rect").Length() == 0 || attr(a.find("#all-entrants"), "href") != path+"/entries" {
			t.Error("no chart or no link to all entrants")
		}
	})
	t.Run("pages of entrants", func(t *testing.T) {
		path := path + "/entries"
		a := b.get(path).wantStatus(http.StatusOK).wantText("#live-summary", "60 entrants, page 1 of 2")
		second := b.get(path + "?page=2&status=ended").wantStatus(http.StatusOK)
		if one, two := a.find("[id^=e-]").Length(), second.find("[id^=e-]").Length(); one != 50 || two != 10 {
			t.Errorf("entrants = %d and %d, want 50 and 10", one, two)
		}
		if got := attr(second.find("#live"), "hx-get"); got != path+"?page=2" {
			t.Errorf("URL of the live region = %q, want page 2", got)
		}
		if got := attr(a.find("#page-next"), "href"); !strings.HasPrefix(got, path+"?page=2&after=") {
			t.Errorf("next page = %q, want page 2 with a cursor", got)
		}
	})
	t.Run("winners", func(t *testing.T) {
		must(t, s.Store.EndGiveaway(t.Context(), lantern, g.ID, time.Now()))
		b.get(path).wantStatus(http.StatusOK).wantText("#giveaway", "No entries")
		must(t, s.Store.AddWinners(t.Context(), lantern, g.ID, []store.Winner{
			{User: contract.User{ID: "300000000000000007"}}, {User: contract.User{ID: "300000000000000008"}, DMSent: true},
		}))
		page := b.get(path)
		menu := page.find("[id^=menu-winner-]")
		links := menu.Find("a[href='https://discord.com/users/300000000000000007'], " +
			"a[href='discord://-/users/300000000000000007'], button[data-copy='300000000000000007']")
		if links.Length() != 3 {
			t.Errorf("links to a winner = %d, want 3", links.Length())
		}
		menu.Remove()
		got := page.texts("[id^=winner-]")
		if len(got) != 2 || !strings.HasPrefix(got[0], "Member 7 Drawn Drawn") ||
			!strings.Contains(got[1], "Member 8 Notified Drawn") || strings.Count(got[1], "Notified") != 2 {
			t.Errorf("winners = %q, want Member 7 and the notified Member 8", got)
		}
	})
}

func TestTicketPage(t *testing.T) {
	s := openSite(t)
	kind := storetest.Category(t, s.Store, lantern, "Billing")
	ada := storetest.Member(t, s.Store, lantern, "300000000000000001", "Ada")
	closed := storetest.Ticket(t, s.Store, ada, store.Ticket{
		Subject: new("Paid twice"), Category: &kind, ChannelID: "600000000000000001", TranscriptURL: new("https://files.example/1.html"),
		FormResponses: []store.FormResponse{{Question: "When?", Answer: "Yesterday"}}, IssueType: new("refund"),
		CreatedAt: time.Now().Add(-time.Hour),
	})
	b := s.signIn(robin)
	path := ticketsPath + "/" + closed.ID
	a := b.get(path).wantStatus(http.StatusOK)
	a.wantText("h1", "#1 Paid twice").wantText("#ticket", "Billing").wantText("#ticket", "Opened by Ada").wantText("#ticket", "No one yet")
	a.wantText("#ticket", "When? Yesterday").wantText("#ticket", "refund").wantText("#ticket", "Not rated yet")
	for _, href := range []string{"https://discord.com/channels/" + lantern + "/600000000000000001", "https://files.example/1.html"} {
		if a.find("#ticket a[href='"+href+"']").Length() == 0 {
			t.Errorf("no link to %s", href)
		}
	}
	s.claimTicket(closed)
	s.closeTicket(closed, time.Now())
	must(t, s.Store.RateTicket(t.Context(), lantern, closed.ID, store.Rating{Stars: 1, Review: new("Slow.")}))
	a = b.get(path).wantStatus(http.StatusOK)
	a.wantText("#ticket", "Claimed by "+robin).wantText("#ticket", "Closed by "+robin).
		wantText("#ticket", "Rated 1 star").wantText("blockquote", "Slow.")
	if got := attr(a.find("#ticket"), "data-state"); got != "closed" {
		t.Errorf("state = %q, want closed", got)
	}
	t.Run("no link to a transcript that browsers cannot open", func(t *testing.T) {
		for _, address := range []string{"local://1.html", "javascript:alert(1)", "http://files.example/"} {
			other := storetest.Ticket(t, s.Store, ada, store.Ticket{TranscriptURL: &address})
			b.get(ticketsPath + "/" + other.ID).wantStatus(http.StatusOK).wantNoText(address)
		}
	})
}

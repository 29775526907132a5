package handlers_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildboard/store"
	"guildboard/store/contract"
)

// TestEntrantPaginationVisitsEachRowOnce checks that the links between pages reach each entrant exactly once in each
// direction.
func TestEntrantPaginationVisitsEachRowOnce(t *testing.T) {
	s := openSite(t)
	g := s.createGiveaway(store.Giveaway{Prize: "Lamp"})
	s.addEntries(g, 130)
	s.signIn(robin).walkPages(giveawayPath(g)+"/entries", "tr[id^=e-]", 130, 3)
}

// TestTicketPaginationVisitsEachRowOnce checks the same for tickets, with every sort order and filter.
func TestTicketPaginationVisitsEachRowOnce(t *testing.T) {
	s := openSite(t)
	for i := range 60 {
		ticket := s.createTicket(fmt.Sprint("Help ", i), midnightUTC("2026-03-01").Add(time.Duration(i/9)*time.Minute))
		if i%2 == 0 {
			s.closeTicket(ticket, midnightUTC("2026-04-01"))
		}
	}
	b := s.signIn(robin)
	for query, n := range map[string]int{
		"": 60, "?sort=oldest": 60, "?sort=waiting": 30, "?status=closed": 30, "?status=open&from=2026-03-01&sort=oldest": 30,
	} {
		b.walkPages(ticketsPath+query, "#rows tr", n, (n+24)/25)
	}
}

// TestGiveawayPaginationVisitsEachRowOnce checks the same for giveaways in the sort orders that have cursors.
func TestGiveawayPaginationVisitsEachRowOnce(t *testing.T) {
	s := openSite(t)
	s.createGiveaways(55, store.GiveawayActive)
	b := s.signIn(robin)
	for _, query := range []string{"", "?sort=oldest", "?sort=ending", "?status=active&from=2026-03-01"} {
		b.walkPages(giveawaysPath+query, "#rows tr", 55, 3)
	}
	cursor := url.QueryEscape(store.Cursor{At: midnightUTC("2026-03-02"), ID: "x"}.String())
	b.get(giveawaysPath + "?sort=entries&page=2&after=" + cursor).wantRedirect(giveawaysPath + "?sort=entries&page=2")
	b.get(giveawaysPath + "?page=3&after=" + url.QueryEscape(store.Cursor{At: midnightUTC("2020-01-01"), ID: "x"}.String())).
		wantRedirect(giveawaysPath + "?page=3")
}

// TestCursorPageIsStable checks that a new ticket neither shifts the open page nor changes its URL.
func TestCursorPageIsStable(t *testing.T) {
	s := openSite(t)
	s.subscribe()
	for i := range 30 {
		s.createTicket(fmt.Sprint("Help ", i), midnightUTC("2026-03-01").Add(time.Duration(i)*time.Minute))
	}
	b := s.signIn(robin)
	second := attr(b.get(ticketsPath).wantStatus(http.StatusOK).find("#page-next"), "href")
	ids := rowIDsOf(b.get(second).wantStatus(http.StatusOK), "#rows tr")
	st := b.openStream(streamPath(second))
	st.next()
	s.createTicket("Another", midnightUTC("2026-03-02"))
	s.publish(contract.TicketUpdateEvent, lantern)
	if frame := st.next(); strings.Contains(frame.data, `id="moved"`) || strings.Contains(frame.data, "Another") {
		t.Errorf("frame = %.600s, want the same rows", frame.data)
	}
	part := b.get(second, asPoll...).wantStatus(http.StatusOK)
	if got := rowIDsOf(part, "#rows tr"); len(ids) != 5 || !slices.Equal(got, ids) {
		t.Errorf("rows = %v, want the same 5: %v", got, ids)
	}
	if got := part.Header.Get("HX-Replace-Url"); got != "" {
		t.Errorf("HX-Replace-Url = %q, want none", got)
	}
}

func rowIDsOf(a *testResponse, rows string) (ids []string) {
	a.find(rows).Each(func(_ int, row *goquery.Selection) { ids = append(ids, attr(row, "id")) })
	return ids
}

// walkPages follows the links of a list without JavaScript and checks that n rows on this number of pages appear once
// in each direction. The live part of each page is requested with the page's own URL.
func (b *browser) walkPages(path, rows string, n, pages int) {
	t := b.site.t
	t.Helper()
	var forward, back []string
	a := b.get(path).wantStatus(http.StatusOK)
	for {
		forward = append(forward, rowIDsOf(a, rows)...)
		next := attr(a.find("#page-next"), "href")
		if next == "" {
			break
		}
		if !strings.Contains(next, "after=") || attr(a.find("#page-next"), "hx-get") != next {
			t.Errorf("next page = %q, want a URL with a cursor", next)
		}
		a = b.get(next).wantStatus(http.StatusOK)
		if got := attr(a.find("#live"), "hx-get"); got != next {
			t.Errorf("live region of %s requests %s, want the same URL", next, got)
		}
		if part := b.get(next, "HX-Request", "true").wantStatus(http.StatusOK); !slices.Equal(rowIDsOf(part, rows), rowIDsOf(a, rows)) {
			t.Errorf("live region of %s has other rows than the page", next)
		}
	}
	if len(forward) != n || len(slices.Compact(slices.Sorted(slices.Values(forward)))) != n {
		t.Errorf("%s: rows going forward = %d, want %d", path, len(forward), n)
	}
	a.wantText("[aria-current=page]", fmt.Sprint(pages))
	for {
		back = append(rowIDsOf(a, rows), back...)
		prev := attr(a.find("#page-prev"), "href")
		if prev == "" {
			break
		}
		if a = b.get(prev); a.StatusCode == http.StatusSeeOther { // the first page has its own URL
			a.wantRedirect(path)
			a = b.get(path)
		}
		a.wantStatus(http.StatusOK)
	}
	if !slices.Equal(back, forward) {
		t.Errorf("%s: rows going back = %d, want the same %d", path, len(back), len(forward))
	}
}

// TestCursorPastEndShowsLastPage checks that the URL of a page that no longer exists redirects to the last page,
// without a cursor.
func TestCursorPastEndShowsLastPage(t *testing.T) {
	s := openSite(t)
	g := s.createGiveaway(store.Giveaway{})
	s.addEntries(g, 60)
	path := giveawayPath(g) + "/entries"
	last := url.QueryEscape(store.Cursor{At: midnightUTC("2020-01-01"), ID: "x"}.String())
	b := s.signIn(robin)
	b.get(path + "?page=7&after=" + last).wantRedirect(path + "?page=2")
	b.get(path + "?page=7&before=" + url.QueryEscape(store.Cursor{At: midnightUTC("2999-01-01"), ID: "x"}.String())).wantRedirect(path)
	b.get("/guilds/" + lantern + "/audit?page=3&after=" + last).wantRedirect("/guilds/" + lantern + "/audit")
	s.createTicket("Help", midnightUTC("2026-03-01"))
	b.get(ticketsPath + "?status=open&page=3&after=" + last).wantRedirect(ticketsPath + "?status=open")
}

// TestInvalidCursorIsReported checks that a page with a malformed cursor is shown with an error, and that a cursor of
// another list shows only rows of this list.
func TestInvalidCursorIsReported(t *testing.T) {
	s := openSite(t)
	g := s.createGiveaway(store.Giveaway{})
	s.addEntries(g, 3)
	other := s.createGiveaway(store.Giveaway{})
	b, path := s.signIn(robin), giveawayPath(g)+"/entries"
	raw := base64.RawURLEncoding.EncodeToString
	for _, cursor := range []string{
		"x", "%00", "%ff", "'--", raw([]byte("1")), raw([]byte("1 ")), raw([]byte("1 \x00")), raw([]byte("99999999999999999999 a")),
		raw([]byte("253402300800000 a")), raw([]byte("-62135596800001 a")), raw([]byte("+1 a")), raw([]byte("1 \xff")),
		strings.Repeat("A", 3000),
	} {
		for _, list := range []string{path, "/guilds/" + lantern + "/audit", ticketsPath, giveawaysPath} {
			for _, name := range []string{"after", "before"} {
				a := b.get(list + "?" + name + "=" + cursor).wantStatus(http.StatusOK)
				a.wantText("main [role=alert]", "found by its number")
				if got := attr(a.find("#live"), "hx-get"); got != list {
					t.Errorf("live region of %s requests %s, want the same URL", list, got)
				}
			}
		}
	}
	cursorBoth := url.QueryEscape(store.Cursor{At: midnightUTC("2026-01-01"), ID: "a"}.String())
	b.get(path+"?after="+cursorBoth+"&before="+cursorBoth).wantText("main [role=alert]", "found by its number")
	foreignCursor := url.QueryEscape(store.Cursor{At: midnightUTC("2999-01-01"), ID: other.ID}.String())
	if n := b.get(fmt.Sprint(path, "?page=2&after=", foreignCursor)).wantStatus(http.StatusOK).find("tr[id^=e-]").Length(); n != 3 {
		t.Errorf("rows with a cursor of another list = %d, want 3", n)
	}
}

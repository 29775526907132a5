package handlers_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"guildboard/store"
)

// The links between pages of entrants lead to each of them once, there and back, without JavaScript; the live part of each is asked
// for at the page's own address.
func TestLinksBetweenPagesOfEntrantsLeadToEachOnce(t *testing.T) {
	s := open(t)
	g := s.giveaway(store.Giveaway{Prize: "Lamp"})
	s.enter(g, 130)
	b, path := s.signIn(robin), giveawayPath(g)+"/entries"
	rows := func(a *answer) (ids []string) {
		a.find("tr[id^=e-]").Each(func(_ int, row *goquery.Selection) { ids = append(ids, attr(row, "id")) })
		return ids
	}
	var forward, back []string
	a := b.get(path).wants(http.StatusOK)
	for {
		forward = append(forward, rows(a)...)
		next := attr(a.find("#page-next"), "href")
		if next == "" {
			break
		}
		if !strings.Contains(next, "after=") || attr(a.find("#page-next"), "hx-get") != next {
			t.Errorf("the next page is at %q, want one by a cursor", next)
		}
		a = b.get(next).wants(http.StatusOK)
		if got := attr(a.find("#live"), "hx-get"); got != next {
			t.Errorf("the live part of %s is asked for at %s", next, got)
		}
		if part := b.get(next, "HX-Request", "true").wants(http.StatusOK); !slices.Equal(rows(part), rows(a)) {
			t.Errorf("the live part of %s shows other rows than the page", next)
		}
	}
	if len(forward) != 130 || len(slices.Compact(slices.Sorted(slices.Values(forward)))) != 130 {
		t.Errorf("going on shows %d rows", len(forward))
	}
	a.says("[aria-current=page]", "3")
	for {
		back = append(slices.Clone(rows(a)), back...)
		prev := attr(a.find("#page-prev"), "href")
		if prev == "" {
			break
		}
		if a = b.get(prev); a.StatusCode == http.StatusSeeOther { // the first page has an address of its own
			a.leadsTo(path)
			a = b.get(path)
		}
		a.wants(http.StatusOK)
	}
	if !slices.Equal(back, forward) {
		t.Errorf("going back shows %d rows, want the same %d", len(back), len(forward))
	}
}

// A page that is not there any more leads to the one that is shown, and the place goes out of the address.
func TestAPlacePastTheEndLeadsToTheLastPage(t *testing.T) {
	s := open(t)
	g := s.giveaway(store.Giveaway{})
	s.enter(g, 60)
	path := giveawayPath(g) + "/entries"
	last := url.QueryEscape(store.Cursor{At: day("2020-01-01"), ID: "x"}.String())
	b := s.signIn(robin)
	b.get(path + "?page=7&after=" + last).leadsTo(path + "?page=2")
	b.get(path + "?page=7&before=" + url.QueryEscape(store.Cursor{At: day("2999-01-01"), ID: "x"}.String())).leadsTo(path)
	b.get("/guilds/" + lantern + "/audit?page=3&after=" + last).leadsTo("/guilds/" + lantern + "/audit")
}

// Whatever stands in place of a cursor, the page comes; a cursor from elsewhere shows nothing that its list doesn't.
func TestAPlaceThatCannotBeReadIsSaid(t *testing.T) {
	s := open(t)
	g := s.giveaway(store.Giveaway{})
	s.enter(g, 3)
	theirs := s.giveaway(store.Giveaway{})
	b, path := s.signIn(robin), giveawayPath(g)+"/entries"
	raw := base64.RawURLEncoding.EncodeToString
	for _, place := range []string{
		"x", "%00", "%ff", "'--", raw([]byte("1")), raw([]byte("1 ")), raw([]byte("1 \x00")), raw([]byte("99999999999999999999 a")),
		raw([]byte("253402300800000 a")), raw([]byte("-62135596800001 a")), raw([]byte("+1 a")), raw([]byte("1 \xff")), strings.Repeat("A", 3000),
	} {
		for _, list := range []string{path, "/guilds/" + lantern + "/audit"} {
			for _, name := range []string{"after", "before"} {
				a := b.get(list + "?" + name + "=" + place).wants(http.StatusOK)
				a.says("main [role=alert]", "found by its number")
				if got := attr(a.find("#live"), "hx-get"); got != list {
					t.Errorf("%s is asked for at %s", list, got)
				}
			}
		}
	}
	both := url.QueryEscape(store.Cursor{At: day("2026-01-01"), ID: "a"}.String())
	b.get(path+"?after="+both+"&before="+both).says("main [role=alert]", "found by its number")
	elsewhere := url.QueryEscape(store.Cursor{At: day("2999-01-01"), ID: theirs.ID}.String())
	if n := b.get(fmt.Sprint(path, "?page=2&after=", elsewhere)).wants(http.StatusOK).find("tr[id^=e-]").Length(); n != 3 {
		t.Errorf("a cursor of another list shows %d rows, want the 3 of this list", n)
	}
}

package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// "Mine" is one link for all readers, since they share the live part, and an address of their own once it was followed.
func TestMineIsTheReadersOwnAddress(t *testing.T) {
	s := open(t)
	mine, _ := s.ticket("Somebody helps", day("2026-02-01")), s.ticket("Nobody does", day("2026-02-02"))
	s.claim(mine)
	b := s.signIn(robin)
	storetest.Member(t, s.Store, lantern, robin, "Robin")

	link := attr(b.get(ticketsPath).find("#tab-mine"), "href")
	own := ticketsPath + "?status=active&claimer=" + robin
	b.get(link).leadsTo(own)
	a := b.get(own).wants(http.StatusOK)
	if got := a.texts("#rows tr th"); !slices.Equal(got, []string{"Somebody helps"}) {
		t.Errorf("mine are %q", got)
	}
	if got := a.texts("#tabs [aria-current]"); !slices.Equal(got, []string{"Claimed by Robin 1"}) {
		t.Errorf("the tab says %q", got)
	}
	a.says("#claimer option[selected]", "Me")

	moved := b.get(link, asPartial...).wants(http.StatusOK)
	if got := moved.Header.Get("HX-Push-Url"); got != own {
		t.Errorf("htmx is told %q", got)
	}
	if attr(moved.find("#live"), "hx-get") != own {
		t.Error("the live part asks for another address")
	}
}

func TestTicketsByFieldAndAnswer(t *testing.T) {
	s := open(t)
	kind := storetest.Category(t, s.Store, lantern, "Billing")
	ada := storetest.Member(t, s.Store, lantern, "300000000000000001", "Ada")
	storetest.Ticket(t, s.Store, ada, store.Ticket{
		Subject: new("Charged twice"), Category: &kind,
		FormResponses: []store.FormResponse{{Question: "Which card?", Answer: "Kreditkarte “Ömer”"}},
	})
	storetest.Ticket(t, s.Store, storetest.Member(t, s.Store, lantern, sam, "Sam"), store.Ticket{Subject: new("Hello")})
	b := s.signIn(robin)
	for query, want := range map[string][]string{
		"?category=" + kind.ID: {"Charged twice"}, "?opener=" + ada.DiscordID: {"Charged twice"}, "?opener=" + sam: {"Hello"},
		"?q=ömer": {"Charged twice"}, "?q=which+card": nil, "?category=none": nil,
		"?category=" + kind.ID + "&opener=" + sam: nil,
	} {
		if got := b.get(ticketsPath + query).wants(http.StatusOK).texts("#rows tr th"); !slices.Equal(got, want) {
			t.Errorf("%s selects %q, not %q", query, got, want)
		}
	}
	a := b.get(ticketsPath + "?opener=" + ada.DiscordID + "&category=" + kind.ID).wants(http.StatusOK)
	a.says("#of-opener", "Only what Ada opened.").says("#category option[selected]", "Billing")
	if got := attr(a.find("#of-anybody"), "href"); got != ticketsPath+"?category="+kind.ID {
		t.Errorf("everybody's are at %q", got)
	}
	if got := attr(a.find("#filter-opener"), "value"); got != ada.DiscordID {
		t.Errorf("the form forgets the opener: %q", got)
	}
	for query, words := range map[string]string{
		"?opener=x": "“x” is nobody’s id", "?claimer=1e5": "“1e5” is nobody’s id", "?category=a.b": "“a.b” is not a category",
	} {
		a := b.get(ticketsPath+query).wants(http.StatusOK).says("main [role=alert]", words)
		if got := attr(a.find("#live"), "hx-get"); got != ticketsPath {
			t.Errorf("%s became %q", query, got)
		}
	}
}

func TestTicketsSayWhoWaits(t *testing.T) {
	s := open(t)
	waits, helped := s.ticket("I wait", time.Now().Add(-time.Hour)), s.ticket("I do not", time.Now())
	s.claim(helped)
	a := s.signIn(robin).get(ticketsPath).wants(http.StatusOK)
	if got := attr(a.find("#waits-"+waits.ID), "datetime"); !strings.HasPrefix(got, waits.CreatedAt.UTC().Format("2006-01-02T15:04:05")) {
		t.Errorf("waits since %q", got)
	}
	if a.find("#waits-"+helped.ID).Length() != 0 {
		t.Error("one who is being helped waits")
	}
}

package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// told is what the browser is told of since then, by text; at is when to go on from.
func (b *browser) told(since time.Time) (texts []string, at time.Time) {
	b.site.t.Helper()
	var answer struct {
		At    int64
		Items []struct{ ID, Text, Server, URL string }
	}
	query := ""
	if !since.IsZero() {
		query = "?since=" + strconv.FormatInt(since.UnixMilli(), 10)
	}
	b.get("/api/notifications" + query).wants(http.StatusOK).json(&answer)
	for _, item := range answer.Items {
		texts = append(texts, item.Text)
		if item.Server == "" || item.ID == "" {
			b.site.t.Errorf("told of %+v", item)
		}
		b.get(item.URL).wants(http.StatusOK)
	}
	slices.Sort(texts)
	return texts, time.UnixMilli(answer.At)
}

func TestOneIsToldOfWhatOneChose(t *testing.T) {
	s := open(t)
	b := s.signIn(robin)
	before := time.Now().Add(-time.Second)
	ticket := s.ticket("Help", time.Now())
	waits := s.ticket("Still there?", time.Now().Add(-30*time.Minute-5*time.Second))
	overdue := s.ticket("Anybody?", time.Now().Add(-2*time.Hour-5*time.Second))
	b.answerWithin("120").wants(http.StatusSeeOther)
	g := s.giveaway(store.Giveaway{Prize: "A lamp"})
	must(t, s.Store.EndGiveaway(t.Context(), lantern, g.ID, time.Now()))
	storetest.Ticket(t, s.Store, storetest.Member(t, s.Store, harbour, "300000000000000001", "Ada"), store.Ticket{CreatedAt: time.Now()})
	words := map[string]string{
		"ticket-opened":  "New ticket #" + strconv.Itoa(ticket.Number) + ": Help",
		"ticket-waiting": "Ticket #" + strconv.Itoa(waits.Number) + " waits unclaimed: Still there?",
		"ticket-late":    "Ticket #" + strconv.Itoa(overdue.Number) + " is late: Anybody?",
		"giveaway-ended": "Ended: A lamp",
	}

	t.Run("nothing unless one chose", func(t *testing.T) {
		if got, _ := b.told(before); len(got) > 0 {
			t.Errorf("told of %q", got)
		}
		for _, page := range []string{"/", giveawaysPath} {
			if b.get(page).find("script[src*='/notifications.']").Length() > 0 {
				t.Errorf("%s looks for news", page)
			}
		}
	})
	for kind, want := range words {
		b.prefer(url.Values{"notifications": {"", kind}}).wants(http.StatusSeeOther)
		if got, _ := b.told(before); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: told of %q, not %q", kind, got, want)
		}
	}
	b.prefer(url.Values{"notifications": {"", "ticket-opened", "giveaway-ended"}, "notification-methods": {"", "sound"}, "quiet-from": {"22:00"}, "quiet-until": {"07:30"}}).wants(http.StatusSeeOther)
	script := b.get(giveawaysPath).find("script[src*='/notifications.']")
	if attr(script, "data-kinds") != "ticket-opened.giveaway-ended" || attr(script, "data-methods") != "sound" || attr(script, "data-quiet") != "22:00-07:30" {
		t.Errorf("the page is told %s, %s, %s", attr(script, "data-kinds"), attr(script, "data-methods"), attr(script, "data-quiet"))
	}
	if got := b.get("/preferences").texts("#preferences label:has(:checked)"); len(got) != 3 {
		t.Errorf("ticked are %q", got)
	}

	t.Run("from the first look on", func(t *testing.T) {
		got, at := b.told(time.Time{})
		if len(got) > 0 || at.Before(before) {
			t.Errorf("the first look tells of %q and goes on from %v", got, at)
		}
	})
	t.Run("no less by a clock that goes wrong", func(t *testing.T) {
		s := open(t)
		b := s.signIn(robin)
		b.prefer(url.Values{"notifications": {"", "ticket-opened"}}).wants(http.StatusSeeOther)
		s.ticket("Just now", time.Now())
		if got, _ := b.told(time.Now().Add(time.Hour)); len(got) != 1 {
			t.Errorf("told of %q", got)
		}
	})
	t.Run("of no module that one may not see", func(t *testing.T) {
		b := s.helper(store.LevelNone, store.LevelSee)
		b.prefer(url.Values{"notifications": {"", "ticket-opened", "giveaway-ended"}}).wants(http.StatusSeeOther)
		if got, _ := b.told(before); !slices.Equal(got, []string{words["ticket-opened"]}) {
			t.Errorf("told of %q", got)
		}
	})
	t.Run("what cannot be", func(t *testing.T) {
		b.get("/api/notifications?since=yesterday").wants(http.StatusBadRequest).json(new(map[string]string))
		s.browser().get("/api/notifications").wants(http.StatusUnauthorized)
		b.prefer(url.Values{"notifications": {"everything"}}).wants(http.StatusBadRequest)
		b.prefer(url.Values{"quiet-from": {"25:00"}}).wants(http.StatusUnprocessableEntity).says("#problem-quiet-from", "not a time of day")
		s := open(t, broken)
		b := s.signIn(robin)
		b.prefer(url.Values{"notifications": {"ticket-opened"}}).wants(http.StatusSeeOther)
		b.get("/api/notifications").wants(http.StatusServiceUnavailable)
	})
}
